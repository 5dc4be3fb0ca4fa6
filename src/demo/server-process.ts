/**
 * The programs of an embedded server as child processes: start one with its output to the log, wait for its end, wait
 * until the server takes connections, and say why it does not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DraculaError } from '../errors.ts';
import type { ServerFolder } from './server-folder.ts';
import { type ServerUser, spawnAs } from './server-user.ts';

const START_TIMEOUT_MS = 60_000;

/** Where a server's programs and files are, and as whom it runs. */
export interface Installation {
  readonly bin: string;
  readonly user: ServerUser;
  readonly folder: ServerFolder;
  readonly environment: Readonly<Record<string, string>>;
  readonly dataFolder: string;
  readonly logFile: string;
}

/** Starts a program of the installation, with its output to the log, and tells the watchdog. */
export async function launch(
  on: Installation,
  program: 'initdb' | 'postgres',
  args: readonly string[],
): Promise<ChildProcess> {
  const log = await open(on.logFile, 'a');
  try {
    const child = spawn(join(on.bin, program), args, {
      ...spawnAs(on.user),
      cwd: on.folder.path,
      // Nothing of the caller's PG* variables or locale: the server is the same everywhere.
      env: {
        PATH: process.env['PATH'] ?? '',
        LC_ALL: 'C',
        TZ: 'UTC',
        ...on.environment,
        ...(process.env['SystemRoot'] && { SystemRoot: process.env['SystemRoot'] }),
      },
      detached: process.platform !== 'win32',
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
    on.folder.watch(child.pid ?? null);
    return child;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DraculaError(
      'E_EMBEDDED_POSTGRES',
      `${join(on.bin, program)} cannot be run: ${reason}`,
      { path: on.bin },
      cause,
    );
  } finally {
    await log.close();
  }
}

/** The exit code, or the signal's name. */
export async function ended(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
  return child.exitCode ?? child.signalCode ?? 'an unknown status';
}

/** The last line of postmaster.pid says `ready` once connections are taken. */
export async function ready(on: Installation, postmaster: ChildProcess): Promise<void> {
  const pidFile = join(on.dataFolder, 'postmaster.pid');
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (postmaster.exitCode !== null || postmaster.signalCode !== null)
      throw await startError(on, `postgres ended with ${await ended(postmaster)}`);
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(postmaster.pid) && lines[7]?.trim() === 'ready') return;
    await sleep(10);
  }
  postmaster.kill('SIGQUIT');
  await ended(postmaster);
  throw await startError(on, `postgres was not ready after ${START_TIMEOUT_MS / 1000} s`);
}

/** With the end of the log: it is about to be removed. */
export async function startError(on: Installation, what: string): Promise<DraculaError> {
  const log = (await readFile(on.logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-8).join('\n');
  return new DraculaError(
    'E_EMBEDDED_POSTGRES',
    `The embedded PostgreSQL did not start: ${what}. Nothing of it is left. Its log ends with:\n${log}`,
  );
}
