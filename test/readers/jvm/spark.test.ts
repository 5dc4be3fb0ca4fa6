/**
 * Spark, vectorised and not: every type at its extremes, null, random, in domains, arrays, composites and maps, value by value against
 * Postgres's own text; filters at and around the bounds against a full scan. Run by `npm run test:readers -- --all`.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import { expectSameValues } from '../../support/values/compare-values.ts';
import type { Leaf } from '../../support/values/leaf-renderings.ts';
import type { Cell } from '../../support/values/nested-values.ts';
import { type Reading, recordReadings } from '../reader-results.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from '../value-files.ts';
import { type Spark, startSpark } from './ask-spark.ts';
import { filteredColumns, filterTargets } from './filter-targets.ts';
import { cellsOfReader } from './reader-cells.ts';

const required = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8');

interface Values {
  readonly rows: Cell[][];
  readonly types: readonly string[];
  readonly batched: readonly boolean[];
}
interface Filters {
  readonly answers: readonly (readonly [filter: string, found: number, whole: number])[];
  readonly rowsLeftOut: number;
}

let files: ValueFiles;
let spark: Spark;
let version: string;
const readings: Reading[] = [];

beforeAll(async () => {
  spark = startSpark();
  files = await createValueFiles();
}, 600_000);
afterAll(async () => {
  await spark?.stop();
  await files?.drop();
});

test('the required version is there', { timeout: 600_000 }, async () => {
  const { spark: of, java } = await spark.ask<{ spark: string; java: string }>({ do: 'version' });
  expect(required).toContain(`pyspark==${of}\n`);
  version = `${of}, Java ${java}`;
});

test.each([
  ['vectorised', true],
  ['row by row', false],
] as const)(
  '%s, every value and every filter answers as Postgres and a full scan do',
  { timeout: 1_800_000 },
  async (form, vectorised) => {
    const tables = valueTables(files);
    let values = 0;
    for (const table of tables) values += await expectValues(table, vectorised);
    const { compared, wrong, rowsLeftOut } = await askFilters(
      vectorised ? [files.smallGroups, files.bounds] : [files.bounds],
      vectorised,
    );
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(vectorised ? 500 : 150);
    expect(rowsLeftOut, 'rows of row groups that statistics ruled out').toBeGreaterThan(1_000);
    console.log(
      `Spark ${version}, ${form}: ${values} values, ${compared} filters, ${rowsLeftOut} rows left out by statistics`,
    );
    readings.push({
      ...{ reader: `Spark, ${form}`, version, files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
      filters: { compared, wrong: wrong.length },
      limits: [],
    });
    if (readings.length === 2) recordReadings('spark', readings);
  },
);

async function expectValues({ name, files, columns, rows }: ValueTable, vectorised: boolean): Promise<number> {
  const asked = columns.map(({ name, type }) => ({ name, type }));
  const got = await spark.ask<Values>({ do: 'values', files, columns: asked, vectorised });
  expect(got.types).toEqual(columns.map(({ type }) => sparkType(type)));
  expect(new Set(got.batched)).toEqual(new Set([vectorised]));
  return expectSameValues(`Spark, ${name}`, columns, rows, cellsOfReader(got.rows, columns));
}

async function askFilters(tables: readonly ValueTable[], vectorised: boolean) {
  const wrong: string[] = [];
  let [compared, rowsLeftOut] = [0, 0];
  for (const { name: table, files, columns, rows } of tables)
    for (const [c, { name, type }] of filteredColumns(columns)) {
      const targets = filterTargets(
        type as Leaf,
        rows.map((row) => row[c]!),
      );
      const got = await spark.ask<Filters>({ do: 'filters', files, column: name, type, targets, vectorised });
      for (const [filter, found, whole] of got.answers)
        if (found !== whole) wrong.push(`${table}.${name} ${filter}: ${found} rows instead of ${whole}`);
      compared += got.answers.length;
      rowsLeftOut += got.rowsLeftOut;
    }
  return { compared, wrong, rowsLeftOut };
}

const SPARK: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'boolean',
  int16: () => 'int',
  int32: () => 'int',
  int64: () => 'bigint',
  uint32: () => 'bigint',
  float32: () => 'float',
  float64: () => 'double',
  decimal: ({ precision, scale }) => `decimal(${precision},${scale})`,
  text: () => 'string',
  bytes: () => 'binary',
  uuid: () => 'string',
  json: () => 'string',
  date: () => 'date',
  time: () => 'string',
  timestamp: ({ utc }) => (utc ? 'timestamp' : 'timestamp_ntz'),
  geometry: () => 'binary',
  list: ({ element }) => `array<${sparkType(element)}>`,
  struct: ({ fields }) => `struct<${fields.map(({ name, type }) => `${name}:${sparkType(type)}`).join(',')}>`,
  map: ({ value }) => `map<string,${sparkType(value)}>`,
};

function sparkType(type: LogicalType): string {
  return (SPARK[type.kind] as (t: LogicalType) => string)(type);
}
