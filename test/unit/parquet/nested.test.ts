/** Lists, structs and maps in one another, at any depth, as DuckDB and hyparquet read them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { ParquetOptions } from '../../../src/parquet/parquet-options.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { KINDS, type SampleName } from '../../support/parquet/kinds.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import {
  anySample,
  leafSample,
  listSample,
  mapRows,
  mapSample,
  type NestedSample,
  rowsOf,
  structSample,
} from '../../support/parquet/nested-samples.ts';
import { offsetIndexOf, readWithHyparquet, useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();
const kinds = Object.keys(KINDS) as SampleName[];
const readable = kinds.filter((name) => 'hyparquet' in KINDS[name]);

type Limits = Partial<ParquetOptions> & { readonly batchRows: number };
const limits: fc.Arbitrary<Limits> = fc.record({
  batchRows: fc.integer({ min: 1, max: 20 }),
  rowGroupRows: fc.oneof(fc.constant(3), fc.integer({ min: 1, max: 40 })),
  pageRows: fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 40 })),
  pageBytes: fc.oneof(fc.constant(1 << 20), fc.integer({ min: 1, max: 100 })),
  compression: fc.constantFrom('zstd', 'none'),
});
const WHOLE: Limits = { batchRows: 7 };
const TINY: Limits = { batchRows: 4, rowGroupRows: 3, pageRows: 2, pageBytes: 20 };

async function expectRoundTrip(sample: NestedSample, rows: readonly Value[], { batchRows, ...options }: Limits) {
  const schema = schemaOf({ n: { kind: 'int32' }, c: sample.type });
  const columns = [rows.map((_, i) => i), rows];
  const { file } = writeParquet(schema, batchesOf(schema, columns, batchRows), options);
  const read = await duckdb.query(file, `select ${sample.sql('c')} from FILE order by n`);
  const values = read.map(([json]) => json);
  expect(mapRows(values, sample.read)).toEqual(mapRows(rows, sample.expected));
  if (sample.hyparquet === null) return;
  const objects = await readWithHyparquet(file);
  const asRead = objects.map(({ c }) => comparable(c));
  expect(asRead).toEqual(mapRows(rows, sample.hyparquet).map(comparable));
}

/** Bytes as hex, and nothing where hyparquet leaves a null out. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== 'object') return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, comparable(of)]));
}

const int = leafSample('int32');
const text = leafSample('text');
const point = structSample({ x: leafSample('float64'), y: leafSample('float64') });

/** Nulls and emptiness at every level, by hand. */
const CASES: Readonly<Record<string, readonly [NestedSample, readonly Value[]]>> = {
  'a struct': [
    structSample({ a: int, b: text }),
    [{ a: 1, b: 'x' }, null, { a: null, b: null }, { a: 2, b: null }, { a: null, b: '' }],
  ],
  'a struct of structs': [
    structSample({ a: structSample({ b: structSample({ c: int }) }) }),
    [{ a: { b: { c: 1 } } }, { a: { b: { c: null } } }, { a: { b: null } }, { a: null }, null, { a: { b: { c: 2 } } }],
  ],
  'a struct of lists': [
    structSample({ a: listSample(int), b: listSample(text) }),
    [{ a: [1, 2], b: [] }, { a: null, b: ['x', null] }, null, { a: [], b: null }, { a: [null], b: ['y'] }],
  ],
  'a list of structs': [
    listSample(point),
    [[{ x: 1, y: 2 }, null, { x: null, y: -0 }], [], null, [null], [{ x: NaN, y: Infinity }]],
  ],
  'a list of structs of lists': [
    listSample(structSample({ k: int, l: listSample(text) })),
    [
      [{ k: 1, l: ['a', 'b'] }, { k: null, l: [] }, null, { k: 2, l: null }],
      [],
      [{ k: 3, l: [null, ''] }],
      null,
      [null],
    ],
  ],
  'a list of lists': [listSample(listSample(int)), [[[1, 2], [], null, [null, 3]], [], null, [[]], [null], [[4]]]],
  'a list of lists of lists': [
    listSample(listSample(listSample(int))),
    [[[[1], []], [], null], [[[2, 3], null, [null]]], null, [[]], [[[]]], [[[4]], [[5], [6, 7]]]],
  ],
  'a map': [
    mapSample(text),
    [
      new Map([
        ['a', 'x'],
        ['', null],
      ]),
      new Map(),
      null,
      new Map([['ä', '']]),
    ],
  ],
  'a map of lists': [
    mapSample(listSample(int)),
    [
      new Map<string, Value>([
        ['a', [1, null]],
        ['b', null],
        ['c', []],
      ]),
      null,
      new Map(),
      new Map([['d', [2]]]),
    ],
  ],
  'a list of maps of structs': [
    listSample(mapSample(structSample({ a: int, b: mapSample(int) }))),
    [
      [new Map([['k', { a: 1, b: new Map([['i', 7]]) }]]), new Map(), null, new Map([['k', null]])],
      null,
      [],
      [new Map([['k', { a: null, b: new Map() }]]), new Map([['l', { a: 3, b: null }]])],
    ],
  ],
};

