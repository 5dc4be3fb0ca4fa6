/**
 * What is written beyond what everybody reads: each form and encoding, chosen by cost, read back by DuckDB and hyparquet, in any
 * cut of batches, pages and row groups, flat and in lists; and left out for readers that do not share it.
 */
import type { DuckDBGeometryValue } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { DEFAULT_READERS, type Reader, sharedFeatures } from '../../../src/core/reader.ts';
import { FEATURES, type Feature } from '../../../src/core/reader-table.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { canonical, FEATURE_SAMPLES, featureValues, seededRandom } from '../../support/parquet/feature-samples.ts';
import { KINDS, type SampleName } from '../../support/parquet/kinds.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { columnIndexOf, metadataOf, readWithHyparquet, useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();
const ROWS = 6000;

function write(type: LogicalType, values: readonly Value[], readers: readonly Reader[], options = {}) {
  const schema = { ...schemaOf({ c: type }), readers };
  return writeParquet(schema, batchesOf(schema, [values], 700), options).file;
}

/** The texts of `canonical`, by DuckDB. */
async function readByDuckDB(file: Uint8Array, type: LogicalType): Promise<(string | null)[]> {
  const sql = type.kind === 'time' ? '(extract(epoch from c) * 1000000)::bigint::varchar' : 'c::varchar';
  if (type.kind === 'geometry') return geometriesByDuckDB(file);
  if (type.kind !== 'float64')
    return (await duckdb.query(file, `select ${sql} from FILE`)).map(([text]) => text as string | null);
  const rows = await duckdb.query(file, 'select c::varchar from FILE');
  return rows.map(([text]) => canonical(type, text === null ? null : Number(String(text).replace(/^nan$/, 'NaN'))));
}

async function geometriesByDuckDB(file: Uint8Array): Promise<(string | null)[]> {
  const rows = await duckdb.values(file, 'select c from FILE');
  return rows.map(([value]) =>
    value === null ? null : Buffer.from((value as DuckDBGeometryValue).bytes).toString('hex'),
  );
}

const yes = FEATURES.filter((feature) => sharedFeatures(['duckdb']).has(feature));

describe.each(yes)('%s', (feature: Feature) => {
  const sample = FEATURE_SAMPLES[feature];
  const { compression = 'zstd' } = sample;
  const values = featureValues(sample, ROWS, seededRandom(1));
  const expected = values.map((value) => canonical(sample.type, value));

  it('is written for readers that share it, and read by DuckDB', async () => {
    const file = write(sample.type, values, ['duckdb'], { compression });
    expect(sample.isIn(metadataOf(file))).toBe(true);
    expect(await readByDuckDB(file, sample.type)).toEqual(expected);
  });

  it('is not written for everybody, nor for readers of which one does not read it', () => {
    expect(sample.isIn(metadataOf(write(sample.type, values, DEFAULT_READERS, { compression })))).toBe(false);
    expect(sample.isIn(metadataOf(write(sample.type, values, ['duckdb', 'athena'], { compression })))).toBe(false);
  });

  it.each(['zstd', 'none'] as const)('is read in pages and row groups of any size, with %s', async (compression) => {
    const some = values.slice(0, 400);
    for (const [rowGroupRows, pageRows, pageBytes] of [
      [3, 2, 20],
      [97, 40, 300],
      [400, 33, 1 << 20],
    ] as const) {
      const file = write(sample.type, some, ['duckdb'], { rowGroupRows, pageRows, pageBytes, compression });
      expect(await readByDuckDB(file, sample.type)).toEqual(expected.slice(0, 400));
    }
  });
});

/** The sample of a kind as a column written for these readers has it. */
function nativeSample(name: SampleName) {
  const sample = KINDS[name];
  if (name !== 'time') return sample;
  return {
    ...sample,
    type: { kind: 'time', below24h: true } as const,
    arbitrary: fc.bigInt({ min: 0n, max: 86_399_999_999n }),
  };
}

