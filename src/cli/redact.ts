/**
 * Keeps passwords out of what is printed. No message is built from one; this is the second lock, at the door.
 *
 * It knows the passwords of this run (the URLs in the arguments and in `$DATABASE_URL`, `$PGPASSWORD`) in the forms in
 * which they can appear: as typed, percent-decoded, percent-encoded, inside JSON; and it knows the shape of a URL with a
 * password. A password that is also the user's, the database's or the host's name is left alone where it stands by itself:
 * hiding that word everywhere would say what it is.
 */
import type { Environment } from './host.ts';

export type Redact = (text: string) => string;

const MASK = '***';
/** Shorter ones are hidden inside URLs only: three letters turn up in every text. */
const MIN_LENGTH = 4;

/** `scheme://user:password@`; the password runs to the last `@` before a blank, since people forget to encode it. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s]*@/gi;
const PASSWORD_PARAMETER = /\b((?:ssl)?password=)[^\s&'"]+/gi;

export function createRedactor(argv: readonly string[], env: Environment): Redact {
  const urls = [...argv, env['DATABASE_URL'] ?? ''].filter((value) => value.includes('://'));
  const passwords = [...urls.flatMap(passwordsOf), env['PGPASSWORD'] ?? ''];
  const names = new Set(urls.flatMap(namesOf));
  const secrets = [...new Set(passwords.flatMap(writtenForms))]
    .filter((secret) => secret.length >= MIN_LENGTH && !names.has(secret))
    // The longest first: one form may hold another.
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets
      .reduce((result, secret) => result.replaceAll(secret, MASK), text)
      .replace(URL_PASSWORD, `$1${MASK}@`)
      .replace(PASSWORD_PARAMETER, `$1${MASK}`);
}

/** True when a URL carries a password, well-formed or not. */
export function hasPassword(url: string): boolean {
  return passwordsOf(url).some((password) => password !== '');
}

/** What may be meant as the password: up to each `@`, since a forgotten encoding moves the end; and the parameters. */
function passwordsOf(url: string): string[] {
  const authority = /^[^:]*:\/\/([^:/?#]*):(.*)$/s.exec(url)?.[2] ?? '';
  const ends = [...authority.matchAll(/@/g)].map((at) => authority.slice(0, at.index));
  const parameters = [...url.matchAll(/[?&](?:ssl)?password=([^&#]*)/gi)].map((match) => match[1] ?? '');
  return [...ends, ...parameters];
}

function namesOf(url: string): string[] {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return [];
  return [parsed.username, parsed.hostname, parsed.pathname.slice(1), 'postgres', 'postgresql'].map(decode);
}

function writtenForms(secret: string): string[] {
  const plain = decode(secret);
  const encoded = [encodeURIComponent(plain), encodeURI(plain)];
  return [secret, plain, ...encoded, ...encoded.map(lowerEscapes), inJson(secret), inJson(plain)];
}

/** `%c3` for `%C3`: both are in use. */
function lowerEscapes(encoded: string): string {
  return encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: it stands for itself.
    return text;
  }
}
