/** DuckDB as a reader of files: a reader that nobody here wrote. */
import type { DuckDBResultReader } from '@duckdb/node-api';
import { loadDuckDB } from '../../src/engine/load-duckdb.ts';

/** A row as exact text, null as null. A list or a struct is in DuckDB's own notation. */
export type TextRow = Record<string, string | null>;

/** All rows of the Parquet files, every value cast to VARCHAR by DuckDB, in the order of the files unless `orderBy` says otherwise. */
export async function readWithDuckdb(paths: string | readonly string[], orderBy?: string): Promise<TextRow[]> {
  const order = orderBy === undefined ? '' : ` ORDER BY ${orderBy}`;
  return queryDuckdb(`SELECT COLUMNS(*)::VARCHAR FROM (SELECT * FROM ${parquetSource(paths)}${order})`);
}

/** Names and DuckDB types of the files' columns. */
export async function describeWithDuckdb(paths: string | readonly string[]): Promise<{ name: string; type: string }[]> {
  const rows = await queryDuckdb(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${parquetSource(paths)})`,
  );
  return rows.map((row) => ({ name: row['column_name'] ?? '', type: row['column_type'] ?? '' }));
}

/** The call of `read_parquet` for a FROM clause. */
function parquetSource(paths: string | readonly string[]): string {
  const list = (typeof paths === 'string' ? [paths] : paths).map((path) => `'${path.replaceAll("'", "''")}'`);
  return `read_parquet([${list.join(', ')}], hive_partitioning=false)`;
}

/** Any SQL in a DuckDB of its own, in UTC; values that are not VARCHAR come as their text. */
export async function queryDuckdb(sql: string): Promise<TextRow[]> {
  return withDuckdb(sql, (reader) => {
    const names = reader.columnNames();
    return reader
      .getRows()
      .map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, value === null ? null : String(value)])));
  });
}

/** The same with values as JSON has them, in the order of the columns. */
export async function queryDuckdbJson(sql: string): Promise<unknown[][]> {
  return withDuckdb(sql, (reader) => reader.getRowsJson());
}

async function withDuckdb<T>(sql: string, take: (reader: DuckDBResultReader) => T): Promise<T> {
  const instance = await (await loadDuckDB()).DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return take(await connection.runAndReadAll(sql));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
