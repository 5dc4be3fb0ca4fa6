import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { columnIndexOf, metadataOf, offsetIndexOf } from '../../support/parquet/read-back.ts';

function fileOf(type: LogicalType, values: readonly Value[], pageRows = 2) {
  const schema = schemaOf({ c: type });
  return writeParquet(schema, batchesOf(schema, [values], 5), { pageRows }).file;
}

const statisticsOf = (file: Uint8Array<ArrayBuffer>) =>
  metadataOf(file).row_groups[0]!.columns[0]!.meta_data!.statistics;
const int32: LogicalType = { kind: 'int32' };
const text: LogicalType = { kind: 'text' };

describe('a column index', () => {
  it('holds bounds and null counts of each page, and marks pages without a value', () => {
    const file = fileOf(int32, [5, 3, null, null, null, 7, 9]);
    expect(columnIndexOf(file, 0, 0)).toEqual({
      nullPages: [false, true, false, false],
      mins: [3, expect.anything(), 7, 9],
      maxes: [5, expect.anything(), 7, 9],
      nullCounts: [0n, 2n, 1n, 0n],
      order: 'ASCENDING',
    });
  });

  it.each([
    ['ASCENDING', [1, 2, 2, 3, null, null, 3, 9]],
    ['ASCENDING', [1, 1, 1, 1]],
    ['ASCENDING', [null, null, null, null]],
    ['DESCENDING', [9, 8, 8, 1, null, null, 0, 1]],
    ['DESCENDING', [9, 9, 9, 9, 1, 1]],
    ['DESCENDING', [9, 1, 5, 1, 1, 1]],
    ['ASCENDING', [1, 5, 1, 9]],
    ['UNORDERED', [1, 2, 9, 9, 3, 4]],
    ['UNORDERED', [1, 9, 2, 5]],
  ])('says that pages are %s: %j', (order, values) => {
    expect(columnIndexOf(fileOf(int32, values), 0, 0)!.order).toBe(order);
  });

  it('orders text by the bounds as they are written', () => {
    // The first maximum is cut and raised to 63 x and a y, above the second: the pages are in no order any more.
    const long = `${'x'.repeat(63)}ä`;
    expect(columnIndexOf(fileOf(text, [long, `${'x'.repeat(62)}xb`], 1), 0, 0)!.order).toBe('UNORDERED');
    expect(columnIndexOf(fileOf(text, ['a', 'b'], 1), 0, 0)!.order).toBe('ASCENDING');
  });

  it.each(['float32', 'float64'] as const)('is left out, and all statistics too, where a %s is NaN', (kind) => {
    const file = fileOf({ kind }, [1, 2, 3, 4, NaN, 5]);
    expect(columnIndexOf(file, 0, 0)).toBeNull();
    expect(statisticsOf(file)).toBeUndefined();
  });

  it('is left out, and all statistics too, where a cut maximum cannot be raised', () => {
    const file = fileOf(text, ['a', 'b', '\u{10ffff}'.repeat(17)]);
    expect(columnIndexOf(file, 0, 0)).toBeNull();
    expect(statisticsOf(file)).toBeUndefined();
  });

  it('tells the nulls where there is nothing else', () => {
    expect(statisticsOf(fileOf(text, [null, null]))).toEqual({ null_count: 2n });
  });

  it('cuts long bounds', () => {
    const file = fileOf(text, [`b${'x'.repeat(100)}`, 'c']);
    expect(columnIndexOf(file, 0, 0)).toMatchObject({ mins: [`b${'x'.repeat(63)}`], maxes: ['c'] });
    expect(statisticsOf(file)).toMatchObject({ is_min_value_exact: false, is_max_value_exact: true });
  });

  it('counts null and empty lists and null elements as nulls', () => {
    const file = fileOf({ kind: 'list', element: int32 }, [[1, null], null, [], [2, 3, 4], [5]]);
    expect(columnIndexOf(file, 0, 0)).toMatchObject({
      nullCounts: [2n, 1n, 0n],
      nullPages: [false, false, false],
      mins: [1, 2, 5],
    });
    expect(statisticsOf(file)).toMatchObject({ null_count: 3n, min_value: 1, max_value: 5 });
  });
});

