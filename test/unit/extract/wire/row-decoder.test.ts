import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../../src/errors.ts';
import { RowDecoder } from '../../../../src/extract/wire/row-decoder.ts';
import { check, titled } from '../../../support/property.ts';
import { decodeRows, wireColumns } from '../../../support/wire/decode-rows.ts';
import { KINDS, kindFields, kindRows, kindStream } from '../../../support/wire/every-kind.ts';
import {
  array,
  dataRow,
  type Field,
  int16,
  int32,
  message,
  readyForQuery,
  utf8,
} from '../../../support/wire/server-bytes.ts';

const INT4 = { type: { kind: 'int32' } } as const;
const TEXT = { type: { kind: 'text' } } as const;

/** What decoding throws. */
function failure(stream: Uint8Array, columns: readonly (typeof INT4 | typeof TEXT)[] = [INT4, TEXT]): unknown {
  try {
    return decodeRows(stream, { columns });
  } catch (error) {
    return error;
  }
}

describe(titled('any split of the stream gives the same rows'), () => {
  const whole = decodeRows(kindStream(40), { columns: KINDS });

  it('as a whole they are what was sent', () => {
    expect(whole.rows).toEqual(kindRows(40));
    expect(whole.left).toBe(0);
    expect(whole.awkward).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('in pieces of %i bytes', (cut) => {
    expect(decodeRows(kindStream(40), { columns: KINDS, cuts: [cut] })).toEqual(whole);
  });

  it('in pieces of any sizes, at any width of a row', () => {
    const cases = fc.record({
      columns: fc.shuffledSubarray([...KINDS.keys()], { minLength: 1 }),
      cuts: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 }),
    });
    check(
      cases,
      ({ columns, cuts }) => {
        const stream = Buffer.concat(
          Array.from({ length: 30 }, (_, i) => dataRow(columns.map((c) => kindFields(i)[c]!))),
        );
        const { rows, left } = decodeRows(stream, { columns: columns.map((c) => KINDS[c]!), cuts });
        expect(left).toBe(0);
        expect(rows).toEqual(kindRows(30).map((row) => columns.map((c) => row[c])));
      },
      25,
    );
  });
});

