import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import { CAPTURED_VALUES, streamOf } from '../../../support/wire/captured-values.ts';
import { decodeColumn, decodeRows } from '../../../support/wire/decode-rows.ts';

const geometry = (srid: number | null = null): LogicalType => ({ kind: 'geometry', geography: false, srid });

const word = (value: number, littleEndian: boolean): Buffer => {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value >>> 0);
  else bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const double = (value: number, littleEndian: boolean): Buffer => {
  const bytes = Buffer.alloc(8);
  if (littleEndian) bytes.writeDoubleLE(value);
  else bytes.writeDoubleBE(value);
  return bytes;
};
const header = (type: number, littleEndian = true): Buffer =>
  Buffer.concat([Buffer.from([littleEndian ? 1 : 0]), word(type, littleEndian)]);
const hex = (bytes: Buffer): string => bytes.toString('latin1');

it('big-endian geometries become little-endian ones, parts of either order within a whole', () => {
  const point = (littleEndian: boolean) =>
    Buffer.concat([header(0x80000001, littleEndian), ...[1.5, -2, 3e300].map((v) => double(v, littleEndian))]);
  const collection = (first: boolean, second: boolean, whole: boolean) =>
    Buffer.concat([header(0x80000007, whole), word(2, whole), point(first), point(second)]);
  const iso = Buffer.concat([
    header(1007),
    word(2, true),
    ...[1, 2].flatMap(() => [header(1001), ...[1.5, -2, 3e300].map((v) => double(v, true))]),
  ]);
  const fields = [collection(true, true, true), collection(false, true, false), collection(true, false, true)];
  expect(decodeColumn({ type: geometry() }, streamOf(fields))).toEqual([hex(iso), hex(iso), hex(iso)]);
});

it('coordinates keep every bit', () => {
  const bits = Buffer.from('010000000000f47f0000000000000080', 'hex');
  const point = Buffer.concat([header(1), bits]);
  expect(decodeColumn({ type: geometry() }, streamOf([point]))).toEqual([hex(point)]);
});

it('a geography without a declared SRID is in WGS 84', () => {
  const at = (srid: number) => Buffer.concat([header(0x20000001), word(srid, true), double(1, true), double(2, true)]);
  const type: LogicalType = { kind: 'geometry', geography: true, srid: null };
  const { rows, awkward } = decodeRows(streamOf([at(4326), at(4258)]), { columns: [{ type }] });
  expect(rows).toEqual([[hex(Buffer.concat([header(1), double(1, true), double(2, true)]))], [null]]);
  expect(awkward).toEqual([{ column: 'c0', row: 1, reason: 'srid' }]);
});

it('collections as deep as 64 MB hold are read without a call stack', () => {
  const depth = 1_000_000;
  const deep = Buffer.alloc(depth * 9);
  for (let level = 0; level < depth; level++) {
    deep[level * 9] = 1;
    deep.writeUInt32LE(7, level * 9 + 1);
    deep.writeUInt32LE(level === depth - 1 ? 0 : 1, level * 9 + 5);
  }
  const [value] = decodeColumn({ type: geometry() }, streamOf([deep]));
  expect(value === hex(deep)).toBe(true);
});

describe('a geometry that contradicts itself is an error with its offset', () => {
  it.each<[string, Buffer]>([
    ['no byte', Buffer.alloc(0)],
    ['half a header', Buffer.from([1, 1])],
    ['a byte order of 2', Buffer.concat([Buffer.from([2]), word(1, true), Buffer.alloc(16)])],
    ['an unknown type', Buffer.concat([header(13), word(0, true)])],
    ['a type of ISO', Buffer.concat([header(1001), Buffer.alloc(24)])],
    ['a point of one coordinate', Buffer.concat([header(1), Buffer.alloc(8)])],
    ['a SRID that is cut off', Buffer.concat([header(0x20000001), Buffer.alloc(3)])],
    ['2^32 - 1 points', Buffer.concat([header(2), word(0xffffffff, true), Buffer.alloc(16)])],
    ['2^32 - 1 rings', Buffer.concat([header(3), word(0xffffffff, true), Buffer.alloc(16)])],
    ['2^32 - 1 parts', Buffer.concat([header(7), word(0xffffffff, true), Buffer.alloc(18)])],
    ['a part more than there are', Buffer.concat([header(7), word(2, true), header(2), word(0, true)])],
    ['bytes behind it', Buffer.concat([header(2), word(0, true), Buffer.alloc(1)])],
    [
      'a part of another SRID',
      Buffer.concat([
        header(0x20000007),
        word(1, true),
        word(1, true),
        header(0x20000002),
        word(2, true),
        word(0, true),
      ]),
    ],
  ])('%s', (_, bytes) => {
    const good = CAPTURED_VALUES.find(({ name }) => name === 'geometry')!.fields[0]!;
    expect(() => decodeRows(streamOf([good, bytes]), { columns: [{ type: geometry() }] })).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
    );
  });
});

it('in a column for points, lines, polygons and collections, a curve anywhere in a value is awkward', () => {
  const curve = Buffer.concat([header(8), word(0, true)]);
  const line = Buffer.concat([header(2), word(0, true)]);
  const within = Buffer.concat([header(7), word(2, true), curve, line]);
  const type: LogicalType = { kind: 'geometry', geography: false, srid: null, basic: true };
  const { rows, awkward } = decodeRows(streamOf([curve, line, within]), { columns: [{ type }] });
  expect(rows).toEqual([[null], [hex(line)], [null]]);
  expect(awkward).toEqual([0, 2].map((row) => ({ column: 'c0', row, reason: 'geometry type' })));
});
