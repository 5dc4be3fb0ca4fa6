import fc from 'fast-check';
import { snappyUncompress } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { compressSnappy } from '../../../../src/parquet/compression/snappy.ts';

function expectRoundTrip(input: Uint8Array): Uint8Array {
  const block = compressSnappy(input);
  const output = new Uint8Array(input.length);
  if (input.length > 0) snappyUncompress(block, output);
  expect(Buffer.compare(output, input)).toBe(0);
  return block;
}

/** Bytes that repeat earlier ones at all distances, as a page does. */
const repetitive = fc
  .array(
    fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 200 }), fc.uint8Array({ maxLength: 80 })),
    { maxLength: 60 },
  )
  .map((steps) => {
    const out: number[] = [];
    for (const [back, length, fresh] of steps) {
      for (let i = 0; i < length && back > 0 && out.length >= back; i++) out.push(out[out.length - back]!);
      out.push(...fresh);
    }
    return Uint8Array.from(out);
  });

describe('compressSnappy', () => {
  it('round trips any bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), repetitive), (input) => void expectRoundTrip(input)),
      { numRuns: 500 },
    );
  });

  it.each([0, 1, 15, 16, 17, 59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    'round trips %i bytes, equal and random',
    (length) => {
      const equal = new Uint8Array(length).fill(65);
      const random = new Uint8Array(length).map((_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
      expect(expectRoundTrip(equal).length).toBeLessThanOrEqual(16 + Math.ceil(length / 15));
      expect(expectRoundTrip(random).length).toBeLessThanOrEqual(32 + length + length / 6);
    },
  );

  it('finds matches over the whole of a fragment, short and long', () => {
    const words = Buffer.from('the slyly express requests are quickly ironic packages '.repeat(4000));
    expect(expectRoundTrip(words).length).toBeLessThan(words.length / 15);
  });

  it('reads only its own part of a larger buffer', () => {
    const whole = new Uint8Array(1000).map((_, i) => i % 7);
    expectRoundTrip(whole.subarray(3, 900));
  });
});
