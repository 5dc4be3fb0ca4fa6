/**
 * `verify`: a dataset beside its source as it is now, and a copy that is compared inside its own snapshot before it is committed.
 */
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatasetVerification } from '../../src/core/verify-report.ts';
import { DraculaError } from '../../src/errors.ts';
import { exportSnapshot } from '../../src/extract/snapshot.ts';
import { type VerifyOptions, verifyDatasets } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { openRun } from '../../src/pipeline/copy-run.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import { SourceSession } from '../../src/pipeline/source-session.ts';
import { openTarget } from '../../src/pipeline/target.ts';
import { verifyCopied } from '../../src/pipeline/verify-copy.ts';
import { connectControl } from '../../src/postgres/connect.ts';
import { SilenceWatch } from '../../src/postgres/silence-watch.ts';
import { MAX_COLUMNS_PER_PASS } from '../../src/verify/column-checks.ts';
import { runCli } from '../support/cli-process.ts';
import { copy } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { isRead } from '../support/is-read.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PEOPLE = fewerIfHostile(5000, 300);
/** And one of nulls. */
const ROWS = PEOPLE + 1;

const TABLES = `
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TYPE place AS (street text, houses int[]);
  CREATE TABLE people (id int PRIMARY KEY, name text, price numeric(10, 2), open numeric, at timestamptz, day date, ok bool,
    ratio float8, feeling mood, home place, marks int[], tags jsonb, took interval, span int4range, "odd ""name" uuid);
  INSERT INTO people SELECT i, 'name ' || i, i / 7.0, i / 3.0, timestamptz '2020-01-01' + i * interval '1 minute 1 microsecond',
    date '2020-01-01' + i, i % 2 = 0, i / 9.0, 'happy', row('s' || i, array[i, null])::place, array[i], jsonb_build_object('i', i),
    i * interval '1 month 1 second', int4range(i, i + 3), md5(i::text)::uuid FROM generate_series(1, ${PEOPLE}) AS i;
  INSERT INTO people (id) VALUES (0);
  CREATE TABLE empty (id int, note text);
  CREATE TABLE parted (id int, n int) PARTITION BY RANGE (id);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE parted_2 (n int, id int);
  ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (100) TO (200);
  INSERT INTO parted SELECT i, i * 2 FROM generate_series(1, 150) AS i;
  ANALYZE;`;

const openSession = SourceSession.open.bind(SourceSession);

let database: TestDatabase;
let lake: string;

beforeEach(async () => {
  await database?.drop();
  database = await createDatabase(await testServer(), TABLES);
  lake = await temporaryFolder('verify');
});
afterAll(() => database?.drop());

async function copyAll(options: Partial<Parameters<typeof copy>[0]> = {}): Promise<void> {
  const report = await copy({ url: database.url, target: `${lake}/`, ...options });
  expect(report.exitCode).toBe(0);
}

async function verify(options: Partial<VerifyOptions> = {}): Promise<Record<string, DatasetVerification>> {
  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake, ...options });
  return Object.fromEntries(datasets.map((dataset) => [dataset.dataset, dataset]));
}

async function sql(text: string): Promise<void> {
  await (await database.client()).query(text);
}

