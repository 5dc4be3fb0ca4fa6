import { describe, expect, it } from 'vitest';
import { streamOf } from '../../../support/wire/captured-values.ts';
import { decodeRows, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { composite, int16, int32, uint32, utf8 } from '../../../support/wire/server-bytes.ts';

const COLUMN: WireColumn = {
  type: {
    kind: 'struct',
    fields: [
      { name: 'day', type: { kind: 'date' } },
      { name: 'note', type: { kind: 'text' } },
    ],
  },
  wire: {
    form: 'composite',
    fields: [
      { typeOid: 1082, wire: { form: 'date' } },
      { typeOid: 4_000_000_000, wire: { form: 'text' } },
    ],
  },
};
const GOOD = composite([
  [1082, int32(0)],
  [4_000_000_000, utf8('x')],
]);

it('a field that its type cannot hold becomes null, the others stay', () => {
  const infinite = composite([
    [1082, int32(0x7fffffff)],
    [4_000_000_000, utf8('y')],
  ]);
  const { rows, awkward } = decodeRows(streamOf([GOOD, null, infinite]), { columns: [COLUMN] });
  expect(rows).toEqual([[[10_957, 'x']], [null], [[null, 'y']]]);
  expect(awkward).toEqual([{ column: 'c0', row: 2, reason: 'infinity' }]);
});

describe('a composite that is not as planned', () => {
  it.each<[string, Buffer]>([
    [
      'has an attribute more',
      composite([
        [1082, null],
        [4_000_000_000, null],
        [23, null],
      ]),
    ],
    ['has one less', composite([[1082, null]])],
    [
      'has another type of attribute',
      composite([
        [1082, null],
        [25, null],
      ]),
    ],
    ['announces 2^31 - 1 attributes', int32(0x7fffffff)],
  ])('%s: the type was altered', (_, bytes) => {
    expect(() => decodeRows(streamOf([GOOD, bytes]), { columns: [COLUMN] })).toThrow(
      expect.objectContaining({ code: 'E_SOURCE_CHANGED', facts: { byteOffset: expect.any(Number) } }),
    );
  });

  it.each<[string, Buffer]>([
    ['is empty', Buffer.alloc(0)],
    ['ends in a length', Buffer.concat([int32(2), uint32(1082), int16(0)])],
    ['has a field longer than itself', Buffer.concat([int32(2), uint32(1082), int32(400), int32(0)])],
    ['has a field of length -2', Buffer.concat([int32(2), uint32(1082), int32(-2), uint32(4_000_000_000), int32(-1)])],
    ['has bytes behind its fields', Buffer.concat([GOOD, int16(0)])],
  ])('%s: the stream is wrong', (_, bytes) => {
    expect(() => decodeRows(streamOf([GOOD, bytes]), { columns: [COLUMN] })).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
    );
  });
});
