/**
 * Whose fault a failed query is: a part whose bytes are not what was written is the lake's, and all else the query's.
 *
 * DuckDB names the file where a page is damaged, and says something short without a name where a footer or a page's header is. So the
 * message is searched for the parts, and then the footers are read, one part after the other, or, for what its reader of Thrift or the
 * C++ library says (`Invalid Error`), the whole parts.
 */
import type { DuckDBInstance } from '@duckdb/node-api';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { DraculaError } from '../errors.ts';
import { aboutBytes } from './duckdb-message.ts';
import { escapeGlob, quoteText } from './lake-views.ts';

/** What DuckDB's messages about bytes begin with; those about SQL, types and values begin otherwise. */
const ABOUT_BYTES = /^(?:IO|Invalid|Invalid Input|Serialization|INTERNAL) Error: /;

/** What DuckDB passes on as it came: from the header of a page, it does not say of which file. */
const ABOUT_HEADERS = /^Invalid Error: /;

/** E_PART_DAMAGED where `cause` comes of a part; else null. */
export async function findDamagedPart(
  instance: DuckDBInstance,
  datasets: readonly DatasetFiles[],
  cause: unknown,
): Promise<DraculaError | null> {
  if (!isAboutBytes(cause)) return null;
  for (const { dataset, parts } of datasets) {
    const named = findNamedPart(parts, cause);
    if (named !== undefined) return damagedPart(dataset, named, cause);
  }
  // DuckDB reads no file without columns; no query has read one either.
  const readable = datasets.filter(({ columns }) => columns.length > 0);
  const firstRead = await findUnreadable(instance, readable, readFooterSql);
  return firstRead ?? (ABOUT_HEADERS.test(firstLine(cause)) ? findUnreadable(instance, readable, readPagesSql) : null);
}

/** The part that the message names; the lines after the first show SQL, which may name others. */
export function findNamedPart(parts: readonly string[], cause: unknown): string | undefined {
  const message = firstLine(cause);
  return parts.find((part) => message.includes(part));
}

function readFooterSql(part: string): string {
  return `SELECT count(*) FROM parquet_metadata(${quoteText(escapeGlob(part))})`;
}

/** Every page of every column: a hash is in no statistics, as a count is. */
function readPagesSql(part: string): string {
  return `SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(${quoteText(escapeGlob(part))}, hive_partitioning = false)`;
}

function isAboutBytes(cause: unknown): boolean {
  return ABOUT_BYTES.test(firstLine(cause));
}

/** The first part of which this cannot be read. */
async function findUnreadable(
  instance: DuckDBInstance,
  datasets: readonly DatasetFiles[],
  sqlOf: (part: string) => string,
): Promise<DraculaError | null> {
  const connection = await instance.connect();
  try {
    for (const { dataset, parts } of datasets) {
      for (const part of parts) {
        const read = connection.run(sqlOf(part));
        const failure = await read.then(
          () => null,
          (cause: unknown) => ({ cause }),
        );
        // Not where memory did not suffice for it, or somebody interrupts.
        if (failure !== null && isAboutBytes(failure.cause)) return damagedPart(dataset, part, failure.cause);
      }
    }
    return null;
  } finally {
    connection.closeSync();
  }
}

/** The error of a part that DuckDB cannot read, with the first line of what it says. One that this user may not open is whole. */
export function damagedPart(dataset: string, path: string, cause: unknown): DraculaError {
  if (/: Permission denied$/.test(firstLine(cause)))
    return new DraculaError('E_TARGET', `The part ${path} cannot be read: permission denied. Nothing was changed.`, {
      dataset,
      path,
      reason: 'EACCES',
    });
  return new DraculaError(
    'E_PART_DAMAGED',
    `The part ${path} cannot be read: ${aboutBytes(messageOf(cause))}. Nothing was changed.`,
    { dataset, path },
  );
}

function firstLine(cause: unknown): string {
  return messageOf(cause).split('\n', 1)[0]!;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
