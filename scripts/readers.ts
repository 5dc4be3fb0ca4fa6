/**
 * The readers that nobody here wrote and npm does not bring, for `npm run test:readers`: a virtual environment of Python with the
 * versions of test/readers/requirements.txt, under .cache/readers.
 *
 *   node scripts/readers.ts vitest run --project readers
 *
 * runs the command with DRACULA_TEST_PYTHON set to that Python. What cannot be set up ends with exit code 1: nothing is skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const requirements = join(root, 'test', 'readers', 'requirements.txt');
const cache = join(root, '.cache', 'readers');
const python = join(cache, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

prepare();
const [program, ...args] = process.argv.slice(2);
if (program !== undefined)
  process.exitCode =
    spawnSync(program, args, {
      stdio: 'inherit',
      env: { ...process.env, DRACULA_TEST_PYTHON: python },
    }).status ?? 1;

/** Once for each list of versions; a half-made environment has no mark and is made again. */
function prepare(): void {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const complete = join(cache, `complete-${hash}`);
  if (existsSync(complete) && existsSync(python)) return;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  must(
    'python3',
    ['-m', 'venv', join(cache, 'venv')],
    'Python 3.10 or newer with its venv module is needed (Debian: apt install python3-venv)',
  );
  must(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', requirements],
    'The readers could not be installed',
  );
  writeFileSync(complete, '');
}

function must(command: string, args: readonly string[], otherwise: string): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(`${otherwise}: ${command} ${args[0]} ${args[1]} ended with ${error?.message ?? `exit code ${status}`}`);
  process.exit(1);
}
