/**
 * Column batches from plain values, as the wire decoder would fill them: nulls leave holes full of rubbish, and binary values
 * stand scattered over one shared buffer.
 *
 * Values: boolean; number for int16, int32, float32, float64 and date (days); bigint for int64, uint32, decimal
 * (unscaled), time and timestamp (microseconds); string for text, json and uuid (36 characters); Uint8Array for bytes, and for
 * text that is not valid, and for geometry; arrays for lists, objects for structs, maps for maps; null.
 */
import { type ColumnBatch, createVector, elementType, type Vector } from '../../../src/core/column-batch.ts';
import type { LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import type { TableSchema } from '../../../src/core/table-schema.ts';

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | StructValue;
export interface StructValue {
  readonly [field: string]: Value;
}

/** Columns named and typed as given, with field ids from 1. */
export function schemaOf(types: Readonly<Record<string, LogicalType>>): TableSchema {
  const source = { pgType: 'any', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' } } as const;
  return { columns: Object.entries(types).map(([name, type], i) => ({ name, type, fieldId: i + 1, source })) };
}

/** A batch of one array of values per column. */
export function batchOf(schema: TableSchema, columns: readonly (readonly Value[])[]): ColumnBatch {
  return {
    rows: columns[0]?.length ?? 0,
    columns: schema.columns.map((column, i) => vectorOf(column.type, columns[i]!)),
  };
}

const RUBBISH = 0xa5;

export function vectorOf(type: LogicalType, values: readonly Value[]): Vector {
  const vector = createVector(type, values.length);
  if ('values' in vector) new Uint8Array(vector.values.buffer).fill(RUBBISH);
  values.forEach((value, i) => {
    if (value === null) vector.nulls++;
    else vector.validity[i >> 3]! |= 1 << (i & 7);
  });
  // With no nulls the validity is undefined: rubbish, so that nobody relies on it.
  if (vector.nulls === 0) vector.validity.fill(0x5a);
  fill(vector, type, values);
  return vector;
}

function fill(vector: Vector, type: LogicalType, values: readonly Value[]): void {
  switch (vector.storage) {
    case 'bool':
      values.forEach((value, i) => {
        const mask = 1 << (i & 7);
        if (value === true) vector.values[i >> 3]! |= mask;
        else if (value === false) vector.values[i >> 3]! &= ~mask;
      });
      return;
    case 'binary':
      fillBinary(vector, values);
      return;
    case 'list':
      fillList(vector, type as LogicalTypeOf<'list' | 'map'>, values);
      return;
    case 'struct':
      fillStruct(vector, type as LogicalTypeOf<'struct'>, values);
      return;
    default:
      values.forEach((value, i) => {
        if (value !== null) putFixed(vector, type, i, value);
      });
  }
}

function putFixed(
  vector: Extract<Vector, { storage: 'int32' | 'int64' | 'int128' | 'fixed16' }>,
  type: LogicalType,
  i: number,
  value: Value,
): void {
  const view = new DataView(vector.values.buffer);
  if (type.kind === 'float32') view.setFloat32(i * 4, value as number, true);
  else if (type.kind === 'float64') view.setFloat64(i * 8, value as number, true);
  else if (vector.storage === 'int32') view.setInt32(i * 4, Number(value), true);
  else if (vector.storage === 'int64') view.setBigInt64(i * 8, BigInt(value as bigint), true);
  else if (vector.storage === 'int128') {
    view.setBigUint64(i * 16, BigInt.asUintN(64, value as bigint), true);
    view.setBigInt64(i * 16 + 8, BigInt.asIntN(64, (value as bigint) >> 64n), true);
  } else vector.values.set(Buffer.from((value as string).replaceAll('-', ''), 'hex'), i * 16);
}

function fillBinary(vector: Extract<Vector, { storage: 'binary' }>, values: readonly Value[]): void {
  const bytes = values.map((value) =>
    typeof value === 'string' ? Buffer.from(value, 'utf8') : ((value as Uint8Array | null) ?? null),
  );
  // At an odd offset of a larger buffer, with gaps, as on the wire.
  const room = bytes.reduce((sum, value) => sum + (value?.length ?? 0) + 3, 3);
  const shared = new Uint8Array(new ArrayBuffer(room + 7), 7).fill(RUBBISH);
  let p = 3;
  bytes.forEach((value, i) => {
    vector.starts[i] = value === null ? -1 : p;
    vector.lengths[i] = value === null ? -1 : value.length;
    if (value === null) return;
    shared.set(value, p);
    p += value.length + 3;
  });
  vector.bytes = shared;
}

function fillList(
  vector: Extract<Vector, { storage: 'list' }>,
  type: LogicalTypeOf<'list' | 'map'>,
  rows: readonly Value[],
): void {
  const elements: Value[] = [];
  rows.forEach((row, i) => {
    for (const element of elementsOf(row)) elements.push(element);
    vector.offsets[i + 1] = elements.length;
  });
  vector.child = vectorOf(elementType(type), elements);
}

function elementsOf(row: Value): readonly Value[] {
  if (row === null) return [];
  return row instanceof Map ? [...row].map(([key, value]) => ({ key, value })) : (row as readonly Value[]);
}

/** The fields of a null are null. */
function fillStruct(
  vector: Extract<Vector, { storage: 'struct' }>,
  { fields }: LogicalTypeOf<'struct'>,
  rows: readonly Value[],
): void {
  const children = vector.children as Vector[];
  fields.forEach(({ name, type }, f) => {
    children[f] = vectorOf(
      type,
      rows.map((row) => (row === null ? null : (row as StructValue)[name]!)),
    );
  });
}

/** Cuts columns into batches of `rows` rows. */
export function* batchesOf(
  schema: TableSchema,
  columns: readonly (readonly Value[])[],
  rows: number,
): Generator<ColumnBatch> {
  const total = columns[0]?.length ?? 0;
  for (let from = 0; from < total; from += rows) {
    yield batchOf(
      schema,
      columns.map((column) => column.slice(from, from + rows)),
    );
  }
}
