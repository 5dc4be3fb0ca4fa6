/**
 * The checks of a table: read from a result row, added up over the parts of a table, and compared.
 *
 * Numbers are exact: decimal texts become integers of their last digit's unit, with the column's scale.
 */
import type { LogicalType } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import type { ColumnDifference, Measure } from '../core/verify-report.ts';
import { DraculaError } from '../errors.ts';

/** Of one column, over all rows of a table or of a part of it. */
export interface ColumnCheck {
  /** Values that are not null. */
  readonly values: bigint;
  readonly checksum: bigint;
  /**
   * In units of the column's last digit; null where the column is no number or has no values. Dates in days, timestamps in
   * microseconds since 1970.
   */
  readonly min: bigint | null;
  readonly max: bigint | null;
  readonly sum: bigint | null;
}

export interface TableCheck {
  readonly rows: bigint;
  /** Of all values of a row together, over all rows. */
  readonly checksum: bigint;
  readonly columns: readonly ColumnCheck[];
}

/** A row of texts as `postgresCheckSql` and `duckdbCheckSql` give it. */
export type CheckRow = Readonly<Record<string, string | null | undefined>>;

export function parseCheck(row: CheckRow, columns: readonly Column[]): TableCheck {
  return {
    rows: whole(row, 'n') ?? 0n,
    checksum: whole(row, 'r') ?? 0n,
    columns: columns.map(({ type }, i) => ({
      values: whole(row, `v${i}`) ?? 0n,
      checksum: whole(row, `k${i}`) ?? 0n,
      min: scaled(row[`min${i}`], type),
      max: scaled(row[`max${i}`], type),
      sum: scaled(row[`s${i}`], type),
    })),
  };
}

function whole(row: CheckRow, name: string): bigint | null {
  const text = row[name];
  return text === null || text === undefined ? null : BigInt(text);
}

function scaled(text: string | null | undefined, type: LogicalType): bigint | null {
  if (text === null || text === undefined) return null;
  const scale = type.kind === 'decimal' ? type.scale : 0;
  const [, sign, digits, fraction] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (digits === undefined || fraction === undefined || fraction.length > scale)
    throw new DraculaError('E_INTERNAL', 'A sum came in a form that is not a decimal number.');
  return BigInt(`${sign}${digits}${fraction.padEnd(scale, '0')}`);
}

/** No rows. */
export function emptyCheck(columns: readonly Column[]): TableCheck {
  const nothing = { values: 0n, checksum: 0n, min: null, max: null, sum: null };
  return { rows: 0n, checksum: 0n, columns: columns.map(() => nothing) };
}

/** Of two parts of a table that share no row. */
export function addChecks(a: TableCheck, b: TableCheck): TableCheck {
  return {
    rows: a.rows + b.rows,
    checksum: a.checksum + b.checksum,
    columns: a.columns.map((column, i) => {
      const other = b.columns[i]!;
      return {
        values: column.values + other.values,
        checksum: column.checksum + other.checksum,
        min: combined(column.min, other.min, lesser),
        max: combined(column.max, other.max, greater),
        sum: combined(column.sum, other.sum, (a, b) => a + b),
      };
    }),
  };
}

/** Math.min takes no bigint. */
function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function combined(a: bigint | null, b: bigint | null, combine: (a: bigint, b: bigint) => bigint): bigint | null {
  return a === null ? b : b === null ? a : combine(a, b);
}

/** The columns that differ, in order; a different number of rows is for the caller to see. */
export function compareChecks(source: TableCheck, lake: TableCheck, columns: readonly Column[]): ColumnDifference[] {
  return columns.flatMap(({ name }, i) => {
    const [a, b] = [source.columns[i]!, lake.columns[i]!];
    const measures: Measure[] = [];
    if (source.rows - a.values !== lake.rows - b.values) measures.push('nulls');
    if (a.values !== b.values || a.checksum !== b.checksum) measures.push('values');
    for (const measure of ['min', 'max', 'sum'] as const) if (a[measure] !== b[measure]) measures.push(measure);
    return measures.length === 0 ? [] : [{ column: name, measures }];
  });
}
