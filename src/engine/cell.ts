/**
 * One value of a query's result, free of the engine: what the output formats print.
 *
 * Exact: an integer of any width is a number up to 2^53 - 1 and a bigint beyond; decimals, dates, times and the rest are
 * their text as DuckDB itself prints it (timestamps to the microsecond, with time zone in UTC; years of any length), and
 * bytes are `\x` and hex as Postgres prints them. A float32 is the shortest number that is that float32 again.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { DraculaError } from '../errors.ts';
import { dateText, timestampText } from './calendar-text.ts';
import type { DuckDB } from './load-duckdb.ts';

/** A struct, a map with texts as keys, or a union (its tag is the only field). */
export interface StructCell {
  readonly fields: readonly (readonly [name: string, value: Cell])[];
}
export type Cell = null | boolean | number | bigint | string | readonly Cell[] | StructCell;

type ReadCell = (value: NonNullable<DuckDBValue>) => Cell;

/** Reads the values of a column of this type. `column` is for the error of a decimal that left its precision. */
export function createCellReader(duckdb: DuckDB, type: DuckDBType, column: string): (value: DuckDBValue) => Cell {
  const read = readerOf(duckdb, type, column);
  return (value) => (value === null ? null : read(value));
}

function readerOf(duckdb: DuckDB, type: DuckDBType, column: string): ReadCell {
  const { DuckDBTypeId: id } = duckdb;
  const child = (of: DuckDBType): ((value: DuckDBValue) => Cell) => createCellReader(duckdb, of, column);
  switch (type.typeId) {
    case id.BOOLEAN:
      return (v) => v as boolean;
    case id.TINYINT:
    case id.SMALLINT:
    case id.INTEGER:
    case id.UTINYINT:
    case id.USMALLINT:
    case id.UINTEGER:
    case id.DOUBLE:
      return (v) => v as number;
    case id.FLOAT:
      return (v) => shortestFloat32(v as number);
    case id.BIGINT:
    case id.UBIGINT:
    case id.HUGEINT:
    case id.UHUGEINT:
    case id.BIGNUM:
      return (v) => integer(v as bigint);
    case id.DECIMAL:
      return readDecimal(column);
    case id.DATE:
      return (v) => dateText((v as { days: number }).days);
    case id.TIMESTAMP:
      return (v) => timestampText((v as { micros: bigint }).micros, 6);
    case id.TIMESTAMP_TZ:
      return (v) => timestampText((v as { micros: bigint }).micros, 6, '+00');
    case id.TIMESTAMP_S:
      return (v) => timestampText((v as { seconds: bigint }).seconds, 0);
    case id.TIMESTAMP_MS:
      return (v) => timestampText((v as { millis: bigint }).millis, 3);
    case id.TIMESTAMP_NS:
      return (v) => timestampText((v as { nanos: bigint }).nanos, 9);
    case id.BLOB:
    case id.GEOMETRY:
      return (v) => `\\x${Buffer.from((v as { bytes: Uint8Array }).bytes).toString('hex')}`;
    case id.LIST:
    case id.ARRAY: {
      const element = child((type as { valueType: DuckDBType }).valueType);
      return (v) => (v as { items: readonly DuckDBValue[] }).items.map(element);
    }
    case id.STRUCT: {
      const { entryNames, entryTypes } = type as { entryNames: readonly string[]; entryTypes: readonly DuckDBType[] };
      if (entryNames.includes('__proto__')) throw unreadableField(column);
      const entries = entryNames.map((name, i) => [name, child(entryTypes[i]!)] as const);
      return (v) => {
        const values = (v as { entries: Readonly<Record<string, DuckDBValue>> }).entries;
        return { fields: entries.map(([name, read]) => [name, read(values[name]!)] as const) };
      };
    }
    case id.MAP: {
      const { keyType, valueType } = type as { keyType: DuckDBType; valueType: DuckDBType };
      const [key, value] = [child(keyType), child(valueType)];
      return (v) =>
        (v as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] }).entries.map((entry) => ({
          fields: [['key', key(entry.key)] as const, ['value', value(entry.value)] as const],
        }));
    }
    case id.UNION: {
      const { memberTags, memberTypes } = type as { memberTags: readonly string[]; memberTypes: readonly DuckDBType[] };
      const members = new Map(memberTags.map((tag, i) => [tag, child(memberTypes[i]!)]));
      return (v) => {
        const { tag, value } = v as { tag: string; value: DuckDBValue };
        return { fields: [[tag, members.get(tag)!(value)] as const] };
      };
    }
    default:
      // Texts, enums, uuid, time, interval, bit, …: the engine's own text.
      return (v) => String(v);
  }
}

/** DuckDB's client gives a struct as a JavaScript object, which loses this field. */
function unreadableField(column: string): DraculaError {
  return new DraculaError(
    'E_ENGINE',
    `The result's column ${column} has a field named __proto__, which cannot be shown. Select that field by itself, or write the result to a Parquet file.`,
    { column },
  );
}

function integer(value: bigint): number | bigint {
  const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return safe ? Number(value) : value;
}

/** DuckDB's sum of decimals can leave 38 digits unnoticed: then there is no right text of it. */
function readDecimal(column: string): ReadCell {
  return (v) => {
    const { value, width } = v as { value: bigint; width: number };
    const limit = 10n ** BigInt(width);
    if (value < limit && value > -limit) return String(v);
    throw new DraculaError(
      'E_ENGINE',
      `A decimal of the result's column ${column} has more than its ${width} digits.`,
      { column },
    );
  };
}

function shortestFloat32(value: number): number {
  if (value === 0) return value; // -0 too, whose digits have no sign
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