describe('bounds of floats', () => {
  it.each([
    ['float32', 4],
    ['float64', 8],
  ] as const)('write a least zero of %s as -0.0 and a greatest as +0.0', (kind, bytes) => {
    for (const zeros of [[0], [-0], [0, -0], [-0, 0]]) {
      const schema = schemaOf({ c: { kind } });
      const { rowGroups } = writeParquet(schema, batchesOf(schema, [zeros], 5));
      const { min, max } = rowGroups[0]!.columns[0]!.statistics;
      expect([...min!]).toEqual([...new Uint8Array(bytes - 1), 0x80]);
      expect([...max!]).toEqual([...new Uint8Array(bytes)]);
    }
  });

  it('hold infinities', () => {
    expect(statisticsOf(fileOf({ kind: 'float64' }, [-Infinity, Infinity]))).toMatchObject({
      min_value: -Infinity,
      max_value: Infinity,
    });
    expect(statisticsOf(fileOf({ kind: 'float64' }, [Infinity]))).toMatchObject({
      min_value: Infinity,
      max_value: Infinity,
    });
  });
});

describe('an offset index', () => {
  it('says where each page stands, with its header, and its first row', async () => {
    const values = Array.from({ length: 25 }, (_, i) => `value ${i % 3}`);
    const schema = schemaOf({ a: text, c: text });
    const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [values, values], 5), {
      pageRows: 4,
      rowGroupRows: 14,
    });
    rowGroups.forEach((group, g) => {
      group.columns.forEach((chunk, c) => {
        const pages = offsetIndexOf(file, g, c);
        expect(pages.map((page) => Number(page.firstRow))).toEqual(g === 0 ? [0, 4, 8, 12] : [0, 4, 8]);
        expect(Number(pages[0]!.offset)).toBe(chunk.dataPageOffset);
        pages.forEach((page, i) => {
          const end = Number(page.offset) + page.bytes;
          const chunkEnd = (chunk.dictionaryPageOffset ?? chunk.dataPageOffset) + chunk.totalCompressedSize;
          expect(end).toBe(i + 1 < pages.length ? Number(pages[i + 1]!.offset) : chunkEnd);
        });
      });
    });
    const rows = await parquetReadObjects({
      file: file.buffer,
      compressors,
      useOffsetIndex: true,
      rowStart: 9,
      rowEnd: 11,
    });
    expect(rows.map(({ c }) => c)).toEqual(values.slice(9, 11));
  });

  it('never splits a row of a list between pages', () => {
    const schema = schemaOf({ c: { kind: 'list', element: { kind: 'int64' } } });
    const lists = Array.from({ length: 20 }, (_, i) =>
      Array.from({ length: (i * 7) % 30 }, (_, j) => BigInt(i * 1000 + j)),
    );
    const { file } = writeParquet(schema, batchesOf(schema, [lists], 6), { pageBytes: 100 });
    const pages = offsetIndexOf(file, 0, 0);
    expect(pages.length).toBeGreaterThan(5);
    expect(new Set(pages.map((page) => page.firstRow)).size).toBe(pages.length);
  });
});

describe('page limits', () => {
  it('end a page at pageRows rows', () => {
    expect(
      offsetIndexOf(fileOf(int32, new Array(100).fill(null), 30), 0, 0).map((page) => Number(page.firstRow)),
    ).toEqual([0, 30, 60, 90]);
  });

  it.each([
    ['int64', { kind: 'int64' }, (i: number) => BigInt(i) * 12345678901n, 8],
    ['uuid', { kind: 'uuid' }, (i: number) => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`, 40],
    ['text', { kind: 'text' }, (i: number) => `${'t'.repeat(16)}${String(i).padStart(4, '0')}`, 24],
  ] as const)('end a page of %s before it exceeds pageBytes', (_, type, value, width) => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 4 === 1 ? null : value(i)));
    const schema = schemaOf({ c: type });
    const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [values], 50), {
      pageBytes: 1000,
      compression: 'none',
    });
    expect(rowGroups[0]!.columns[0]!.dictionaryPageOffset).toBeNull();
    const pages = offsetIndexOf(file, 0, 0);
    for (const page of pages) expect(page.bytes).toBeLessThanOrEqual(1000 + 100);
    expect(pages.length).toBeGreaterThanOrEqual((300 * width) / 1000);
    expect(pages.length).toBeLessThanOrEqual((300 * width) / 1000 + (400 / 1000) * width + 2);
  });
});
