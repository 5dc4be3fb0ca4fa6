/** A copy that is compared inside its own snapshot before it is committed. */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { DraculaError } from '../../src/errors.ts';
import { exportSnapshot } from '../../src/extract/snapshot.ts';
import { openLake } from '../../src/lake/lake.ts';
import { openRun } from '../../src/pipeline/copy-run.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import { SourceSession } from '../../src/pipeline/source-session.ts';
import { openTarget } from '../../src/pipeline/target.ts';
import { verifyCopied } from '../../src/pipeline/verify-copy.ts';
import { connectControl } from '../../src/postgres/connect.ts';
import { copy } from '../support/copied.ts';
import { isHostile } from '../support/hostile.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ROWS, verifySource } from '../support/verify-source.ts';

const SHARE = { memoryBytes: 256 * 2 ** 20, threads: 1 };
const openSession = SourceSession.open.bind(SourceSession);

const source = verifySource();
const { copyAll, verify, sql } = source;

it('commits what is the same as its snapshot, in a lake and in one file', async () => {
  const folder = await temporaryFolder('verify-file');
  await copyAll({ verify: true });
  await copyAll({ verify: true, tables: ['people'], target: join(folder, 'people.parquet') });
});

it('compares no more tables at a time than it has connections, and says what it used', async () => {
  await sql(Array.from({ length: 12 }, (_, i) => `CREATE TABLE small_${i} AS SELECT ${i} AS n;`).join(' '));
  const [opened, closed] = [vi.spyOn(SourceSession, 'open'), vi.spyOn(SourceSession.prototype, 'close')];
  let most = 0;
  opened.mockImplementation((run, snapshotId) => {
    most = Math.max(most, opened.mock.calls.length - closed.mock.calls.length);
    return openSession(run, snapshotId);
  });
  try {
    const report = await copy({ url: source.database.url, target: `${source.lake}/`, verify: true, connections: 2 });
    expect(report).toMatchObject({ exitCode: 0, source: { connections: 2 + 2 + 2 } });
    expect(opened).toHaveBeenCalledTimes(15);
    expect(most).toBe(2);
  } finally {
    vi.restoreAllMocks();
  }
});

it.skipIf(isHostile).each([
  {
    what: 'arrays of a million elements in a share of the memory',
    rows: `SELECT n AS id, (SELECT array_agg(nullif(i % 3, 0)) FROM generate_series(1, 1000000) AS i) AS a FROM generate_series(1, 2) AS n`,
    sessions: 1,
  },
  {
    what: 'alone, with all of the memory, a text for which a share does not suffice',
    rows: `SELECT n AS id, repeat(md5('a'), 2200000) AS a FROM generate_series(1, 2) AS n`,
    sessions: 2,
  },
])('proves $what', async ({ rows, sessions }) => {
  await sql(`CREATE TABLE large AS ${rows}`);
  const opened = vi.spyOn(SourceSession, 'open');
  try {
    const { database, lake } = source;
    const options = { tables: ['large', 'empty'], verify: true, connections: 2, memoryBytes: 416 * 2 ** 20 };
    const report = await copy({ url: database.url, target: `${lake}/`, ...options });
    expect(report.exitCode).toBe(0);
    // One of them for the empty table.
    expect(opened).toHaveBeenCalledTimes(1 + sessions);
  } finally {
    vi.restoreAllMocks();
  }
});

