/**
 * Every way in which a connection does not come about, as a sentence: what happened, at which server, what to do.
 *
 * Three sources: the operating system (`ECONNREFUSED`), TLS (OpenSSL's and Node.js's codes), and the server (SQLSTATE).
 * No message holds the password, a key or its passphrase: texts of others are shown only where they cannot hold them.
 */
import { DraculaError, type ErrorCode, type ErrorFacts, isDraculaError } from '../errors.ts';
import { type ConnectionConfig, describeServer } from './connection-config.ts';
import { isServerError, type ServerError } from './server-error.ts';

interface SystemError extends Error {
  readonly code?: string;
}

type Mapped = readonly [ErrorCode, string];
type Sentence = (config: ConnectionConfig, at: string) => string;

/** What `pg`, Node.js or the server threw while connecting, as a DraculaError. One passes through. */
export function connectError(e: unknown, config: ConnectionConfig): DraculaError {
  if (isDraculaError(e)) return e;
  if (isServerError(e)) {
    const [code, message] = serverRefusal(e, config);
    return new DraculaError(code, message, { ...place(config), sqlstate: e.code });
  }
  const first = firstOfMany(e);
  const [code, message] =
    systemFailure(first, triedAddresses(e, config), config) ??
    tlsFailure(first, config) ??
    driverFailure(first, config) ??
    unknownFailure(first, config);
  return new DraculaError(code, message, place(config), holdsSecret(first, config) ? undefined : first);
}

const SYSTEM: Readonly<Record<string, Sentence>> = {
  ENOTFOUND: (config) =>
    `The host name ${config.host} is not known: check its spelling, and the DNS or VPN that knows it`,
  EAI_AGAIN: (config) =>
    `The host name ${config.host} could not be looked up, since the DNS gives no answer: check the network, then run again`,
  ECONNREFUSED: (_, at) =>
    `Nothing accepts connections at ${at}: check host and port, that the server runs, and that it listens there: see its listen_addresses`,
  ETIMEDOUT: (_, at) => `${at} did not answer in time: a firewall or security group may drop the packets`,
  EHOSTUNREACH: (_, at) => `There is no way to ${at}: check the network, the VPN or the security group`,
  ENETUNREACH: (_, at) => `There is no way to ${at}: check the network, the VPN or the security group`,
  EADDRNOTAVAIL: (_, at) => `There is no way to ${at}: check the address and the network`,
  ENOENT: (_, at) =>
    `There is no socket ${at}: check the folder and the port, and that the server runs on this machine`,
  EACCES: (_, at) => `This user may not open ${at}: see unix_socket_permissions, or connect by host name`,
  EPERM: (_, at) => `This user may not connect to ${at}: a firewall of this machine forbids it`,
  ECONNRESET: (_, at) =>
    `${at} closed the connection before it was ready: check that it is a PostgreSQL server (or its pooler), and its log`,
  EPIPE: (_, at) =>
    `${at} closed the connection before it was ready: check that it is a PostgreSQL server (or its pooler), and its log`,
};

function systemFailure(error: SystemError, at: string, config: ConnectionConfig): Mapped | undefined {
  const sentence = error.code !== undefined && Object.hasOwn(SYSTEM, error.code) ? SYSTEM[error.code] : undefined;
  return sentence && ['E_CONNECT', `${sentence(config, at)} (${error.code}).`];
}

const UNTRUSTED =
  'its certificate is signed by nobody who is trusted here. Give the CA with sslrootcert=<file>, or sslrootcert=system where the operating system trusts it';
const BAD_CLIENT_KEY =
  'the client certificate cannot be used: sslcert and sslkey do not belong together, are damaged, or sslpassword is missing or wrong';