describe('shapes of rows', () => {
  it('delivers more rows than a tile holds, in order, nulls and all', () => {
    const values = Array.from({ length: 5_000 }, (_, i) => (i % 7 === 3 ? null : i));
    const stream = Buffer.concat(values.map((v) => dataRow([v === null ? null : int32(v)])));
    expect(decodeRows(stream, { columns: [INT4] }).rows).toEqual(values.map((v) => [v]));
  });

  it('decodes 1,600 columns', () => {
    const columns = Array.from({ length: 1_600 }, (_, c) => (c % 2 === 0 ? INT4 : TEXT));
    const fields = (row: number): Field[] =>
      columns.map((_, c) => ((row + c) % 11 === 0 ? null : c % 2 === 0 ? int32(row * 1_600 + c) : utf8(`${row}.${c}`)));
    const stream = Buffer.concat(Array.from({ length: 100 }, (_, row) => dataRow(fields(row))));
    const { rows } = decodeRows(stream, { columns, cuts: [65_521] });
    expect(rows).toHaveLength(100);
    rows.forEach((values, row) => {
      values.forEach((value, c) => {
        const sent = (row + c) % 11 === 0 ? null : c % 2 === 0 ? row * 1_600 + c : `${row}.${c}`;
        if (value !== sent) expect.fail(`row ${row}, column ${c}: ${value} instead of ${sent}`);
      });
    });
  });

  it('counts rows without columns', () => {
    const stream = Buffer.concat(Array.from({ length: 70_000 }, () => dataRow([])));
    expect(decodeRows(stream, { columns: [] }).rows).toHaveLength(70_000);
  });

  it('keeps the ctid aside, and tells that of the last row', () => {
    const row = (block: number, offset: number, value: number) =>
      dataRow([Buffer.concat([int32(block), int16(offset)]), int32(value)]);
    const stream = Buffer.concat([row(0, 1, 10), row(-2, -1, 11)]);
    const { rows, lastCtid } = decodeRows(stream, { columns: [INT4], selectsCtid: true });
    expect(rows).toEqual([[10], [11]]);
    expect(lastCtid).toEqual({ block: 4_294_967_294, offset: 65_535 });
    expect(decodeRows(Buffer.alloc(0), { columns: [INT4], selectsCtid: true }).lastCtid).toBeNull();
  });

  describe('rows that are set aside', () => {
    const DAY = { type: { kind: 'date' } } as const;
    const FOREVER = int32(0x7fffffff);
    /** Beyond what counts from 1970 hold. */
    const LATE = int32(0x7ffffff0);
    const row = (n: number, ...values: Buffer[]) =>
      dataRow([Buffer.concat([int32(7), int16(n)]), int32(n), ...values, utf8(`row ${n}`)]);
    const columns = [INT4, { ...DAY, awkward: 'quarantine' }, { ...DAY, awkward: 'null' }, TEXT] as const;
    const days = (n: number) => [n % 3 === 0 ? FOREVER : int32(n), n % 4 === 0 ? FOREVER : int32(n)] as const;
    const all = Array.from({ length: 3_000 }, (_, n) => n);
    const stream = Buffer.concat(all.map((n) => row(n, ...days(n))));

    it.each([[undefined], [[7]], [[1, 4_096]]])(
      'are left out, and all others come once and whole, cut by %j',
      (cuts) => {
        const { rows, setAside, awkward, lastCtid } = decodeRows(stream, {
          columns,
          selectsCtid: true,
          ...(cuts === undefined ? {} : { cuts }),
        });
        const good = all.filter((n) => n % 3 !== 0);
        expect(rows.map(([n]) => n)).toEqual(good);
        expect(rows.map((values) => values[3])).toEqual(good.map((n) => `row ${n}`));
        expect(rows.filter((values) => values[2] === null).map(([n]) => n)).toEqual(good.filter((n) => n % 4 === 0));
        expect(setAside.map(({ ctid }) => ctid)).toEqual(
          all.filter((n) => n % 3 === 0).map((n) => ({ block: 7, offset: n })),
        );
        expect(lastCtid).toEqual({ block: 7, offset: 2_999 });
        // What became null is told once, by its ordinal among all rows; what went aside took its other awkward values along.
        expect(awkward.map((value) => value.row)).toEqual(good.filter((n) => n % 4 === 0));
        expect(setAside[4]!.values).toEqual([
          { column: 'c1', row: 12, reason: 'infinity' },
          { column: 'c2', row: 12, reason: 'infinity' },
        ]);
      },
    );

    it('tell what is awkward of many elements once for each reason, and how often', () => {
      const lists = { type: { kind: 'list', element: DAY.type }, elementOid: 1082, awkward: 'quarantine' } as const;
      const elements = Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? int32(1) : i % 3 === 1 ? FOREVER : LATE));
      const whole = (n: number) =>
        dataRow([Buffer.concat([int32(7), int16(n)]), array({ elementOid: 1082, elements })]);
      const { setAside } = decodeRows(Buffer.concat([whole(1), whole(2)]), { columns: [lists], selectsCtid: true });
      expect(setAside.map(({ values }) => values)).toEqual(
        [0, 1].map((row) => [
          { column: 'c0', row, reason: 'infinity', count: 1_000 },
          { column: 'c0', row, reason: 'out of range', count: 1_000 },
        ]),
      );
    });

    it('are told where no row of the tile is left, without an empty batch', () => {
      const bytes = new Uint8Array(row(3, ...days(3)));
      const aside: unknown[] = [];
      const decoder = new RowDecoder({
        columns: wireColumns(columns),
        selectsCtid: true,
        onBatch: () => expect.fail('a batch came'),
        onAwkward: () => expect.fail('a value became null'),
        onSetAside: (each) => aside.push(each),
      });
      decoder.push(bytes, new DataView(bytes.buffer), 0, bytes.length);
      expect([aside.length, decoder.rows]).toEqual([1, 1]);
    });
  });

  it('stops at another message and at an incomplete row, without a word', () => {
    const rows = Buffer.concat([dataRow([int32(1)]), dataRow([int32(2)])]);
    const ready = readyForQuery();
    expect(decodeRows(Buffer.concat([rows, ready]), { columns: [INT4] })).toMatchObject({
      rows: [[1], [2]],
      left: ready.length,
    });
    for (let cut = 1; cut < 15; cut++) {
      const { rows: got, left } = decodeRows(rows.subarray(0, rows.length - cut), { columns: [INT4] });
      expect({ got, left }).toEqual({ got: [[1]], left: 15 - cut });
    }
  });

  it('numbers awkward values by their row in the whole read, over tiles and pieces', () => {
    const infinity = int32(0x7fffffff);
    const stream = Buffer.concat(
      Array.from({ length: 3_000 }, (_, i) => dataRow([i % 999 === 0 ? infinity : int32(i)])),
    );
    const { awkward } = decodeRows(stream, { columns: [{ type: { kind: 'date' } }], cuts: [4_099] });
    expect(awkward).toEqual([0, 999, 1_998, 2_997].map((row) => ({ column: 'c0', row, reason: 'infinity' })));
  });
});

