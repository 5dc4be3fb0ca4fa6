/**
 * The COPY that writes a query's result as Parquet without a silent loss (pure, but for DuckDB's type ids).
 *
 * DuckDB's writer turns 128-bit integers (so every integer sum) into doubles, cuts intervals to milliseconds, shifts
 * times with a zone to UTC, and takes a decimal that left its 38 digits as it is. So 128-bit integers become decimal(38,0), which fails beyond 38
 * digits; intervals, zoned times, bits, unions and arbitrary integers become text; and decimals are checked.
 */
import type { DuckDBType } from '@duckdb/node-api';
import { quoteIdentifier } from '../core/identifiers.ts';
import { quoteText } from './lake-views.ts';
import type { DuckDB } from './load-duckdb.ts';

/** `sql` is one SELECT without a semicolon; column names are distinct. */
export function copyToParquetSql(
  duckdb: DuckDB,
  sql: string,
  columns: readonly { readonly name: string; readonly type: DuckDBType }[],
  path: string,
): string {
  const selected = columns.map(
    ({ name, type }, i) => `${exactExpression(duckdb, `c${i}`, type, name)} AS ${quoteIdentifier(name)}`,
  );
  const inner = columns.map((_, i) => `c${i}`).join(', ');
  // The line feed ends a comment at the end of the query.
  const from = `(${sql}\n) AS result(${inner})`;
  return `COPY (SELECT ${selected.join(', ')} FROM ${from}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`;
}

function exactExpression(duckdb: DuckDB, column: string, type: DuckDBType, name: string): string {
  const target = exactType(duckdb, type);
  if (target !== type.toString()) return `CAST(${column} AS ${target})`;
  const { typeId, width, scale } = type as { typeId: number; width?: number; scale?: number };
  if (typeId !== duckdb.DuckDBTypeId.DECIMAL || width !== 38) return column;
  const digits = '9'.repeat(38 - scale!) + (scale === 0 ? '' : `.${'9'.repeat(scale!)}`);
  const limit = `CAST(${quoteText(digits)} AS ${target})`;
  const message = quoteText(`a decimal of the column ${name} has more than its 38 digits`);
  return `CASE WHEN ${column} > ${limit} OR ${column} < -${limit} THEN error(${message}) ELSE ${column} END`;
}

/** The type in which Parquet keeps every value; the same text as the type's own where it is that type. */
function exactType(duckdb: DuckDB, type: DuckDBType): string {
  const { DuckDBTypeId: id } = duckdb;
  switch (type.typeId) {
    case id.HUGEINT:
    case id.UHUGEINT:
      return 'DECIMAL(38,0)';
    case id.INTERVAL:
    case id.TIME_TZ:
    case id.TIME_NS:
    case id.BIT:
    case id.UNION:
    case id.BIGNUM:
    case id.VARIANT:
    case id.SQLNULL:
      return 'VARCHAR';
    case id.LIST:
      return `${exactType(duckdb, (type as { valueType: DuckDBType } & DuckDBType).valueType)}[]`;
    case id.ARRAY: {
      const { valueType, length } = type as { valueType: DuckDBType; length: number } & DuckDBType;
      return `${exactType(duckdb, valueType)}[${length}]`;
    }
    case id.STRUCT: {
      const { entryNames, entryTypes } = type as {
        entryNames: readonly string[];
        entryTypes: readonly DuckDBType[];
      } & DuckDBType;
      const fields = entryNames.map((name, i) => `${quoteIdentifier(name)} ${exactType(duckdb, entryTypes[i]!)}`);
      return `STRUCT(${fields.join(', ')})`;
    }
    case id.MAP: {
      const { keyType, valueType } = type as { keyType: DuckDBType; valueType: DuckDBType } & DuckDBType;
      return `MAP(${exactType(duckdb, keyType)}, ${exactType(duckdb, valueType)})`;
    }
    default:
      return type.toString();
  }
}
