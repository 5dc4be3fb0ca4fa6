/**
 * pyarrow reads every type of a stock server and its contrib extensions, and an array of each: all values are what Postgres says.
 * Run by `npm run test:readers`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTables, planTables } from '../../src/index.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolderOfSuite } from '../support/temporary-folder.ts';
import { expectSameValues, ORACLE_SETTINGS, valuesOfSource } from '../support/values/compare-values.ts';
import { createEveryType } from '../support/values/every-type.ts';
import { filesOf } from '../support/values/value-database.ts';
import { arrowType, valuesOfPyarrow } from './arrow-values.ts';

const folder = temporaryFolderOfSuite('every-type');
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer());
});
afterAll(() => database?.drop());

test('every value of every type is what Postgres prints', async () => {
  const client = await database.client();
  await createEveryType(client);
  await client.query(ORACLE_SETTINGS);
  const options = { url: database.url, target: `${folder()}/lake/`, tables: ['types_*'], env: {} };
  const { tables } = await planTables(options);
  const report = await copyTables({ ...options, verify: true });
  expect(report.exitCode).toBe(0);
  let compared = 0;
  for (const { dataset, table, schema } of tables) {
    const expected = await valuesOfSource(client, table.name, schema.columns);
    const { types, rows } = await valuesOfPyarrow(await filesOf(options.target, dataset), schema.columns);
    expect(types).toEqual(schema.columns.map(({ type }) => arrowType(type)));
    compared += expectSameValues(dataset, schema.columns, expected, rows);
  }
  console.log(`pyarrow: ${compared.toLocaleString('en')} values of every type are what Postgres says`);
  expect(compared).toBeGreaterThan(10_000);
});
