/**
 * What each logical type becomes in Parquet: a leaf with its physical type and annotation, or a list, struct or map of such forms.
 *
 * The forms are those that every declared reader reads back exactly. Without a feature that they share, uuid, time and json are
 * STRING, int16 is a plain INT32, geometry a plain BYTE_ARRAY; with it they carry their annotation. uint32 is an INT64, a decimal
 * takes the smallest type that holds its digits, as Iceberg demands. A time that includes 24:00:00,
 * a geometry that may be a curve and json that may be ill-formed have no such form. How lists,
 * structs and maps are laid out as nodes is told in schema-node.ts.
 * Numbers are those of parquet.thrift.
 */
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import { type Features, NO_FEATURES } from './value-encoding.ts';

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

export const CONVERTED = {
  UTF8: 0,
  MAP: 1,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME_MICROS: 8,
  TIMESTAMP_MICROS: 10,
  INT_16: 16,
  JSON: 19,
} as const;
export type ConvertedType = keyof typeof CONVERTED;

/** The annotation of a leaf in the union `LogicalType` of parquet.thrift. */
export type Annotation =
  | { readonly name: 'STRING' }
  | { readonly name: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly name: 'DATE' }
  | { readonly name: 'TIMESTAMP_MICROS'; readonly utc: boolean }
  | { readonly name: 'INT16' }
  | { readonly name: 'UUID' }
  /** Of a local time of day. */
  | { readonly name: 'TIME_MICROS' }
  | { readonly name: 'JSON' }
  /** `crs`: null for the default, longitude and latitude in OGC:CRS84. */
  | { readonly name: 'GEOMETRY'; readonly crs: string | null }
  | { readonly name: 'GEOGRAPHY'; readonly crs: string | null };

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

const UUID = { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: 16, annotation: { name: 'UUID' } } as const;
const TIME = { physical: 'INT64', converted: 'TIME_MICROS', annotation: { name: 'TIME_MICROS' } } as const;
const JSON_TEXT = { physical: 'BYTE_ARRAY', converted: 'JSON', annotation: { name: 'JSON' } } as const;
const INT16 = { physical: 'INT32', converted: 'INT_16', annotation: { name: 'INT16' } } as const;

/** The default where the SRID is that of longitude and latitude, or of a geography that says none. */
function geometryCrs({ srid, geography }: LogicalTypeOf<'geometry'>): string | null {
  if (srid === 4326 || (srid === null && geography)) return null;
  return `srid:${srid ?? 0}`;
}

function geometryEncoding(type: LogicalTypeOf<'geometry'>): LeafEncoding {
  const annotation = { name: type.geography ? 'GEOGRAPHY' : 'GEOMETRY', crs: geometryCrs(type) } as const;
  return { physical: 'BYTE_ARRAY', annotation };
}

function decimalEncoding({ precision, scale }: LogicalTypeOf<'decimal'>): LeafEncoding {
  const annotated = { converted: 'DECIMAL', annotation: { name: 'DECIMAL', precision, scale } } as const;
  if (precision <= 9) return { physical: 'INT32', ...annotated };
  if (precision <= 18) return { physical: 'INT64', ...annotated };
  return { physical: 'FIXED_LEN_BYTE_ARRAY', typeLength: decimalBytes(precision), ...annotated };
}

const LEAVES = {
  bool: () => ({ physical: 'BOOLEAN' }),
  int16: (_t, f) => (f.has('INT16') ? INT16 : { physical: 'INT32' }),
  int32: () => ({ physical: 'INT32' }),
  int64: () => ({ physical: 'INT64' }),
  uint32: () => ({ physical: 'INT64' }),
  float32: () => ({ physical: 'FLOAT' }),
  float64: () => ({ physical: 'DOUBLE' }),
  decimal: decimalEncoding,
  text: () => STRING,
  bytes: () => ({ physical: 'BYTE_ARRAY' }),
  uuid: (_t, f) => (f.has('UUID') ? UUID : STRING),
  json: (t, f) => (t.wellFormed && f.has('JSON') ? JSON_TEXT : STRING),
  date: () => ({ physical: 'INT32', converted: 'DATE', annotation: { name: 'DATE' } }),
  time: (t, f) => (t.below24h && f.has('TIME') ? TIME : STRING),
  // A local timestamp carries the converted type too: LogicalTypes.md demands it ("must annotate … with legacy annotations too").
  timestamp: (t) => ({
    physical: 'INT64',
    converted: 'TIMESTAMP_MICROS',
    annotation: { name: 'TIMESTAMP_MICROS', utc: t.utc },
  }),
  geometry: (t, f) => (t.basic && f.has('GEOMETRY') ? geometryEncoding(t) : { physical: 'BYTE_ARRAY' }),
} as const satisfies { readonly [K in LeafKind]: (type: LogicalTypeOf<K>, features: Features) => LeafEncoding };

function leafForm(type: LeafType, features: Features): LeafForm {
  const encoding = LEAVES[type.kind] as (t: LeafType, features: Features) => LeafEncoding;
  return { shape: 'leaf', type, ...encoding(type, features) };
}

/** The Parquet form of a type, for readers that share these features. */
export function parquetForm(type: LogicalType, features: Features = NO_FEATURES): ParquetForm {
  switch (type.kind) {
    case 'list':
      return { shape: 'list', element: parquetForm(type.element, features) };
    case 'struct':
      return {
        shape: 'struct',
        fields: type.fields.map((field) => ({ name: field.name, form: parquetForm(field.type, features) })),
      };
    case 'map':
      return {
        shape: 'map',
        key: leafForm({ kind: 'text' }, features),
        value: parquetForm(type.value, features),
      };
    default:
      return leafForm(type, features);
  }
}
