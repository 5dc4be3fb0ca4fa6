/**
 * The temporary folder of one embedded server, and the promise that it goes when its owner goes.
 *
 *   dracula-postgres-XXXXXX/owner        the process that made it (JSON)
 *                          /server.log
 *                          /s/           the unix socket (a short path: the limit is 107 bytes)
 *                          /data/        the data folder, unless the caller named another
 *
 * A process can end in ways in which it runs no code (SIGKILL, a signal without a handler). So each folder has a watchdog: a
 * shell that reads a pipe whose other end only the owner holds. At its end, which the kernel makes whatever the owner died of,
 * the shell stops the server and removes the folder. It has its own session, so that Ctrl-C does not reach it. Should the
 * watchdog die too (power, or a platform without `sh`), the next start removes folders whose owner is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGone, ownIdentity, type ProcessIdentity } from '../lake/process-identity.ts';
import { giveTo, type ServerUser } from './server-user.ts';

const PREFIX = 'dracula-postgres-';

/**
 * $1 is the folder. Each line on the pipe is the pid of what runs now, or empty. SIGQUIT is Postgres's immediate stop: it
 * ends the server's children too. Ten seconds later, or for what is left as a zombie, the folder goes in any case.
 */
const WATCHDOG = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1"
`;

export interface ServerFolder {
  readonly path: string;
  /** Tells the watchdog which process to stop when this one is gone; null: none. */
  watch(pid: number | null): void;
  /** Removes the folder; the server must have ended. */
  remove(): Promise<void>;
}

/** The temporary folder of the system where `user` can enter it; TMPDIR may be private to root. */
export async function temporaryRoot(user: ServerUser): Promise<string> {
  const configured = tmpdir();
  if (!user.dropped) return configured;
  const open = await lstat(configured).then(
    (entry) => (entry.mode & 0o001) !== 0 || entry.isSymbolicLink(),
    () => false,
  );
  return open ? configured : '/tmp';
}

/** A new folder with a watchdog. */
export async function createServerFolder(root: string, user: ServerUser): Promise<ServerFolder> {
  const path = await mkdtemp(join(root, PREFIX));
  const watchdog = startWatchdog(path);
  await writeFile(join(path, 'owner'), JSON.stringify(ownIdentity()));
  await mkdir(join(path, 's'));
  await giveTo(user, path);
  return {
    path,
    watch: (pid) => watchdog?.stdin?.write(`${pid ?? ''}\n`),
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      watchdog?.stdin?.end();
    },
  };
}

function startWatchdog(path: string): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const shell = spawn('/bin/sh', ['-c', WATCHDOG, 'dracula-watchdog', path], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {}); // without a shell the next start cleans up
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}

/** Removes the folders, and stops the servers, of owners that are gone. Touches only what this user's servers left. */
export async function removeLeftovers(root: string, user: ServerUser): Promise<void> {
  const uid = user.dropped ? user.uid : process.getuid?.();
  for (const name of await readdir(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(root, name);
    const entry = await lstat(path).catch(() => undefined);
    if (entry === undefined || !entry.isDirectory() || (uid !== undefined && entry.uid !== uid)) continue;
    if (await isAbandoned(path)) await removeAbandoned(path);
  }
}

/** False where it cannot be told: another container may share the temporary folder, or the folder is only being made. */
async function isAbandoned(path: string): Promise<boolean> {
  const text = await readFile(join(path, 'owner'), 'utf8').catch(() => '');
  return text !== '' && isGone(JSON.parse(text) as ProcessIdentity);
}

async function removeAbandoned(path: string): Promise<void> {
  const pidFile = await readFile(join(path, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(pidFile.split('\n')[0]);
  if (pid > 0 && (await commandLine(pid)).includes(path)) {
    process.kill(pid, 'SIGQUIT');
    for (let tries = 0; (await commandLine(pid)) !== '' && tries < 100; tries++) await sleep(50);
  }
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}

/** What a process was started with: a pid alone may by now be somebody else's. Empty without such a process, and without /proc. */
async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
