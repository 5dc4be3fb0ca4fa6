/**
 * What is compared of a column between source and lake: how many values it has, an order-independent checksum of their
 * canonical forms, and least, greatest and sum where these are numbers. One pass over the rows, in either engine.
 *
 * The checksum is the sum of the first 60 bits of each form's MD5: it does not depend on the order of the rows, sums of parts
 * of a table add up to that of the table, and one changed, lost or doubled value changes it (but for one case in 2^60).
 * A checksum of the rows, the same of all digests of a row together, shows values that stand in another row than theirs.
 */
import { quoteIdentifier } from '../core/identifiers.ts';
import type { LogicalKind, LogicalType } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import * as duckdb from './duckdb-digest.ts';
import * as postgres from './postgres-digest.ts';

/** Beyond this precision a sum over many rows could leave the 38 digits of DuckDB's decimals. */
const MAX_SUMMED_PRECISION = 28;
/** Postgres takes 1,664 columns in a select list; a column has up to five, and two are of the rows. */
export const MAX_COLUMNS_PER_PASS = 300;

type Order = 'none' | 'ordered' | 'summed';

const ORDER: Readonly<Record<LogicalKind, Order>> = {
  bool: 'none',
  int16: 'summed',
  int32: 'summed',
  int64: 'summed',
  uint32: 'summed',
  float32: 'none',
  float64: 'none',
  decimal: 'summed',
  text: 'none',
  bytes: 'none',
  uuid: 'none',
  json: 'none',
  date: 'ordered',
  time: 'none',
  timestamp: 'ordered',
  geometry: 'none',
  list: 'none',
  struct: 'none',
  map: 'none',
};

function orderOf(type: LogicalType): Order {
  return type.kind === 'decimal' && type.precision > MAX_SUMMED_PRECISION ? 'ordered' : ORDER[type.kind];
}

/**
 * One row of aggregates over `from` (`FROM … WHERE …`): `n`, `r` (the checksum of the rows) and, of column i, `v<i>`, `k<i>` and where they
 * exist `min<i>`, `max<i>`, `s<i>`, all as text. Forms and digests are computed once a row, under OFFSET 0, which keeps the planner from
 * putting them into each aggregate.
 */
export function postgresCheckSql(columns: readonly Column[], from: string): string {
  const outputs = columns.flatMap(({ type }, i) => {
    const order = orderOf(type);
    const number = `pg_catalog.numeric_in(pg_catalog.textout(f${i}), 0, -1)`;
    return [
      `pg_catalog.count(f${i}) AS v${i}`,
      `${postgres.digestSum(`d${i}`)} AS k${i}`,
      ...(order === 'none' ? [] : ['min', 'max'].map((end) => `pg_catalog.${end}(${number}) AS ${end}${i}`)),
      ...(order === 'summed' ? [`pg_catalog.sum(${number}) AS s${i}`] : []),
    ];
  });
  const forms = columns.map((column, i) => `${postgres.columnForm(column)} AS f${i}`);
  const digests = columns.map((_, i) => `f${i}, pg_catalog.md5(f${i}) AS d${i}`);
  const row = `pg_catalog.md5(${postgresConcat(columns.map((_, i) => `coalesce(d${i}, '-')`))})`;
  const rows = columns.length === 0 ? [] : [`${postgres.digestSum(row)} AS r`];
  const select = ['pg_catalog.count(*) AS n', ...rows, ...outputs].join(', ');
  const forming = `SELECT ${forms.join(', ')} ${from} OFFSET 0`;
  return `SELECT ${select} FROM (SELECT ${digests.join(', ')} FROM (${forming}) AS forms OFFSET 0) AS digests`;
}

/** The same over a dataset's view or another table expression of DuckDB. */
export function duckdbCheckSql(columns: readonly Column[], from: string): string {
  const outputs = columns.flatMap(({ type }, i) => {
    const order = orderOf(type);
    const number = type.kind === 'decimal' ? `f${i}::DECIMAL(38, ${type.scale})` : `f${i}::HUGEINT`;
    return [
      `count(f${i})::VARCHAR AS v${i}`,
      `${duckdbChecksum(`d${i}`)} AS k${i}`,
      ...(order === 'none' ? [] : ['min', 'max'].map((end) => `${end}(${number})::VARCHAR AS ${end}${i}`)),
      ...(order === 'summed' ? [`sum(${number})::VARCHAR AS s${i}`] : []),
    ];
  });
  const forms = columns.map((column, i) => `${duckdb.columnForm(cell(i), column)} AS f${i}`);
  const digests = columns.map((_, i) => `f${i}, md5(f${i}) AS d${i}`);
  const row = `md5(concat(${columns.map((_, i) => `coalesce(d${i}, '-')`).join(', ')}))`;
  const select = ['count(*)::VARCHAR AS n', `${duckdbChecksum(row)} AS r`, ...outputs].join(', ');
  const forming = `SELECT ${forms.join(', ')} FROM ${duckdbCells(columns, from)}`;
  return `SELECT ${select} FROM (SELECT ${digests.join(', ')} FROM (${forming}) AS forms) AS digests`;
}

