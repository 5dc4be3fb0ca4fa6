/** Rows set aside while chunks are interrupted and read again: each row is in one of the two datasets, once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, fingerprintOfFiles, fingerprintOfTable, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { isRead } from '../support/is-read.ts';
import { createDatabase, HAS_CTID_RANGES, testServer } from '../support/postgres.ts';
import { randomOf, rounds } from '../support/seed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

const ROWS = fewerIfHostile(40_000, 3_000);
/** Wide enough for several chunks, with an awkward day every seventh row. */
const ORDERS = `
  CREATE TABLE orders (id int, n int, note text, due date);
  ALTER TABLE orders ALTER note SET STORAGE plain;
  INSERT INTO orders SELECT i, i * 7 % 1000, repeat('x', ${fewerIfHostile(600, 5_000)}) || i, CASE WHEN i % 7 = 0 THEN 'infinity' ELSE date 'epoch' END
    FROM generate_series(1, ${ROWS}) AS i;
  ANALYZE orders;`;

/** Some 6 seconds to read, since the cast to json of each row's element sleeps. */
const SLOW = `
  CREATE TYPE slow AS ENUM ('a', 'b');
  CREATE FUNCTION slowly(slow) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.pg_sleep(0.006); RETURN to_json($1::text); END $$;
  CREATE CAST (slow AS json) WITH FUNCTION slowly(slow);
  CREATE TABLE orders (id int, n int, note slow[], due date) WITH (fillfactor = 20);
  INSERT INTO orders SELECT i, i * 7 % 1000, ARRAY['b'::slow], CASE WHEN i % 7 = 0 THEN 'infinity' ELSE date 'epoch' END
    FROM generate_series(1, 1000) AS i;
  ANALYZE orders;`;

async function begin(sql: string, options: Partial<CopyOptions>, note = 'note') {
  const database = await createDatabase(server, sql);
  const client = await database.client();
  const expected = {
    good: await fingerprintOfTable(client, `(SELECT id, n, ${note} AS note FROM orders WHERE due <> 'infinity') AS o`),
    aside: await fingerprintOfTable(
      client,
      "(SELECT id::text, n::text, format('%s', note) AS note FROM orders WHERE due = 'infinity') AS o",
    ),
  };
  const target = `${await temporaryFolder()}/`;
  const end = new AbortController();
  const running = copy({
    url: database.url,
    target,
    tables: ['orders'],
    awkward: 'quarantine',
    signal: end.signal,
    ...options,
  });
  running.catch(() => {}); // awaited by the test
  onTestFinished(async () => {
    end.abort();
    await running.catch(() => {});
    await database.drop();
  });
  const found = async () => {
    const lake = await openLake(target, { create: false });
    const files = async (dataset: string) => {
      const store = lake.dataset(dataset);
      return ((await store.load())?.parts ?? []).map((part) => store.locatePart(part));
    };
    return {
      good: await fingerprintOfFiles(await files('orders')),
      aside: await fingerprintOfFiles(await files('orders__quarantine')),
    };
  };
  return { client, waiter: await database.client(), running, expected, found };
}

const READERS = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dracula%' AND datname = current_database() ORDER BY backend_start OFFSET 2`;

let retried = 0;
test.skipIf(!HAS_CTID_RANGES).each(rounds(3))('readers that are ended at random moments (round %i)', async (round) => {
  const random = randomOf(`quarantine, reader ended, round ${round}`);
  const { client, running, expected, found } = await begin(ORDERS, {
    chunkBy: 'ctid',
    partBytes: 20_000,
    rowGroupRows: 500,
  });
  let over = false;
  running.finally(() => (over = true)).catch(() => {});
  for (let kills = 0; kills < 2 && !over; ) {
    const { rows } = await client.query<{ pid: number }>(READERS);
    const pid = rows[Math.floor(random() * rows.length)]?.pid;
    if (pid === undefined) continue;
    await sleep(120 * random());
    await client.query('SELECT pg_terminate_backend($1)', [pid]);
    kills++;
  }
  const report = await running;
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  retried += tableOf(report, 'orders').chunksRetried;
  expect(await found()).toEqual(expected);
  expect(tableOf(report, 'orders').quarantine).toEqual({
    dataset: 'orders__quarantine',
    rows: Math.floor(ROWS / 7),
    values: [{ column: 'due', reason: 'infinity', count: Math.floor(ROWS / 7) }],
  });
});

test.skipIf(!HAS_CTID_RANGES)('and some of those moments were in the middle of a chunk', () => {
  expect(retried).toBeGreaterThan(0);
});

test('a whole heap that gives way goes on, with the rows set aside before and after', async () => {
  const { client, waiter, running, expected, found } = await begin(
    SLOW,
    { chunkBy: 'relation', maxBlockMs: 200, columnOptions: { 'public.orders.note': { dims: 'json' } } },
    'to_json(note)::text',
  );
  await vi.waitFor(async () => expect(await isRead(client, 'orders')).toBe(true), { timeout: 60_000, interval: 20 });
  await sleep(500);
  await waiter.query('BEGIN; LOCK TABLE orders');
  // Every row gets another ctid: in the snapshot they stand where they stood.
  await waiter.query('UPDATE orders SET n = n + 1; COMMIT');
  const report = await running;
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  expect(report.source.yields).toBeGreaterThan(0);
  expect(await found()).toEqual(expected);
  expect(tableOf(report, 'orders').quarantine!.rows).toBe(142);
});
