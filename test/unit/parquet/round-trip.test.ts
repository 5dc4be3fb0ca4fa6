import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { KINDS, type KindSample, type SampleName } from '../../support/parquet/kinds.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { readWithHyparquet, useDuckDB } from '../../support/parquet/read-back.ts';

const names = Object.keys(KINDS) as SampleName[];
const duckdb = useDuckDB();
const codec = fc.constantFrom('zstd', 'snappy', 'gzip', 'none');

/** Where batches, pages and row groups end; from one row on. */
const limits = fc.record({
  batchRows: fc.integer({ min: 1, max: 50 }),
  rowGroupRows: fc.oneof(fc.constant(3), fc.integer({ min: 1, max: 60 })),
  pageRows: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 60 })),
  pageBytes: fc.oneof(fc.constant(1 << 20), fc.integer({ min: 1, max: 200 })),
  compression: codec,
});
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;

/** The same text for numbers that are the same: DuckDB and JavaScript choose exponents differently. */
function normalized(sample: KindSample, text: string): string {
  const isNumber = sample.type.kind.startsWith('float') && /[0-9]/.test(text);
  return isNumber ? (Object.is(Number(text), -0) ? '-0' : String(Number(text))) : text;
}

async function expectRoundTrip(
  sample: KindSample,
  values: readonly Value[],
  { batchRows, ...options }: Limits,
): Promise<void> {
  const schema = schemaOf({ c: sample.type });
  const { file } = writeParquet(schema, batchesOf(schema, [values], batchRows), options);
  const rows = await duckdb.query(file, `select ${sample.sql('c')} from FILE`);
  const read = rows.map(([text]) => (text === null ? null : normalized(sample, text as string)));
  expect(read).toEqual(values.map((value) => (value === null ? null : normalized(sample, sample.text(value)))));
  const { hyparquet } = sample;
  if (hyparquet === undefined) return;
  const objects = await readWithHyparquet(file);
  expect(objects.map(({ c }) => comparable(c))).toEqual(
    values.map((value) => comparable(value === null ? null : hyparquet(value))),
  );
}

function comparable(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : (value ?? null);
}

describe.each(names)('%s', (name) => {
  const sample: KindSample = KINDS[name];
  const whole: Limits = { batchRows: 7, rowGroupRows: 1000, pageRows: 1000, pageBytes: 1 << 20, compression: 'zstd' };

  it.each([
    ['without nulls', sample.extremes],
    ['with nulls', sample.extremes.flatMap((value) => [null, value])],
    ['all null', [null, null, null, null, null, null, null, null, null]],
    ['a null in the last place', [...sample.extremes, null]],
    ['many equal values, which a dictionary holds', Array.from({ length: 500 }, (_, i) => sample.extremes[i % 2]!)],
    [
      'many equal values and nulls',
      Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? null : sample.extremes[i % 2]!)),
    ],
  ])('round trips values at its extremes: %s', async (_, values) => {
    await expectRoundTrip(sample, values, whole);
    await expectRoundTrip(sample, values, { ...whole, rowGroupRows: 3, pageRows: 2 });
  });

  it('round trips arbitrary values, wherever batches, pages and row groups end', async () => {
    const values = fc.array(fc.option(sample.arbitrary, { freq: 4 }), { maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(values, limits, (v, l) => expectRoundTrip(sample, v, l)),
      { numRuns: 25 },
    );
  });
});

describe.each(names)('a list of %s', (name) => {
  const sample: KindSample = KINDS[name];
  const type: LogicalType = { kind: 'list', element: sample.type };
  const schema = schemaOf({ before: { kind: 'int32' }, c: type });

  it('round trips null and empty lists and null elements', async () => {
    const element = fc.option(sample.arbitrary, { freq: 4 });
    const list = fc.option(
      fc.oneof(fc.array(element, { maxLength: 4 }), fc.array(element, { minLength: 10, maxLength: 40 })),
      { freq: 5 },
    );
    const property = fc.asyncProperty(
      fc.array(list, { maxLength: 40 }),
      limits,
      async (lists, { batchRows, ...options }) => {
        const order = lists.map((_, i) => i);
        const { file } = writeParquet(schema, batchesOf(schema, [order, lists], batchRows), options);
        const rows = await duckdb.query(
          file,
          `select list_transform(c, lambda x: ${sample.sql('x')}) from FILE order by before`,
        );
        const read = (rows as (string | null)[][][]).map(
          ([row]) => row?.map((text) => (text === null ? null : normalized(sample, text))) ?? null,
        );
        const expected = lists.map(
          (row) => row?.map((value) => (value === null ? null : normalized(sample, sample.text(value)))) ?? null,
        );
        expect(read).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });
});

describe('a file', () => {
  it('of all kinds at once holds the same rows in every codec', async () => {
    const types = Object.fromEntries(names.map((name) => [name, KINDS[name].type]));
    const schema = schemaOf(types);
    const rows = 100;
    const columns = names.map((name) =>
      Array.from(
        { length: rows },
        (_, i): Value => (i % 7 === 3 ? null : KINDS[name].extremes[i % KINDS[name].extremes.length]!),
      ),
    );
    const contents = new Set<string>();
    for (const compression of ['zstd', 'snappy', 'gzip', 'none'] as const) {
      const { file } = writeParquet(schema, batchesOf(schema, columns, 13), {
        compression,
        rowGroupRows: 30,
        pageRows: 7,
      });
      const read = await duckdb.query(file, 'select * from FILE');
      expect(read.length).toBe(rows);
      contents.add(JSON.stringify(read));
    }
    expect(contents.size).toBe(1);
  });

  it.each(names)('of zero rows has the type of %s', async (name) => {
    const schema = schemaOf({ c: KINDS[name].type, l: { kind: 'list', element: KINDS[name].type } });
    const { file } = writeParquet(schema, []);
    expect(await duckdb.query(file, 'select c, l from FILE')).toEqual([]);
    expect(await readWithHyparquet(file)).toEqual([]);
  });
});
