/**
 * Before the lanes that run what is built: compiles the kernels and `dist/`, unless they are newer than every source file. What is tested is
 * then never an older build, and lanes that share a run compile once.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** How it is built. */
const RECIPES = ['scripts/build.ts', 'tsconfig.build.json'];
const STARTED = ['dist/index.js', 'dist/cli/main.js', 'dist/pipeline/worker.js'];

export default function build(): void {
  if (isBuilt()) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** True when what is started is there, younger than every source file, and each source file has its declarations and no others do. */
function isBuilt(): boolean {
  const sources = globSync('src/**/*.ts', { cwd: root });
  const declarations = new Set(globSync('dist/**/*.d.ts', { cwd: root }));
  const expected = sources.map((source) => source.replace(/^src/, 'dist').replace(/\.ts$/, '.d.ts'));
  if (expected.length !== declarations.size || !expected.every((path) => declarations.has(path))) return false;
  if (!STARTED.every((path) => existsSync(join(root, path))) || !areKernelsBuilt()) return false;
  const oldest = Math.min(...[...STARTED, ...expected].map(modifiedAt));
  return [...sources, ...RECIPES].every((source) => modifiedAt(source) <= oldest);
}

/** Unit tests read the one beside the sources. */
function areKernelsBuilt(): boolean {
  const built = ['src/kernels.wasm', 'dist/kernels.wasm'];
  if (!built.every((path) => existsSync(join(root, path)))) return false;
  const youngest = Math.max(...globSync('assembly/*.ts', { cwd: root }).map(modifiedAt));
  return built.every((path) => modifiedAt(path) >= youngest);
}

const modifiedAt = (path: string): number => statSync(join(root, path)).mtimeMs;