describe.each(Object.keys(CASES))('%s', (name) => {
  const [sample, rows] = CASES[name]!;

  it.each([
    ['as it is', rows],
    ['without null rows', rows.filter((row) => row !== null)],
    ['all null', rows.map(() => null)],
    ['no rows', []],
    ['many times, so that dictionaries hold it', Array.from({ length: 40 }, () => rows).flat()],
  ])('round trips: %s', async (_, values) => {
    await expectRoundTrip(sample, values, WHOLE);
    await expectRoundTrip(sample, values, TINY);
  });
});

describe('any type of up to four levels', () => {
  it.each([
    ['of every kind', kinds],
    ['of kinds that hyparquet reads too', readable],
  ])('round trips, wherever batches, pages and row groups end: %s', { timeout: 400_000 }, async (_, names) => {
    const cases = anySample(4, names).chain((sample) =>
      fc.record({ sample: fc.constant(sample), rows: rowsOf(sample), limits }),
    );
    await fc.assert(
      fc.asyncProperty(cases, (c) => expectRoundTrip(c.sample, c.rows, c.limits)),
      { numRuns: 120 },
    );
  });
});

describe('one row', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => i);

  it.each<[string, LogicalType, Value, string]>([
    ['a list', { kind: 'list', element: { kind: 'int32' } }, many, 'list_sum(c)'],
    [
      'a list of structs',
      { kind: 'list', element: { kind: 'struct', fields: [{ name: 'a', type: { kind: 'int32' } }] } },
      many.map((a) => ({ a })),
      'list_sum(list_transform(c, lambda s: s.a))',
    ],
    [
      'a list of lists',
      { kind: 'list', element: { kind: 'list', element: { kind: 'int32' } } },
      many.map((a) => [a]),
      'list_sum(flatten(c))',
    ],
    [
      'a map',
      { kind: 'map', value: { kind: 'int32' } },
      new Map(many.map((i) => [`k${i}`, i])),
      'list_sum(map_values(c))',
    ],
  ])('of 100,000 elements is not split between pages: %s', async (_, type, row, sql) => {
    const schema = schemaOf({ c: type });
    const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [[row, null, row]], 2), { pageBytes: 1000 });
    expect(rowGroups.map(({ columns }) => columns.at(-1)!.dataPages)).toEqual([3]);
    expect(offsetIndexOf(file, 0, 0).map((page) => Number(page.firstRow))).toEqual([0, 1, 2]);
    expect(await duckdb.query(file, `select (${sql})::int8::varchar from FILE`)).toEqual([
      ['4999950000'],
      [null],
      ['4999950000'],
    ]);
  });
});

describe('a batch', () => {
  const schema = schemaOf({ c: { kind: 'list', element: point.type } });

  it.each<[string, LogicalType]>([
    ['another element', { kind: 'list', element: { kind: 'float64' } }],
    ['another field', { kind: 'list', element: structSample({ x: leafSample('float64'), y: int }).type }],
    ['fewer fields', { kind: 'list', element: structSample({ x: leafSample('float64') }).type }],
    ['no list', point.type],
  ])('of another shape is refused: %s', (_, type) => {
    const other = schemaOf({ c: type });
    expect(() => writeParquet(schema, batchesOf(other, [[null]], 1))).toThrow(
      expect.objectContaining({ code: 'E_INTERNAL' }),
    );
  });

  it('with a map whose key is null is refused', () => {
    const maps = schemaOf({ c: mapSample(int).type });
    const row = new Map([[null as unknown as string, 1]]);
    expect(() => writeParquet(maps, batchesOf(maps, [[row]], 1))).toThrow(
      expect.objectContaining({ code: 'E_INTERNAL' }),
    );
  });

  it('with a value below a null is refused, not written askew', () => {
    const structs = schemaOf({ c: structSample({ a: int }).type });
    const [batch] = [...batchesOf(structs, [[{ a: 1 }, { a: 2 }]], 2)];
    const struct = batch!.columns[0]!;
    struct.nulls = 1;
    struct.validity[0] = 0b10;
    expect(() => writeParquet(structs, [batch!])).toThrow(expect.objectContaining({ code: 'E_INTERNAL' }));
  });
});
