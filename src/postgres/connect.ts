/**
 * Opens connections: the settings that `pg` gets, and the control connection of a run.
 *
 * Nothing but user, database, application_name and client_encoding goes into the startup message (and `options` where the
 * user asked): poolers refuse the rest, so timeouts are set inside transactions. An 'error' event of a client that is
 * already connected would end the process; here it is remembered, and every query after it rejects.
 */
import { isIP } from 'node:net';
import pg from 'pg';
import { DraculaError } from '../errors.ts';
import { connectError } from './connect-error.ts';
import { type ConnectionConfig, describeServer } from './connection-config.ts';
import { breakConnection, connectionOf, type Framing, guardConnection } from './connection-guard.ts';
import { SilenceWatch, type SilenceWatchOptions } from './silence-watch.ts';

export interface ConnectOptions {
  /** Default: the configuration's own. */
  readonly applicationName?: string;
  /** Ends the attempt with its reason; later, a connection whose answer does not come soon. */
  readonly signal?: AbortSignal;
}

/** What a client is made for. */
export interface ClientUse extends SilenceWatchOptions {
  readonly framing: Framing;
}

/** The same connection in the terms of `pg`. Every setting is given, since `pg` fills gaps from its own process.env. */
function toPgConfig(config: ConnectionConfig): pg.ClientConfig {
  return {
    host: config.hostaddr ?? config.host,
    port: config.port,
    database: config.database,
    user: config.user,
    password: async () => passwordOf(config),
    ssl: config.ssl === false ? false : tlsOptions(config, config.ssl),
    application_name: config.applicationName,
    client_encoding: 'UTF8',
    keepAlive: true,
    keepAliveInitialDelayMillis: config.keepAliveIdleMs,
    connectionTimeoutMillis: config.connectTimeoutMs,
    enableChannelBinding: config.channelBinding !== 'disable',
    ...(config.options !== undefined && { options: config.options }),
  };
}

/**
 * A client that is not connected yet, guarded against answers that are not PostgreSQL's or do not come, and against errors that
 * nobody awaits. `overrides` replace what `toPgConfig` says.
 */
export function createClient(config: ConnectionConfig, use: ClientUse, overrides: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({ ...toPgConfig(config), ...overrides });
  const parameters = (client as unknown as { connectionParameters: Record<string, unknown> }).connectionParameters;
  parameters['options'] = config.options;
  parameters['replication'] = undefined;
  client.on('error', (e) => {
    if (!losses.has(client)) losses.set(client, e);
  });
  guardConnection(client, config, use.framing);
  SilenceWatch.start(client, config, use);
  return client;
}

/** Why a connected client died, or undefined while it lives: queries after it only say that it is dead. */
export function connectionLoss(client: pg.Client): Error | undefined {
  return losses.get(client);
}

/**
 * A connected client for queries of ours (introspection, snapshot, watching). The caller ends it.
 * Throws E_CONNECT, E_AUTH, E_TLS, E_DATABASE_NOT_FOUND, E_TOO_MANY_CONNECTIONS, E_PROTOCOL, or the signal's reason.
 */
export async function connectControl(config: ConnectionConfig, options: ConnectOptions = {}): Promise<pg.Client> {
  options.signal?.throwIfAborted();
  const client = createClient(
    config,
    { purpose: 'control', framing: 'checked', signal: options.signal },
    { application_name: options.applicationName ?? config.applicationName },
  );
  const abort = () => breakConnection(connectionOf(client), options.signal!.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    return client;
  } catch (e) {
    connectionOf(client).stream.destroy();
    options.signal?.throwIfAborted();
    throw connectError(e, config);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

const losses = new WeakMap<pg.Client, Error>();

/** Called only when the server asks for one. */
function passwordOf(config: ConnectionConfig): string {
  if (config.password !== undefined) return config.password;
  throw new DraculaError(
    'E_AUTH',
    `${describeServer(config)} asks for the password of ${config.user}, and none was given: put it into $PGPASSWORD or ~/.pgpass (mode 0600).`,
    { host: config.host, port: config.port },
  );
}

function tlsOptions(
  config: ConnectionConfig,
  tls: Exclude<ConnectionConfig['ssl'], false>,
): NonNullable<pg.ClientConfig['ssl']> {
  return {
    rejectUnauthorized: tls.verify !== 'none',
    minVersion: 'TLSv1.2',
    // `pg` gives the name to TLS itself, but not where it connects to an address. (SNI takes no addresses.)
    ...(config.hostaddr !== undefined && isIP(config.host) === 0 && { servername: config.host }),
    ...(tls.verify === 'ca' && { checkServerIdentity: () => undefined }),
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  };
}