/** After "<host:port> is not trusted: ", by the code of Node.js or OpenSSL. */
const UNTRUSTED_CERTIFICATES: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed and not trusted here. Give it (or its CA) with sslrootcert=<file>`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  INVALID_PURPOSE: 'its certificate is not meant for servers',
  CERT_HAS_EXPIRED: 'its certificate, or one of the CA that signed it, has expired. Renew it on the server',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Check the clocks of both machines',
  CERT_REVOKED: 'its certificate was revoked',
};

const NOT_VALID_NOW: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

function tlsFailure(error: SystemError, config: ConnectionConfig): Mapped | undefined {
  const at = describeServer(config);
  const code = error.code ?? '';
  if (error.message === 'The server does not support SSL connections') return ['E_TLS_NOT_OFFERED', noTls(config)];
  if (Object.hasOwn(UNTRUSTED_CERTIFICATES, code)) {
    const amazon = /\.rds\.amazonaws\.com(?:\.cn)?\.?$/i.test(config.host)
      ? " For RDS that file is Amazon's certificate bundle of the region."
      : '';
    const kind = NOT_VALID_NOW.includes(code) ? 'E_TLS_EXPIRED' : 'E_TLS';
    const ca = kind === 'E_TLS' ? amazon : '';
    return [kind, `${at} is not trusted: ${UNTRUSTED_CERTIFICATES[code]} (${code}).${ca} Nothing was sent.`];
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return [
      'E_TLS',
      `${at} is not trusted: its certificate is for ${certificateNames(error)}, not for ${config.host} (${code}). Connect by a name of the certificate (with hostaddr=<address> where a tunnel stands between). Nothing was sent.`,
    ];
  }
  if (/^ERR_(?:OSSL|CRYPTO)|^ERR_MISSING_PASSPHRASE$/.test(code))
    return ['E_TLS_CLIENT', `For ${at} ${BAD_CLIENT_KEY} (${code}).`];
  if (/^ERR_SSL_.*ALERT/.test(code)) {
    return [
      'E_TLS',
      `${at} ended the TLS handshake: it wants another client certificate (sslcert, sslkey) or another TLS version (${code}).`,
    ];
  }
  if (/^ERR_(?:SSL|TLS)_|^EPROTO$/.test(code))
    return [
      'E_TLS',
      `The TLS handshake with ${at} failed (${code}): the two have no version or cipher in common, or something between them changes bytes.`,
    ];
  return undefined;
}

function noTls(config: ConnectionConfig): string {
  const requested = config.ssl === false ? undefined : config.ssl.requested;
  const why =
    requested === 'prefer' || requested === 'allow'
      ? `sslmode=${requested} would send all data in plain text now, and Dracula does not for a host that is not this machine`
      : requested === undefined
        ? 'all data would go in plain text, which Dracula does not do unasked for a host that is not this machine'
        : `sslmode=${requested} asks for it`;
  return `${describeServer(config)} does not offer TLS, and ${why}. Nothing was sent.`;
}

/** The names of the certificate: public, and what the reader needs. */
function certificateNames(error: SystemError): string {
  const names = (error as { cert?: { subjectaltname?: unknown; subject?: { CN?: unknown } } }).cert;
  const text = names?.subjectaltname ?? names?.subject?.CN;
  return typeof text === 'string' && text !== '' ? text.slice(0, 300) : 'no name at all';
}

/** What `pg` says in words of its own, without a code. */
function driverFailure(error: SystemError, config: ConnectionConfig): Mapped | undefined {
  const at = describeServer(config);
  const message = error.message;
  if (message === 'timeout expired') return ['E_CONNECT', noAnswer(config)];
  if (message.startsWith('Connection terminated')) {
    return [
      'E_CONNECT',
      `${at} closed the connection before it was ready, without a word: check that it is a PostgreSQL server (or its pooler), and its log.`,
    ];
  }
  if (message.startsWith('SASL: Only mechanism'))
    return [
      'E_AUTH',
      `${at} asks for a way to prove the password that Dracula does not know: it must be scram-sha-256.`,
    ];
  if (message.startsWith('SASL:')) {
    return [
      'E_AUTH',
      `The exchange that proves the password failed at ${at}: the server could not show that it knows it, or sent something else than SCRAM. Check what stands between here and the server.`,
    ];
  }
  if (
    message.startsWith('received invalid response') ||
    message === 'There was an error establishing an SSL connection'
  ) {
    return [
      'E_PROTOCOL',
      `${at} is not a PostgreSQL server, or something between changes bytes: its answer is not in PostgreSQL's protocol. Check host and port.`,
    ];
  }
  return undefined;
}