describe('verify, alone', () => {
  it('finds a fresh copy the same: tables, partitions, empty tables', async () => {
    await copyAll();
    const found = await verify();
    expect(
      Object.values(found).map(({ dataset, status, sourceRows, lakeRows }) => [dataset, status, sourceRows, lakeRows]),
    ).toEqual([
      ['empty', 'same', 0, 0],
      ['parted', 'same', 150, 150],
      ['people', 'same', ROWS, ROWS],
    ]);
  });

  it.each([
    ['text', `name = 'other'`, 'name', ['values']],
    ['a null', `marks = NULL`, 'marks', ['nulls', 'values']],
    ['a decimal', `price = price + 0.01`, 'price', ['values', 'sum']],
    ['a float in its last bits', `ratio = ratio * (1 + 3e-16)`, 'ratio', ['values']],
    ['a microsecond', `at = at + interval '1 microsecond'`, 'at', ['values']],
    ['a part of a composite', `home.houses = array[1]`, 'home', ['values']],
  ])('names the column and the row of a change of %s', async (_what, set, column, measures) => {
    await copyAll();
    await sql(`UPDATE people SET ${set} WHERE id = 77`);
    const { people } = await verify({ datasets: ['people'] });
    expect(people).toMatchObject({ status: 'different', columns: [{ column, measures }] });
    expect(people!.rows).toEqual(
      expect.arrayContaining([
        { side: 'source', ctid: expect.stringMatching(/^\(\d+,\d+\)$/), key: '77' },
        { side: 'lake', ctid: null, key: '77' },
      ]),
    );
    expect(people!.rows).toHaveLength(2);
  });

  it('finds values that stand in other rows than theirs, though each column has all of its own', async () => {
    await copyAll();
    await sql(`UPDATE people SET name = 'name ' || 13 - id WHERE id IN (6, 7)`);
    const { people } = await verify({ datasets: ['people'] });
    expect(people).toMatchObject({ status: 'different', columns: [], isMixed: true, sourceRows: ROWS, lakeRows: ROWS });
    expect(people!.rows.map(({ side, key }) => `${side} ${key}`).sort()).toEqual([
      'lake 6',
      'lake 7',
      'source 6',
      'source 7',
    ]);
  });

  it('finds them also in columns that are compared in another pass than the key', async () => {
    const columns = Array.from({ length: MAX_COLUMNS_PER_PASS + 20 }, (_, i) => `c${i}`);
    await sql(`CREATE TABLE wide (id int PRIMARY KEY, ${columns.map((name) => `${name} int`).join(', ')});
      INSERT INTO wide SELECT i, ${columns.map((_, i) => `i + ${i}`).join(', ')} FROM generate_series(1, 20) AS i`);
    await copyAll({ tables: ['wide'] });
    expect((await verify())['wide']).toMatchObject({ status: 'same', isMixed: false });
    const later = columns.slice(MAX_COLUMNS_PER_PASS).map((name) => `${name} = ${name} + 13 - 2 * id`);
    await sql(`UPDATE wide SET ${later.join(', ')} WHERE id IN (6, 7)`);
    expect((await verify())['wide']).toMatchObject({ status: 'different', columns: [], isMixed: true });
  });

  it('names rows that one side lacks, and no columns then', async () => {
    await copyAll();
    await sql(`DELETE FROM people WHERE id IN (5, 6); INSERT INTO people (id) VALUES (-1)`);
    const { people } = await verify();
    expect(people).toMatchObject({ status: 'different', sourceRows: PEOPLE, lakeRows: ROWS, columns: [] });
    expect(people!.rows.map(({ side, key }) => `${side} ${key}`).sort()).toEqual(['lake 5', 'lake 6', 'source -1']);
  });

  it('names at most ten rows', async () => {
    await copyAll();
    await sql(`UPDATE people SET name = name || '!'`);
    expect((await verify({ datasets: ['people'] }))['people']!.rows).toHaveLength(10);
  });

  it('tells of columns that are gone or have another type, and compares the rest', async () => {
    await copyAll();
    await sql(`ALTER TABLE people DROP COLUMN name; ALTER TABLE people ALTER COLUMN day TYPE text`);
    expect((await verify())['people']).toMatchObject({
      status: 'different',
      columns: [
        { column: 'name', measures: ['type'] },
        { column: 'day', measures: ['type'] },
      ],
    });
  });

  it.each(['text', { precision: 38, scale: 18 }] as const)(
    'compares domains over numeric in the form that their copy gave them: %j',
    async (numeric) => {
      await sql(`DROP TABLE IF EXISTS domained; DROP DOMAIN IF EXISTS amount; CREATE DOMAIN amount AS numeric;
        CREATE TABLE domained (id int, n amount, many amount[]);
        INSERT INTO domained SELECT i, i / 4.0, array[i, null] FROM generate_series(1, 100) AS i;
        ${numeric === 'text' ? 'ANALYZE domained;' : ''}`);
      await copyAll({ tables: ['domained'], numeric });
      expect((await verify())['domained']).toMatchObject({ status: 'same', columns: [], sourceRows: 100 });
      await sql(`UPDATE domained SET n = n + 1, many = array[1] WHERE id = 3`);
      expect((await verify())['domained']!.columns.map(({ column }) => column)).toEqual(['n', 'many']);
    },
  );

  it('compares arrays in the form that their copy gave them', async () => {
    await sql(`CREATE TABLE lists (id int, n numeric[], m int[]);
      INSERT INTO lists SELECT i, array[i, null], array[[i, 2], [3, 4]] FROM generate_series(1, 1000) AS i;
      ANALYZE lists;
      INSERT INTO lists VALUES (0, array[1::numeric(40, 30) / 3], null);`);
    await copyAll({ tables: ['lists'], columnOptions: { 'lists.m': { dims: 2 } } });
    expect((await verify())['lists']).toMatchObject({ status: 'same', sourceRows: 1001 });
    await sql(`UPDATE lists SET n = n || 1.5, m = array[[1, 2, 3, 4]] WHERE id = 3`);
    expect((await verify())['lists']!.columns).toEqual([
      { column: 'n', measures: ['values'] },
      { column: 'm', measures: ['values'] },
    ]);
    await sql(`ALTER TABLE lists ALTER COLUMN m TYPE text[]`);
    expect((await verify())['lists']!.columns).toContainEqual({ column: 'm', measures: ['type'] });
  });

  it('finds the same, and a row that differs, whatever columns and tables are called that its own SQL calls so too', async () => {
    const types = {
      hstore: 'k=>v, l=>NULL',
      'int[]': '{1,NULL}',
      'place[]': '{"(a,\\"{1,2}\\")"}',
      int4range: '[1,3)',
    };
    const own = 'E0 e1 f0 c0 d k v o h r at key cells'.split(' ');
    const created = Object.entries(types).map(([type, value], i) => {
      const columns = own.map((name) => `"${name}" ${type}`);
      const values = own.map((_, column) => (column % 7 === 0 ? 'NULL' : `'${value}'`));
      return `CREATE TABLE ${own[i]} (id int PRIMARY KEY, ${columns}); INSERT INTO ${own[i]} SELECT i, ${values} FROM generate_series(1, 3) AS i;`;
    });
    await sql(`CREATE EXTENSION hstore; ${created.join('')}`);
    await copyAll({ verify: true });
    const names = own.slice(0, created.length).map((name) => name.toLowerCase());
    const found = await verify();
    expect(names.map((name) => [name, found[name]!.status, found[name]!.error])).toEqual(
      names.map((name) => [name, 'same', null]),
    );
    for (const name of names) await sql(`UPDATE ${name} SET "E0" = "e1", "e1" = NULL WHERE id = 2`);
    const changed = await verify();
    for (const name of names) {
      expect(changed[name]!.columns.map(({ column }) => column)).toEqual(['E0', 'e1']);
      expect(changed[name]!.rows.map(({ side, key }) => [side, key])).toEqual([
        ['source', '2'],
        ['lake', '2'],
      ]);
    }
    expect((await verify({ samplePercent: 100 }))[names[0]!]!.lakeRows).toBe(2);
  });

  it('compares a sample of the blocks row by row', async () => {
    await copyAll();
    expect((await verify({ samplePercent: 100 }))['people']).toMatchObject({ status: 'same', sourceRows: ROWS });
    await sql(`UPDATE people SET ok = NOT ok WHERE id = 9`);
    const { people } = await verify({ samplePercent: 100 });
    expect(people).toMatchObject({ status: 'different', sourceRows: ROWS, lakeRows: PEOPLE });
    expect(people!.rows).toEqual([{ side: 'source', ctid: expect.any(String), key: '9' }]);
  });

  it('compares the number of rows of a table without columns, and a view whole, a sample or not', async () => {
    await sql(
      'CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; CREATE VIEW people_view AS SELECT id, name FROM people',
    );
    await copyAll({ tables: ['bare', 'people_view'] });
    for (const options of [{}, { samplePercent: 1 }]) {
      const { bare, people_view } = await verify(options);
      expect(bare).toMatchObject({ status: 'same', sourceRows: 1, lakeRows: 1 });
      expect(people_view).toMatchObject({ status: 'same', sourceRows: ROWS, lakeRows: ROWS });
    }
    await sql('INSERT INTO bare DEFAULT VALUES');
    expect((await verify({ datasets: ['bare'] }))['bare']).toMatchObject({ status: 'different', sourceRows: 2 });
  });

  it('compares what was copied with a condition when it is told the condition', async () => {
    await copyAll({ tables: ['people'], where: 'id < 100' });
    expect((await verify())['people']!.status).toBe('different');
    expect((await verify({ where: 'id < 100' }))['people']).toMatchObject({ status: 'same', sourceRows: 100 });
  });

  it('skips what comes from a query, and fails only the dataset whose table is gone', async () => {
    await copyAll();
    await copyAll({ query: { sql: 'SELECT 1 AS one', name: 'asked' } });
    await sql('DROP TABLE empty');
    const { datasets, exitCode } = await verifyDatasets({ url: database.url, env: {}, lake });
    expect(datasets.map(({ dataset, status, error }) => [dataset, status, error?.code])).toEqual([
      ['asked', 'skipped', 'E_USAGE'],
      ['empty', 'failed', 'E_TABLE_NOT_FOUND'],
      ['parted', 'same', undefined],
      ['people', 'same', undefined],
    ]);
    expect(exitCode).toBe(2);
  });

  it('gives way to somebody who waits for a lock', async () => {
    await copyAll({ tables: ['people'], where: 'id < 30' });
    const verifying = verify({ where: `id < 30 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 300 });
    const client = await database.client();
    await expect.poll(() => isRead(client, 'people'), { timeout: 10_000 }).toBe(true);
    const started = performance.now();
    await client.query('ALTER TABLE people ALTER COLUMN name SET STATISTICS 50');
    expect(performance.now() - started).toBeLessThan(2500);
    expect((await verifying)['people']!.status).toBe('same');
  });

  it('gives way also after the connection was lost that looks for who waits', async () => {
    await copyAll({ tables: ['people'], where: 'id < 40' });
    const verifying = verify({ where: `id < 40 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 300 });
    const client = await database.client();
    await expect.poll(() => isRead(client, 'people'), { timeout: 10_000 }).toBe(true);
    // Of our sessions the one that neither reads nor holds a snapshot.
    const lost = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND state = 'idle' AND application_name = (SELECT application_name FROM pg_stat_activity a JOIN pg_locks l USING (pid)
           WHERE relation = 'people'::regclass AND mode = 'AccessShareLock' LIMIT 1)`,
    );
    expect(lost.rowCount).toBe(1);
    const started = performance.now();
    await client.query('ALTER TABLE people ALTER COLUMN name SET STATISTICS 50');
    expect(performance.now() - started).toBeLessThan(2500);
    expect((await verifying)['people']!.status).toBe('same');
  });

  it('goes on behind the rows that it has when it gave way in a long answer', async () => {
    const run = await openRun({ url: database.url, env: {}, target: `${lake}/`, maxBlockMs: 300 });
    const other = await database.client();
    const client = await connectControl(run.connection);
    const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
    const session = await SourceSession.open(run, snapshot);
    try {
      const rows: string[] = [];
      // Four pieces; behind the first there is time to wait for the lock.
      const text = `SELECT g::text AS row FROM (SELECT FROM public.people LIMIT 1) AS one, generate_series(1, 20000) AS g
        WHERE g <= 5000 OR g % 100 <> 99 OR pg_sleep(0.03) IS NOT NULL`;
      const question = { text, values: [], userSql: false, usesCtidRange: false };
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

  it('ends where nobody can look any more for who waits', async () => {
    await copyAll({ tables: ['people'], where: 'id < 100' });
    const verifying = verify({ where: `id < 100 AND pg_sleep(0.1) IS NOT NULL`, maxBlockMs: 100 });
    const client = await database.client();
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

  it('tells how far it is, of each dataset from its beginning to its end', async () => {
    await copyAll();
    const seen = new Map<string, number[]>();
    await verify({
      onEvent: (event) => {
        if (event.type !== 'verify-progress') return;
        seen.set(event.dataset, [...(seen.get(event.dataset) ?? []), event.fraction]);
      },
    });
    expect([...seen.keys()]).toEqual(['empty', 'parted', 'people']);
    for (const fractions of seen.values()) {
      expect(fractions[0]).toBe(0);
      expect(fractions.at(-1)).toBe(1);
      expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
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
    const run = await openRun({ url: database.url, env: {}, target: `${lake}/` });
    const client = await connectControl(run.connection);
    const other = await database.client();
    try {
      const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
      const source = await SourceSession.open(run, snapshot);
      const asking = source.ask({ text: 'SELECT pg_sleep(60)', values: [], userSql: false, usesCtidRange: false });
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

  it('refuses a dataset that there is not, a sample of nothing', async () => {
    await copyAll({ tables: ['empty'] });
    await expect(verify({ datasets: ['nothing'] })).rejects.toMatchObject({
      code: 'E_DATASET_NOT_FOUND',
      message: expect.stringContaining('It has: empty.'),
    });
    await expect(verify({ samplePercent: 0 })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  it('ends with 0 for a difference, with 5 under --strict, and prints no value', async () => {
    await copyAll();
    await sql(`UPDATE people SET name = 'secret' WHERE id = 3`);
    const plain = await runCli(['verify', '--lake', lake, '--url', database.url]);
    expect(plain).toMatchObject({ code: 0, stderr: expect.not.stringContaining('secret') });
    expect(plain.stdout).toMatch(
      /people: differs now\n {2}name: values\n {2}for example: ctid \(\d+,\d+\), key 3 only in the source; key 3 only in the lake/,
    );
    const strict = await runCli(['verify', 'people', '--strict', '--json', '--lake', lake, '--url', database.url]);
    expect(strict.code).toBe(5);
    expect(JSON.parse(strict.stdout)).toMatchObject({
      format: 1,
      exitCode: 5,
      datasets: [{ dataset: 'people', status: 'different' }],
    });
    expect(strict.stdout).not.toContain('secret');
  });
});

describe('copy with verify', () => {
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
      const report = await copy({ url: database.url, target: `${lake}/`, verify: true, connections: 2 });
      expect(report).toMatchObject({ exitCode: 0, source: { connections: 2 + 2 + 2 } });
      expect(opened).toHaveBeenCalledTimes(15);
      expect(most).toBe(2);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it.each([
    [`name = 'new' WHERE id = 1`, 'name (values)', { column: 'name', ctid: expect.stringMatching(/^\(/) }],
    [`name = 'name ' || 13 - id WHERE id IN (6, 7)`, 'stand in other rows', { ctid: expect.stringMatching(/^\(/) }],
  ])('tells what differs, and a row, where files do not hold what the snapshot does: %s', async (set, what, facts) => {
    await copyAll({ tables: ['people'] });
    const store = (await openLake(lake, { create: false })).dataset('people');
    // What stands in for a fault on the way: the files of the state before.
    const parts = (await store.load())!.parts.map((part) => store.locatePart(part));
    await sql(`UPDATE people SET ${set}`);
    const run = await openRun({ url: database.url, env: {}, target: `${lake}/`, tables: ['people'] });
    const client = await connectControl(run.connection);
    try {
      const snapshot = await exportSnapshot(client, run.server.settings, 60_000);
      const { tables } = await makePlan(client, run);
      await expect(verifyCopied(run, snapshot, tables[0]!, parts, ROWS)).rejects.toMatchObject({
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
    const run = await openRun({ url: database.url, env: {}, target: `${lake}/`, tables: ['empty'] });
    const client = await connectControl(run.connection);
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const { tables } = await makePlan(client, run);
      const target = await openTarget({ target: `${lake}/`, runId: run.runId, force: false, createdBy: 'test' });
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
      expect(await (await openLake(lake, { create: false })).dataset('empty').load()).toBeNull();
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
          runSqlNow(database.url, ['DELETE FROM people WHERE id < 100', 'UPDATE people SET price = 0']);
        },
      });
      expect(changes).toBe(1);
      expect((await verify())['people']!.status).toBe('different');
    },
  );

  it('says of a view that gives other rows each time that it proves nothing', async () => {
    await sql('CREATE VIEW ticking AS SELECT i AS id, clock_timestamp() AS at FROM generate_series(1, 3) i');
    const report = await copy({ url: database.url, target: `${lake}/`, tables: ['ticking'], verify: true });
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
      copy({ url: database.url, target: `${lake}/`, verify: true, consistency: 'chunk' }),
    ).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});
