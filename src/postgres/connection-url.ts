/**
 * Reads `postgresql://user:password@host:port/dbname?name=value`, as libpq does, into parameters.
 *
 * Not the URL class: that one changes hosts and rejects empty ones, and quotes its input in errors. Here no message
 * holds any part of the URL but the name of a parameter, since a password with an unescaped `@`, `/` or `:` tears the URL
 * in such a way that parts of it turn up as host, port or database. Such a URL is refused before anything is connected.
 * Source: PostgreSQL documentation, "Connection URIs". Several hosts (`a,b`) are refused: name the one to read from.
 */
import { DraculaError } from '../errors.ts';
import {
  type ConnectionParameter,
  type ConnectionParameters,
  isConnectionParameter,
  isForeignParameter,
  isInertParameter,
  PARAMETER_NAMES,
} from './connection-parameters.ts';

export interface ParsedUrl {
  readonly parameters: ConnectionParameters;
  readonly notices: readonly string[];
}

type Draft = { [P in ConnectionParameter]?: string };

const ESCAPES = '`@` is %40, `/` is %2F, `:` is %3A, `#` is %23, `?` is %3F, `%` is %25';

/** `source` names where the URL came from, for messages: "The connection URL" or "$DATABASE_URL". Throws E_USAGE. */
export function parseConnectionUrl(url: string, source: string): ParsedUrl {
  const rest = afterScheme(url.trim(), source);
  const queryAt = rest.indexOf('?', Math.max(0, rest.slice(0, firstOf(rest, '/')).lastIndexOf('@')));
  const main = queryAt < 0 ? rest : rest.slice(0, queryAt);
  const query = queryAt < 0 ? '' : rest.slice(queryAt + 1);
  const slashAt = main.indexOf('/');
  const authority = slashAt < 0 ? main : main.slice(0, slashAt);
  const path = slashAt < 0 ? '' : main.slice(slashAt + 1);
  if (path.includes('@') || authority.split('@').length > 2) {
    throw refuse(source, `holds a character that must be escaped in a user or password (${ESCAPES})`);
  }
  const draft: Draft = {};
  readAuthority(authority, draft, source);
  put(draft, 'dbname', path, source);
  const notices = readQuery(query, draft, source);
  return { parameters: draft, notices };
}

function afterScheme(url: string, source: string): string {
  const scheme = /^postgres(?:ql)?:\/\//i.exec(url);
  if (scheme !== null) return url.slice(scheme[0].length);
  throw refuse(source, 'must have the form postgresql://user@host:port/database');
}

function readAuthority(authority: string, draft: Draft, source: string): void {
  const at = authority.indexOf('@');
  if (at >= 0) {
    const [user, ...password] = authority.slice(0, at).split(':');
    put(draft, 'user', user ?? '', source);
    put(draft, 'password', password.join(':'), source);
  }
  const place = authority.slice(at + 1);
  if (place.includes(',')) throw refuse(source, 'names several hosts: name the one to read from');
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(place);
  if (match === null)
    throw refuse(source, 'has a host that cannot be read: an IPv6 address stands in brackets, as in [::1]:5432');
  put(draft, 'host', match[1] ?? match[2] ?? '', source);
  put(draft, 'port', match[3] ?? '', source);
}

function readQuery(query: string, draft: Draft, source: string): string[] {
  const notices: string[] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals < 0) throw refuse(source, 'has a parameter without a value after its `?`: write name=value');
    const name = decode(pair.slice(0, equals), source);
    const value = pair.slice(equals + 1);
    if (isConnectionParameter(name)) put(draft, name, value, source);
    else if (name === 'ssl' && value === 'true') draft.sslmode ??= 'verify-full';
    else if (isForeignParameter(name))
      notices.push(`The URL parameter ${name} is ignored: it is not one of PostgreSQL's.`);
    else if (!isInertParameter(name, decode(value, source))) throw unknownParameter(name, query, source);
  }
  return notices;
}

function unknownParameter(name: string, query: string, source: string): DraculaError {
  const plain = /^[a-z_]{1,40}$/i.test(name) && !query.includes('@');
  const what = plain ? `the parameter ${name}, which is not known` : 'a parameter that is not known';
  return refuse(source, `has ${what}. Valid ones: ${[...PARAMETER_NAMES].sort().join(', ')}`);
}

function put(draft: Draft, name: ConnectionParameter, encoded: string, source: string): void {
  const value = decode(encoded, source);
  if (value !== '') draft[name] = value;
}

function decode(text: string, source: string): string {
  try {
    const value = decodeURIComponent(text);
    if (!value.includes('\0')) return value;
  } catch {
    // Falls through to the refusal below: the built-in error would be the same for every cause.
  }
  throw refuse(source, `has a % that does not begin an escape of UTF-8 text (${ESCAPES})`);
}

function firstOf(text: string, character: string): number {
  const at = text.indexOf(character);
  return at < 0 ? text.length : at;
}

function refuse(source: string, what: string): DraculaError {
  return new DraculaError('E_USAGE', `${source} ${what}.`);
}
