/**
 * A virtual environment of Python with pinned packages, made once for each list of versions. What cannot be set up ends the process with exit
 * code 1.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The environment's Python. A half-made environment has no mark and is made again. */
export function pythonEnvironment(folder: string, requirements: string, pipOptions: readonly string[]): string {
  const python = join(folder, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const complete = join(folder, `complete-${hash}`);
  if (existsSync(complete) && existsSync(python)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  must(
    'python3',
    ['-m', 'venv', join(folder, 'venv')],
    'Python 3.10 or newer with its venv module is needed (Debian: apt install python3-venv)',
  );
  must(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pipOptions, '-r', requirements],
    'The readers could not be installed',
  );
  writeFileSync(complete, '');
  return python;
}

/** Runs a command to its end, its output on stderr; ends this process where it fails. */
export function must(command: string, args: readonly string[], otherwise: string): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(`${otherwise}: ${command} ${args[0]} ${args[1]} ended with ${error?.message ?? `exit code ${status}`}`);
  process.exit(1);
}
