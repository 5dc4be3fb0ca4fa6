/** Rows whose elements take more memory than their bytes: refused before it is taken, given back behind the row, and no row is changed by it. */
import { describe, expect, it } from 'vitest';
import { createVector } from '../../../../src/core/column-batch.ts';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import type { WireForm } from '../../../../src/core/wire-form.ts';
import { type DraculaError, isDraculaError } from '../../../../src/errors.ts';
import { createKernel } from '../../../../src/extract/wire/kernels.ts';
import { RowDecoder } from '../../../../src/extract/wire/row-decoder.ts';
import { elementBytes, type TileMemory } from '../../../../src/extract/wire/tile-memory.ts';
import { decodeRows, type WireColumn, wireColumns } from '../../../support/wire/decode-rows.ts';
import {
  array,
  composite,
  dataRow,
  type Field,
  int32,
  numericWords,
  utf8,
} from '../../../support/wire/server-bytes.ts';

const MIB = 2 ** 20;
const INT4_OID = 23;
const NUMERIC_OID = 1700;

const ints: WireColumn = { type: { kind: 'list', element: { kind: 'int32' } }, elementOid: INT4_OID };
const decimals: WireColumn = {
  type: { kind: 'list', element: { kind: 'decimal', precision: 38, scale: 0 } },
  elementOid: NUMERIC_OID,
};
const hstore: WireColumn = { type: { kind: 'map', value: { kind: 'text' } } };

const intArray = (count: number) => array({ elementOid: INT4_OID, elements: Array(count).fill(int32(7)) });
const nullArray = (count: number) => array({ elementOid: NUMERIC_OID, elements: Array(count).fill(null) });
const pairs = (count: number): Field =>
  Buffer.concat([int32(count), ...Array.from({ length: count }, (_, i) => [int32(4), int32(i), int32(-1)]).flat()]);

/** Runs a decoder over the stream; gives the memory held at each batch and at the end, and what it threw. */
function run(stream: Buffer, column: WireColumn, maxTileBytes: number) {
  const before = process.memoryUsage().arrayBuffers;
  const held = () => process.memoryUsage().arrayBuffers - before;
  const atBatches: number[] = [];
  let elements = 0;
  let failure: DraculaError | undefined;
  const decoder = new RowDecoder({
    columns: wireColumns([column]),
    selectsCtid: false,
    maxTileBytes,
    onBatch: (batch) => {
      atBatches.push(held());
      const [list] = batch.columns;
      if (list?.storage === 'list') elements += list.offsets[batch.rows]!;
    },
    onAwkward: () => undefined,
  });
  try {
    decoder.push(stream, new DataView(stream.buffer, stream.byteOffset, stream.length), 0, stream.length);
  } catch (error) {
    if (isDraculaError(error)) failure = error;
    else throw error;
  }
  return { atBatches, elements, failure, atEnd: held() };
}

describe('a row that takes too much', () => {
  const COUNT = 500_000;
  it.each<[string, WireColumn, Field, number]>([
    // Place, slot, the writer's copy and levels: at least so many bytes an element, beside the message.
    ['an array of int4', ints, intArray(COUNT), 10],
    [
      'an array of nulls, which take four bytes each on the wire and sixteen as decimals',
      decimals,
      nullArray(COUNT),
      46,
    ],
    ['an hstore', hstore, pairs(COUNT), 32],
  ])('%s is refused before its memory is taken, with what it takes', (_, column, field, bytesEach) => {
    const stream = dataRow([field]);
    const least = stream.length + COUNT * bytesEach;
    const { failure, atEnd, atBatches } = run(stream, column, least - 1);
    expect(failure).toMatchObject({ code: 'E_VALUE_TOO_LARGE', facts: { byteOffset: 0 } });
    expect(atBatches).toEqual([]);
    expect(atEnd).toBeLessThan(MIB);
    const takes = failure!.facts.takesBytes!;
    expect(takes).toBeGreaterThanOrEqual(least);
    expect(takes).toBeLessThan(stream.length + COUNT * (bytesEach + 8));
    expect(failure!.message).toContain(String(takes));
    // The bytes of its texts are counted last.
    expect(run(stream, column, takes + stream.length).elements).toBe(COUNT);
  });

  it('is refused by the text of its numbers too', () => {
    const column: WireColumn = { type: { kind: 'text' }, wire: { form: 'numeric' } };
    const stream = Buffer.concat(Array.from({ length: 100 }, () => dataRow([numericWords([1], 32_767)])));
    const { failure, atEnd } = run(stream, column, 20 * MIB);
    expect(failure).toMatchObject({ code: 'E_VALUE_TOO_LARGE' });
    expect(failure!.facts.takesBytes).toBeGreaterThan(2 * 100 * 131_000);
    expect(atEnd).toBeLessThan(MIB);
  });
});

