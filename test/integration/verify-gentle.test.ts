/** `verify` beside others: it gives way to who waits, holds no snapshot for longer than it may, and leaves nothing on the server. */
import { expect, it, vi } from 'vitest';
import { exportSnapshot } from '../../src/extract/snapshot.ts';
import { openRun } from '../../src/pipeline/copy-run.ts';
import { SourceSession } from '../../src/pipeline/source-session.ts';
import { connectControl } from '../../src/postgres/connect.ts';
import { SilenceWatch } from '../../src/postgres/silence-watch.ts';
import { isRead } from '../support/is-read.ts';
import { createDatabase, testServer } from '../support/postgres.ts';
import { verifySource } from '../support/verify-source.ts';

const source = verifySource();
const { copyAll, verify } = source;

it('gives way to somebody who waits for a lock', async () => {
  await copyAll({ tables: ['people'], where: 'id < 30' });
  const verifying = verify({ where: `id < 30 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 300 });
  const client = await source.database.client();
  await expect.poll(() => isRead(client, 'people'), { timeout: 10_000 }).toBe(true);
  const started = performance.now();
  await client.query('BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE; COMMIT');
  expect(performance.now() - started).toBeLessThan(2500);
  expect((await verifying)['people']!.status).toBe('same');
});

it('gives way also after the connection was lost that looks for who waits', async () => {
  await copyAll({ tables: ['people'], where: 'id < 40' });
  const verifying = verify({ where: `id < 40 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 300 });
  const client = await source.database.client();
  await expect.poll(() => isRead(client, 'people'), { timeout: 10_000 }).toBe(true);
  // Of our sessions the one that neither reads nor holds a snapshot.
  const lost = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND state = 'idle' AND application_name = (SELECT application_name FROM pg_stat_activity a JOIN pg_locks l USING (pid)
         WHERE relation = 'people'::regclass AND mode = 'AccessShareLock' LIMIT 1)`,
  );
  expect(lost.rowCount).toBe(1);
  const started = performance.now();
  await client.query('BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE; COMMIT');
  expect(performance.now() - started).toBeLessThan(2500);
  expect((await verifying)['people']!.status).toBe('same');
});

it('goes on behind the rows that it has when it gave way in a long answer', async () => {
  const run = await openRun({ url: source.database.url, env: {}, target: `${source.lake}/`, maxBlockMs: 300 });
  const other = await source.database.client();
  const client = await connectControl(run.connection);
  const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
  const session = await SourceSession.open(run, snapshot);
  try {
    const rows: string[] = [];
    // Four pieces; behind the first there is time to wait for the lock.
    const text = `SELECT g::text AS row FROM (SELECT FROM public.people LIMIT 1) AS one, generate_series(1, 20000) AS g
      WHERE g <= 5000 OR g % 100 <> 99 OR pg_sleep(0.03) IS NOT NULL`;
    const question = { text, values: [], searchPath: 'pg_catalog', usesCtidRange: false };
    const asking = session.askInPieces(question, ({ row }) => void rows.push(row!));
    await expect.poll(() => rows.length, { interval: 5 }).toBeGreaterThan(0);
    await other.query('ALTER TABLE people ALTER COLUMN name SET STATISTICS 50');
    expect(rows.length).toBeLessThan(20_000);
    await asking;
    expect(rows).toHaveLength(20_000);
    expect(new Set(rows).size).toBe(20_000);
  } finally {
    await session.close();
    await snapshot.release();
    await client.end();
    await run.close();
  }
});

it('ends a long answer between two pieces too, where a cancel meets nothing that runs', async () => {
  const run = await openRun({ url: source.database.url, env: {}, target: `${source.lake}/` });
  const client = await connectControl(run.connection);
  const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
  const session = await SourceSession.open(run, snapshot);
  try {
    for (const at of [1, 5_000, 12_345]) {
      const stop = new AbortController();
      let rows = 0;
      const text = 'SELECT g::text AS row FROM generate_series(1, 300000) AS g';
      const question = { text, values: [], searchPath: 'pg_catalog', usesCtidRange: false, signal: stop.signal };
      // While a piece is taken nothing runs on the server.
      const asking = session.askInPieces(question, () => {
        if (++rows === at) stop.abort(new RangeError('enough'));
      });
      await expect(asking).rejects.toThrow(new RangeError('enough'));
      expect(rows).toBeLessThan(20_000);
    }
  } finally {
    await session.close();
    await snapshot.release();
    await client.end();
    await run.close();
  }
});

it('ends where nobody can look any more for who waits', async () => {
  await copyAll({ tables: ['people'], where: 'id < 100' });
  const verifying = verify({ where: `id < 100 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 100 });
  const client = await source.database.client();
  await expect.poll(() => isRead(client, 'people'), { timeout: 10_000 }).toBe(true);
  const name = (await client.query('SELECT current_database() AS name')).rows[0].name;
  const server = await createDatabase(await testServer());
  const others = await server.client();
  await others.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
  try {
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'`,
    );
    const { people } = await verifying;
    expect(people).toMatchObject({ status: 'failed', error: { code: 'E_CONNECTION_LOST' } });
    expect(people!.error!.message).toMatch(/^For 1 s nobody could look .*could not give way/);
  } finally {
    await others.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
    await server.drop();
  }
});

it('bears the silence of a question for as long as a snapshot may last', async () => {
  await copyAll({ tables: ['empty'] });
  const bearing = vi.spyOn(SilenceWatch.prototype, 'bearStatement');
  try {
    await verify({ maxSnapshotAgeMs: 400_000 });
    expect(bearing.mock.calls).toEqual([[400_000]]);
  } finally {
    vi.restoreAllMocks();
  }
});

it('leaves no question running on the server when it is hung up on', async () => {
  const run = await openRun({ url: source.database.url, env: {}, target: `${source.lake}/` });
  const client = await connectControl(run.connection);
  const other = await source.database.client();
  try {
    const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
    const source = await SourceSession.open(run, snapshot);
    const asking = source.ask({
      text: 'SELECT pg_sleep(60)',
      values: [],
      searchPath: 'pg_catalog',
      usesCtidRange: false,
    });
    asking.catch(() => undefined);
    const sleeping = async () =>
      (await other.query(`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'`))
        .rowCount;
    await expect.poll(sleeping).toBe(1);
    await source.close();
    await expect(asking).rejects.toMatchObject({ code: expect.stringMatching(/^E_/) });
    await expect.poll(sleeping).toBe(0);
  } finally {
    await client.end();
    await run.close();
  }
});

it('ends at the cap of its snapshot', async () => {
  await copyAll({ tables: ['people'], where: 'id < 30' });
  const started = performance.now();
  const { people } = await verify({ where: 'id < 30 AND pg_sleep(0.5) IS NOT NULL', maxSnapshotAgeMs: 2_000 });
  expect(people).toMatchObject({ status: 'failed', error: { code: 'E_SNAPSHOT_AGE' } });
  expect(performance.now() - started).toBeLessThan(10_000);
});
