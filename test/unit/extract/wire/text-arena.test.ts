/** Texts that the decoder writes: what no server sends, and how much memory they take. What servers send: captured-values.test.ts. */
import { describe, expect, it } from 'vitest';
import type { ScalarWire } from '../../../../src/core/wire-form.ts';
import { arenaOf } from '../../../../src/extract/wire/text-arena.ts';
import { streamOf } from '../../../support/wire/captured-values.ts';
import { decodeColumn, decodeRows, type WireColumn } from '../../../support/wire/decode-rows.ts';
import {
  array,
  dataRow,
  int16,
  int32,
  int64,
  NUMERIC_NEGATIVE,
  numericWords,
  utf8,
} from '../../../support/wire/server-bytes.ts';

const textOf = (form: ScalarWire): WireColumn => ({ type: { kind: 'text' }, wire: { form } });
const inet = (...bytes: number[]): Buffer => Buffer.from(bytes);
const timetz = (micros: bigint, west: number): Buffer => Buffer.concat([int64(micros), int32(west)]);

it('a tile of short texts, then of long ones, then of none', () => {
  const bits = (n: number) => Buffer.concat([int32(n), Buffer.alloc(Math.ceil(n / 8), 0)]);
  const fields = [...Array.from({ length: 2_000 }, (_, i) => bits(i % 3)), bits(100_000), ...Array(1_500).fill(null)];
  const expected = fields.map((field) => (field === null ? null : '0'.repeat(field.readInt32BE(0))));
  expect(decodeColumn(textOf('bit'), streamOf(fields))).toEqual(expected);
});

it('an arena grows to what a large value needs, not to twice what it was', () => {
  const large = arenaOf(new Uint8Array(0), 64 * 2 ** 20);
  expect(arenaOf(large, large.length)).toBe(large);
  expect(arenaOf(large, large.length + 1).length).toBeLessThan(73 * 2 ** 20);
});

it('the longest numeric is printed to its last digit', () => {
  const longest = numericWords([9, 9_999], 32_767, NUMERIC_NEGATIVE, 16_383);
  const [text] = decodeColumn(textOf('numeric'), dataRow([longest]));
  expect(text === `-99999${'0'.repeat(4 * 32_766)}.${'0'.repeat(16_383)}`).toBe(true);
});

it('numerics whose text takes more than 1 GiB together are refused before memory is taken', () => {
  const elements = Array.from({ length: 8_000 }, () => numericWords([1], 32_767, 0, 16_383));
  const column: WireColumn = {
    type: { kind: 'list', element: { kind: 'text' } },
    wire: { form: 'array', elementOid: 1700, element: { form: 'numeric' }, dimensions: 1 },
  };
  const before = process.memoryUsage().arrayBuffers;
  expect(() => decodeRows(dataRow([array({ elementOid: 1700, elements })]), { columns: [column] })).toThrow(
    expect.objectContaining({ code: 'E_VALUE_TOO_LARGE', facts: { byteOffset: expect.any(Number) } }),
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
});

describe('what no server sends is an error with its offset', () => {
  it.each<[ScalarWire, string, Buffer]>([
    ['numeric', 'a digit of 10,000', numericWords([10_000], 0)],
    ['numeric', 'digits behind those that it shows', numericWords([1, 5_001], 0, 0, 3)],
    ['numeric', 'a display scale beyond 16,383', numericWords([1], 0, 0, 0x4000)],
    ['numeric', 'an unknown sign', numericWords([1], 0, 0x1234)],
    ['numeric', 'fewer digits than announced', numericWords([1, 2], 1).subarray(0, 10)],
    ['timetz', 'a time beyond 24:00', timetz(86_400_000_001n, 0)],
    ['timetz', 'a time below 0', timetz(-1n, 0)],
    ['timetz', 'a zone of 16 hours', timetz(0n, 57_600)],
    ['timetz', 'the least zone', timetz(0n, -0x80000000)],
    ['timetz', 'no zone', int64(0n)],
    ['inet', 'an unknown family', inet(10, 32, 0, 4, 1, 2, 3, 4)],
    ['inet', 'IPv6 of four bytes', inet(3, 32, 0, 4, 1, 2, 3, 4)],
    ['inet', 'a mask longer than the address', inet(2, 33, 0, 4, 1, 2, 3, 4)],
    ['inet', 'a cidr of 2', inet(2, 32, 2, 4, 1, 2, 3, 4)],
    ['inet', 'another length than it says', inet(2, 32, 0, 16, 1, 2, 3, 4)],
    ['inet', 'five bytes of address', inet(2, 32, 0, 5, 1, 2, 3, 4, 5)],
    ['macaddr', 'eight bytes', Buffer.alloc(8)],
    ['macaddr8', 'six bytes', Buffer.alloc(6)],
    ['bit', '2^31 - 1 bits', Buffer.concat([int32(0x7fffffff), Buffer.alloc(8)])],
    ['bit', '-1 bits', int32(-1)],
    ['bit', 'a byte too many', Buffer.concat([int32(8), Buffer.alloc(2)])],
    ['bit', 'bits behind the last', Buffer.concat([int32(4), Buffer.from([0x18])])],
    ['pg_lsn', 'four bytes', int32(0)],
    ['tsvector', '2^31 - 1 lexemes', int32(0x7fffffff)],
    ['tsvector', 'a lexeme without an end', Buffer.concat([int32(1), utf8('abcdef')])],
    ['tsvector', 'more positions than there are', Buffer.concat([int32(1), utf8('a\0'), int16(2), int16(1)])],
    ['tsvector', 'bytes behind the last lexeme', Buffer.concat([int32(1), utf8('a\0'), int16(0), int16(1)])],
    ['versioned text', 'version 2', Buffer.from([2])],
  ])('%s: %s', (form, _, bytes) => {
    expect(() => decodeColumn(textOf(form), streamOf([null, bytes]))).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
    );
  });
});
