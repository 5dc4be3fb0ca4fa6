/**
 * Copies of test databases, and what a reader that nobody here wrote finds in them, compared with what Postgres says.
 *
 * Tables of these tests have the columns `id`, `n` and `note`, so that one formula gives the same fingerprint on both sides.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import type { CopyReport, TableReport } from '../../src/core/run-event.ts';
import { type CopyOptions, copyTables } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';

/** Rows, and the checksum of all their values, in an order of the values themselves. */
export interface Fingerprint {
  readonly rows: number;
  readonly checksum: string;
}

/** The same SQL in Postgres and in DuckDB. */
export function fingerprintSql(from: string, columns = 'id, n, note'): string {
  return `SELECT count(*) AS rows, coalesce(md5(string_agg(concat_ws('|', ${columns}), ',' ORDER BY ${columns})), '') AS checksum FROM ${from}`;
}

/** One for all questions: its start costs more than they do. */
const duckdb = DuckDBInstance.create(':memory:', { threads: '1' });

type Named = { readonly [K in keyof Fingerprint]: unknown };

export function toFingerprint(row: Partial<Named> | undefined): Fingerprint {
  return { rows: Number(row?.rows), checksum: String(row?.checksum) };
}

export async function fingerprintOfTable(client: pg.Client, table: string, columns?: string): Promise<Fingerprint> {
  return toFingerprint((await client.query<Named>(fingerprintSql(table, columns))).rows[0]);
}

export async function fingerprintOfFiles(paths: string | readonly string[], columns?: string): Promise<Fingerprint> {
  const list = (typeof paths === 'string' ? [paths] : paths).map((path) => `'${path.replaceAll("'", "''")}'`);
  const from = `read_parquet([${list.join(', ')}], hive_partitioning=false)`;
  const connection = await (await duckdb).connect();
  try {
    const rows = (await connection.runAndReadAll(fingerprintSql(from, columns))).getRowObjects();
    return toFingerprint(rows[0]);
  } finally {
    connection.closeSync();
  }
}

/** Of the current version; null where the dataset has none. */
export async function fingerprintOfDataset(
  root: string,
  dataset: string,
  columns?: string,
): Promise<Fingerprint | null> {
  const store = (await openLake(root, { create: false })).dataset(dataset);
  const version = await store.load();
  if (version === null) return null;
  const found = await fingerprintOfFiles(
    version.parts.map((part) => store.locatePart(part)),
    columns,
  );
  if (found.rows !== version.rows)
    throw new Error(`${dataset}: the version says ${version.rows} rows, its parts hold ${found.rows}`);
  return found;
}

/** A copy by two connections that takes nothing from this process's environment. */
export function copy(options: CopyOptions): Promise<CopyReport> {
  return copyTables({ connections: 2, env: {}, ...options });
}

export function tableOf(report: CopyReport, dataset: string): TableReport {
  const table = report.tables.find((each) => each.dataset === dataset);
  if (table === undefined)
    throw new Error(`The report has no ${dataset}: ${report.tables.map((each) => each.dataset).join(', ')}`);
  return table;
}

/** `copied`, or the code of what went wrong, of each table: short to compare, and telling where it differs. */
export function outcomes(report: CopyReport): Record<string, string> {
  return Object.fromEntries(report.tables.map(({ dataset, status, error }) => [dataset, error?.code ?? status]));
}
