/** Text of a SQL_ASCII database: awkward where it is not UTF-8, in the value or the part of one that it is. */
import { expect, it } from 'vitest';
import { inSqlAscii, isInSqlAscii, type WireForm } from '../../../../src/core/wire-form.ts';
import { decodeRows, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { dataRow, field, int32, utf8 } from '../../../support/wire/server-bytes.ts';

const TEXT: WireColumn = { type: { kind: 'text' }, wire: { form: 'text', encoding: 'SQL_ASCII' } };
const MAP: WireColumn = {
  type: { kind: 'map', value: { kind: 'text' } },
  wire: { form: 'hstore', encoding: 'SQL_ASCII' },
};
const bytes = (...values: number[]) => Buffer.from(values);

function decoded(column: WireColumn, values: readonly (Buffer | null)[]) {
  const { rows, awkward } = decodeRows(Buffer.concat(values.map((value) => dataRow([value]))), { columns: [column] });
  return { rows: rows.map(([value]) => value), awkward: awkward.map(({ row, reason }) => [row, reason]) };
}

it('what is not UTF-8 becomes null, short or long, and everything else is as it came', () => {
  const long = Buffer.from('ж'.repeat(5_000));
  const torn = long.subarray(0, long.length - 1);
  const values = [
    utf8(''),
    utf8('a'),
    bytes(0xe9),
    null,
    long,
    torn,
    bytes(0xed, 0xa0, 0x80),
    bytes(0xc0, 0x80),
    utf8('🧛'),
  ];
  const { rows, awkward } = decoded(TEXT, values);
  const latin1 = (value: Buffer) => value.toString('latin1');
  expect(rows).toEqual(['', 'a', null, null, latin1(long), null, null, null, latin1(utf8('🧛'))]);
  expect(awkward).toEqual([2, 5, 6, 7].map((row) => [row, 'not UTF-8']));
});

it('two values that only together are UTF-8 are none', () => {
  const [head, tail] = [bytes(0xc3), bytes(0xa9)];
  expect(decoded(TEXT, [head, tail]).rows).toEqual([null, null]);
});

it('a map with such a value keeps its other pairs; one with such a key is null', () => {
  const map = (key: Buffer, value: Buffer) =>
    Buffer.concat([int32(2), field(key), field(value), field(utf8('b')), field(null)]);
  const { rows, awkward } = decoded(MAP, [
    map(utf8('a'), bytes(0xe9)),
    map(bytes(0xe9), utf8('x')),
    map(utf8('a'), utf8('x')),
  ]);
  expect(rows).toEqual([
    [
      ['a', null],
      ['b', null],
    ],
    null,
    [
      ['a', 'x'],
      ['b', null],
    ],
  ]);
  expect(awkward).toEqual([
    [1, 'not UTF-8'],
    [0, 'not UTF-8'],
  ]);
});

it('every form that holds text has the encoding, at any depth, and no other', () => {
  const text: WireForm = { form: 'text' };
  const nested: WireForm = {
    form: 'array',
    elementOid: 1,
    dimensions: 1,
    element: { form: 'composite', fields: [{ typeOid: 25, wire: { form: 'range', bound: text } }] },
  };
  const checked: WireForm = { form: 'text', encoding: 'SQL_ASCII' };
  expect(inSqlAscii(nested)).toEqual({
    ...nested,
    element: { form: 'composite', fields: [{ typeOid: 25, wire: { form: 'range', bound: checked } }] },
  });
  expect([nested, inSqlAscii(nested)].map(isInSqlAscii)).toEqual([false, true]);
  const multirange: WireForm = { form: 'multirange', range: { form: 'range', bound: text } };
  expect([multirange, inSqlAscii(multirange), inSqlAscii({ form: 'bytea' })].map(isInSqlAscii)).toEqual([
    false,
    true,
    false,
  ]);
});
