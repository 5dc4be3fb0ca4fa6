/**
 * Which server, which database, as whom and how: everything a connection needs, as plain data that crosses to a worker.
 *
 * Order, as in libpq: the URL (the argument, else `$DATABASE_URL`), then for whatever it leaves open the PG* variables,
 * then libpq's defaults: the operating system's user name, a database of the user's name, port 5432, and as host the
 * folder of a Unix socket where one listens (/var/run/postgresql, /tmp), else localhost. A password that is still missing
 * comes from `$PGPASSFILE` or `~/.pgpass`. Which connections are encrypted: tls-policy.ts.
 *
 * The result holds secrets (`password`, `ssl.key`, `ssl.passphrase`): print `describeConnection` of it, never itself.
 */
import { access } from 'node:fs/promises';
import { isIP } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DraculaError, type ErrorCode } from '../errors.ts';
import { type ConnectionParameters, fillFromEnvironment, parseWholeNumber } from './connection-parameters.ts';
import { parseConnectionUrl } from './connection-url.ts';
import { readPasswordFile } from './password-file.ts';
import { resolveTls, type TlsConfig } from './tls-policy.ts';

export interface ConnectionConfig {
  /** A name, an address, or the folder of a Unix socket (begins with `/`). The server's certificate is checked against it. */
  readonly host: string;
  /** An address to connect to instead of looking `host` up: a tunnel's end, say. */
  readonly hostaddr?: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly ssl: false | TlsConfig;
  /** `require`: the server must prove over TLS that it knows the password (SCRAM-SHA-256-PLUS). */
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  readonly applicationName: string;
  /** `-c name=value …` for the session, only where the user asked: most poolers refuse it. */
  readonly options?: string;
  /** From the first packet to the first ReadyForQuery; 0 = no limit. */
  readonly connectTimeoutMs: number;
  readonly keepAliveIdleMs: number;
  /** What the user should know of this configuration. No secrets. */
  readonly notices: readonly string[];
}

export interface ConnectionSources {
  /** `postgresql://…`; without it `$DATABASE_URL` counts, then PG* alone. */
  readonly url?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a socket is looked for when no host is named. */
  readonly socketFolders?: readonly string[];
}

const SOCKET_FOLDERS: readonly string[] = process.platform === 'win32' ? [] : ['/var/run/postgresql', '/tmp'];
const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'] as const;

/** Throws E_USAGE for what cannot be understood or honoured; the message holds no part of a URL that may be a secret. */
export async function resolveConnection(sources: ConnectionSources): Promise<ConnectionConfig> {
  const env = sources.env ?? process.env;
  const socketFolders = sources.socketFolders ?? SOCKET_FOLDERS;
  const parsed = readUrl(sources.url, env);
  const parameters = fillFromEnvironment(parsed.parameters, env);
  const port = wholeNumber(parameters, 'port', 1, 65_535) ?? 5432;
  const hostaddr = parameters.hostaddr;
  if (hostaddr !== undefined && isIP(hostaddr) === 0) throw usage('hostaddr must be an IP address.');
  if (parameters.host?.includes(',')) throw usage('PGHOST or `host` names several hosts: name the one to read from.');
  const host = parameters.host ?? hostaddr ?? (await findSocketFolder(socketFolders, port)) ?? 'localhost';
  const user = parameters.user ?? operatingSystemUser();
  const database = parameters.dbname ?? user;
  const home = env['HOME'] || homedir();
  const unixSocket = host.startsWith('/');
  const tls = await resolveTls(parameters, {
    host,
    local: isLocalHost(host) && (hostaddr === undefined || isLocalHost(hostaddr)),
    unixSocket,
    certificateFolder: join(home, '.postgresql'),
  });
  const secret = await findPassword(parameters, home, {
    host: socketFolders.includes(host) ? 'localhost' : host,
    port,
    database,
    user,
  });
  return {
    host,
    ...(hostaddr !== undefined && !unixSocket && hostaddr !== host && { hostaddr }),
    port,
    database,
    user,
    ...(secret.password !== undefined && { password: secret.password }),
    ssl: tls.ssl,
    channelBinding: channelBinding(parameters, tls.ssl !== false),
    applicationName: parameters.application_name ?? 'dracula',
    ...(parameters.options !== undefined && { options: parameters.options }),
    connectTimeoutMs: Math.max(0, wholeNumber(parameters, 'connect_timeout', -1, 86_400) ?? 10) * 1000,
    keepAliveIdleMs: (wholeNumber(parameters, 'keepalives_idle', 0, 86_400) || 30) * 1000,
    notices: [...parsed.notices, ...tls.notices, ...(secret.notice === undefined ? [] : [secret.notice])],
  };
}

