/** What the checks of a read cost the source, and what they let pass. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReadScope } from '../../src/postgres/source-changes-sql.ts';
import { changesQuery } from '../../src/postgres/source-checks.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';

const server = await testServer();

const PARTITIONS = 60;
const MAKE = `
  CREATE TABLE parted (id int, n int) PARTITION BY LIST (id);
  DO $$ BEGIN FOR i IN 1..${PARTITIONS} LOOP
    EXECUTE format('CREATE TABLE parted_%s PARTITION OF parted FOR VALUES IN (%s)', i, i);
  END LOOP; END $$;
  CREATE VIEW of_one AS SELECT * FROM parted WHERE id = 7;
  CREATE TABLE parent (id int); CREATE TABLE heir () INHERITS (parent); CREATE VIEW of_parent AS SELECT * FROM parent;
  CREATE TABLE other (id int);`;

describe('the checks under the locks of a read', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase(server, MAKE);
    client = await database.client();
  });
  afterAll(() => database?.drop());

  /** What they answer, beside what `ask` makes of the transaction behind them. */
  async function checked<T>(read: string, scope: ReadScope, ask: (explain: () => Promise<string>) => Promise<T>) {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      await client.query(read);
      const query = changesQuery({ scope, mutableTypeOids: [] });
      const { rows } = await client.query<(string | null)[]>({ ...query, rowMode: 'array' });
      const asked = await ask(async () => {
        const explained = await client.query<[string]>({
          text: `EXPLAIN (ANALYZE, BUFFERS) ${query.text}`,
          values: query.values,
          rowMode: 'array',
        });
        return explained.rows.join('\n');
      });
      return { changes: rows[0]![0], asked };
    } finally {
      await client.query('ROLLBACK');
    }
  }

  test('a view that reads one partition of many is not made to lock the others', async () => {
    const locks = async () => {
      const { rows } =
        await client.query(`SELECT count(*)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE l.pid = pg_backend_pid() AND c.relname LIKE 'parted_%'`);
      return rows[0].n as number;
    };
    expect(await checked('SELECT FROM of_one', 'anything', locks)).toEqual({ changes: null, asked: 1 });
  });

  test('they do not look at each column of the database', async () => {
    const columns = Array.from({ length: 50 }, (_, i) => `c${i} int`).join(', ');
    await client.query(
      `DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('CREATE TABLE wide_%s (${columns})', i); END LOOP; END $$`,
    );
    const { changes, asked } = await checked('SELECT FROM of_parent', 'anything', (explain) => explain());
    expect(changes).toBeNull();
    const hits = Number(/Buffers: shared hit=(\d+)/.exec(asked)![1]);
    expect(hits).toBeGreaterThan(0);
    expect(hits).toBeLessThan(5_000);
  });

  test('what was rolled back is no change, however long others are at it', async () => {
    const [long, app] = [await database.client(), await database.client()];
    await long.query('BEGIN; INSERT INTO other VALUES (1)');
    await app.query('BEGIN; ALTER TABLE heir NO INHERIT parent');
    await app.query('ROLLBACK');
    expect(await checked('SELECT FROM of_parent', 'anything', async () => null)).toEqual({
      changes: null,
      asked: null,
    });
    await long.query('COMMIT');
  });
});
