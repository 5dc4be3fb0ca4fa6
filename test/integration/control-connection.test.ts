/** The connection that a run controls its reads with, when it is lost. */
import { afterAll, expect, it } from 'vitest';
import { reconnecting } from '../../src/pipeline/control-connection.ts';
import { openRun } from '../../src/pipeline/copy-run.ts';
import { connectionLoss } from '../../src/postgres/connect.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';

let database: TestDatabase;
afterAll(() => database?.drop());

it('is opened anew once for all who ask at a time, and ended with the run', async () => {
  database = await createDatabase(await testServer(), '');
  const run = await openRun({ url: database.url, env: {}, target: 'lake/' });
  const { control, hangUp } = reconnecting(run);
  try {
    expect(await control()).toBe(run.control);
    const { rows } = await run.control.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
    await (await database.client()).query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await expect.poll(() => connectionLoss(run.control)).toBeDefined();
    const clients = await Promise.all([control(), control(), control()]);
    expect(new Set(clients).size).toBe(1);
    expect((await clients[0]!.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await hangUp();
    await run.close();
  }
});