/** `postgresql://user@host:port/database`, for people: never a password, a key or an option. */
export function describeConnection(config: ConnectionConfig): string {
  const user = encodeURIComponent(config.user);
  const database = encodeURIComponent(config.database);
  if (config.host.startsWith('/')) return `postgresql://${user}@/${database}?host=${config.host}&port=${config.port}`;
  return `postgresql://${user}@${describeServer(config)}/${database}`;
}

/** `host:port`, or the path of the Unix socket. */
export function describeServer(config: ConnectionConfig): string {
  if (config.host.startsWith('/')) return `${config.host}/.s.PGSQL.${config.port}`;
  return `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
}

/** The error with the server's place, where it is one of the connection. */
export function atServer(error: DraculaError, { host, port }: ConnectionConfig): DraculaError {
  if (!CONNECTION_ERRORS.has(error.code) || error.facts.host !== undefined) return error;
  return new DraculaError(error.code, error.message, { ...error.facts, host, port }, error.cause);
}

const CONNECTION_ERRORS: ReadonlySet<ErrorCode> = new Set(['E_CONNECTION_LOST', 'E_PROTOCOL']);

/** True where only this machine can answer: a Unix socket, localhost, a loopback address. */
export function isLocalHost(host: string): boolean {
  return /^(?:\/|localhost\.?$|.+\.localhost\.?$|127(?:\.\d{1,3}){3}$|::1$|::ffff:127(?:\.\d{1,3}){3}$)/i.test(host);
}

function readUrl(url: string | undefined, env: Readonly<Record<string, string | undefined>>) {
  if (url !== undefined) return parseConnectionUrl(url, 'The connection URL');
  const fallback = env['DATABASE_URL'];
  return fallback ? parseConnectionUrl(fallback, '$DATABASE_URL') : { parameters: {}, notices: [] };
}

async function findSocketFolder(folders: readonly string[], port: number): Promise<string | undefined> {
  for (const folder of folders) {
    const listens = await access(`${folder}/.s.PGSQL.${port}`).then(
      () => true,
      () => false, // No socket there: the next folder, then localhost.
    );
    if (listens) return folder;
  }
  return undefined;
}

async function findPassword(
  parameters: ConnectionParameters,
  home: string,
  query: Parameters<typeof readPasswordFile>[1],
): ReturnType<typeof readPasswordFile> {
  if (parameters.password !== undefined) return { password: parameters.password };
  return readPasswordFile(parameters.passfile ?? join(home, '.pgpass'), query);
}

function channelBinding(parameters: ConnectionParameters, encrypted: boolean): ConnectionConfig['channelBinding'] {
  const text = parameters.channel_binding ?? 'disable';
  const known = CHANNEL_BINDINGS.find((value) => value === text);
  if (known === undefined) throw usage(`channel_binding must be one of ${CHANNEL_BINDINGS.join(', ')}.`);
  if (known === 'require' && !encrypted)
    throw usage('channel_binding=require needs TLS: add sslmode=verify-full or sslmode=require.');
  return encrypted ? known : 'disable';
}

function wholeNumber(
  parameters: ConnectionParameters,
  name: 'port' | 'connect_timeout' | 'keepalives_idle',
  min: number,
  max: number,
): number | undefined {
  const text = parameters[name];
  return text === undefined ? undefined : parseWholeNumber(name, text, min, max);
}

function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage(
      'No user is named, and the operating system knows no name for this one: put it into the URL or PGUSER.',
    );
  }
}

function usage(message: string): DraculaError {
  return new DraculaError('E_USAGE', message);
}
