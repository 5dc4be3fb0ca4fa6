/**
 * Rows decoded together, as columns: what the wire decoder fills and the Parquet writer (later: a transform) reads.
 *
 * The memory follows Arrow: validity is a bitmap, least significant bit first, 1 = valid (only meaningful when
 * `nulls > 0`; where `nulls` is 0 its content is undefined); values stand at their row's index, and a null leaves
 * an undefined hole. 64-bit values are pairs of Int32 (low word first, so the bytes are a little-endian int64); 128-bit
 * decimals are four such words, two's complement. No BigInt is made on the way.
 *
 * One departure: a `binary` vector holds a start and a length per row over shared bytes (as Arrow's views do), since on
 * the wire the values of a column do not stand side by side. Its bytes are the socket's read buffer: **a batch is valid only
 * until the call that received it returns.** Whoever wants to keep a value copies it.
 */
import { freeBuffer } from './free-buffer.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from './logical-type.ts';

interface VectorBase {
  /** Number of nulls among the rows of the batch. */
  nulls: number;
  /** One bit per row. */
  validity: Uint8Array<ArrayBuffer>;
}

/** Values are a bitmap too, like the validity. */
export interface BoolVector extends VectorBase {
  readonly storage: 'bool';
  values: Uint8Array<ArrayBuffer>;
}
/** int16, int32, date, decimal of up to 9 digits; the bits of a float32. */
export interface Int32Vector extends VectorBase {
  readonly storage: 'int32';
  values: Int32Array<ArrayBuffer>;
}
/** int64, uint32, time, timestamp, decimal of 10 to 18 digits; the bits of a float64. Row i: values[2i] low, values[2i+1] high. */
export interface Int64Vector extends VectorBase {
  readonly storage: 'int64';
  values: Int32Array<ArrayBuffer>;
}
/** Decimal of 19 to 38 digits: four little-endian words a row, row i at values[4i]. */
export interface Int128Vector extends VectorBase {
  readonly storage: 'int128';
  values: Int32Array<ArrayBuffer>;
}
/** uuid: 16 bytes a row, in the order of the text form. */
export interface Fixed16Vector extends VectorBase {
  readonly storage: 'fixed16';
  values: Uint8Array<ArrayBuffer>;
}
/** text, json, bytes, geometry: row i is bytes[starts[i] .. starts[i] + lengths[i]). A null's length is undefined. */
export interface BinaryVector extends VectorBase {
  readonly storage: 'binary';
  bytes: Uint8Array;
  starts: Int32Array<ArrayBuffer>;
  lengths: Int32Array<ArrayBuffer>;
}
/**
 * Row i holds the elements offsets[i] .. offsets[i + 1] of `child`; a null row has none. Of a map, the child is a struct of
 * `key` (never null) and `value`, never null itself.
 */
export interface ListVector extends VectorBase {
  readonly storage: 'list';
  offsets: Int32Array<ArrayBuffer>;
  child: Vector;
}

/** Row i is row i of every child. The children of a null row are null (a list among them: null, without elements). */
export interface StructVector extends VectorBase {
  readonly storage: 'struct';
  readonly children: readonly Vector[];
}

export type Vector =
  | BoolVector
  | Int32Vector
  | Int64Vector
  | Int128Vector
  | Fixed16Vector
  | BinaryVector
  | ListVector
  | StructVector;
export type VectorStorage = Vector['storage'];

export interface ColumnBatch {
  rows: number;
  readonly columns: readonly Vector[];
}

const STORAGE = {
  bool: 'bool',
  int16: 'int32',
  int32: 'int32',
  int64: 'int64',
  uint32: 'int64',
  float32: 'int32',
  float64: 'int64',
  decimal: 'int128',
  text: 'binary',
  bytes: 'binary',
  uuid: 'fixed16',
  json: 'binary',
  date: 'int32',
  time: 'int64',
  timestamp: 'int64',
  geometry: 'binary',
  list: 'list',
  struct: 'struct',
  map: 'list',
} as const satisfies Record<LogicalKind, VectorStorage>;

/** The storage of a type's vector; a decimal takes the smallest that holds its precision. */
export function vectorStorage(type: LogicalType): VectorStorage {
  if (type.kind === 'decimal') return type.precision <= 9 ? 'int32' : type.precision <= 18 ? 'int64' : 'int128';
  return STORAGE[type.kind];
}

/** The type of the rows of a list vector's child: the elements of a list, the entries of a map. */
export function elementType(type: LogicalTypeOf<'list' | 'map'>): LogicalType {
  if (type.kind === 'list') return type.element;
  return {
    kind: 'struct',
    fields: [
      { name: 'key', type: { kind: 'text' } },
      { name: 'value', type: type.value },
    ],
  };
}

/** An empty vector with room for `capacity` rows. */
export function createVector(type: LogicalType, capacity: number): Vector {
  const base = { nulls: 0, validity: new Uint8Array((capacity + 7) >> 3) };
  const storage = vectorStorage(type);
  switch (storage) {
    case 'bool':
      return { storage, ...base, values: new Uint8Array((capacity + 7) >> 3) };
    case 'int32':
      return { storage, ...base, values: new Int32Array(capacity) };
    case 'int64':
      return { storage, ...base, values: new Int32Array(capacity * 2) };
    case 'int128':
      return { storage, ...base, values: new Int32Array(capacity * 4) };
    case 'fixed16':
      return { storage, ...base, values: new Uint8Array(capacity * 16) };
    case 'binary':
      return {
        storage,
        ...base,
        bytes: new Uint8Array(0),
        starts: new Int32Array(capacity),
        lengths: new Int32Array(capacity),
      };
    case 'list': {
      const child = createVector(elementType(type as LogicalTypeOf<'list' | 'map'>), capacity);
      return { storage, ...base, offsets: new Int32Array(capacity + 1), child };
    }
    case 'struct': {
      const { fields } = type as LogicalTypeOf<'struct'>;
      return { storage, ...base, children: fields.map((field) => createVector(field.type, capacity)) };
    }
  }
}

/** Gives back what a vector of `createVector` holds, all below it too; a binary one's bytes are others'. It has no room for rows afterwards. */
export function freeVector(vector: Vector): void {
  freeBuffer(vector.validity);
  if (vector.storage === 'struct') for (const child of vector.children) freeVector(child);
  else if (vector.storage === 'list') {
    freeBuffer(vector.offsets);
    freeVector(vector.child);
  } else if (vector.storage === 'binary') {
    freeBuffer(vector.starts);
    freeBuffer(vector.lengths);
  } else freeBuffer(vector.values);
}

/** True when row i of the vector holds a value. */
export function isValid(vector: Vector, i: number): boolean {
  return vector.nulls === 0 || (vector.validity[i >> 3]! & (1 << (i & 7))) !== 0;
}
