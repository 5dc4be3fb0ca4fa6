/**
 * Compares what stands in Parquet, as DuckDB reads it, with what Postgres says of the same rows: column by column, row by row, element
 * by element.
 *
 * Both sides are brought to one text for each kind, by Postgres's own functions on its side: decimals digit by digit, floats
 * by their bits, text as the type's output function prints it, times to the microsecond. The oracle's session has the styles that
 * the documentation promises; that of the copy may have any.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalKind, LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';

type Leaf = Exclude<LogicalType, { kind: 'list' }>;
type Cell = string | null | readonly (string | null)[];

/** One kind's text on both sides; `read` turns DuckDB's into Postgres's. */
interface Rendering {
  readonly postgres: (x: string, column: Column, leaf: Leaf) => string;
  readonly duckdb: (x: string) => string;
  readonly read?: (text: string, column: Column) => string;
}

const same: Rendering = { postgres: (x) => `${x}::text`, duckdb: (x) => `${x}::VARCHAR` };
/** `4713-01-01 (BC) 00:00:00` is Postgres's `4713-01-01 00:00:00 BC`. */
const withEra = (text: string): string => (text.includes(' (BC)') ? `${text.replace(' (BC)', '')} BC` : text);

const RENDERINGS = {
  bool: same,
  int16: same,
  int32: same,
  int64: same,
  uint32: same,
  float32: {
    postgres: (x) => `encode(float4send(${x}), 'hex')`,
    duckdb: same.duckdb,
    read: (text) => bits(new Float32Array([toNumber(text)])),
  },
  float64: {
    postgres: (x) => `encode(float8send(${x}), 'hex')`,
    duckdb: same.duckdb,
    read: (text) => bits(new Float64Array([toNumber(text)])),
  },
  decimal: {
    postgres: (x, _column, leaf) => exactScale(x, leaf.kind === 'decimal' ? leaf.scale : 0),
    duckdb: same.duckdb,
    // DuckDB leaves out the zero before the point where there are no other digits.
    read: (text) => text.replace(/^(-?)\./, '$10.'),
  },
  // `format` uses the type's output function: char(n) keeps its padding, inet gets no /32, both of which a cast would change. A row of nulls is no null, though IS NULL says so.
  text: { postgres: (x) => `CASE WHEN num_nulls(${x}) = 0 THEN format('%s', ${x}) END`, duckdb: same.duckdb },
  bytes: { postgres: (x) => `encode(${x}, 'hex')`, duckdb: (x) => `lower(hex(${x}))` },
  uuid: same,
  json: same,
  date: { ...same, read: withEra },
  time: { postgres: (x) => `to_char(${x}, 'HH24:MI:SS.US')`, duckdb: same.duckdb },
  timestamp: {
    postgres: (x) => `${x}::text`,
    // Not by DuckDB's calendar of time zones, which is not Postgres's before 1582.
    duckdb: (x) => `make_timestamp(epoch_us(${x}))::VARCHAR`,
    read: (text, { type }) => {
      const leaf = type.kind === 'list' ? type.element : type;
      return withEra(leaf.kind === 'timestamp' && leaf.utc ? text.replace(/(:\d\d(\.\d+)?)$/, '$1+00') : text);
    },
  },
} as const satisfies Record<Exclude<LogicalKind, 'list'>, Rendering>;

function toNumber(text: string): number {
  return text.endsWith('inf') ? (text.startsWith('-') ? -Infinity : Infinity) : text === 'nan' ? NaN : Number(text);
}

function bits(value: Float32Array | Float64Array): string {
  return Buffer.from(value.buffer).reverse().toString('hex');
}

/** All digits of the scale, zeros too; a value that has more comes as it is, and so differs. */
function exactScale(x: string, scale: number): string {
  return `CASE WHEN ${x} = round(${x}, ${scale}) THEN round(${x}, ${scale}) ELSE ${x} END::text`;
}

function leafOf(type: LogicalType): Leaf {
  return type.kind === 'list' ? leafOf(type.element) : type;
}

function renderingOf(column: Column): Rendering {
  return RENDERINGS[leafOf(column.type).kind];
}

function postgresExpression(column: Column): string {
  const { postgres } = renderingOf(column);
  const name = quoteIdentifier(column.name);
  if (column.type.kind !== 'list') return postgres(name, column, leafOf(column.type));
  const element = postgres('e', column, leafOf(column.type));
  return `CASE WHEN ${name} IS NOT NULL THEN ARRAY(SELECT CASE WHEN e IS NOT NULL THEN ${element} END FROM unnest(${name}) WITH ORDINALITY AS u(e, o) ORDER BY o) END`;
}

function duckdbExpression(column: Column): string {
  const { duckdb } = renderingOf(column);
  const name = quoteIdentifier(column.name);
  return column.type.kind === 'list' ? `list_transform(${name}, lambda e: ${duckdb('e')})` : duckdb(name);
}

export const ORACLE_SETTINGS = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres';
  SET bytea_output = 'hex'; SET extra_float_digits = 1;`;

/** What Postgres says of the rows of `from` (SQL of a FROM item), in the order of their id. The session has ORACLE_SETTINGS. */
export async function valuesOfSource(client: pg.Client, from: string, columns: readonly Column[]): Promise<Cell[][]> {
  const list = columns.map((column, i) => `${postgresExpression(column)} AS c${i}`);
  const { rows } = await client.query<Cell[]>({
    text: `SELECT ${list.join(', ')} FROM ${from} AS t ORDER BY id`,
    rowMode: 'array',
  });
  return rows;
}

const duckdbInstance = DuckDBInstance.create(':memory:', { threads: '1' });

/** What DuckDB reads in the files, in the same order and form. */
export async function valuesOfFiles(paths: readonly string[], columns: readonly Column[]): Promise<Cell[][]> {
  const list = columns.map((column, i) => `${duckdbExpression(column)} AS c${i}`);
  const connection = await (await duckdbInstance).connect();
  try {
    const files = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
    const sql = `SELECT ${list.join(', ')} FROM read_parquet([${files}], hive_partitioning = false) ORDER BY id`;
    const rows = (await connection.runAndReadAll(sql)).getRowsJson() as Cell[][];
    return rows.map((row) => row.map((cell, c) => readCell(cell, columns[c]!)));
  } finally {
    connection.closeSync();
  }
}

function readCell(cell: Cell, column: Column): Cell {
  const { read } = renderingOf(column);
  if (read === undefined || cell === null) return cell;
  return typeof cell === 'string' ? read(cell, column) : cell.map((e) => (e === null ? null : read(e, column)));
}

/** Throws at the first difference, with its place; returns how many values were the same, elements and nulls counted. */
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
      values += Array.isArray(cell) ? Math.max(1, cell.length) : 1;
    });
  });
  return values;
}

function brief(text: string | undefined): string {
  return text !== undefined && text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : String(text);
}
