/**
 * DuckDB, as npm brings it: every value of the files that all readers are judged by, against Postgres's own text; filters at and around the
 * bounds against a full scan. Run by `npm run test:readers`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryDuckdbJson } from '../support/duckdb-reader.ts';
import { expectSameValues, valuesOfFiles } from '../support/values/compare-values.ts';
import { filterFiles } from '../support/values/duckdb-filters.ts';
import { filteredColumns } from './filter-targets.ts';
import { nanAnswers } from './nan-answers.ts';
import { recordReadings } from './reader-results.ts';
import { duckdbVersion } from './reader-versions.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from './value-files.ts';

let files: ValueFiles;

beforeAll(async () => {
  files = await createValueFiles();
}, 300_000);
afterAll(() => files?.drop());

test('every value and every filter answers as Postgres and a full scan do', { timeout: 300_000 }, async () => {
  const tables = valueTables(files);
  let values = 0;
  for (const { name, files, columns, rows } of tables)
    values += expectSameValues(`DuckDB, ${name}`, columns, rows, await valuesOfFiles(files, columns));
  expect(values).toBeGreaterThan(100_000);
  let compared = 0;
  for (const table of [files.smallGroups, files.bounds]) compared += await expectFilters(table);
  expect(compared).toBeGreaterThan(400);
  recordReadings('duckdb', [
    {
      ...{ reader: 'DuckDB (node)', version: await duckdbVersion(), files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
      ...{ filters: { compared, wrong: 0 }, nan: await askNan(files.bounds), limits: [] },
    },
  ]);
});

/** Of one column of each type: they are filtered by their own statistics. */
async function expectFilters({ name, files, columns }: ValueTable): Promise<number> {
  const { compared, wrong } = await filterFiles(
    files,
    filteredColumns(columns).map(([, column]) => column),
  );
  expect(wrong, name).toEqual([]);
  return compared;
}

async function askNan({ files, columns, rows }: ValueTable) {
  const at = columns.findIndex(({ name }) => name === 'f8');
  const list = files.map((path) => `'${path}'`).join(', ');
  const counts = ['f8 > 5', "f8 = 'nan'"].map((condition) => `(count(*) FILTER (WHERE ${condition}))::INTEGER`);
  const [found] = await queryDuckdbJson(`SELECT ${counts.join(', ')} FROM read_parquet([${list}])`);
  const [above, equal] = found as [number, number];
  return nanAnswers(
    rows.map((row) => row[at]!),
    above,
    equal,
  );
}
