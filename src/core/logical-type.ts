/**
 * The closed union of types that a column can have between Postgres and Parquet.
 *
 * Each stage (introspect, wire decoder, column batch, Parquet writer, docs) holds one table
 * `satisfies Record<LogicalKind, …>`, so that a kind added here and forgotten there does not compile.
 * Units: date in days since 1970-01-01, time in microseconds since midnight (0 … 86 400 000 000 inclusive), timestamp in
 * microseconds since 1970-01-01T00:00 (`utc`: an instant; else a local wall clock).
 */
export type LogicalType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'int16' }
  | { readonly kind: 'int32' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'uint32' }
  | { readonly kind: 'float32' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'uuid' }
  /**
   * `wellFormed`: no escape in its strings stands for half a surrogate pair, which Unicode knows no character for and parsers refuse, as Parquet's
   * own JSON does; without it there may be such, as in Postgres' `json`.
   */
  | { readonly kind: 'json'; readonly wellFormed?: true }
  | { readonly kind: 'date' }
  /** `below24h`: 24:00:00 is none of its values, as in Parquet's own TIME; without it, it is one. */
  | { readonly kind: 'time'; readonly below24h?: true }
  | { readonly kind: 'timestamp'; readonly utc: boolean }
  /**
   * Well-known binary (ISO), little-endian; `geography` on the spheroid, in longitude and latitude. `basic`: points, lines, polygons
   * and collections of them, as in Parquet's own GEOMETRY; without it, curves, surfaces and triangles too.
   */
  | { readonly kind: 'geometry'; readonly geography: boolean; readonly srid: number | null; readonly basic?: true }
  | { readonly kind: 'list'; readonly element: LogicalType }
  /** At least one field; names are unique. Composites, ranges, intervals and points. */
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] }
  /** Keys are text and never null. */
  | { readonly kind: 'map'; readonly value: LogicalType };

export interface StructField {
  readonly name: string;
  readonly type: LogicalType;
}

export type LogicalKind = LogicalType['kind'];

/** The member of the union with this kind. */
export type LogicalTypeOf<K extends LogicalKind> = Extract<LogicalType, { kind: K }>;

const TEXT: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'bool',
  int16: () => 'int16',
  int32: () => 'int32',
  int64: () => 'int64',
  uint32: () => 'uint32',
  float32: () => 'float32',
  float64: () => 'float64',
  decimal: (t) => `decimal(${t.precision},${t.scale})`,
  text: () => 'text',
  bytes: () => 'bytes',
  uuid: () => 'uuid',
  json: () => 'json',
  date: () => 'date',
  time: () => 'time',
  timestamp: (t) => (t.utc ? 'timestamp(utc)' : 'timestamp'),
  geometry: (t) => `${t.geography ? 'geography' : 'geometry'}${t.srid === null ? '' : `(${t.srid})`}`,
  list: (t) => `list<${formatLogicalType(t.element)}>`,
  struct: (t) => `struct<${t.fields.map(({ name, type }) => `${name} ${formatLogicalType(type)}`).join(', ')}>`,
  map: (t) => `map<text, ${formatLogicalType(t.value)}>`,
};

/** For people: `decimal(15,2)`, `list<text>`, `timestamp(utc)`, `struct<x float64, y float64>`. */
export function formatLogicalType(type: LogicalType): string {
  return (TEXT[type.kind] as (t: LogicalType) => string)(type);
}
