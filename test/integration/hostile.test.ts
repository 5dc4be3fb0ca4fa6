/** That the hostile run is one, and the plain run is not: its row groups reach every process that copies, and no option undoes them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli-process.ts';
import { copy } from '../support/copied.ts';
import { isHostile } from '../support/hostile.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(await testServer(), 'CREATE TABLE ten AS SELECT generate_series(1, 10) AS id');
});
afterAll(() => database?.drop());

test.each<[string, (target: string) => Promise<unknown>]>([
  ['in this process', (target) => copy({ url: database.url, target, tables: ['ten'], rowGroupRows: 1_000 })],
  ['by the command line', (target) => runCli(['copy', database.url, 'ten', target, '--row-group-rows', '1000'])],
])('a copy %s has the row groups of its run', async (_, copyTo) => {
  const target = join(await temporaryFolder(), 'ten.parquet');
  await copyTo(target);
  const { row_groups } = parquetMetadata(Uint8Array.from(await readFile(target)).buffer);
  expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(isHostile ? [3, 3, 3, 1] : [10]);
});
