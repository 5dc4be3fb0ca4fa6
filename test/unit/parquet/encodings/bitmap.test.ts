import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyBits, countOnes, setBits } from '../../../../src/parquet/encodings/bitmap.ts';

const bitAt = (bytes: Uint8Array, i: number) => (bytes[i >> 3]! >> (i & 7)) & 1;
const bitsOf = (bytes: Uint8Array, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => bitAt(bytes, from + i));
const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
const place = fc.nat(60);
const count = fc.nat(100);

describe('bitmaps', () => {
  it('copy any run of bits to any place, and keep what lies before it', () => {
    fc.assert(
      fc.property(bytes, bytes, place, place, count, (source, target, from, to, n) => {
        const before = bitsOf(target, 0, to);
        copyBits(source, from, target, to, n);
        expect(bitsOf(target, to, to + n)).toEqual(bitsOf(source, from, from + n));
        expect(bitsOf(target, 0, to)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it('set any run of bits', () => {
    fc.assert(
      fc.property(bytes, place, count, (target, to, n) => {
        const before = bitsOf(target, 0, to);
        setBits(target, to, n);
        expect(bitsOf(target, to, to + n).every((bit) => bit === 1)).toBe(true);
        expect(bitsOf(target, 0, to)).toEqual(before);
      }),
    );
  });

  it('count the ones of any run', () => {
    fc.assert(
      fc.property(bytes, place, count, (source, from, n) => {
        expect(countOnes(source, from, from + n)).toBe(
          bitsOf(source, from, from + n).filter((bit) => bit === 1).length,
        );
      }),
    );
  });
});
