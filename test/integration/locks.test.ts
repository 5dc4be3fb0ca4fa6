/**
 * Others who wait for a lock that our reading holds: they get through within about two seconds, the chunk is read again or goes
 * on where it stopped, and the rows are exact.
 *
 * The tables are slow to read on the server itself: what makes JSON of an array asks the cast to json of its elements, an enum's, which sleeps two
 * milliseconds a row. It is made when the plan is there, which would read a table with such a cast like a condition, and take an ALTER for a change.
 */
import type pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CopyReport, RunEvent } from '../../src/core/run-event.ts';
import type { CopyOptions } from '../../src/index.ts';
import { copy, fingerprintOfDataset, fingerprintOfTable, outcomes, tableOf } from '../support/copied.ts';
import { isRead } from '../support/is-read.ts';
import { createDatabase, HAS_CTID_RANGES, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

/** Reads of 1.6 seconds or more, of others who are let through after four tenths: in one test as it is by default, with more rows. */
const ROWS = 800;
const HASTY = { maxBlockMs: 400 };
const slowTables = (rows: number) => `
  CREATE TYPE slow AS ENUM ('a', 'b');
  CREATE FUNCTION slowly(slow) RETURNS json LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_catalog.pg_sleep(0.002); RETURN to_json($1::text); END $$;
  CREATE TABLE orders (id int, n int, note slow[]) WITH (fillfactor = 20);
  INSERT INTO orders SELECT i, i * 7 % 1000, ARRAY['b'::slow] FROM generate_series(1, ${rows}) AS i;
  CREATE TABLE quick (id int, n int, note text);
  INSERT INTO quick SELECT i, i, 'quick' FROM generate_series(1, 100) AS i;
  CREATE VIEW slow_view AS SELECT id, n, slowly(note[1])::text AS note FROM orders ORDER BY 3;
  CREATE TYPE deaf AS ENUM ('a', 'b');
  CREATE FUNCTION deafly(deaf) RETURNS json LANGUAGE plpgsql AS $$
    BEGIN
      BEGIN PERFORM pg_catalog.pg_sleep(0.004); EXCEPTION WHEN query_canceled THEN NULL; END;
      RETURN to_json($1::text);
    END $$;
  CREATE TABLE stubborn (id int, n int, note deaf[]) WITH (fillfactor = 20);
  INSERT INTO stubborn SELECT i, i * 7 % 1000, ARRAY['b'::deaf] FROM generate_series(1, ${rows}) AS i;
  ANALYZE;`;
const CASTS = [
  'slow AS json) WITH FUNCTION public.slowly(public.slow)',
  'deaf AS json) WITH FUNCTION public.deafly(public.deaf)',
].map((cast) => `CREATE CAST (public.${cast}`);
/** A second or less of blocking, a look every half second, and this loaded machine. */
const LET_THROUGH_MS = 2_500;

interface Race {
  readonly report: CopyReport;
  readonly events: readonly RunEvent[];
  readonly waitedMs: number;
  readonly lake: string;
  readonly client: pg.Client;
}

/** Copies, and runs the statement of somebody else as soon as a reader of ours holds a lock on the table. */
async function race(
  statement: string,
  options: Partial<CopyOptions>,
  { table = 'orders', rows = ROWS } = {},
): Promise<Race> {
  const database: TestDatabase = await createDatabase(server, slowTables(rows));
  const end = new AbortController();
  const client = await database.client();
  const lake = await temporaryFolder();
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    events.push(event);
    if (event.type === 'planned') runSqlNow(database.url, CASTS);
  };
  const read = options.tables?.includes(table)
    ? { columnOptions: { [`public.${table}.note`]: { dims: 'json' } } as const }
    : {};
  const running = copy({ url: database.url, target: lake, ...read, ...options, signal: end.signal, onEvent });
  onTestFinished(async () => {
    end.abort();
    await running.catch(() => {}); // a failed test leaves no copy behind that connects again
    await database.drop();
  });
  await vi.waitFor(async () => expect(await isRead(client, table)).toBe(true), { timeout: 60_000, interval: 20 });
  const askedAt = performance.now();
  await client.query(statement);
  const waitedMs = performance.now() - askedAt;
  return { report: await running, events, waitedMs, lake, client };
}

const ALTER = 'ALTER TABLE orders ADD COLUMN added int';
const TEXT = 'id, n, to_json(note)::text';

test.skipIf(!HAS_CTID_RANGES)(
  'an ALTER waits for a range of ctids: it gets through, and the range is read again',
  async () => {
    const { report, waitedMs, lake, client } = await race(ALTER, {
      tables: ['orders', 'quick'],
      chunkBy: 'ctid',
      ...HASTY,
    });
    expect(outcomes(report)).toEqual({ orders: 'copied', quick: 'copied' });
    expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
    expect(report.source.yields).toBe(1);
    expect(tableOf(report, 'orders')).toMatchObject({ rows: ROWS, chunksRetried: 1 });
    expect(await fingerprintOfDataset(lake, 'orders')).toEqual(await fingerprintOfTable(client, 'orders', TEXT));
  },
);

test('an ALTER waits for a whole relation: it gets through, and the reading goes on after the last row', async () => {
  const rows = 1_200;
  const { report, waitedMs, lake, client } = await race(ALTER, { tables: ['orders'], chunkBy: 'relation' }, { rows });
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
  expect(report.source.yields).toBe(1);
  // Not read again: nothing was dropped.
  expect(tableOf(report, 'orders')).toMatchObject({ rows, chunksRetried: 0 });
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(await fingerprintOfTable(client, 'orders', TEXT));
});

