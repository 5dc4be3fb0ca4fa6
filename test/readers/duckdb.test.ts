/** DuckDB, as npm brings it: every value of the files that the readers on Java are judged by. Its filters are in test/unit/parquet/pruning.test.ts. */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSameValues, valuesOfFiles } from '../support/values/compare-values.ts';
import { recordReadings } from './reader-results.ts';
import { createValueFiles, type ValueFiles, valueTables } from './value-files.ts';

let files: ValueFiles;

beforeAll(async () => {
  files = await createValueFiles();
}, 300_000);
afterAll(() => files?.drop());

test('every value is what Postgres prints', async () => {
  const tables = valueTables(files);
  let values = 0;
  for (const { name, files, columns, rows } of tables)
    values += expectSameValues(`DuckDB, ${name}`, columns, rows, await valuesOfFiles(files, columns));
  expect(values).toBeGreaterThan(30_000);
  recordReadings('duckdb', [
    {
      ...{ reader: 'DuckDB (node)', version: await duckdbVersion(), files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
      ...{
        filters: null,
        limits: ['Its filters are compared by `npm run test:unit` (pruning) on files of their own.'],
      },
    },
  ]);
});

async function duckdbVersion(): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const [[version]] = (await connection.runAndReadAll('SELECT version()')).getRows() as [[string]];
  return version;
}
