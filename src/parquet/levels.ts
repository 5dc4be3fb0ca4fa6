/**
 * Where in the rows of a leaf its values stand: definition levels, and below a list repetition levels too.
 *
 * A slot is one pair of levels: a row of a column that is a leaf itself, where definition level 0 is null and 1 a value (here);
 * below lists one element, or one null or empty list (nested-levels.ts).
 * A data page of version 1 opens with the repetition levels (below lists only), then the definition levels, each behind its
 * length in 4 bytes, little-endian.
 */
import type { Vector } from '../core/column-batch.ts';
import { copyBits, countOnes, setBits } from './encodings/bitmap.ts';
import { maxHybridBytes, writeBitLevels, writeRepeated } from './encodings/rle.ts';
import { grownBytes } from './growth.ts';
import { levelBuffer } from './page-buffer.ts';

export interface Levels {
  readonly rows: number;
  readonly slots: number;
  readonly bufferedBytes: number;
  /** Takes the levels of rows from .. to) of the column's vector. */
  append(vector: Vector, from: number, to: number): void;
  /** The first slot of a row; of the row behind the last, the number of slots. */
  slotOfRow(row: number): number;
  /** Values (slots where nothing is null or empty) among slots from .. to). */
  countValues(from: number, to: number): number;
  /** The last row such that rows from .. row) hold at most `values` values (at least 1); at least one row, whatever it holds. */
  rowAfterValues(from: number, values: number): number;
  /** The levels of a page. Valid until the next call. */
  encode(from: number, to: number): Uint8Array;
  /** Drops the rows and keeps the buffers, but for those of more than `keepBytes`. */
  reset(keepBytes: number): void;
}

/** Puts the length of what was written behind `at + 4` before it. */
export function putLength(out: Uint8Array, at: number, end: number): void {
  const length = end - at - 4;
  out[at] = length;
  out[at + 1] = length >> 8;
  out[at + 2] = length >> 16;
  out[at + 3] = length >> 24;
}

/** Levels of a column that is a leaf itself. The bitmap exists from the first null on. */
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
    const out = levelBuffer(4 + maxHybridBytes(to - from, 1));
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
