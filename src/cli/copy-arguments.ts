/**
 * The positional arguments of `dracula copy [<url>] [table or glob …] <target>`: which is which.
 *
 * The target comes last and has a `/` in it or ends in `.parquet`; the URL comes first and starts with `postgres://` or
 * `postgresql://`; the rest are tables. Where an argument could be meant otherwise the error says how to write it. An
 * argument that may hold a password is never repeated in an error.
 */
import { DraculaError } from '../errors.ts';

export interface CopyArguments {
  readonly url?: string;
  /** Names or globs, as typed. */
  readonly tables: readonly string[];
  readonly target: string;
}

export function parseCopyArguments(positionals: readonly string[]): CopyArguments {
  const url = positionals.find(isPostgresUrl);
  if (url !== undefined && positionals[0] !== url)
    throw usage('The URL comes first: dracula copy <url> [table …] <target>.');
  const rest = url === undefined ? positionals : positionals.slice(1);
  if (rest.slice(0, -1).some(isPostgresUrl))
    throw usage('There are two sources, URLs that start with postgresql://; one run reads one database.');
  const target = parseTarget(rest);
  const tables = rest.slice(0, -1);
  for (const table of tables) checkTable(table, target);
  return url === undefined ? { tables, target } : { url, tables, target };
}

function usage(message: string): DraculaError {
  return new DraculaError('E_USAGE', message);
}

function isPostgresUrl(argument: string): boolean {
  return /^postgres(ql)?:\/\//i.test(argument);
}

function isQuoted(argument: string): boolean {
  return /^"|"$/.test(argument);
}

function isTarget(argument: string): boolean {
  return !isQuoted(argument) && (argument.includes('/') || argument.endsWith('.parquet'));
}

function scheme(argument: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(argument)?.[1]?.toLowerCase();
}

const TARGET_FORM = 'the last argument is a lake folder with a `/` in it (./lake) or a file that ends in .parquet';

function parseTarget(rest: readonly string[]): string {
  const last = rest.at(-1);
  if (last === undefined || isPostgresUrl(last)) throw usage(`The target is missing: ${TARGET_FORM}.`);
  if (!isTarget(last)) throw missingTarget(rest, last);
  const store = scheme(last);
  if (store === 's3') throw new DraculaError('E_TARGET', 'A lake on S3 cannot be written yet: name a local folder.');
  if (store !== undefined)
    throw new DraculaError('E_TARGET', `A target of the kind ${store}:// is not known: ${TARGET_FORM}.`);
  return last;
}

function missingTarget(rest: readonly string[], last: string): DraculaError {
  const earlier = rest.slice(0, -1).find(isTarget);
  if (earlier !== undefined && scheme(earlier) === undefined) {
    return usage(`\`${show(last)}\` comes after the target \`${show(earlier)}\`: tables come first, the target last.`);
  }
  const folder = isQuoted(last) ? '' : `; if \`${show(last)}\` is meant as a folder, write \`./${show(last)}\``;
  return usage(`The target is missing: ${TARGET_FORM}${folder}.`);
}

function checkTable(table: string, target: string): void {
  if (table.trim() === '') throw usage('A table name is empty: leave the argument out to copy every table.');
  const kind = scheme(table);
  if (kind !== undefined)
    throw usage(`A URL that starts with ${kind}:// is no source: it must start with postgresql://.`);
  if (isTarget(table)) {
    throw usage(
      `There are two targets, \`${show(table)}\` and \`${show(target)}\`; ` +
        'a table with such a name is given with --table or in double quotes.',
    );
  }
}

/** An argument for a message: what stands before an `@` may be a password. */
function show(argument: string): string {
  return argument.replace(/^.*:.*@/s, '***@');
}
