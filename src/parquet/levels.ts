/**
 * Which rows of a column hold a value: definition levels, and for a list repetition levels too.
 *
 * A slot is one pair of levels: a row of a flat column; of a list, one element, or one null or empty list. Definition levels:
 * flat 0 null, 1 value; list 0 null list, 1 empty list, 2 null element, 3 value. Repetition level 0 starts a row.
 * A data page of version 1 opens with the repetition levels (lists only), then the definition levels, each behind its length
 * in 4 bytes, little-endian.
 */
import type { ListVector, Vector } from '../core/column-batch.ts';
import { copyBits, countOnes, setBits } from './encodings/bitmap.ts';
import { maxHybridBytes, writeBitLevels, writeLevels, writeRepeated } from './encodings/rle.ts';
import { grownBytes, grownInts } from './growth.ts';

export interface Levels {
  readonly rows: number;
  readonly slots: number;
  readonly bufferedBytes: number;
  append(vector: Vector, from: number, to: number): void;
  /** The first slot of a row; of the row behind the last, the number of slots. */
  slotOfRow(row: number): number;
  /** Values (slots that are neither null nor an empty list) among slots from .. to). */
  countValues(from: number, to: number): number;
  /** The last row such that rows from .. row) hold at most `values` values (at least 1); at least one row, whatever it holds. */
  rowAfterValues(from: number, values: number): number;
  /** The levels of a page. Valid until the next call. */
  encode(from: number, to: number): Uint8Array;
  /** Drops the rows and keeps the buffers, but for those of more than `keepBytes`. */
  reset(keepBytes: number): void;
}

/** Levels of a page beyond this (of one row of a list) get a buffer that is not kept. */
const MAX_KEPT_BYTES = 1 << 20;
let encodeBuffer = new Uint8Array(1 << 16);

function withEncodeBuffer(bytes: number): Uint8Array {
  if (bytes > MAX_KEPT_BYTES) return new Uint8Array(bytes);
  if (encodeBuffer.length < bytes) encodeBuffer = new Uint8Array(bytes);
  return encodeBuffer;
}

/** Puts the length of what was written behind `at + 4` before it. */
function putLength(out: Uint8Array, at: number, end: number): void {
  const length = end - at - 4;
  out[at] = length;
  out[at + 1] = length >> 8;
  out[at + 2] = length >> 16;
  out[at + 3] = length >> 24;
}

/** Levels of a column that is no list. The bitmap exists from the first null on. */
export class FlatLevels implements Levels {
  rows = 0;
  private hasNulls = false;
  private bits = new Uint8Array(0);

  get slots(): number {
    return this.rows;
  }

  get bufferedBytes(): number {
    return this.hasNulls ? (this.rows + 7) >> 3 : 0;
  }

  append(vector: Vector, from: number, to: number): void {
    const count = to - from;
    if (vector.nulls > 0 && !this.hasNulls) {
      this.hasNulls = true;
      this.reserve(this.rows + count);
      setBits(this.bits, 0, this.rows);
    }
    if (this.hasNulls) {
      this.reserve(this.rows + count);
      if (vector.nulls > 0) copyBits(vector.validity, from, this.bits, this.rows, count);
      else setBits(this.bits, this.rows, count);
    }
    this.rows += count;
  }

  private reserve(rows: number): void {
    this.bits = grownBytes(this.bits, (this.rows + 7) >> 3, (rows + 7) >> 3);
  }

  slotOfRow(row: number): number {
    return row;
  }

  countValues(from: number, to: number): number {
    return this.hasNulls ? countOnes(this.bits, from, to) : to - from;
  }

  rowAfterValues(from: number, values: number): number {
    if (!this.hasNulls) return Math.min(this.rows, from + values);
    let seen = 0;
    for (let row = from; row < this.rows; row++) {
      seen += (this.bits[row >> 3]! >> (row & 7)) & 1;
      if (seen > values) return row;
    }
    return this.rows;
  }

  encode(from: number, to: number): Uint8Array {
    const out = withEncodeBuffer(4 + maxHybridBytes(to - from, 1));
    const values = this.countValues(from, to);
    const uniform = values === to - from ? 1 : values === 0 ? 0 : -1;
    const end =
      uniform >= 0 ? writeRepeated(uniform, to - from, 1, out, 4) : writeBitLevels(this.bits, from, to, out, 4);
    putLength(out, 0, end);
    return out.subarray(0, end);
  }

  reset(): void {
    this.rows = 0;
    this.hasNulls = false;
  }
}

const NULL_LIST = 0;
const EMPTY_LIST = 1;
const NULL_ELEMENT = 2;
const VALUE = 3;
/** A level byte is the definition level, and this bit where the slot goes on with the row before. */
const REPEATED = 4;

/** Levels of a list: a byte a slot, and where each row starts. */
export class ListLevels implements Levels {
  rows = 0;
  slots = 0;
  private levels = new Uint8Array(0);
  private rowStarts = new Int32Array(1);

  get bufferedBytes(): number {
    return this.slots + this.rows * 4;
  }

  append(vector: Vector, from: number, to: number): void {
    const list = vector as ListVector;
    const { offsets, child } = list;
    this.levels = grownBytes(this.levels, this.slots, this.slots + (offsets[to]! - offsets[from]!) + (to - from));
    this.rowStarts = grownInts(this.rowStarts, this.rows + 1, this.rows + to - from + 1);
    for (let row = from; row < to; row++) {
      const start = offsets[row]!;
      const end = offsets[row + 1]!;
      if (list.nulls > 0 && (list.validity[row >> 3]! & (1 << (row & 7))) === 0) this.levels[this.slots++] = NULL_LIST;
      else if (start === end) this.levels[this.slots++] = EMPTY_LIST;
      else this.appendElements(child, start, end);
      this.rowStarts[++this.rows] = this.slots;
    }
  }

  private appendElements(child: Vector, start: number, end: number): void {
    let repeated = 0;
    for (let i = start; i < end; i++) {
      const valid = child.nulls === 0 || (child.validity[i >> 3]! & (1 << (i & 7))) !== 0;
      this.levels[this.slots++] = (valid ? VALUE : NULL_ELEMENT) | repeated;
      repeated = REPEATED;
    }
  }

  slotOfRow(row: number): number {
    return this.rowStarts[row]!;
  }

  countValues(from: number, to: number): number {
    let values = 0;
    for (let i = from; i < to; i++) if ((this.levels[i]! & 3) === VALUE) values++;
    return values;
  }

  rowAfterValues(from: number, values: number): number {
    let seen = 0;
    for (let row = from; row < this.rows; row++) {
      seen += this.countValues(this.rowStarts[row]!, this.rowStarts[row + 1]!);
      if (seen > values) return Math.max(row, from + 1);
    }
    return this.rows;
  }

  encode(from: number, to: number): Uint8Array {
    const slots = to - from;
    const out = withEncodeBuffer(8 + maxHybridBytes(slots, 1) + maxHybridBytes(slots, 2));
    const repetitionEnd = writeLevels(this.levels, from, to, 2, 1, out, 4);
    putLength(out, 0, repetitionEnd);
    const end = writeLevels(this.levels, from, to, 0, 2, out, repetitionEnd + 4);
    putLength(out, repetitionEnd, end);
    return out.subarray(0, end);
  }

  reset(keepBytes: number): void {
    this.rows = 0;
    this.slots = 0;
    if (this.levels.length > keepBytes) this.levels = new Uint8Array(0);
  }
}