describe('a row that contradicts itself is an error with its offset', () => {
  const good = dataRow([int32(1), utf8('x')]);
  const rowOf = (...parts: Uint8Array[]) => message('D', Buffer.concat(parts));
  it.each<[string, Buffer]>([
    ['fewer fields than described', dataRow([int32(1)])],
    ['more fields than described', dataRow([int32(1), utf8('x'), null])],
    ['no field at all', dataRow([])],
    ['a negative count of fields', rowOf(int16(-2), int32(4), int32(1), int32(1), utf8('x'))],
    ['a field longer than the message', rowOf(int16(2), int32(4), int32(1), int32(2), utf8('x'))],
    ['a field of 2 GB', rowOf(int16(2), int32(4), int32(1), int32(0x7fffffff), utf8('x'))],
    ['a field shorter than what is left', rowOf(int16(2), int32(4), int32(1), int32(0), utf8('x'))],
    ['a field of length -2', rowOf(int16(2), int32(4), int32(1), int32(-2))],
    ['a field of the least length', rowOf(int16(2), int32(4), int32(1), int32(-0x80000000))],
    ['an end within the length of a field', rowOf(int16(2), int32(4), int32(1), Buffer.alloc(3))],
    ['an end before the second field', rowOf(int16(2), int32(4), int32(1))],
    ['a length below its own', Buffer.from([0x44, 0, 0, 0, 3, 0, 2, 0])],
    ['a length that leaves no field count', Buffer.from([0x44, 0, 0, 0, 5, 0, 2, 0])],
    ['a negative length', Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff, 0, 2, 0])],
    ['a wrong length of an int4', dataRow([Buffer.alloc(3), utf8('x')])],
  ])('%s', (_, bad) => {
    const error = failure(Buffer.concat([good, bad, good]));
    expect(isDraculaError(error, 'E_WIRE') && error.facts.byteOffset).toSatisfy(
      (offset) => offset >= 3 + good.length && offset < 3 + good.length + bad.length,
    );
  });

  it.each<[string, Buffer]>([
    ['another number of fields', Buffer.concat([Buffer.from('D'), int32(1_000), int16(3)])],
    ['a first field without room', Buffer.concat([Buffer.from('D'), int32(100), int16(2), int32(91)])],
    ['a last field without room', Buffer.concat([Buffer.from('D'), int32(100), int16(2), int32(-1), int32(87)])],
    ['a field of length -2', Buffer.concat([Buffer.from('D'), int32(100), int16(2), int32(-2)])],
    ['fields that end before the row', Buffer.concat([Buffer.from('D'), int32(100), int16(2), int32(-1), int32(85)])],
  ])('%s, before the rest of the row is there', (_, beginning) => {
    const error = failure(Buffer.concat([good, beginning]));
    expect(isDraculaError(error, 'E_WIRE') && error.facts.byteOffset).toBe(3 + good.length);
    // A byte less, and it may still become a row.
    expect(failure(Buffer.concat([good, beginning.subarray(0, -1)]))).toMatchObject({ left: beginning.length - 1 });
  });

  it('a beginning that holds together is waited for', () => {
    const row = dataRow([int32(1), utf8('x'.repeat(86))]);
    for (let end = 0; end < row.length; end++)
      expect(failure(Buffer.concat([good, row.subarray(0, end)]))).toMatchObject({ left: end });
  });

  it('a ctid that is not 6 bytes long', () => {
    const stream = dataRow([int32(1), int32(1)]);
    expect(() => decodeRows(stream, { columns: [INT4], selectsCtid: true })).toThrow(/ctid that is not 6 bytes/);
  });

  it('a decoder that failed is not used again', () => {
    const bytes = new Uint8Array(dataRow([]));
    const decoder = new RowDecoder({
      columns: wireColumns([INT4]),
      selectsCtid: false,
      onBatch: () => expect.fail('a batch came'),
      onAwkward: () => undefined,
    });
    const push = () => decoder.push(bytes, new DataView(bytes.buffer), 0, bytes.length);
    expect(push).toThrow(/0 fields instead of 1/);
    expect(push).toThrow(/after it failed/);
  });
});