function duckdbChecksum(digest: string): string {
  return `sum(${duckdb.digestNumber(digest)})::VARCHAR`;
}

/** `r` alone, of any number of columns. */
export function postgresRowChecksumSql(columns: readonly Column[], from: string): string {
  return `SELECT ${postgres.digestSum('d')} AS r FROM (SELECT ${postgresDigest(columns)} AS d ${from} OFFSET 0) AS digests`;
}

export function duckdbRowChecksumSql(columns: readonly Column[], from: string): string {
  return `SELECT ${duckdbChecksum('d')} AS r FROM (SELECT ${duckdbDigest(columns)} AS d FROM ${duckdbCells(columns, from)}) AS digests`;
}

/** Hexadecimal digits of a bucket: 4,096 of them. */
const BUCKET_DIGITS = 3;

/** Count and checksum by bucket of the digests of these columns together, so that a difference can be found without reading all again. */
export function postgresBucketsSql(columns: readonly Column[], from: string): string {
  return (
    `SELECT pg_catalog.left(d, ${BUCKET_DIGITS}) AS bucket, pg_catalog.count(*) AS n, ` +
    `${postgres.digestSum('d')} AS k ` +
    `FROM (SELECT ${postgresDigest(columns)} AS d ${from} OFFSET 0) AS digests GROUP BY 1`
  );
}

export function duckdbBucketsSql(columns: readonly Column[], from: string): string {
  return (
    `SELECT left(d, ${BUCKET_DIGITS}) AS bucket, count(*)::VARCHAR AS n, ${duckdbChecksum('d')} AS k ` +
    `FROM (SELECT ${duckdbDigest(columns)} AS d FROM ${duckdbCells(columns, from)}) AS digests GROUP BY 1`
  );
}

/** The digests in these buckets, each with where its row lies (`ctid`, null where there is none) and its key (null: none to be told). */
export function postgresRowsSql(
  columns: readonly Column[],
  from: string,
  hasCtid: boolean,
  key?: string,
  buckets?: readonly string[],
): string {
  const where =
    buckets === undefined
      ? ''
      : ` WHERE pg_catalog.left(d, ${BUCKET_DIGITS}) OPERATOR(pg_catalog.=) ANY (ARRAY[${quoted(buckets)}]::pg_catalog.text[])`;
  return (
    `SELECT d, at, "key" FROM (SELECT ${postgresDigest(columns)} AS d, ${hasCtid ? 'ctid' : 'NULL'} AS at, ` +
    `${key === undefined ? 'NULL' : quoteIdentifier(key)} AS "key" ${from} OFFSET 0) AS digests${where}`
  );
}

export function duckdbRowsSql(
  columns: readonly Column[],
  from: string,
  key?: string,
  buckets?: readonly string[],
): string {
  const where = buckets === undefined ? '' : ` WHERE left(d, ${BUCKET_DIGITS}) IN (${quoted(buckets)})`;
  const keyText = key === undefined ? 'NULL' : `${quoteIdentifier(key)}::VARCHAR`;
  const cells = duckdbCells(columns, from, keyText);
  return `SELECT d, k FROM (SELECT ${duckdbDigest(columns)} AS d, k FROM ${cells}) AS digests${where}`;
}

function quoted(buckets: readonly string[]): string {
  return buckets.map((bucket) => `'${bucket}'`).join(', ');
}

/** One digest of all these columns' values. A null has one too. */
function postgresDigest(columns: readonly Column[]): string {
  const parts = columns.map((column) => `coalesce(pg_catalog.md5(${postgres.columnForm(column)}), '-')`);
  return `pg_catalog.md5(${postgresConcat(parts)})`;
}

/** Postgres takes 100 arguments. Of many parts `||` would copy all those before with each. */
const MAX_ARGUMENTS = 100;

function postgresConcat(parts: readonly string[]): string {
  if (parts.length <= MAX_ARGUMENTS) return `pg_catalog.concat(${parts.join(', ')})`;
  const groups = Array.from({ length: Math.ceil(parts.length / MAX_ARGUMENTS) }, (_, i) =>
    postgresConcat(parts.slice(i * MAX_ARGUMENTS, (i + 1) * MAX_ARGUMENTS)),
  );
  return postgresConcat(groups);
}

function duckdbDigest(columns: readonly Column[]): string {
  return `md5(concat(${columns.map((column, i) => `coalesce(md5(${duckdb.columnForm(cell(i), column)}), '-')`).join(', ')}))`;
}

/**
 * The dataset's columns under names of ours, and `extra` as `k`: to DuckDB a column of the dataset that is called like a lambda's
 * parameter would be meant by it, in any case of its letters.
 */
function duckdbCells(columns: readonly Column[], from: string, extra?: string): string {
  const selected = [...columns.map(({ name }) => quoteIdentifier(name)), ...(extra === undefined ? [] : [extra])];
  const names = [...columns.map((_, i) => cell(i)), ...(extra === undefined ? [] : ['k'])];
  return `(SELECT ${selected.join(', ')} FROM ${from}) AS cells(${names.join(', ')})`;
}

function cell(i: number): string {
  return `c${i}`;
}
