/**
 * `npm run build`: `dist/` from `src/`.
 *
 * Declarations stay one file a module. The JavaScript is bundled into the three files that something starts (the library, the command line,
 * a reading thread) and what they share: each thread loads a few files instead of some two hundred. Dependencies are not bundled.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });

run('npm', 'run', '--silent', 'build:kernels');
rmSync(join(root, 'dist'), { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
await build({
  cwd: root,
  input: { index: 'src/index.ts', 'cli/main': 'src/cli/main.ts', 'pipeline/worker': 'src/pipeline/worker.ts' },
  platform: 'node',
  external: (name, importer) => importer !== undefined && !/^[./]/.test(name),
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    // One folder below dist/, beside the worker: where the sources look for what is no module (`import.meta.url`).
    chunkFileNames: 'pipeline/[name]-[hash].js',
  },
  logLevel: 'warn',
});
copyFileSync(join(root, 'src/kernels.wasm'), join(root, 'dist/kernels.wasm'));
