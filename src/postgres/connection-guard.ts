/**
 * Watches the first words of whoever answers, before `pg` believes them.
 *
 * `pg` waits for ever on some bytes that are no PostgreSQL (the `H` of an HTTP answer opens a message with a length of
 * 1.4 GB), and its parser throws out of a socket event on others (an authentication method that it does not know), which
 * would end the process. So the listeners that `pg` puts on the socket are called from one of ours, which checks the first
 * answer, hands on whole messages only, of known types and of lengths that there are, and turns whatever is thrown into an
 * error of the connection.
 * Also carries out `channel_binding=require`, which `pg` only prefers.
 * Source: PostgreSQL documentation, "Message Flow", "Start-up" and "SSL Session Encryption".
 */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client } from 'pg';
import { DraculaError, isDraculaError } from '../errors.ts';
import { type ConnectionConfig, describeServer } from './connection-config.ts';
import { Demultiplexer } from './demultiplexer.ts';

/** What we use of `pg`'s connection, whose published types leave it out. */
export interface PgConnection extends EventEmitter {
  stream: Duplex;
}

export function connectionOf(client: Client): PgConnection {
  return (client as unknown as { readonly connection: PgConnection }).connection;
}

/** `own`: who made the client has a demultiplexer before these listeners already. */
export type Framing = 'checked' | 'own';

/** Far beyond the longest row of a catalog query. */
const LONGEST_ROW_BYTES = 64 * 2 ** 20;

/** To be called before `connect`. What it finds rejects `connect`, or ends the connection later. */
export function guardConnection(client: Client, config: ConnectionConfig, framing: Framing): void {
  const connection = connectionOf(client);
  const guardMessages = () => guardAnswers(connection, config, startupProblem, framing);
  if (config.ssl === false) connection.once('connect', guardMessages);
  else {
    // The answer to the request for TLS is a byte, not a message.
    connection.once('connect', () => guardAnswers(connection, config, tlsProblem, 'own'));
    connection.once('sslconnect', guardMessages);
  }
  // `pg` takes a message of an unknown type for an error of the query and reads on, from wherever it is.
  connection.prependListener('errorMessage', (e: Error) => {
    if (e.message.startsWith('received invalid response')) breakConnection(connection, nonsense(config));
  });
  if (config.channelBinding === 'require') requireChannelBinding(connection, config);
}

/** The connection's error, and the end of its socket. */
export function breakConnection(connection: PgConnection, error: unknown): void {
  connection.emit('error', error);
  connection.stream.destroy();
}

function guardAnswers(
  connection: PgConnection,
  config: ConnectionConfig,
  problemOf: (bytes: Buffer, config: ConnectionConfig) => DraculaError | undefined,
  framing: Framing,
): void {
  const stream = connection.stream;
  const listeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  const toPg = (bytes: Buffer) => {
    for (const listener of listeners) listener.call(stream, bytes);
  };
  const handOn = framing === 'own' ? toPg : wholeMessages(connection, config, toPg);
  let first = true;
  stream.on('data', (bytes: Buffer) => {
    try {
      const problem = first ? problemOf(bytes, config) : undefined;
      first = false;
      if (problem !== undefined) throw problem;
      handOn(bytes);
    } catch (e) {
      breakConnection(connection, isDraculaError(e) ? e : nonsense(config, e));
    }
  });
}

/** Cuts what comes into messages; the first that no server sends ends the connection. */
function wholeMessages(
  connection: PgConnection,
  config: ConnectionConfig,
  toPg: (message: Buffer) => void,
): (bytes: Buffer) => void {
  const demultiplexer = new Demultiplexer({
    toPg,
    onBroken: (error) => breakConnection(connection, nonsense(config, error, error.message)),
    maxRowBytes: LONGEST_ROW_BYTES,
    cutBytes: null,
  });
  return (bytes) => demultiplexer.feed(bytes);
}

/** To a request for TLS the answer is one byte: S or N. */
function tlsProblem(bytes: Buffer, config: ConnectionConfig): DraculaError | undefined {
  const answer = bytes.toString('latin1');
  if (answer === 'S' || answer === 'N') return undefined;
  if (!answer.startsWith('E')) return notPostgres(bytes, config);
  return new DraculaError(
    'E_CONNECT',
    `${describeServer(config)} answered the request for TLS with an error, which is not shown since it is not protected: see the server's log.`,
    place(config),
  );
}

/** The longest first messages that libpq believes. */
const LONGEST_AUTHENTICATION = 2_000;
const LONGEST_ERROR = 30_000;
/** Ok, cleartext, MD5, SASL: what `pg` can answer. */
const AUTHENTICATION_METHODS: readonly number[] = [0, 3, 5, 10];

/** To a startup message the answer is R (authentication), E (error), v (protocol version) or N (notice). */
function startupProblem(bytes: Buffer, config: ConnectionConfig): DraculaError | undefined {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (!'REvN'.includes(type)) return notPostgres(bytes, config);
  if (bytes.length < 9) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length < 5 || length > (type === 'R' ? LONGEST_AUTHENTICATION : LONGEST_ERROR)) return notPostgres(bytes, config);
  if (type !== 'R' || AUTHENTICATION_METHODS.includes(bytes.readUInt32BE(5))) return undefined;
  return new DraculaError(
    'E_AUTH',
    `${describeServer(config)} asks for an authentication method that Dracula cannot answer (number ${bytes.readUInt32BE(5)}: GSSAPI, SSPI or the like). Let pg_hba.conf ask this role for scram-sha-256, or for a client certificate.`,
    place(config),
  );
}

function notPostgres(bytes: Buffer, config: ConnectionConfig): DraculaError {
  const what = /^HTTP\/|^<|^\{/.test(bytes.toString('latin1', 0, 8))
    ? 'a web server'
    : bytes[0] === 0x15
      ? 'something that speaks TLS from the first byte on, as a web server does'
      : `not in PostgreSQL's protocol (its first byte is 0x${(bytes[0] ?? 0).toString(16).padStart(2, '0')})`;
  return new DraculaError(
    'E_PROTOCOL',
    `${describeServer(config)} is not a PostgreSQL server: what answers is ${what}. Check host and port.`,
    place(config),
  );
}

function nonsense(config: ConnectionConfig, cause?: unknown, details = 'The connection is closed.'): DraculaError {
  return new DraculaError(
    'E_PROTOCOL',
    `What came from ${describeServer(config)} is not PostgreSQL's protocol. ${details} Check host and port, and what stands between.`,
    place(config),
    cause,
  );
}

function requireChannelBinding(connection: PgConnection, config: ConnectionConfig): void {
  let bound = false;
  const refuse = () =>
    breakConnection(
      connection,
      new DraculaError(
        'E_AUTH',
        `${describeServer(config)} does not offer channel binding, which channel_binding=require asks for (it needs TLS and a password stored as scram-sha-256). The password was not sent.`,
        place(config),
      ),
    );
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    if (!mechanisms.includes('SCRAM-SHA-256-PLUS')) refuse();
  });
  connection.prependListener('authenticationCleartextPassword', refuse);
  connection.prependListener('authenticationMD5Password', refuse);
  connection.prependListener('authenticationSASLFinal', () => {
    bound = true;
  });
  connection.prependListener('authenticationOk', () => {
    if (!bound) refuse();
  });
}

function place(config: ConnectionConfig) {
  return { host: config.host, port: config.port };
}
