/**
 * What each logical kind becomes in Parquet: physical type, converted type, logical type and sort order.
 *
 * The forms are those that every declared reader reads back exactly: uuid and time are STRING, int16 is a plain
 * INT32, uint32 is an INT64. A decimal takes the smallest type that holds its digits, as Iceberg demands.
 * Numbers are those of parquet.thrift.
 */
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import { DraculaError } from '../errors.ts';

export const PHYSICAL = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;
export type PhysicalType = keyof typeof PHYSICAL;

export const CONVERTED = { UTF8: 0, LIST: 3, DECIMAL: 5, DATE: 6, TIMESTAMP_MICROS: 10 } as const;
export type ConvertedType = keyof typeof CONVERTED;

/** The annotation in the union `LogicalType` of parquet.thrift. */
export type Annotation =
  | { readonly name: 'STRING' }
  | { readonly name: 'LIST' }
  | { readonly name: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly name: 'DATE' }
  | { readonly name: 'TIMESTAMP_MICROS'; readonly utc: boolean };

interface Annotated {
  readonly converted?: ConvertedType;
  readonly annotation?: Annotation;
}

/** A leaf: a column of values. `typeLength` in bytes, of a FIXED_LEN_BYTE_ARRAY only. */
export interface LeafForm extends Annotated {
  readonly physical: PhysicalType;
  readonly typeLength?: number;
}

/** `optional group (LIST) { repeated group list { optional <element> element } }`. */
export interface ListForm extends Annotated {
  readonly element: LeafForm;
}

const STRING = {
  physical: 'BYTE_ARRAY',
  converted: 'UTF8',
  annotation: { name: 'STRING' },
} as const satisfies LeafForm;

/** Fewest bytes of a two's complement number that hold every decimal of `precision` digits. */
export function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision);
  let bytes = 1;
  while (largest > 1n << BigInt(8 * bytes - 1)) bytes++;
  return bytes;
}

function decimalForm({ precision, scale }: LogicalTypeOf<'decimal'>): LeafForm {
  const annotated = { converted: 'DECIMAL', annotation: { name: 'DECIMAL', precision, scale } } as const;
  if (precision <= 9) return { physical: 'INT32', ...annotated };
  if (precision <= 18) return { physical: 'INT64', ...annotated };
  return { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: decimalBytes(precision), ...annotated };
}

function listForm(type: LogicalTypeOf<'list'>): ListForm {
  const element = parquetForm(type.element);
  if (isListForm(element)) {
    throw new DraculaError('E_UNSUPPORTED_TYPE', 'A list of lists cannot be written to Parquet; nothing was written.');
  }
  return { converted: 'LIST', annotation: { name: 'LIST' }, element };
}

const FORMS = {
  bool: () => ({ physical: 'BOOLEAN' }),
  int16: () => ({ physical: 'INT32' }),
  int32: () => ({ physical: 'INT32' }),
  int64: () => ({ physical: 'INT64' }),
  uint32: () => ({ physical: 'INT64' }),
  float32: () => ({ physical: 'FLOAT' }),
  float64: () => ({ physical: 'DOUBLE' }),
  decimal: decimalForm,
  text: () => STRING,
  bytes: () => ({ physical: 'BYTE_ARRAY' }),
  uuid: () => STRING,
  json: () => STRING,
  date: () => ({ physical: 'INT32', converted: 'DATE', annotation: { name: 'DATE' } }),
  time: () => STRING,
  // A local timestamp carries the converted type too: LogicalTypes.md demands it ("must annotate … with legacy annotations too").
  timestamp: (t) => ({
    physical: 'INT64',
    converted: 'TIMESTAMP_MICROS',
    annotation: { name: 'TIMESTAMP_MICROS', utc: t.utc },
  }),
  list: listForm,
} as const satisfies { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => LeafForm | ListForm };

/** The Parquet form of a type. Throws E_UNSUPPORTED_TYPE for a list of lists. */
export function parquetForm(type: LogicalType): LeafForm | ListForm {
  return (FORMS[type.kind] as (t: LogicalType) => LeafForm | ListForm)(type);
}

export function isListForm(form: LeafForm | ListForm): form is ListForm {
  return 'element' in form;
}

/** The type of a column's leaf: the element's of a list, else its own. */
export function leafType(type: LogicalType): Exclude<LogicalType, { kind: 'list' }> {
  if (type.kind !== 'list') return type;
  return leafType(type.element);
}
