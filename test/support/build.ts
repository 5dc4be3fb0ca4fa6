/**
 * Before the lanes that run what is built: compiles the kernels and `dist/`, unless they are newer than every source file. What is tested is
 * then never an older build, and lanes that share a run compile once.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default function build(): void {
  if (isBuilt()) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** True when each source file has a compiled one, younger than itself, and there are no others. */
function isBuilt(): boolean {
  const sources = globSync('src/**/*.ts', { cwd: root });
  const outputs = new Set(globSync('dist/**/*.js', { cwd: root }));
  const expected = sources.map((source) => source.replace(/^src/, 'dist').replace(/\.ts$/, '.js'));
  if (expected.length !== outputs.size || !areKernelsBuilt()) return false;
  return sources.every((source, index) => {
    const output = expected[index]!;
    return outputs.has(output) && modifiedAt(output) >= modifiedAt(source);
  });
}

/** Unit tests read the one beside the sources. */
function areKernelsBuilt(): boolean {
  const built = ['src/kernels.wasm', 'dist/kernels.wasm'];
  if (!built.every((path) => existsSync(join(root, path)))) return false;
  const youngest = Math.max(...globSync('assembly/*.ts', { cwd: root }).map(modifiedAt));
  return built.every((path) => modifiedAt(path) >= youngest);
}

const modifiedAt = (path: string): number => statSync(join(root, path)).mtimeMs;
