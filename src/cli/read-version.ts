/** The package's version, from the package.json that it was installed with. */
import { readFileSync } from 'node:fs';

/** `0.1.0`. The same distance from `src/cli/` and `dist/cli/`. */
export function readVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
