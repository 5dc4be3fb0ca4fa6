import fc from 'fast-check';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { describe, expect, it } from 'vitest';
import {
  maxDeltaBytes,
  writeDeltaPairs,
  writeDeltaSingles,
} from '../../../../src/parquet/encodings/delta-binary-packed.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function encoded(values: readonly (number | bigint)[]): Uint8Array {
  const isWide = typeof values[0] === 'bigint';
  const words = isWide
    ? new Int32Array(BigInt64Array.from(values as bigint[]).buffer)
    : Int32Array.from(values as number[]);
  // One value before and one behind, and room that is not zero: nothing of them may show.
  const all = new Int32Array(words.length + 4).fill(0x5a5a5a5a);
  all.set(words, isWide ? 2 : 1);
  const out = new Uint8Array(3 + maxDeltaBytes(values.length, isWide ? 2 : 1)).fill(0xa5);
  const write = isWide ? writeDeltaPairs : writeDeltaSingles;
  return out.slice(3, write(all, 1, 1 + values.length, out, 3));
}

function decoded(bytes: Uint8Array, like: readonly (number | bigint)[]): (number | bigint)[] {
  const isWide = typeof like[0] === 'bigint';
  const output = isWide ? new BigInt64Array(like.length) : new Int32Array(like.length);
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  deltaBinaryUnpack(reader, like.length, output);
  expect(reader.offset, 'all bytes are read').toBe(bytes.length);
  return [...(output as Iterable<number | bigint>)];
}

describe.each([
  ['INT32', (n: number) => n | 0, [-(2 ** 31), 2 ** 31 - 1, 0, -1]],
  ['INT64', (n: number) => BigInt(n), [INT64_MIN, INT64_MAX, 0n, -1n, 2n ** 32n, -(2n ** 32n) - 1n]],
] as const)('DELTA_BINARY_PACKED of %s', (_, of, extremes) => {
  it.each([1, 2, 32, 33, 34, 128, 129, 130, 161, 257, 1000])('keeps %i values', (count) => {
    const values = Array.from({ length: count }, (_, i) => of(i * i * 31 - 7));
    expect(decoded(encoded(values), values)).toEqual(values);
  });

  it('keeps the extremes next to each other, where differences wrap around', () => {
    const values = extremes.flatMap((a) => extremes.flatMap((b) => [a, b]));
    expect(decoded(encoded(values), values)).toEqual(values);
  });

  it('takes a few bytes for a constant step', () => {
    const values = Array.from({ length: 1281 }, (_, i) => of(1_000_000_000 + i * 1000));
    expect(encoded(values).length).toBeLessThan(100);
  });
});

describe('DELTA_BINARY_PACKED', () => {
  it('keeps any differences, of every width', () => {
    const int64s = fc.array(
      fc.oneof(
        fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
        fc.integer({ min: 0, max: 62 }).map((bits) => 2n ** BigInt(bits)),
        fc.bigInt({ min: -200n, max: 200n }),
      ),
      { minLength: 1, maxLength: 400 },
    );
    fc.assert(fc.property(int64s, (values) => void expect(decoded(encoded(values), values)).toEqual(values)));
    const int32s = fc.array(fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 })), { minLength: 1, maxLength: 400 });
    fc.assert(fc.property(int32s, (values) => void expect(decoded(encoded(values), values)).toEqual(values)));
  });

  it('keeps differences of each width from 0 to 64 bits', () => {
    for (let bits = 0; bits < 64; bits++) {
      const values = Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0 ? 0n : BigInt.asIntN(64, (1n << BigInt(bits)) - 1n),
      );
      expect(decoded(encoded(values), values)).toEqual(values);
    }
  });

  it('is a header alone where there are no values', () => {
    const out = new Uint8Array(maxDeltaBytes(0, 1));
    expect([...out.subarray(0, writeDeltaSingles(new Int32Array(0), 0, 0, out, 0))]).toEqual([128, 1, 4, 0, 0]);
  });
});
