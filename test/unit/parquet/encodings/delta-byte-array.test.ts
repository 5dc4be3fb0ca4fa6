import fc from 'fast-check';
import { deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { describe, expect, it } from 'vitest';
import {
  maxDeltaByteArrayBytes,
  type PlainRun,
  writeDeltaByteArray,
  writeDeltaLengthByteArray,
} from '../../../../src/parquet/encodings/delta-byte-array.ts';

/** PLAIN values behind three bytes of something else. */
function plainRun(values: readonly Uint8Array[]): PlainRun {
  const start = 3;
  const arena = new Uint8Array(start + values.reduce((sum, value) => sum + 4 + value.length, 0) + 5).fill(0xa5);
  const view = new DataView(arena.buffer);
  let p = start;
  for (const value of values) {
    view.setInt32(p, value.length, true);
    arena.set(value, p + 4);
    p += 4 + value.length;
  }
  return { arena, view, start, end: p, count: values.length };
}

describe.each([
  ['DELTA_LENGTH_BYTE_ARRAY', writeDeltaLengthByteArray, deltaLengthByteArray],
  ['DELTA_BYTE_ARRAY', writeDeltaByteArray, deltaByteArray],
])('%s', (_, write, read) => {
  const roundTrip = (values: readonly Uint8Array[]) => {
    const run = plainRun(values);
    const out = new Uint8Array(2 + maxDeltaByteArrayBytes(run)).fill(0x5a);
    const bytes = out.slice(2, write(run, out, 2));
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    const output: Uint8Array[] = new Array(values.length);
    read(reader, values.length, output);
    expect(output.map((value) => Buffer.from(value).toString('hex'))).toEqual(
      values.map((value) => Buffer.from(value).toString('hex')),
    );
    return bytes.length;
  };

  it('keeps values of any lengths that share any beginnings', () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.nat(40), fc.uint8Array({ maxLength: 3 }))
        .map(([n, tail]) => Uint8Array.of(...Buffer.alloc(n, 97), ...tail)),
    );
    fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => void roundTrip(values)));
  });

  it('keeps empty values, equal ones and one that is the beginning of the next', () => {
    roundTrip(['', '', 'a', 'a', 'ab', '', 'abc', 'ab'].map((text) => Buffer.from(text)));
  });
});

it('DELTA_BYTE_ARRAY leaves out what a value shares with the one before', () => {
  const run = plainRun(
    Array.from({ length: 1000 }, (_, i) => Buffer.from(`https://example.org/things/${String(i).padStart(6, '0')}`)),
  );
  const out = new Uint8Array(maxDeltaByteArrayBytes(run));
  expect(writeDeltaByteArray(run, out, 0)).toBeLessThan(3000);
});
