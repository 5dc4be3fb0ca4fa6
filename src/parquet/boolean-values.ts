/**
 * Booleans: a bit a value, written PLAIN (bit-packed, least significant bit first), or in runs (RLE, behind its length in 4
 * bytes) where that is offered and smaller; never with a dictionary.
 */
import type { BoolVector, Vector } from '../core/column-batch.ts';
import type { ColumnValues, Compressors } from './column-values.ts';
import { cheapestEncoding, sampleOf } from './encoding-choice.ts';
import { copyBits, countOnes } from './encodings/bitmap.ts';
import { maxHybridBytes, writeBitLevels } from './encodings/rle.ts';
import { grownBytes } from './growth.ts';
import { putLength } from './levels.ts';
import { pageBuffer } from './page-buffer.ts';
import { type Bounds, compareUnsigned, exactBounds } from './statistics.ts';

const FALSE = Uint8Array.of(0);
const TRUE = Uint8Array.of(1);
const NO_LEVELS = new Uint8Array(0);

export class BooleanValues implements ColumnValues {
  readonly content = 'numbers';
  readonly compare = compareUnsigned;
  count = 0;
  encoding: 'PLAIN' | 'RLE' = 'PLAIN';
  private readonly offersRuns: boolean;
  private bits = new Uint8Array(0);

  constructor(offersRuns = false) {
    this.offersRuns = offersRuns;
  }

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

  chooseEncoding(compress: Compressors): null {
    if (!this.offersRuns || this.count === 0) return null;
    const { from, to } = sampleOf(this.count);
    this.encoding = cheapestEncoding<'PLAIN' | 'RLE'>('PLAIN', ['RLE'], (encoding) => {
      this.encoding = encoding;
      return compress.numbers(this.encodePage(from, to, NO_LEVELS), 0).length;
    });
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
    return this.encoding === 'RLE' ? this.encodeRuns(from, to, levels) : this.encodePlain(from, to, levels);
  }

  private encodeRuns(from: number, to: number, levels: Uint8Array): Uint8Array {
    const out = pageBuffer(levels.length + 4 + maxHybridBytes(to - from, 1));
    out.set(levels);
    const end = writeBitLevels(this.bits, from, to, out, levels.length + 4);
    putLength(out, levels.length, end);
    return out.subarray(0, end);
  }

  private encodePlain(from: number, to: number, levels: Uint8Array): Uint8Array {
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
    this.encoding = 'PLAIN';
  }
}
