import { expect, test } from 'vitest';
import { createDatabase, testServer } from '../support/postgres.ts';

const server = await testServer();

test('a test database is filled by its SQL, cloned and dropped', async () => {
  const sql = 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)';
  for (let i = 0; i < 2; i++) {
    const database = await createDatabase(server, sql);
    const client = await database.client();
    expect((await client.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 2 }]);
    await database.drop();
  }
});
