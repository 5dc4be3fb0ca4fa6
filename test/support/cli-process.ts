/**
 * The command line as a user has it: `bin/dracula.js` in a process of its own, with an environment that has nothing of the
 * caller's (no PG*, no DATABASE_URL, another home), but for what the hostile run sets. It runs what is built: `npm run build` comes first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inheritedHostility } from './hostile.ts';

export const launcher = fileURLToPath(new URL('../../bin/dracula.js', import.meta.url));
const built = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Arguments of node itself. */
  readonly nodeArgs?: readonly string[];
  /** Another copy of the launcher. */
  readonly script?: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when stderr has said so; rejects when the process ends before. */
  saidOnStderr(text: string): Promise<void>;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  if (options.script === undefined && !existsSync(built))
    throw new Error(`${built} is missing: run \`npm run build\` before these tests`);
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), options.script ?? launcher, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...inheritedHostility(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return {
    process: child,
    ended,
    saidOnStderr: (text) =>
      new Promise((resolve, reject) => {
        const look = () => void (output.stderr.includes(text) && resolve());
        child.stderr.on('data', look);
        look();
        ended.then(() => reject(new Error(`ended without saying "${text}" but: ${output.stderr}`)), reject);
      }),
  };
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}
