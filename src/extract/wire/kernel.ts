/**
 * What a kernel is: the decoder of one column, run over a tile of rows.
 *
 * A kernel gets the message bytes and, for each row, the position of its field: a big-endian Int32 length (-1 = null) with
 * the value behind it, as in a DataRow (PostgreSQL documentation, "Message Formats") and in the elements of an array. It fills
 * one vector of the batch. Lengths were checked against the message by the row scan; a kernel checks that they are right
 * for its type. Kernels are plain loops, one per wire form, shared by all columns of that form: V8 compiles each once.
 * (Against one generated function per result: within 10 % on lineitem, and as fast on 1,600 columns as on 16.)
 */
import type { Vector } from '../../core/column-batch.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import type { WireForm } from '../../core/wire-form.ts';
import { DraculaError } from '../../errors.ts';
import type { TileMemory } from './tile-memory.ts';

/** The rows of one tile. `bytes` and `view` are over the same memory, from the same start. */
export interface Tile {
  bytes: Uint8Array;
  view: DataView;
  /** What its values take, for kernels to claim before they take it. */
  memory: TileMemory;
}

/** Decodes `rows` fields whose positions stand at positions[base …] into the vector the kernel was made for. */
export type Kernel = (tile: Tile, positions: Int32Array, base: number, rows: number) => void;

/** Why a value cannot be kept as its type: part of the report and of `--json`. */
export type AwkwardReason =
  | 'infinity'
  | 'nan'
  | 'overflow'
  | 'out of range'
  | 'does not fit the declared scale'
  | 'array dimensions'
  /** Text of a SQL_ASCII database. */
  | 'not UTF-8'
  /** A geometry of another spatial reference system than its column's. */
  | 'srid'
  /** A curve, surface or triangle in a column for Parquet's own GEOMETRY. */
  | 'geometry type';

/**
 * Called for a value that its type cannot hold. Returns when the column's policy is that it becomes null (and counts it); throws
 * otherwise. `row` is the index within the tile, or the element's within the tile's elements.
 */
export type OnAwkward = (row: number, reason: AwkwardReason) => void;

/** Makes the kernel that decodes fields of this form into `out`. Nested forms are given it, for what they hold. */
export type CreateKernel = (out: Vector, type: LogicalType, wire: WireForm, awkward: OnAwkward) => Kernel;

/** The length of a field is not one that its type can have: the stream is wrong, or not what was described. */
export function wrongLength(type: string, length: number, position: number): never {
  throw new DraculaError(
    'E_WIRE',
    `A ${type} of ${length} bytes came from the server; the rows of this chunk are dropped.`,
    {
      byteOffset: position,
    },
  );
}

/** The bytes of a value are none that its type can have. */
export function impossibleValue(type: string, position: number): never {
  throw new DraculaError(
    'E_WIRE',
    `A ${type} with impossible bytes came from the server; the rows of this chunk are dropped.`,
    { byteOffset: position },
  );
}

/** Bits of the validity bitmap become all valid for the first null of a tile, then null by null is cleared. */
export function markNull(vector: { nulls: number; validity: Uint8Array }, row: number): void {
  if (vector.nulls++ === 0) vector.validity.fill(0xff);
  vector.validity[row >> 3]! &= ~(1 << (row & 7));
}
