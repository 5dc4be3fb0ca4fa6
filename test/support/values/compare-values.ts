/**
 * Compares what stands in Parquet, as DuckDB reads it, with what Postgres says of the same rows: column by column, row by row, part
 * by part.
 *
 * Both sides are brought to one text for each leaf, by Postgres's own functions on its side. The oracle's session has the styles that
 * the documentation promises; that of the copy may have any.
 */

import type pg from 'pg';
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import { loadDuckDB } from '../../../src/engine/load-duckdb.ts';
import { type Cell, duckdbParts, postgresJson, readDuckDB, readPostgres } from './nested-values.ts';

export const ORACLE_SETTINGS = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres';
  SET bytea_output = 'hex'; SET extra_float_digits = 1;`;

/** What Postgres says of the rows of `from` (SQL of a FROM item), in the order of their id. The session has ORACLE_SETTINGS. */
export async function valuesOfSource(client: pg.Client, from: string, columns: readonly Column[]): Promise<Cell[][]> {
  const list = columns.map(
    ({ name, type, source }, i) => `${postgresJson(`t.${quoteIdentifier(name)}`, type, source.wire)} AS c${i}`,
  );
  const { rows } = await client.query<unknown[]>({
    text: `SELECT ${list.join(', ')} FROM ${from} AS t ORDER BY id`,
    rowMode: 'array',
  });
  return rows.map((row) =>
    row.map((json, c) => readPostgres(json as never, columns[c]!.type, columns[c]!.source.wire)),
  );
}

const duckdbInstance = loadDuckDB().then(({ DuckDBInstance }) => DuckDBInstance.create(':memory:', { threads: '1' }));

/** What DuckDB reads in the files, in the same order and form. */
export async function valuesOfFiles(paths: readonly string[], columns: readonly Column[]): Promise<Cell[][]> {
  const list = columns.map(({ name, type }, i) => `${duckdbParts(`t.${quoteIdentifier(name)}`, type)} AS c${i}`);
  const connection = await (await duckdbInstance).connect();
  try {
    const files = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
    const sql = `SELECT ${list.join(', ')} FROM read_parquet([${files}], hive_partitioning = false) AS t ORDER BY id`;
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    return rows.map((row) => row.map((json, c) => readDuckDB(json as never, columns[c]!.type)));
  } finally {
    connection.closeSync();
  }
}

/** Throws at the first difference, with its place; returns how many values were the same, parts and nulls counted. */
export function expectSameValues(
  what: string,
  columns: readonly Column[],
  expected: readonly Cell[][],
  got: readonly Cell[][],
): number {
  if (expected.length !== got.length) throw new Error(`${what}: ${got.length} rows instead of ${expected.length}`);
  let values = 0;
  expected.forEach((row, i) => {
    row.forEach((cell, c) => {
      const a = JSON.stringify(cell);
      const b = JSON.stringify(got[i]![c]);
      if (a !== b)
        throw new Error(
          `${what}, column ${columns[c]!.name} (${columns[c]!.source.pgType}), row ${i}: ${brief(b)} in Parquet, ${brief(a)} in Postgres`,
        );
      values += countValues(cell);
    });
  });
  return values;
}

function countValues(cell: Cell): number {
  if (cell === null || typeof cell === 'string') return 1;
  return Math.max(
    1,
    cell.reduce<number>((sum, part) => sum + countValues(part), 0),
  );
}

function brief(text: string | undefined): string {
  return text !== undefined && text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : String(text);
}
