/**
 * The closed table of connection parameters: libpq's names, and the PG* variable that stands in for each.
 *
 * libpq knows more parameters than Dracula honours. One that would change nothing is accepted (`INERT`), one that
 * belongs to another client is ignored with a notice (`FOREIGN`), and everything else is refused: a parameter that
 * asks for protection must never be dropped in silence.
 * Source: PostgreSQL documentation, "Parameter Key Words" and "Environment Variables" of libpq.
 */
import { DraculaError } from '../errors.ts';

/** Parameter to its environment variable; null where libpq has none. */
const PARAMETERS = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: null,
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  keepalives_idle: null,
} as const satisfies Record<string, string | null>;

export type ConnectionParameter = keyof typeof PARAMETERS;

/** Decoded values; a parameter that is absent or empty has no key. */
export type ConnectionParameters = { readonly [P in ConnectionParameter]?: string };

/** libpq parameters that Dracula does not carry out, with the values that ask for what it does anyway. */
const INERT: Readonly<Record<string, readonly string[]>> = {
  client_encoding: ['utf8', 'UTF8', 'utf-8', 'UTF-8', 'auto'],
  gssencmode: ['disable', 'prefer'],
  keepalives: ['1'],
  load_balance_hosts: ['disable'],
  ssl_min_protocol_version: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
  sslcompression: ['0'],
  sslnegotiation: ['postgres'],
  sslsni: ['1'],
  target_session_attrs: ['any'],
  uselibpqcompat: ['true'],
};

/** Parameters that other clients (Prisma, poolers) put into DATABASE_URL; they mean nothing to one who reads tables. */
const FOREIGN: readonly string[] = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'pgbouncer',
  'socket_timeout',
  'statement_cache_size',
  'sslaccept',
];

/** Variables whose silent loss would connect somewhere else, or with less protection than asked for. */
const REFUSED_VARIABLES: readonly string[] = [
  'PGSERVICE',
  'PGREQUIREAUTH',
  'PGREQUIREPEER',
  'PGREQUIRESSL',
  'PGSSLCRL',
  'PGSSLCRLDIR',
  'PGSSLMAXPROTOCOLVERSION',
  'PGSSLCERTMODE',
];

/** Variables of parameters that are honoured only as `INERT` says. */
const INERT_VARIABLES: Readonly<Record<string, string>> = {
  PGGSSENCMODE: 'gssencmode',
  PGLOADBALANCEHOSTS: 'load_balance_hosts',
  PGSSLCOMPRESSION: 'sslcompression',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLSNI: 'sslsni',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
};

export const PARAMETER_NAMES = Object.keys(PARAMETERS) as readonly ConnectionParameter[];

export function isConnectionParameter(name: string): name is ConnectionParameter {
  return Object.hasOwn(PARAMETERS, name);
}

/** True where the parameter, with this value, changes nothing; throws E_USAGE where it would change something. */
export function isInertParameter(name: string, value: string): boolean {
  const values = Object.hasOwn(INERT, name) ? INERT[name] : undefined;
  if (values === undefined) return false;
  checkInert(name, value, `The connection parameter ${name}`);
  return true;
}

function checkInert(name: string, value: string, what: string): void {
  const values = INERT[name]!;
  if (value === '' || values.includes(value)) return;
  throw new DraculaError('E_USAGE', `${what} is honoured only as ${values.join(' or ')}.`);
}

export function isForeignParameter(name: string): boolean {
  return FOREIGN.includes(name);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `parameters`, and for each that is missing the value of its variable. Throws E_USAGE for a variable that is refused. */
export function fillFromEnvironment(parameters: ConnectionParameters, env: Environment): ConnectionParameters {
  const refused = REFUSED_VARIABLES.find((name) => env[name]);
  if (refused !== undefined) {
    throw new DraculaError(
      'E_USAGE',
      `${refused} is set, and Dracula does not honour it: unset it. A connection is named by URL or by PGHOST, PGPORT, PGUSER and PGDATABASE, its protection by sslmode and sslrootcert.`,
    );
  }
  for (const [variable, name] of Object.entries(INERT_VARIABLES))
    checkInert(name, env[variable] ?? '', `The variable ${variable}`);
  const filled: { [P in ConnectionParameter]?: string } = { ...parameters };
  for (const name of PARAMETER_NAMES) {
    const variable = PARAMETERS[name];
    const value = variable === null ? undefined : env[variable];
    if (value && filled[name] === undefined) filled[name] = value;
  }
  return filled;
}

/** A whole number within bounds, or E_USAGE that names the parameter but not its text: it may be part of a torn password. */
export function parseWholeNumber(name: ConnectionParameter, text: string, min: number, max: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new DraculaError('E_USAGE', `The connection parameter ${name} must be a whole number from ${min} to ${max}.`);
}
