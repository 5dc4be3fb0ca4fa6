import { zstdDecompressSync } from 'node:zlib';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { compressLongs } from '../../../../src/parquet/compression/zstd-longs.ts';
import { createCompressor } from '../../../../src/parquet/compression.ts';
import { batchesOf, schemaOf } from '../../../support/parquet/batch-of.ts';
import { writeParquet } from '../../../support/parquet/memory-file.ts';
import { readWithHyparquet, useDuckDB } from '../../../support/parquet/read-back.ts';

const duckdb = useDuckDB();

/** Numbers that look random, the same in every run. */
function* mixed(): Generator<number> {
  for (let i = 1; ; i++) yield Math.imul(i ^ (i >>> 3), 0x9e3779b1) >>> 8;
}

/** `levels` bytes of anything, then `count` values that differ in `low` bytes. */
function pageOf(levels: number, count: number, low: number): Uint8Array {
  const page = new Uint8Array(levels + 8 * count);
  const random = mixed();
  for (let i = 0; i < page.length; i++) {
    const byte = (i - levels) & 7;
    page[i] = i < levels || byte < low ? random.next().value : 0xf0 + byte;
  }
  return page;
}

function expectRoundTrip(page: Uint8Array, valuesAt: number): Uint8Array {
  const frame = compressLongs(page, valuesAt)!;
  expect(Buffer.compare(zstdDecompressSync(frame), page)).toBe(0);
  expect(Buffer.compare(compressors.ZSTD!(frame, page.length), page)).toBe(0);
  return frame;
}

describe('compressLongs', () => {
  it.each([1, 2, 3, 4, 5])('round trips values that differ in %i bytes, at the cost of these bytes', (low) => {
    for (const levels of [0, 1, 8, 1000]) {
      for (const count of [64, 144, 145, 16_401, 16_402, 32_768]) {
        const frame = expectRoundTrip(pageOf(levels, count, low), levels);
        expect(frame.length).toBeLessThan(levels + count * low + 150);
      }
    }
  });

  it('round trips one value repeated', () => {
    expectRoundTrip(pageOf(8, 1000, 0), 8);
  });

  it('round trips levels almost as large as a block, and refuses larger ones', () => {
    expectRoundTrip(pageOf((1 << 17) - 8, 100, 3), (1 << 17) - 8);
    expect(compressLongs(pageOf((1 << 17) - 7, 100, 3), (1 << 17) - 7)).toBeNull();
  });

  it.each([6, 7, 8])('refuses values that differ in %i bytes', (low) => {
    expect(compressLongs(pageOf(8, 1000, low), 8)).toBeNull();
  });

  it('sees a difference in the last value', () => {
    const page = pageOf(8, 1000, 3);
    page[page.length - 1] = 1;
    expect(compressLongs(page, 8)).toBeNull();
  });

  it('refuses fewer values than pay', () => {
    expect(compressLongs(pageOf(8, 63, 3), 8)).toBeNull();
  });
});

describe('the compressor of longs', () => {
  const random = pageOf(8, 1000, 3);
  const ascending = new Uint8Array(8 + 8 * 1000);
  for (let i = 0; i < 1000; i++) ascending[8 + 8 * i] = i >> 5;

  it('keeps the smaller of the two ways', () => {
    const direct = compressLongs(random, 8)!;
    expect(createCompressor('zstd', 'longs')(random, 8)).toEqual(direct);
    const search = createCompressor('zstd', 'numbers');
    expect(search(random, 8).length).toBeGreaterThan(direct.length);
    expect(createCompressor('zstd', 'longs')(ascending, 8)).toEqual(search(ascending, 8));
  });

  it('stays with it for 63 pages, then tries again', () => {
    const search = createCompressor('zstd', 'numbers')(random, 8);
    const direct = compressLongs(random, 8)!;
    const compress = createCompressor('zstd', 'longs');
    compress(ascending, 8);
    for (let page = 0; page < 63; page++) expect(compress(random, 8)).toEqual(search);
    for (let page = 0; page < 2; page++) expect(compress(random, 8)).toEqual(direct);
  });

  it('writes pages of values that share no high bytes all the same', () => {
    const compress = createCompressor('zstd', 'longs');
    compress(random, 8);
    const wide = pageOf(8, 1000, 8);
    expect(Buffer.compare(zstdDecompressSync(compress(wide, 8)), wide)).toBe(0);
  });
});

it('DuckDB and hyparquet read the values of such a file, nulls between them', async () => {
  const schema = schemaOf({ c: { kind: 'int64' } });
  const random = mixed();
  const values = Array.from({ length: 40_000 }, (_, i) => (i % 7 === 3 ? null : BigInt(random.next().value)));
  const { file } = writeParquet(schema, batchesOf(schema, [values], 1000), { pageRows: 32_768 });
  const rows = await duckdb.query(file, 'select c::varchar from FILE');
  expect(rows.map(([text]) => text)).toEqual(values.map((value) => value?.toString() ?? null));
  expect((await readWithHyparquet(file)).map(({ c }) => c ?? null)).toEqual(values);
});
