import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { describe, expect, it } from 'vitest';
import { maxHybridBytes, writeBitLevels, writeLevels, writeRepeated } from '../../../../src/parquet/encodings/rle.ts';

/** Runs of equal levels, short and long, so that all forms of run occur side by side. */
const runs = (max: number) =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max }),
        fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 300 })),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.flatMap(([value, length]) => new Array<number>(length).fill(value)));

function decode(bytes: Uint8Array, width: number, count: number): number[] {
  const output = new Array<number>(count).fill(-1);
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  readRleBitPackedHybrid(reader, width, output, bytes.length);
  return output;
}

describe('writeBitLevels', () => {
  it('writes what a reader reads back, from any bit on, within the bytes announced', () => {
    fc.assert(
      fc.property(runs(1), fc.nat(20), (levels, skip) => {
        const from = Math.min(skip, levels.length);
        const bits = new Uint8Array((levels.length + 7) >> 3).fill(0);
        levels.forEach((level, i) => {
          bits[i >> 3]! |= level << (i & 7);
        });
        const out = new Uint8Array(maxHybridBytes(levels.length - from, 1));
        const end = writeBitLevels(bits, from, levels.length, out, 0);
        expect(end).toBeLessThanOrEqual(out.length);
        expect(decode(out.subarray(0, end), 1, levels.length - from)).toEqual(levels.slice(from));
      }),
      { numRuns: 500 },
    );
  });

  it('writes a long run of nulls as one repeated value', () => {
    const bits = new Uint8Array(1000).fill(0xff).fill(0, 100, 900);
    const out = new Uint8Array(2000);
    expect(writeBitLevels(bits, 0, 8000, out, 0)).toBeLessThan(20);
  });
});

describe('writeLevels', () => {
  it.each([1, 2, 3, 4, 5, 8])('writes levels of %i bits from any place and from either byte of theirs', (width) => {
    const shift = fc.constantFrom(0, 8);
    fc.assert(
      fc.property(runs(2 ** width - 1), fc.nat(20), shift, (levels, skip, by) => {
        const from = Math.min(skip, levels.length);
        const noise = 0xffff & ~((2 ** width - 1) << by);
        const pairs = Uint16Array.from(levels, (level) => (level << by) | noise);
        const out = new Uint8Array(maxHybridBytes(levels.length - from, width));
        const end = writeLevels(pairs, from, levels.length, by, width, out, 0);
        expect(end).toBeLessThanOrEqual(out.length);
        expect(decode(out.subarray(0, end), width, levels.length - from)).toEqual(levels.slice(from));
      }),
      { numRuns: 300 },
    );
  });
});

describe('writeRepeated', () => {
  it.each([
    [1, 1, 1],
    [0, 200_000, 1],
    [300, 70, 9],
    [32_767, 16_384, 15],
  ])('writes %i, %i times, in %i bits', (value, count, width) => {
    const out = new Uint8Array(16);
    const end = writeRepeated(value, count, width, out, 0);
    expect(decode(out.subarray(0, end), width, count)).toEqual(new Array(count).fill(value));
  });
});