it('what a large row took is given back behind it, its places before the batch is delivered', () => {
  const COUNT = 1_000_000;
  const stream = dataRow([intArray(COUNT)]);
  const { atBatches, atEnd, elements } = run(stream, ints, Number.POSITIVE_INFINITY);
  expect(elements).toBe(COUNT);
  // The elements and their validity.
  expect(atBatches).toHaveLength(1);
  expect(atBatches[0]).toBeLessThan(COUNT * 5);
  expect(atEnd).toBeLessThan(MIB);
});

it('rows behind a large one are decoded as if it had not been there, and so are small ones between large ones', () => {
  const both: WireColumn[] = [ints, { type: { kind: 'text' } }];
  const sizes = [3, 400_000, 0, 1, 600_000, 600_000, 2];
  const stream = Buffer.concat(sizes.map((size, i) => dataRow([intArray(size), utf8(`row ${i}`)])));
  const { rows } = decodeRows(stream, { columns: both, cuts: [1 << 20] });
  expect(rows.map(([list, text]) => [(list as number[]).length, text])).toEqual(
    sizes.map((size, i) => [size, `row ${i}`]),
  );
  expect(rows.every(([list]) => (list as number[]).every((n) => n === 7))).toBe(true);
});

it('inner lists are counted as they come, however seldom their vector grows', () => {
  const ARRAYS = 100_000;
  const type: LogicalType = { kind: 'list', element: { kind: 'list', element: { kind: 'int32' } } };
  const wire: WireForm = { form: 'array', elementOid: INT4_OID, element: { form: 'int4' }, dimensions: 2 };
  const dimensions: [number, number][] = [
    [2, 1],
    [1, 1],
  ];
  const one = array({ elementOid: INT4_OID, dimensions, elements: [int32(1), int32(2)] });
  const field = Buffer.concat([int32(one.length), one]);
  const bytes = Buffer.concat(Array(ARRAYS).fill(field));
  const positions = Int32Array.from({ length: ARRAYS }, (_, i) => i * field.length);
  let claimed = 0;
  const memory = {
    claim: (taken: number) => {
      claimed += taken;
    },
    lendPlaces: () => undefined,
    onDelivered: () => undefined,
  } as unknown as TileMemory;
  const kernel = createKernel(createVector(type, ARRAYS), type, wire, () => undefined);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  kernel({ bytes, view, memory }, positions, 0, ARRAYS);
  expect(claimed).toBe(2 * ARRAYS * (elementBytes({ kind: 'int32' }) + 8));
});

it('arrays of two dimensions with many inner lists are whole behind a large row too', () => {
  const grid: WireColumn = {
    type: { kind: 'list', element: { kind: 'list', element: { kind: 'int32' } } },
    wire: { form: 'array', elementOid: INT4_OID, element: { form: 'int4' }, dimensions: 2 },
  };
  const sizes = [2, 300_000, 1, 300_001];
  const stream = Buffer.concat(
    sizes.map((size) =>
      dataRow([
        array({
          elementOid: INT4_OID,
          dimensions: [
            [size, 1],
            [1, 1],
          ],
          elements: Array(size).fill(int32(size)),
        }),
      ]),
    ),
  );
  const { rows } = decodeRows(stream, { columns: [grid], cuts: [1 << 20] });
  expect(rows.map(([list]) => (list as number[][]).length)).toEqual(sizes);
  expect(
    rows.every(([list], i) => (list as number[][]).every((inner) => inner.length === 1 && inner[0] === sizes[i])),
  ).toBe(true);
});

it('composites take no more from large row to large row', () => {
  const FIELDS = 20;
  const wide: WireColumn = {
    type: {
      kind: 'struct',
      fields: Array.from({ length: FIELDS }, (_, f) => ({ name: `f${f}`, type: { kind: 'int32' } })),
    },
    wire: {
      form: 'composite',
      fields: Array.from({ length: FIELDS }, () => ({ typeOid: INT4_OID, wire: { form: 'int4' } })),
    },
  };
  const text: WireColumn = { type: { kind: 'text' } };
  const row = dataRow([
    composite(Array.from({ length: FIELDS }, (_, f) => [INT4_OID, int32(f)])),
    Buffer.alloc(4 * MIB, 'x'),
  ]);
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  const decoder = new RowDecoder({
    columns: wireColumns([wide, text]),
    selectsCtid: false,
    onBatch: () => undefined,
    onAwkward: () => undefined,
  });
  // What doubled from one to the next would be beyond all memory by now.
  for (let i = 0; i < 32; i++) decoder.push(row, view, 0, row.length);
  expect(decoder.rows).toBe(32);
});