function noAnswer(config: ConnectionConfig): string {
  return `${describeServer(config)} gave no complete answer within ${config.connectTimeoutMs / 1000} s: a firewall that drops packets, a wrong port, or a server that hangs. A slow one gets more time with connect_timeout=<seconds> in the URL.`;
}

function unknownFailure(error: SystemError, config: ConnectionConfig): Mapped {
  const detail = holdsSecret(error, config) ? '' : ` ${error.message}`;
  return ['E_CONNECT', `The connection to ${describeServer(config)} failed (${error.code ?? error.name}).${detail}`];
}

/** By SQLSTATE: the code, and what to do after the server's own words (which name users, databases and hosts only). */
const REFUSALS: Readonly<Record<string, Mapped>> = {
  '28P01': ['E_AUTH', 'Check the user and the password.'],
  '28000': ['E_AUTH', 'Check the user, and what pg_hba.conf on the server lets in.'],
  '3D000': ['E_DATABASE_NOT_FOUND', 'Check the name of the database.'],
  '42501': ['E_AUTH', 'The role needs the right CONNECT on this database.'],
  '53300': ['E_TOO_MANY_CONNECTIONS', 'Run again when connections are free.'],
  '55000': ['E_CONNECT', 'The database takes no connections now.'],
  '57P03': ['E_CONNECT', 'The server is starting up, shutting down or recovering: run again in a moment.'],
  '08P01': ['E_CONNECT', 'A pooler may refuse a parameter of the connection (options) or not know the database.'],
  '0A000': ['E_CONNECT', 'The server, or a pooler before it, does not know what the connection asks for.'],
};

function serverRefusal(e: ServerError, config: ConnectionConfig): Mapped {
  const [code, advice] =
    REFUSALS[e.code] ?? (e.code.startsWith('28') ? REFUSALS['28000']! : (['E_CONNECT', ''] as const));
  const wantsTls = e.code === '28000' && config.ssl === false && /no encryption|SSL off/.test(e.message);
  const next = wantsTls
    ? 'It wants TLS: say sslmode=verify-full (with sslrootcert=<file> where the CA is your own).'
    : advice;
  const words = holdsSecret(e, config) ? '' : `: ${e.message}`;
  return [code, `${describeServer(config)} refused the connection${words} (SQLSTATE ${e.code}). ${next}`.trimEnd()];
}

/** Happy eyeballs: one error for each address of the name. */
function firstOfMany(e: unknown): SystemError {
  const error = e instanceof AggregateError && e.errors.length > 0 ? e.errors[0] : e;
  return error instanceof Error
    ? error
    : new Error(typeof error === 'string' ? error : 'something else than an error was thrown');
}

function triedAddresses(e: unknown, config: ConnectionConfig): string {
  const at = describeServer(config);
  if (!(e instanceof AggregateError)) return at;
  const addresses = e.errors.map((one: { address?: unknown }) => one.address).filter((one) => typeof one === 'string');
  return addresses.length > 0 ? `${at} (tried ${addresses.join(' and ')})` : at;
}

/** True where a text of others happens to hold a secret of ours. A password that is also a name would show as that name. */
function holdsSecret(e: Error | ServerError, config: ConnectionConfig): boolean {
  const secrets = [config.password, config.ssl === false ? undefined : config.ssl.passphrase];
  const names = [config.user, config.database, config.host];
  return secrets.some((secret) => secret && !names.includes(secret) && e.message.includes(secret));
}

function place(config: ConnectionConfig): ErrorFacts {
  return { host: config.host, port: config.port };
}
