import { expect, it } from 'vitest';
import { streamOf } from '../../../support/wire/captured-values.ts';
import { decodeColumn, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { field, int32, utf8 } from '../../../support/wire/server-bytes.ts';

const COLUMN: WireColumn = { type: { kind: 'map', value: { kind: 'text' } } };
const pair = (key: string, value: string | null): Buffer =>
  Buffer.concat([field(utf8(key)), field(value === null ? null : utf8(value))]);
const GOOD = Buffer.concat([int32(2), pair('a', null), pair('', 'x')]);

it('grows with what comes: 3,000 pairs in one row after few', () => {
  const pairs = Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i % 3 === 0 ? null : `v${i}`] as const);
  const large = Buffer.concat([int32(pairs.length), ...pairs.map(([key, value]) => pair(key, value))]);
  expect(decodeColumn(COLUMN, streamOf([GOOD, null, large, int32(0)]))).toEqual([
    [
      ['a', null],
      ['', 'x'],
    ],
    null,
    pairs,
    [],
  ]);
});

it.each<[string, Buffer]>([
  ['no byte', Buffer.alloc(0)],
  ['2^31 - 1 pairs', int32(0x7fffffff)],
  ['-1 pairs', int32(-1)],
  ['a pair more than there are', Buffer.concat([int32(2), pair('a', 'b')])],
  ['a null key', Buffer.concat([int32(1), int32(-1), int32(-1)])],
  ['a key of 2 GB', Buffer.concat([int32(1), int32(0x7fffffff), int32(-1)])],
  ['a value longer than the rest', Buffer.concat([int32(1), field(utf8('a')), int32(9)])],
  ['a value of length -2', Buffer.concat([int32(1), field(utf8('a')), int32(-2)])],
  ['bytes behind the last pair', Buffer.concat([int32(1), pair('a', 'b'), Buffer.alloc(1)])],
])('an hstore of %s is an error with its offset', (_, bytes) => {
  expect(() => decodeColumn(COLUMN, streamOf([GOOD, bytes]))).toThrow(
    expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
  );
});