describe('any values of any kind', () => {
  const names = (Object.keys(KINDS) as SampleName[]).filter((name) => name !== 'geometry');

  it.each(names)('%s, for DuckDB and for hyparquet, flat and in lists', async (name) => {
    const { type, arbitrary } = nativeSample(name);
    const options = fc.record({
      rowGroupRows: fc.integer({ min: 1, max: 60 }),
      pageRows: fc.integer({ min: 1, max: 60 }),
      compression: fc.constantFrom('none' as const, 'snappy' as const),
    });
    const rows = fc.array(fc.option(arbitrary, { freq: 6 }), { maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(rows, options, fc.boolean(), async (values, limits, sorted) => {
        const column = sorted ? inOrder(values) : values;
        const schema = schemaOf({ c: type, l: { kind: 'list', element: type } });
        const lists = column.map((_, i) => (i % 7 === 2 ? null : column.slice(i, i + (i % 4))));
        const written = (readers: readonly Reader[]) =>
          writeParquet({ ...schema, readers }, batchesOf(schema, [column, lists], 40), limits).file;
        const [native, plain] = [written(['duckdb']), written(DEFAULT_READERS)];
        const sql = `select ${textSql(type, 'c')}, list_transform(l, lambda x: ${textSql(type, 'x')}) from FILE`;
        expect(await duckdb.query(native, sql)).toEqual(await duckdb.query(plain, sql));
        if (type.kind === 'uuid' || type.kind === 'time' || type.kind === 'json') return;
        expect(comparable(await readWithHyparquet(native))).toEqual(comparable(await readWithHyparquet(plain)));
      }),
      { numRuns: 15 },
    );
  });
});

/** Neighbours are alike, as in a column of keys: what the delta encodings are for. */
function inOrder(values: readonly Value[]): Value[] {
  return [...values].sort((a, b) => (a === null || b === null ? 0 : (a as number) < (b as number) ? -1 : 1));
}

function textSql({ kind }: LogicalType, x: string): string {
  if (kind === 'time') return `left(${x}::varchar || if(contains(${x}::varchar, '.'), '000000', '.000000'), 15)`;
  return kind === 'bytes' ? `hex(${x})` : `${x}::varchar`;
}

function comparable(rows: readonly Record<string, unknown>[]): string {
  return JSON.stringify(rows, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : Number.isNaN(value) ? 'NaN' : value,
  );
}

describe('bounds', () => {
  it('of a native uuid are its least and greatest by unsigned bytes, of a native time by its number', () => {
    const uuids = ['7fffffff-0000-4000-8000-000000000000', '80000000-0000-4000-8000-000000000000'];
    const tail = ['00000000-0000-4000-8000-0000000000ff', '00000000-0000-4000-8000-00000000ff00'];
    for (const [least, greatest] of [uuids, tail]) {
      const { statistics } = boundsOf({ kind: 'uuid' }, [greatest!, null, least!]);
      expect([statistics!.min_value, statistics!.max_value].map(String)).toEqual([least, greatest]);
    }
    const { statistics } = boundsOf({ kind: 'time', below24h: true }, [4_294_967_296n, 4_294_967_295n, null]);
    expect([statistics!.min_value, statistics!.max_value].map(Number)).toEqual([4_294_967_295, 4_294_967_296]);
  });

  it('of an annotated geometry there are none: it has no order', () => {
    const { type } = FEATURE_SAMPLES.GEOMETRY;
    const values = featureValues(FEATURE_SAMPLES.GEOMETRY, 50, seededRandom(2));
    for (const [readers, hasBounds] of [
      [['duckdb'], false],
      [DEFAULT_READERS, true],
    ] as const) {
      const file = write(type, values, readers);
      const { statistics } = metadataOf(file).row_groups[0]!.columns[0]!.meta_data!;
      expect(statistics?.min_value !== undefined).toBe(hasBounds);
      expect(columnIndexOf(file, 0, 0) !== null).toBe(hasBounds);
    }
  });
});

function boundsOf(type: LogicalType, values: readonly Value[]) {
  return metadataOf(write(type, values, ['duckdb'])).row_groups[0]!.columns[0]!.meta_data!;
}

describe('a page of version 2 that is larger than the blocks in which small ones are gathered', () => {
  const random = seededRandom(2);
  const randomText = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(32 + Math.floor(random() * 95))).join('');

  it.each(['zstd', 'none'] as const)('keeps its values, with %s', async (compression) => {
    const values = [randomText(3 << 18), null, randomText(3 << 19), 'short'];
    const file = write({ kind: 'text' }, values, ['duckdb', 'pyarrow'], { compression });
    expect(FEATURE_SAMPLES.DATA_PAGE_V2.isIn(metadataOf(file))).toBe(true);
    expect(await readByDuckDB(file, { kind: 'text' })).toEqual(values);
  });

  it('keeps its levels', async () => {
    const elements = Array.from({ length: 5_000_000 }, (_, i) => (i % 2 === 0 ? null : true));
    const schema = { ...schemaOf({ c: { kind: 'list', element: { kind: 'bool' } } }), readers: ['duckdb'] as const };
    const { file } = writeParquet(schema, batchesOf(schema, [[elements, [true]]], 2));
    const counts = await duckdb.query(file, 'select len(c), list_count(c) from FILE');
    expect(counts).toEqual([
      ['5000000', '2500000'],
      ['1', '1'],
    ]);
  });
});
