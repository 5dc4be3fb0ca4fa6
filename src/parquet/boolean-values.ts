/** Booleans: a bit a value, written PLAIN (bit-packed, least significant bit first), never with a dictionary. */
import type { BoolVector, Vector } from '../core/column-batch.ts';
import type { ColumnValues } from './column-values.ts';
import { copyBits, countOnes } from './encodings/bitmap.ts';
import { grownBytes } from './growth.ts';
import { pageBuffer } from './page-buffer.ts';
import { type Bounds, compareUnsigned, exactBounds } from './statistics.ts';

const FALSE = Uint8Array.of(0);
const TRUE = Uint8Array.of(1);

export class BooleanValues implements ColumnValues {
  readonly content = 'numbers';
  readonly compare = compareUnsigned;
  count = 0;
  private bits = new Uint8Array(0);

  get bufferedBytes(): number {
    return (this.count + 7) >> 3;
  }

  append(vector: Vector, from: number, to: number): void {
    const { values, validity, nulls } = vector as BoolVector;
    this.bits = grownBytes(this.bits, (this.count + 7) >> 3, (this.count + to - from + 7) >> 3);
    if (nulls === 0) {
      copyBits(values, from, this.bits, this.count, to - from);
      this.count += to - from;
      return;
    }
    const bits = this.bits;
    let n = this.count;
    for (let i = from; i < to; i++) {
      const mask = 1 << (i & 7);
      if ((validity[i >> 3]! & mask) === 0) continue;
      const bit = 1 << (n & 7);
      bits[n >> 3] = (values[i >> 3]! & mask) !== 0 ? bits[n >> 3]! | bit : bits[n >> 3]! & ~bit;
      n++;
    }
    this.count = n;
  }

  chooseEncoding(): null {
    return null;
  }

  fit(_from: number, most: number, bytes: number): number {
    return Math.min(most, Math.max(1, bytes * 8));
  }

  bounds(from: number, to: number): Bounds {
    const ones = countOnes(this.bits, from, to);
    return exactBounds(ones === to - from ? TRUE : FALSE, ones === 0 ? FALSE : TRUE);
  }

  encodePage(from: number, to: number, levels: Uint8Array): Uint8Array {
    const bytes = (to - from + 7) >> 3;
    const out = pageBuffer(levels.length + bytes);
    out.set(levels);
    const end = levels.length + bytes;
    if (bytes > 0) out[end - 1] = 0;
    copyBits(this.bits, from, out, levels.length * 8, to - from);
    const spare = (8 - ((to - from) & 7)) & 7;
    if (spare > 0) out[end - 1] = out[end - 1]! & (0xff >> spare);
    return out.subarray(0, end);
  }

  reset(): void {
    this.count = 0;
  }
}
