import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { expect, it } from 'vitest';
import { writeByteStreams } from '../../../../src/parquet/encodings/byte-stream-split.ts';

it.each([
  [4, 'INT32'],
  [8, 'INT64'],
  [4, 'FLOAT'],
  [8, 'DOUBLE'],
  [9, 'FIXED_LEN_BYTE_ARRAY'],
  [16, 'FIXED_LEN_BYTE_ARRAY'],
] as const)('BYTE_STREAM_SPLIT keeps values of %i bytes as %s', (width, type) => {
  const plain = Uint8Array.from({ length: 11 * width }, (_, i) => (i * 37) % 128);
  const out = new Uint8Array(5 + plain.length);
  expect(writeByteStreams(plain, 11, width, out, 5)).toBe(out.length);
  const bytes = out.slice(5);
  const read = byteStreamSplit({ view: new DataView(bytes.buffer), offset: 0 }, 11, type, width);
  const back = Array.from(read as Iterable<unknown>).flatMap((value, i) =>
    value instanceof Uint8Array ? [...value] : [...bytesOf(read, i, width)],
  );
  expect(back).toEqual([...plain]);
});

function bytesOf(values: unknown, i: number, width: number): Uint8Array {
  const { buffer } = values as Int32Array;
  return new Uint8Array(buffer, i * width, width);
}
