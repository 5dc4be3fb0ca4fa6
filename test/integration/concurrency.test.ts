/**
 * A copy while an application updates, deletes, inserts, vacuums and truncates neighbours, a thousand times a second: exactly the
 * rows of the run's snapshot, of all tables together. The checksum is taken by another session in the very same snapshot.
 */
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import {
  copy,
  type Fingerprint,
  fingerprintOfDataset,
  fingerprintOfTable,
  fingerprintSql,
  outcomes,
  toFingerprint,
} from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, HAS_CTID_RANGES, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

const KEPT_OF_60 = fewerIfHostile(60, 2);
const MEASURES = fewerIfHostile(10_000, 1_000);
const TABLES = ['orders', 'ledger', 'measures'] as const;
const MAKE = `
  CREATE TABLE orders (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 20);
  INSERT INTO orders SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 60000) AS i;
  DELETE FROM orders WHERE id % 60 >= ${KEPT_OF_60};
  CREATE TABLE ledger (id int PRIMARY KEY, n int, note text);
  INSERT INTO ledger SELECT i, 1000, 'account ' || i FROM generate_series(1, 2000) AS i;
  CREATE TABLE measures (id int, n int, note text) PARTITION BY RANGE (id);
  CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM (0) TO (${MEASURES / 2});
  CREATE TABLE measures_2 PARTITION OF measures DEFAULT;
  INSERT INTO measures SELECT i, i, 'measure' FROM generate_series(1, ${MEASURES}) AS i;
  CREATE TABLE neighbour (id int);
  CREATE SEQUENCE fresh START 100000;
  ANALYZE;`;

/** The application rests for a moment after each change, or it has the machine to itself. */
const REST_MS = 2;
/** What each session of the application does until it is ended. */
const WORK = [
  'UPDATE orders SET n = n + 1, note = note || 1 WHERE id IN (SELECT (random() * 60000)::int FROM generate_series(1, 50))',
  // As many rows stay.
  `DELETE FROM orders WHERE id = (SELECT min(id) FROM orders WHERE id >= (SELECT (random() * 60000)::int));
   INSERT INTO orders VALUES (nextval('fresh'), 0, 'fresh')`,
  // The sum over the accounts is always the same.
  `UPDATE ledger SET n = n - 5 WHERE id = (SELECT 1 + (random() * 999)::int);
   UPDATE ledger SET n = n + 5 WHERE id = (SELECT 1001 + (random() * 999)::int)`,
  // Rows move from one partition to the other, and back.
  `UPDATE measures SET id = ${MEASURES} + 1 - id WHERE id = (SELECT 1 + (random() * ${MEASURES - 1})::int)`,
  'TRUNCATE neighbour; INSERT INTO neighbour SELECT generate_series(1, 100)',
];

let database: TestDatabase;
let client: pg.Client;
let vacuuming = true;
let vacuumed: Promise<void>;

beforeAll(async () => {
  database = await createDatabase(server, MAKE);
  client = await database.client();
  for (const statements of WORK) {
    const session = await database.client();
    const loop = `DO $$ BEGIN LOOP ${statements}; COMMIT; PERFORM pg_sleep(${REST_MS / 1000}); END LOOP; END $$`;
    session.query(loop).catch(() => {}); // ended with the database
  }
  const session = await database.client();
  vacuumed = (async () => {
    while (vacuuming) {
      await session.query('VACUUM orders, ledger, measures');
      await session.query('SELECT pg_sleep(0.02)');
    }
  })();
});
afterAll(async () => {
  vacuuming = false;
  await vacuumed;
  const others =
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  await client.query(others);
  await database.drop();
});

/** Of the only snapshot that is exported now: the run's. */
function fingerprintsInSnapshot(): Record<string, Fingerprint> {
  const [exported, ...more] = runSqlNow(database.url, ["SELECT pg_ls_dir('pg_snapshots') AS id"]);
  expect(more).toEqual([]);
  return Object.fromEntries(
    TABLES.map((table) => {
      const importing = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${exported?.['id']}'`;
      return [table, toFingerprint(runSqlNow(database.url, [importing, fingerprintSql(table)])[0])];
    }),
  );
}

test.each<{ readonly way: string; readonly options: Partial<CopyOptions> }>([
  { way: 'as it comes', options: {} },
  {
    way: 'ranges of ctids where there are such, small parts',
    options: { ...(HAS_CTID_RANGES ? { chunkBy: 'ctid' } : {}), partBytes: 50_000, rowGroupRows: 1_000 },
  },
  {
    way: 'ranges of the key, one connection',
    options: { tables: ['orders', 'ledger'], chunkBy: 'key', connections: 1 },
  },
  { way: 'whole relations', options: { chunkBy: 'relation' } },
])('$way: exactly the rows of the snapshot', async ({ options }) => {
  const target = await temporaryFolder();
  let inSnapshot: Record<string, Fingerprint> = {};
  const report = await copy({
    url: database.url,
    target,
    tables: TABLES,
    ...options,
    onEvent({ type }) {
      if (type === 'planned') inSnapshot = fingerprintsInSnapshot();
    },
  });
  const copied = options.tables ?? TABLES;
  expect(outcomes(report)).toEqual(Object.fromEntries(copied.map((table) => [table, 'copied'])));
  for (const table of copied)
    expect({ [table]: await fingerprintOfDataset(target, table) }).toEqual({ [table]: inSnapshot[table] });
  // The world has moved on meanwhile, or this test shows nothing.
  expect(await fingerprintOfTable(client, 'orders')).not.toEqual(inSnapshot['orders']);
});