test('a reader that no cancel ends loses its session, and the reading goes on after the last row', async () => {
  const { report, lake, client } = await race(
    ALTER.replace('orders', 'stubborn'),
    { tables: ['stubborn'], chunkBy: 'relation', maxBlockMs: 200 },
    { table: 'stubborn' },
  );
  expect(outcomes(report)).toEqual({ stubborn: 'copied' });
  expect(report.source.yields).toBe(1);
  expect(tableOf(report, 'stubborn')).toMatchObject({ rows: ROWS, chunksRetried: 0 });
  expect(await fingerprintOfDataset(lake, 'stubborn')).toEqual(await fingerprintOfTable(client, 'stubborn', TEXT));
});

test('an ALTER waits for a whole relation without a shared snapshot: it is read again, since rows may have moved', async () => {
  const { report, waitedMs, lake, client } = await race(ALTER, {
    tables: ['orders'],
    chunkBy: 'key',
    consistency: 'chunk',
    ...HASTY,
  });
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
  expect(tableOf(report, 'orders')).toMatchObject({ rows: ROWS, chunksRetried: 1 });
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(await fingerprintOfTable(client, 'orders', TEXT));
});

test.each<'ctid' | 'relation'>(HAS_CTID_RANGES ? ['ctid', 'relation'] : ['relation'])(
  'a TRUNCATE waits (%s): it gets through, and the table fails',
  async (chunkBy) => {
    const { report, waitedMs, lake } = await race('TRUNCATE orders', {
      tables: ['orders', 'quick'],
      chunkBy,
      ...HASTY,
    });
    expect(outcomes(report)).toEqual({ orders: 'E_SOURCE_CHANGED', quick: 'copied' });
    expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
    expect(report).toMatchObject({ exitCode: 3, source: { yields: 1 } });
    expect(await fingerprintOfDataset(lake, 'orders')).toBeNull();
  },
);

test('a view that sorts is cancelled before its first row, and read again', async () => {
  const lock = 'BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; COMMIT';
  const { report, waitedMs, lake, client } = await race(lock, { tables: ['slow_view'], ...HASTY });
  expect(outcomes(report)).toEqual({ slow_view: 'copied' });
  expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
  expect(report.source.yields).toBe(1);
  const computed = await fingerprintOfTable(client, 'orders', 'id, n, to_json(note[1]::text)::text');
  expect(await fingerprintOfDataset(lake, 'slow_view')).toEqual(computed);
});

test('an ALTER waits for a view that sorts: it gets through, and nobody says whether it harms the view', async () => {
  const { report, waitedMs } = await race(ALTER, { tables: ['slow_view'], ...HASTY });
  expect(outcomes(report)).toEqual({ slow_view: 'E_SOURCE_CHANGED' });
  expect(waitedMs).toBeLessThan(LET_THROUGH_MS);
});

test('CREATE INDEX CONCURRENTLY waits for the snapshot: a notice tells of it, and the reading goes on', async () => {
  const { report, events, lake, client } = await race('CREATE INDEX CONCURRENTLY ON orders (n)', {
    tables: ['orders'],
    ...HASTY,
  });
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  expect(report.source.yields).toBe(0);
  const notices = events.filter((event) => event.type === 'notice');
  expect(notices).toEqual([
    expect.objectContaining({ message: expect.stringContaining("until this run's snapshot ends") }),
  ]);
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(await fingerprintOfTable(client, 'orders', TEXT));
});

test('somebody stands in the queue behind a reader that itself waits for a third: the chunk is not given back for that', async () => {
  const database = await createDatabase(server, slowTables(ROWS));
  onTestFinished(() => database.drop());
  const [third, waiter, watcher] = [await database.client(), await database.client(), await database.client()];
  await third.query('BEGIN; LOCK TABLE quick');
  const running = copy({ url: database.url, target: await temporaryFolder(), tables: ['quick'], maxBlockMs: 200 });
  running.catch(() => {}); // awaited below
  const seenWaiting = async (query: string) => {
    const sql = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`;
    const found = async () => expect((await watcher.query(sql, [query])).rowCount).toBe(1);
    await vi.waitFor(found, { timeout: 8_000, interval: 20 });
  };
  await seenWaiting('SELECT ctid%FROM ONLY%');
  await waiter.query('BEGIN');
  const wait = waiter.query('LOCK TABLE quick /* behind */');
  await seenWaiting('%behind%');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await seenWaiting('SELECT ctid%FROM ONLY%');
  await third.query('COMMIT');
  await wait;
  await waiter.query('COMMIT');
  const report = await running;
  expect(outcomes(report)).toEqual({ quick: 'copied' });
  expect(report.source.yields).toBe(0);
});

test("a reading session's connection is given up by the server's own TCP when its client takes nothing for 30 seconds, or longer where it compresses for longer", async () => {
  const database = await createDatabase(server, '');
  onTestFinished(() => database.drop());
  const copyUnder = async (condition: string, options: Partial<CopyOptions> = {}) => {
    const query = {
      sql: `SELECT 1 / (current_setting('tcp_user_timeout') ${condition})::int AS divided`,
      name: 'setting',
    };
    return outcomes(await copy({ url: database.url, target: await temporaryFolder(), query, ...options }));
  };
  expect(await copyUnder("= '30000'")).toEqual({ setting: 'copied' });
  expect(await copyUnder('::int > 300000', { compressionLevel: 22 })).toEqual({ setting: 'copied' });
});
