import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import { isDraculaError } from '../../../../src/errors.ts';
import { streamOf } from '../../../support/wire/captured-values.ts';
import { decodeRows, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { field, int32, multirange, range } from '../../../support/wire/server-bytes.ts';

const BOOL: LogicalType = { kind: 'bool' };
const rangeType = (bound: LogicalType): LogicalType => ({
  kind: 'struct',
  fields: [
    { name: 'lower', type: bound },
    { name: 'upper', type: bound },
    ...['lower_inclusive', 'upper_inclusive', 'empty'].map((name) => ({ name, type: BOOL })),
  ],
});
const DATES: WireColumn = {
  type: rangeType({ kind: 'date' }),
  wire: { form: 'range', bound: { form: 'date' } },
};
const INFINITY = int32(0x7fffffff);
const dates = (lower: Buffer | null, upper: Buffer | null) =>
  range({ lower, upper, lowerInclusive: lower !== null, upperInclusive: false });

describe('a bound that its type cannot hold', () => {
  it('makes the whole range null, and counts once', () => {
    const fields = [
      dates(int32(0), int32(1)),
      dates(INFINITY, INFINITY),
      dates(null, INFINITY),
      dates(INFINITY, int32(2)),
      dates(int32(3), null),
    ];
    const { rows, awkward } = decodeRows(streamOf(fields), { columns: [DATES] });
    expect(rows).toEqual([
      [[10_957, 10_958, true, false, false]],
      [null],
      [null],
      [null],
      [[10_960, null, true, false, false]],
    ]);
    expect(awkward.map(({ row, reason }) => `${row} ${reason}`).toSorted()).toEqual([
      '1 infinity',
      '2 infinity',
      '3 infinity',
    ]);
  });

  it('makes a list within a bound null with its range, without elements', () => {
    const column: WireColumn = {
      type: rangeType({ kind: 'list', element: { kind: 'date' } }),
      wire: {
        form: 'range',
        bound: { form: 'array', elementOid: 1082, element: { form: 'date' }, dimensions: 1 },
      },
    };
    const list = (days: number) =>
      Buffer.concat([int32(1), int32(0), int32(1082), int32(1), int32(1), field(int32(days))]);
    const { rows, awkward } = decodeRows(streamOf([dates(list(0), list(0x7fffffff)), dates(list(1), null)]), {
      columns: [column],
    });
    expect(rows).toEqual([[null], [[[10_958], null, true, false, false]]]);
    expect(awkward).toEqual([{ column: 'c0', row: 0, reason: 'infinity' }]);
  });
});

describe('a range that contradicts itself is an error that names its place', () => {
  const flags = (value: number, ...bounds: Buffer[]) => Buffer.concat([Buffer.from([value]), ...bounds.map(field)]);
  it.each<[string, Buffer]>([
    ['no byte', Buffer.alloc(0)],
    ['empty, with a bound', flags(0x01, int32(1))],
    ['empty and inclusive', flags(0x03)],
    ['inclusive and infinite', flags(0x1a)],
    ['an unknown flag', flags(0x38)],
    ['one bound of two', flags(0, int32(1))],
    ['no bound of two', flags(0)],
    ['a bound more', flags(0x10, int32(1), int32(2))],
    ['a null bound', Buffer.concat([flags(0x10), int32(-1)])],
    ['a bound of 2 GB', Buffer.concat([flags(0x10), int32(0x7fffffff)])],
    ['a bound of a wrong length', flags(0x10, Buffer.alloc(3))],
  ])('%s', (_, bytes) => {
    const good = streamOf(Array.from({ length: 50 }, (_, i) => dates(int32(i), null)));
    let error: unknown;
    try {
      decodeRows(Buffer.concat([good, streamOf([bytes, dates(int32(1), null)])]), { columns: [DATES] });
    } catch (thrown) {
      error = thrown;
    }
    const at = isDraculaError(error, 'E_WIRE') ? error.facts.byteOffset : undefined;
    expect(at).toBeGreaterThanOrEqual(3 + good.length);
    expect(at).toBeLessThan(3 + good.length + streamOf([bytes]).length);
  });

  it.each<[string, Buffer]>([
    ['2^31 - 1 ranges', int32(0x7fffffff)],
    ['-1 ranges', int32(-1)],
    ['a range more than there are', Buffer.concat([int32(2), multirange([range('empty')]).subarray(4)])],
    ['a null range', Buffer.concat([int32(1), int32(-1), Buffer.alloc(1)])],
    ['bytes behind the last', Buffer.concat([multirange([range('empty')]), Buffer.alloc(5)])],
  ])('a multirange of %s', (_, bytes) => {
    const column: WireColumn = {
      type: { kind: 'list', element: DATES.type },
      wire: { form: 'multirange', range: { form: 'range', bound: { form: 'date' } } },
    };
    expect(() => decodeRows(streamOf([multirange([]), bytes]), { columns: [column] })).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
    );
  });
});
