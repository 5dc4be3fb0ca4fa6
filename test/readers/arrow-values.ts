/** What pyarrow has of a column: the Arrow type that it is to be, and its values in the form in which Postgres's own are compared. */
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../src/core/logical-type.ts';
import type { Column } from '../../src/core/table-schema.ts';
import type { Cell } from '../support/values/nested-values.ts';
import { ask } from './ask-pyarrow.ts';

export interface ArrowValues {
  /** Of the columns, as pyarrow names them. */
  readonly types: readonly string[];
  readonly rows: readonly Cell[][];
}

/** All rows in the order of their id. */
export async function valuesOfPyarrow(files: readonly string[], columns: readonly Column[]): Promise<ArrowValues> {
  const names = columns.map(({ name }) => name);
  const { types, rows } = await ask<ArrowValues>({ do: 'values', files, columns: names });
  return { types, rows: rows.map((row) => row.map((cell, c) => inKeyOrder(cell, columns[c]!.type))) };
}

/** A map has no order: its entries come in that of their keys. */
export function inKeyOrder(cell: Cell, type: LogicalType): Cell {
  if (cell === null || typeof cell === 'string') return cell;
  if (type.kind === 'list') return cell.map((element) => inKeyOrder(element, type.element));
  if (type.kind === 'struct') return cell.map((part, i) => inKeyOrder(part, type.fields[i]!.type));
  const { value } = type as LogicalTypeOf<'map'>;
  const entries = (cell as readonly (readonly [string, Cell])[]).map(
    ([key, item]) => [key, inKeyOrder(item, value)] as const,
  );
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

const ARROW: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'bool',
  int16: () => 'int32',
  int32: () => 'int32',
  int64: () => 'int64',
  uint32: () => 'int64',
  float32: () => 'float',
  float64: () => 'double',
  decimal: ({ precision, scale }) => `decimal128(${precision}, ${scale})`,
  text: () => 'string',
  bytes: () => 'binary',
  uuid: () => 'string',
  json: () => 'string',
  date: () => 'date32[day]',
  time: () => 'string',
  timestamp: ({ utc }) => (utc ? 'timestamp[us, tz=UTC]' : 'timestamp[us]'),
  geometry: () => 'binary',
  list: ({ element }) => `list<${arrowType(element)}>`,
  struct: ({ fields }) => `struct<${fields.map(({ name, type }) => `${name}: ${arrowType(type)}`).join(', ')}>`,
  map: ({ value }) => `map<string, ${arrowType(value)}>`,
};

/** As pyarrow writes it, without the names of elements and entries. */
export function arrowType(type: LogicalType): string {
  return (ARROW[type.kind] as (t: LogicalType) => string)(type);
}
