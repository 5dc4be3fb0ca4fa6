/** `maxSnapshotAgeMs`: a snapshot is not held longer than that, whatever the read is doing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTables } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(await testServer());
});
afterAll(() => database?.drop());

test('a read that outlives the cap is ended on the server, and nothing of it is published', async () => {
  const target = `${await temporaryFolder('age')}/lake`;
  const startedAt = performance.now();
  const report = await copyTables({
    url: database.url,
    query: { sql: 'SELECT i, pg_sleep(0.1)::text AS slept FROM generate_series(1, 300) i', name: 'slow' },
    target,
    env: {},
    maxSnapshotAgeMs: 1_500,
  });

  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(report.exitCode).toBe(3);
  expect(report.tables).toMatchObject([{ status: 'failed', version: null, error: { code: 'E_SNAPSHOT_AGE' } }]);
  const lake = await openLake(target, { create: false });
  expect(await lake.dataset('slow').load()).toBeNull();
  const client = await database.client();
  const { rows } = await client.query(
    `SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(0.1)%' AND pid <> pg_backend_pid()`,
  );
  expect(rows).toEqual([]);
});
