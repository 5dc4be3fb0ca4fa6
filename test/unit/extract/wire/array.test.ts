import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, titled } from '../../../support/property.ts';
import { decodeColumn, decodeRows, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { array, dataRow, type Field, int32, NUMERIC_NAN, numeric, utf8 } from '../../../support/wire/server-bytes.ts';

const INT4 = 23;
const INTS: WireColumn = { type: { kind: 'list', element: { kind: 'int32' } }, elementOid: INT4 };
const TEXTS: WireColumn = { type: { kind: 'list', element: { kind: 'text' } }, elementOid: 25 };

const ints = (...values: (number | null)[]) =>
  array({ elementOid: INT4, elements: values.map((v) => (v === null ? null : int32(v))) });

function streamOf(...fields: Field[]): Buffer {
  return Buffer.concat(fields.map((field) => dataRow([field])));
}

describe('lists', () => {
  it('are empty, null, of nulls and of values, each for itself', () => {
    const stream = streamOf(ints(), null, ints(null), ints(1, null, -3), ints(), ints(2 ** 31 - 1));
    expect(decodeColumn(INTS, stream)).toEqual([[], null, [null], [1, null, -3], [], [2 ** 31 - 1]]);
  });

  it('may have a dimension of no elements', () => {
    const bytes = array({ elementOid: INT4, elements: [], dimensions: [[0, 1]] });
    expect(decodeColumn(INTS, streamOf(bytes))).toEqual([[]]);
  });

  it('grow with what comes: 20,000 elements in one row, then few in many', () => {
    const large = Array.from({ length: 20_000 }, (_, i) => (i % 10 === 0 ? null : i));
    const small = Array.from({ length: 3_000 }, (_, i) => [i, null, ~i]);
    const stream = streamOf(ints(1), ints(...large), ...small.map((values) => ints(...values)));
    expect(decodeColumn(INTS, stream)).toEqual([[1], large, ...small]);
  });

  it('know their elements by OIDs above 2^31 too', () => {
    const column: WireColumn = { ...TEXTS, elementOid: 4_294_967_295 };
    const bytes = array({ elementOid: 4_294_967_295, elements: [utf8('label')] });
    expect(decodeColumn(column, streamOf(bytes))).toEqual([['label']]);
  });

  it(titled('of text arrive in any pieces'), () => {
    const value = fc.option(fc.string({ unit: 'binary', maxLength: 9 }), { nil: null });
    const cases = fc.record({
      lists: fc.array(fc.option(fc.array(value, { maxLength: 5 }), { nil: null }), { minLength: 1, maxLength: 12 }),
      cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
    });
    check(
      cases,
      ({ lists, cuts }) => {
        const fields = lists.map((list) =>
          list === null ? null : array({ elementOid: 25, elements: list.map((v) => (v === null ? null : utf8(v))) }),
        );
        const { rows } = decodeRows(streamOf(...fields), { columns: [TEXTS], cuts });
        const latin1 = (v: string | null) => (v === null ? null : utf8(v).toString('latin1'));
        expect(rows).toEqual(lists.map((list) => [list === null ? null : list.map(latin1)]));
      },
      50,
    );
  });
});

describe('lists of lists', () => {
  const matrix = (...sizes: number[]): WireColumn => ({
    type: sizes.reduce<WireColumn['type']>((element) => ({ kind: 'list', element }), { kind: 'int32' }),
    wire: { form: 'array', elementOid: INT4, element: { form: 'int4' }, dimensions: sizes.length },
  });
  const filled = (...sizes: number[]) =>
    array({
      elementOid: INT4,
      elements: Array.from({ length: sizes.reduce((product, size) => product * size, 1) }, (_, i) => int32(i)),
      dimensions: sizes.map((size) => [size, 1] as const),
    });

  it('have their elements in row-major order, and grow with what comes', () => {
    const expected = Array.from({ length: 3_000 }, (_, i) => [2 * i, 2 * i + 1]);
    const stream = streamOf(ints(), filled(3_000, 2), null, filled(1, 3));
    expect(decodeColumn(matrix(3_000, 2), stream)).toEqual([[], expected, null, [[0, 1, 2]]]);
  });

  it('go six levels deep', () => {
    expect(decodeColumn(matrix(1, 2, 1, 1, 2, 1), streamOf(filled(1, 2, 1, 1, 2, 1)))).toEqual([
      [[[[[[0], [1]]]], [[[[2], [3]]]]]],
    ]);
  });

  it('of a dimension more or less than declared are awkward, and counted by the row of their column', () => {
    const column: WireColumn = {
      type: { kind: 'list', element: { kind: 'list', element: { kind: 'date' } } },
      wire: { form: 'array', elementOid: 1082, element: { form: 'date' }, dimensions: 2 },
    };
    const dates = (days: readonly number[], ...sizes: number[]) =>
      array({ elementOid: 1082, elements: days.map(int32), dimensions: sizes.map((size) => [size, 1] as const) });
    const infinity = 0x7fffffff;
    const stream = streamOf(
      dates([1, 2], 2),
      dates([3, 4, infinity, 5], 2, 2),
      dates([6], 1, 1, 1),
      dates([7, infinity], 1, 2),
    );
    const { rows, awkward } = decodeRows(stream, { columns: [column] });
    const day = (n: number) => 10_957 + n;
    expect(rows).toEqual([
      [null],
      [
        [
          [day(3), day(4)],
          [null, day(5)],
        ],
      ],
      [null],
      [[[day(7), null]]],
    ]);
    expect(awkward.map(({ row, reason }) => [row, reason])).toEqual([
      [0, 'array dimensions'],
      [2, 'array dimensions'],
      [1, 'infinity'],
      [3, 'infinity'],
    ]);
  });
});

describe('other shapes and elements that do not fit are awkward, by their row', () => {
  it.each<[string, readonly (readonly [number, number])[]]>([
    [
      'two dimensions',
      [
        [1, 1],
        [2, 1],
      ],
    ],
    ['six dimensions', Array.from({ length: 6 }, (_, d) => [d === 0 ? 2 : 1, 1] as const)],
    ['a lower bound of 0', [[2, 0]]],
    ['a lower bound of 2', [[2, 2]]],
    ['the least lower bound', [[2, -(2 ** 31)]]],
  ])('%s', (_, dimensions) => {
    const odd = array({ elementOid: INT4, elements: [int32(7), int32(8)], dimensions });
    const { rows, awkward } = decodeRows(streamOf(ints(1), odd, ints(2)), { columns: [INTS] });
    expect(rows).toEqual([[[1]], [null], [[2]]]);
    expect(awkward).toEqual([{ column: 'c0', row: 1, reason: 'array dimensions' }]);
  });

  it('an element becomes null and counts for the row that holds it', () => {
    const column: WireColumn = {
      type: { kind: 'list', element: { kind: 'decimal', precision: 5, scale: 1 } },
      elementOid: 1700,
    };
    const decimals = (...elements: Field[]) => array({ elementOid: 1700, elements });
    const stream = streamOf(
      decimals(),
      decimals(numeric(1n, 1)),
      null,
      decimals(NUMERIC_NAN, numeric(2n, 1), numeric(1n, 9)),
      decimals(),
    );
    const { rows, awkward } = decodeRows(stream, { columns: [column] });
    expect(rows).toEqual([[[]], [[1]], [null], [[null, 2, null]], [[]]]);
    expect(awkward).toEqual([
      { column: 'c0', row: 3, reason: 'nan' },
      { column: 'c0', row: 3, reason: 'does not fit the declared scale' },
    ]);
  });
});

describe('an array that contradicts itself is an error with its offset', () => {
  const header = (...words: number[]) => Buffer.concat(words.map(int32));
  it.each<[string, Buffer]>([
    ['shorter than a header', header(0, 0)],
    ['no bytes', Buffer.alloc(0)],
    ['elements of another type', array({ elementOid: 25, elements: [utf8('abcd')] })],
    ['bytes behind an empty array', header(0, 0, INT4, 0)],
    ['a negative number of dimensions', header(-1, 0, INT4)],
    ['seven dimensions', header(7, 0, INT4, ...Array.from({ length: 14 }, () => 1))],
    ['2^31 - 1 dimensions', header(0x7fffffff, 0, INT4, 1, 1)],
    ['fewer dimensions than announced', header(1, 0, INT4, 1)],
    ['2^31 - 1 elements', header(1, 0, INT4, 0x7fffffff, 1)],
    ['(2^31 - 1)^2 elements', header(2, 0, INT4, 0x7fffffff, 1, 0x7fffffff, 1)],
    ['(2^31 - 1)^6 elements', header(6, 0, INT4, ...Array.from({ length: 6 }, () => [0x7fffffff, 1]).flat())],
    ['a negative size beside a negative size', header(2, 0, INT4, -1, 1, -1, 1, -1)],
    ['a negative number of elements', header(1, 0, INT4, -1, 1)],
    ['more elements than bytes', header(1, 0, INT4, 2, 1, 4, 9)],
    ['fewer elements than bytes', header(1, 0, INT4, 1, 1, 4, 9, -1)],
    ['an element longer than the array', header(1, 0, INT4, 1, 1, 400, 9)],
    ['an element of 2 GB', header(1, 0, INT4, 1, 1, 0x7fffffff, 9)],
    ['an element of length -2', header(1, 0, INT4, 1, 1, -2)],
    ['an element of a wrong length', header(1, 0, INT4, 1, 1, 3, 9).subarray(0, 27)],
    ['an end within the length of an element', header(1, 0, INT4, 1, 1, 4, 9).subarray(0, 22)],
  ])('%s', (_, bytes) => {
    const expected = expect.objectContaining({
      code: 'E_WIRE',
      facts: expect.objectContaining({ byteOffset: expect.any(Number) }),
    });
    expect(() => decodeColumn(INTS, streamOf(ints(1), bytes))).toThrow(expected);
    expect(() => decodeColumn(INTS, streamOf(bytes, ints(1)))).toThrow(expected);
  });

  it('takes no memory for elements that were announced and did not come', () => {
    const lie = header(1, 0, INT4, 0x3fffffff, 1);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 50; i++) expect(() => decodeColumn(INTS, streamOf(lie))).toThrow(/array of 20 bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });
});
