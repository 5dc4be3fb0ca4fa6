/**
 * `~/.pgpass`: lines `host:port:database:user:password`, the first that matches wins.
 *
 * `*` alone matches anything; `\:` and `\\` stand for themselves; `#` at the start of a line is a comment. A connection
 * through the default socket folder matches `localhost`. As in libpq a file that others may read is not used: that, and
 * a path that is not a plain file, is a notice, since the connection may still succeed without a password.
 * Source: PostgreSQL documentation, "The Password File".
 */
import { readFile, stat } from 'node:fs/promises';

export interface PasswordQuery {
  /** As in the file: a name, an address, or `localhost` for the default socket folder. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The password of the first line of `text` that matches, or undefined. */
export function findPassword(text: string, query: PasswordQuery): string | undefined {
  const wanted = [query.host, String(query.port), query.database, query.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = splitFields(line);
    const password = fields[4];
    if (password && wanted.every((value, i) => fields[i] === '*' || unescapeField(fields[i]!) === value)) {
      return unescapeField(password);
    }
  }
  return undefined;
}

/** The password that the file at `path` has; a missing file has none. */
export async function readPasswordFile(
  path: string,
  query: PasswordQuery,
): Promise<{ readonly password?: string; readonly notice?: string }> {
  const found = await stat(path).catch(() => undefined); // Missing or out of reach: as if there were none, like libpq.
  if (found === undefined) return {};
  if (!found.isFile()) return { notice: `The password file ${path} is not used: it is not a plain file.` };
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    return { notice: `The password file ${path} is not used: others may read it (chmod 0600 mends that).` };
  }
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { notice: `The password file ${path} is not used: it cannot be read.` };
  const password = findPassword(text, query);
  return password === undefined ? {} : { password };
}

/** Fields between unescaped colons; escapes are kept, since `\*` is not the wildcard. */
function splitFields(line: string): string[] {
  const fields: string[] = [];
  let from = 0;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === ':') {
      fields.push(line.slice(from, i));
      from = i + 1;
    }
  }
  fields.push(line.slice(from));
  return fields;
}

function unescapeField(field: string): string {
  return field.replace(/\\(.)/gs, '$1');
}
