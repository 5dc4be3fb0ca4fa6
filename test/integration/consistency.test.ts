/** Every way to cut a table and every consistency give the same rows of a quiet table; what each promises when it is not quiet. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CopyPlan } from '../../src/core/copy-plan.ts';
import type { CopyOptions } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, fingerprintOfDataset, fingerprintOfFiles, outcomes, tableOf } from '../support/copied.ts';
import { describeWithDuckdb } from '../support/duckdb-reader.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, expectNoConnectionsLeft, HAS_CTID_RANGES, testServer } from '../support/postgres.ts';
import { SPARSE_ORDERS, sourceOfSuite } from '../support/source-of-suite.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

const KEPT_OF_60 = fewerIfHostile(60, 2);
const ROWS = 1_000 * KEPT_OF_60;
const source = sourceOfSuite(
  server,
  `${SPARSE_ORDERS} DELETE FROM orders WHERE id % 60 >= ${KEPT_OF_60}; DELETE FROM small WHERE id > 100;`,
);

interface Way {
  readonly way: string;
  readonly options: Partial<CopyOptions>;
  readonly chunked: boolean;
}

const WAYS: readonly Way[] = [
  { way: 'as it comes', options: {}, chunked: HAS_CTID_RANGES },
  { way: 'ranges of the key', options: { chunkBy: 'key' }, chunked: true },
  { way: 'whole relations', options: { chunkBy: 'relation' }, chunked: false },
  { way: 'a snapshot for each table', options: { consistency: 'table' }, chunked: HAS_CTID_RANGES },
  { way: 'a snapshot for each chunk', options: { consistency: 'chunk', chunkBy: 'key' }, chunked: true },
  { way: 'one connection', options: { connections: 1 }, chunked: HAS_CTID_RANGES },
  {
    way: 'parts and row groups of few rows',
    options: { rowGroupRows: 700, partBytes: 20_000 },
    chunked: HAS_CTID_RANGES,
  },
];

test.each(WAYS)('$way: the same rows', async ({ options, chunked }) => {
  const target = await temporaryFolder();
  let plan: CopyPlan | null = null;
  const report = await copy({
    url: source.url,
    target,
    tables: ['orders'],
    ...options,
    onEvent(event) {
      if (event.type === 'planned') plan = event.plan;
    },
  });
  expect(outcomes(report)).toEqual({ orders: 'copied' });
  expect((plan as CopyPlan | null)?.tables[0]?.chunks.length).toEqual(
    chunked ? expect.toSatisfy((n: number) => n > 1) : 1,
  );
  expect(await fingerprintOfDataset(target, 'orders')).toEqual(source.expected);
});

test('ranges of ctids: the same rows, and a clear no of a server that has none', async () => {
  const target = await temporaryFolder();
  const running = copy({ url: source.url, target, tables: ['orders'], chunkBy: 'ctid' });
  if (HAS_CTID_RANGES) {
    expect(outcomes(await running)).toEqual({ orders: 'copied' });
    expect(await fingerprintOfDataset(target, 'orders')).toEqual(source.expected);
  } else {
    await expect(running).rejects.toMatchObject({ code: 'E_CHUNK_BY' });
    await expectNoConnectionsLeft(server);
  }
});

test.each([
  { what: 'nothing happens', statements: [], outcome: 'copied' },
  {
    what: 'its rows move to partitions made since',
    statements: [
      'ALTER TABLE parted DETACH PARTITION parted_all',
      'CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100)',
      'CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (1000)',
      'WITH moved AS (DELETE FROM parted_all RETURNING id) INSERT INTO parted SELECT id FROM moved',
    ],
    outcome: 'E_SOURCE_CHANGED',
  },
])('a partitioned table, a snapshot for each chunk, $what', async ({ statements, outcome }) => {
  const made = await createDatabase(
    server,
    `CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
     CREATE TABLE parted_all PARTITION OF parted FOR VALUES FROM (0) TO (1000); INSERT INTO parted SELECT generate_series(0, 199);`,
  );
  const report = await copy({
    url: made.url,
    target: await temporaryFolder(),
    tables: ['parted'],
    consistency: 'chunk',
    chunkBy: 'key',
    onEvent: ({ type }) => {
      if (type === 'planned') runSqlNow(made.url, statements);
    },
  });
  await made.drop();
  expect(outcomes(report)).toEqual({ parted: outcome });
  expect(tableOf(report, 'parted').rows).toBe(outcome === 'copied' ? 200 : 0);
});

test('one file by four workers: the same rows', async () => {
  const target = join(await temporaryFolder(), 'orders.parquet');
  const report = await copy({ url: source.url, target, tables: ['orders'], connections: 4, rowGroupRows: 1_000 });
  expect(tableOf(report, 'orders')).toMatchObject({ status: 'copied', rows: ROWS, version: null });
  expect(await fingerprintOfFiles(target)).toEqual(source.expected);
});

test('the version says how consistent it is, and with which snapshot', async () => {
  const target = await temporaryFolder();
  const sourceOf = async (options: Partial<CopyOptions>) => {
    await copy({ url: source.url, target, tables: ['small'], ...options });
    return (await (await openLake(target, { create: false })).dataset('small').load())?.source;
  };
  const snapshot = expect.stringMatching(/^[0-9A-F]{8}-[0-9A-F]{8}-\d+$/);
  expect(await sourceOf({})).toMatchObject({ consistency: 'run', snapshot });
  expect(await sourceOf({ consistency: 'table' })).toMatchObject({ consistency: 'table', snapshot });
  expect(await sourceOf({ consistency: 'chunk', chunkBy: 'key' })).toMatchObject({
    consistency: 'chunk',
    snapshot: null,
  });
});

test('a snapshot for each table: what changes after the plan is planned again', async () => {
  const sql = `CREATE TABLE dropped (id int, n int, note text);
    CREATE TABLE forbidden_name (id int, n int, note text);
    CREATE TABLE grown (id int, n int, note text); INSERT INTO grown VALUES (1, 1, 'one');
    CREATE TABLE truncated (id int, n int, note text); INSERT INTO truncated VALUES (1, 1, 'one');`;
  const other = await createDatabase(server, sql);
  try {
    const target = await temporaryFolder();
    const report = await copy({
      url: other.url,
      target,
      consistency: 'table',
      onEvent({ type }) {
        if (type === 'planned')
          runSqlNow(other.url, [
            'DROP TABLE dropped',
            "ALTER TABLE grown ADD COLUMN more text DEFAULT 'more'",
            'TRUNCATE truncated',
            'ALTER TABLE forbidden_name RENAME TO renamed',
          ]);
      },
    });
    expect(outcomes(report)).toEqual({
      dropped: 'E_SOURCE_CHANGED',
      forbidden_name: 'E_SOURCE_CHANGED',
      grown: 'copied',
      truncated: 'copied',
    });
    expect(report.exitCode).toBe(3);
    const grown = (await openLake(target, { create: false })).dataset('grown');
    const [part] = (await grown.load())!.parts;
    expect((await describeWithDuckdb(grown.locatePart(part!))).map(({ name }) => name)).toEqual([
      'id',
      'n',
      'note',
      'more',
    ]);
    // Empty is what it was when its snapshot was taken.
    expect(await fingerprintOfDataset(target, 'truncated')).toMatchObject({ rows: 0 });
    await expectNoConnectionsLeft(server);
  } finally {
    await other.drop();
  }
});

test.each(['run', 'table'] as const)(
  'a snapshot that becomes too old (%s): the read is cancelled, and nothing is published',
  async (consistency) => {
    await source.client.query(
      'CREATE OR REPLACE VIEW slowly AS SELECT id, n, note || pg_sleep(0.05)::text AS note FROM orders',
    );
    const target = await temporaryFolder();
    const startedAt = performance.now();
    const report = await copy({ url: source.url, target, tables: ['slowly'], maxSnapshotAgeMs: 1_000, consistency });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(outcomes(report)).toEqual({ slowly: 'E_SNAPSHOT_AGE' });
    expect(report.exitCode).toBe(3);
    expect(await fingerprintOfDataset(target, 'slowly')).toBeNull();
    await expectNoConnectionsLeft(server);
  },
);

test('a weaker consistency than asked for is refused, not chosen', async () => {
  const target = await temporaryFolder();
  await expect(copy({ url: source.url, target, consistency: 'chunk' })).rejects.toMatchObject({ code: 'E_USAGE' });
});
