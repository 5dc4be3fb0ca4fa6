/**
 * What each logical type becomes in Parquet: a leaf with its physical type and annotation, or a list, struct or map of such forms.
 *
 * The forms are those that every declared reader reads back exactly: uuid and time are STRING, int16 is a plain
 * INT32, uint32 is an INT64, geometry is a plain BYTE_ARRAY. A decimal takes the smallest type that holds its digits, as
 * Iceberg demands. How lists, structs and maps are laid out as nodes is told in schema-node.ts.
 * Numbers are those of parquet.thrift.
 */
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';

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

export const CONVERTED = { UTF8: 0, MAP: 1, LIST: 3, DECIMAL: 5, DATE: 6, TIMESTAMP_MICROS: 10 } as const;
export type ConvertedType = keyof typeof CONVERTED;

/** The annotation of a leaf in the union `LogicalType` of parquet.thrift. */
export type Annotation =
  | { readonly name: 'STRING' }
  | { readonly name: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly name: 'DATE' }
  | { readonly name: 'TIMESTAMP_MICROS'; readonly utc: boolean };

/** How values stand in the file. `typeLength` in bytes, of a FIXED_LEN_BYTE_ARRAY only. */
interface LeafEncoding {
  readonly physical: PhysicalType;
  readonly typeLength?: number;
  readonly converted?: ConvertedType;
  readonly annotation?: Annotation;
}

export type LeafKind = Exclude<LogicalKind, 'list' | 'struct' | 'map'>;
export type LeafType = LogicalTypeOf<LeafKind>;

/** A column of values. */
export interface LeafForm extends LeafEncoding {
  readonly shape: 'leaf';
  readonly type: LeafType;
}
export interface ListForm {
  readonly shape: 'list';
  readonly element: ParquetForm;
}
export interface StructForm {
  readonly shape: 'struct';
  readonly fields: readonly { readonly name: string; readonly form: ParquetForm }[];
}
/** Keys are never null. */
export interface MapForm {
  readonly shape: 'map';
  readonly key: LeafForm;
  readonly value: ParquetForm;
}
export type ParquetForm = LeafForm | ListForm | StructForm | MapForm;

const STRING = {
  physical: 'BYTE_ARRAY',
  converted: 'UTF8',
  annotation: { name: 'STRING' },
} as const satisfies LeafEncoding;

/** Fewest bytes of a two's complement number that hold every decimal of `precision` digits. */
export function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision);
  let bytes = 1;
  while (largest > 1n << BigInt(8 * bytes - 1)) bytes++;
  return bytes;
}

function decimalEncoding({ precision, scale }: LogicalTypeOf<'decimal'>): LeafEncoding {
  const annotated = { converted: 'DECIMAL', annotation: { name: 'DECIMAL', precision, scale } } as const;
  if (precision <= 9) return { physical: 'INT32', ...annotated };
  if (precision <= 18) return { physical: 'INT64', ...annotated };
  return { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: decimalBytes(precision), ...annotated };
}

const LEAVES = {
  bool: () => ({ physical: 'BOOLEAN' }),
  int16: () => ({ physical: 'INT32' }),
  int32: () => ({ physical: 'INT32' }),
  int64: () => ({ physical: 'INT64' }),
  uint32: () => ({ physical: 'INT64' }),
  float32: () => ({ physical: 'FLOAT' }),
  float64: () => ({ physical: 'DOUBLE' }),
  decimal: decimalEncoding,
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
  geometry: () => ({ physical: 'BYTE_ARRAY' }),
} as const satisfies { readonly [K in LeafKind]: (type: LogicalTypeOf<K>) => LeafEncoding };

function leafForm(type: LeafType): LeafForm {
  return { shape: 'leaf', type, ...(LEAVES[type.kind] as (t: LeafType) => LeafEncoding)(type) };
}

/** The Parquet form of a type. */
export function parquetForm(type: LogicalType): ParquetForm {
  switch (type.kind) {
    case 'list':
      return { shape: 'list', element: parquetForm(type.element) };
    case 'struct':
      return {
        shape: 'struct',
        fields: type.fields.map((field) => ({ name: field.name, form: parquetForm(field.type) })),
      };
    case 'map':
      return { shape: 'map', key: leafForm({ kind: 'text' }), value: parquetForm(type.value) };
    default:
      return leafForm(type);
  }
}