it.each([
  [`name = 'new' WHERE id = 1`, 'name (values)', { column: 'name', ctid: expect.stringMatching(/^\(/) }],
  [`name = 'name ' || 13 - id WHERE id IN (6, 7)`, 'stand in other rows', { ctid: expect.stringMatching(/^\(/) }],
])('tells what differs, and a row, where files do not hold what the snapshot does: %s', async (set, what, facts) => {
  await copyAll({ tables: ['people'] });
  const store = (await openLake(source.lake, { create: false })).dataset('people');
  // What stands in for a fault on the way: the files of the state before.
  const parts = (await store.load())!.parts.map((part) => store.locatePart(part));
  await sql(`UPDATE people SET ${set}`);
  const run = await openRun({ url: source.database.url, env: {}, target: `${source.lake}/`, tables: ['people'] });
  const client = await connectControl(run.connection);
  try {
    const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
    const { tables } = await makePlan(client, run);
    await expect(verifyCopied(run, snapshot, { plan: tables[0]!, parts, rows: ROWS }, SHARE)).rejects.toMatchObject({
      code: 'E_VERIFY',
      message: expect.stringContaining(what),
      facts,
    });
  } finally {
    await client.end();
    await run.close();
  }
});

it('publishes nothing where the check finds a difference', async () => {
  const run = await openRun({ url: source.database.url, env: {}, target: `${source.lake}/`, tables: ['empty'] });
  const client = await connectControl(run.connection);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { tables } = await makePlan(client, run);
    const target = await openTarget({ target: `${source.lake}/`, runId: run.runId, force: false, createdBy: 'test' });
    const table = await target.begin(tables[0]!);
    const seen: string[] = [];
    const committing = table.commit({
      plan: tables[0]!,
      parts: [],
      rows: 0,
      source: { table: tables[0]!.table, serverVersion: '18', snapshot: null, consistency: 'run' },
      summary: {},
      keyValues: {},
      check: async (files) => {
        seen.push(...files);
        throw new DraculaError('E_VERIFY', 'differs');
      },
    });
    await expect(committing).rejects.toMatchObject({ code: 'E_VERIFY' });
    await table.abandon();
    expect(seen).toHaveLength(1);
    expect(await (await openLake(source.lake, { create: false })).dataset('empty').load()).toBeNull();
  } finally {
    await client.end();
    await run.close();
  }
});

it.each(['run', 'table'] as const)(
  'compares with the snapshot, whatever changes meanwhile, under consistency %s',
  async (consistency) => {
    let changes = 0;
    await copyAll({
      verify: true,
      consistency,
      onEvent: (event) => {
        if (event.type !== 'verify-progress' || event.dataset !== 'people' || event.fraction > 0) return;
        changes++;
        runSqlNow(source.database.url, ['DELETE FROM people WHERE id < 100', 'UPDATE people SET price = 0']);
      },
    });
    expect(changes).toBe(1);
    expect((await verify())['people']!.status).toBe('different');
  },
);

describe('what happens between a read and its comparison', () => {
  const SESSIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND`;

  /** Copies with `verify`; `statements` run as the comparison begins. */
  async function copyWith(statements: readonly string[], where?: string) {
    let begun = false;
    const report = await copy({
      url: source.database.url,
      target: `${source.lake}/`,
      tables: ['people'],
      verify: true,
      ...(where === undefined ? {} : { where }),
      onEvent: ({ type }) => {
        if (type !== 'verify-progress' || begun) return;
        begun = true;
        runSqlNow(source.database.url, statements);
      },
    });
    expect(begun).toBe(true);
    return report.tables[0]!;
  }

  it.each([
    ['truncated', ['TRUNCATE people'], /truncated, rewritten/],
    ['rewritten', ['ALTER TABLE people ALTER COLUMN marks TYPE text USING marks::text'], /Columns were renamed/],
    [
      'renamed crosswise',
      ['ALTER TABLE people RENAME name TO n', 'ALTER TABLE people RENAME COLUMN "odd ""name" TO name'],
      /dropped or altered|Columns were renamed/,
    ],
    ['dropped', ['DROP TABLE people'], /dropped or altered/],
  ])('a table that is %s is said to have changed', async (_, statements, message) => {
    const { status, error } = await copyWith(statements);
    expect({ status, error }).toMatchObject({
      status: 'failed',
      error: { code: 'E_SOURCE_CHANGED', message: expect.stringMatching(message), facts: { table: 'public.people' } },
    });
  });

  it('so is a table that only the condition reads', async () => {
    await sql('CREATE TABLE wanted AS SELECT i AS id FROM generate_series(1, 9) AS i');
    const { error } = await copyWith(['TRUNCATE wanted'], 'id IN (SELECT id FROM wanted)');
    expect(error).toMatchObject({
      code: 'E_SOURCE_CHANGED',
      message: expect.stringMatching(/^public\.wanted was truncated/),
    });
  });

  it('so is a name in the condition that means another table by then', async () => {
    await sql(`CREATE SCHEMA IF NOT EXISTS postgres; CREATE TABLE postgres.named AS SELECT i AS id FROM generate_series(1, 9) AS i;
      CREATE TABLE public.named AS SELECT * FROM postgres.named`);
    const { error } = await copyWith(['DROP TABLE postgres.named'], 'id IN (SELECT id FROM named)');
    expect(error).toMatchObject({
      code: 'E_SOURCE_CHANGED',
      message: expect.stringMatching(/^postgres\.named was dropped, or its name meant another/),
    });
  });

  it('a snapshot that is lost is said to be', async () => {
    // A session that was told to end may still export its snapshot for a moment.
    const gone = `DO $$ BEGIN FOR i IN 1..500 LOOP
      EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction');
      PERFORM pg_sleep(0.02), pg_stat_clear_snapshot(); END LOOP; END $$`;
    const { error } = await copyWith([`${SESSIONS} state = 'idle in transaction'`, gone]);
    expect(error).toMatchObject({ code: 'E_SNAPSHOT_LOST' });
  });

  it('a session that is lost is opened anew', async () => {
    await sql('CREATE TABLE IF NOT EXISTS ended AS SELECT true AS done LIMIT 0; TRUNCATE ended');
    const lost = `${SESSIONS} state = 'idle' AND query NOT LIKE '%pg_locks%'`;
    const { status } = await copyWith([`INSERT INTO ended ${lost}`]);
    expect(
      (await source.database.client().then((client) => client.query('SELECT FROM ended'))).rowCount,
    ).toBeGreaterThan(0);
    expect(status).toBe('copied');
  });
});

it('says of a view that gives other rows each time that it proves nothing', async () => {
  await sql('CREATE VIEW ticking AS SELECT i AS id, clock_timestamp() AS at FROM generate_series(1, 3) i');
  const report = await copy({ url: source.database.url, target: `${source.lake}/`, tables: ['ticking'], verify: true });
  expect(report.tables[0]).toMatchObject({
    status: 'failed',
    error: {
      code: 'E_VERIFY',
      message: expect.stringMatching(/at \(values, min, max\).*It is a view, which may give other rows/),
    },
  });
});

it('is refused where there is no one snapshot', async () => {
  await expect(
    copy({ url: source.database.url, target: `${source.lake}/`, verify: true, consistency: 'chunk' }),
  ).rejects.toMatchObject({ code: 'E_USAGE' });
});
