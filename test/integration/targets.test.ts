/** Where a copy cannot write, or must not: refused before a row is read, with exit code 4, and what is there stays as it is. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isDraculaError } from '../../src/errors.ts';
import { openLake } from '../../src/lake/lake.ts';
import { createFolderStorage } from '../../src/lake/storage.ts';
import { commitVersion, loadNewest } from '../../src/lake/versions.ts';
import { startCli } from '../support/cli-process.ts';
import { copy, fingerprintOfDataset, fingerprintOfFiles, fingerprintOfTable, outcomes } from '../support/copied.ts';
import { emptyDraft } from '../support/lake-run.ts';
import { createDatabase, expectNoConnectionsLeft, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();
const script = fileURLToPath(new URL('../support/cli-from-source.ts', import.meta.url));

/** What a process that copies may take until it reads, on a machine that does much else. */
const STARTS_MS = 60_000;

const ORDERS = `
  CREATE TABLE orders (id int PRIMARY KEY, n int, note text);
  INSERT INTO orders SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 500) AS i;
  CREATE TABLE other (id int PRIMARY KEY, n int, note text);
  CREATE VIEW slowly AS SELECT id, n, note || pg_sleep(0.02)::text AS note FROM orders WHERE id <= 150;
  ANALYZE;`;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase(server, ORDERS);
  client = await database.client();
});
afterAll(() => database.drop());

/** The code that the whole run, or its only table, ends with. */
async function failureOf(target: string, force = false): Promise<string> {
  const report = await copy({ url: database.url, target, tables: ['orders'], force }).catch((error: unknown) => error);
  if (report instanceof Error) return isDraculaError(report) ? report.code : report.message;
  return Object.values(outcomes(report as Awaited<ReturnType<typeof copy>>)).join();
}

test('a folder with files of others', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'thesis.doc'), 'ten years');
  expect(await failureOf(folder)).toBe('E_TARGET_FOREIGN');
  expect(await readdir(folder)).toEqual(['thesis.doc']);
});

test('a lake that a newer version wrote', async () => {
  const folder = await temporaryFolder();
  expect(await failureOf(folder)).toBe('copied');
  const marker = join(folder, 'dracula-lake.json');
  const newer = JSON.stringify({ ...JSON.parse(await readFile(marker, 'utf8')), format: 2 });
  await writeFile(marker, newer);
  expect(await failureOf(folder)).toBe('E_LAKE_VERSION');
  expect(await readFile(marker, 'utf8')).toBe(newer);
});

test('a file that exists is replaced only by force', async () => {
  const file = join(await temporaryFolder(), 'orders.parquet');
  await writeFile(file, 'precious');
  expect(await failureOf(file)).toBe('E_TARGET_EXISTS');
  expect(await readFile(file, 'utf8')).toBe('precious');
  expect(await failureOf(file, true)).toBe('copied');
  expect(await fingerprintOfFiles(file)).toEqual(await fingerprintOfTable(client, 'orders'));
});

test('a file in a folder that does not exist, and a lake below a file', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  expect(await failureOf(join(folder, 'no', 'orders.parquet'))).toBe('E_TARGET');
  expect(await failureOf(join(folder, 'file', 'lake'))).toBe('E_TARGET');
  expect(await readdir(folder)).toEqual(['file']);
});

test('two tables into one file', async () => {
  const folder = await temporaryFolder();
  const running = copy({ url: database.url, target: join(folder, 'both.parquet'), tables: ['orders', 'other'] });
  await expect(running).rejects.toMatchObject({ code: 'E_USAGE' });
  expect(await readdir(folder)).toEqual([]);
});

test.each(['lake/', 'orders.parquet'])('a folder that this user may not write: %s', async (target) => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o555);
  expect(await asNobody(() => failureOf(join(folder, target)))).toBe('E_TARGET');
  expect(await readdir(folder)).toEqual([]);
});

/** Root may write everything: then as the user who may write nothing. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('two runs on one dataset: the second ends with exit code 4 before it reads', async () => {
  const lake = `${await temporaryFolder()}/`;
  const first = startCli(['copy', 'slowly', lake], { script, env: { DATABASE_URL: database.url } });
  const readers = `SELECT count(*)::int AS readers FROM pg_stat_activity
    WHERE application_name LIKE 'dracula%' AND state <> 'idle' AND query LIKE 'SELECT "id"%'`;
  await vi.waitFor(async () => expect((await client.query(readers)).rows).toEqual([{ readers: 1 }]), {
    timeout: STARTS_MS,
    interval: 20,
  });
  const events: string[] = [];
  const second = await copy({
    url: database.url,
    target: lake,
    tables: ['slowly'],
    onEvent: ({ type }) => void events.push(type),
  });
  expect(outcomes(second)).toEqual({ slowly: 'E_LEASE_HELD' });
  expect(second).toMatchObject({ exitCode: 4, source: { bytesSent: 0, connections: 2 } });
  expect(events).not.toContain('table-started');
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(await fingerprintOfDataset(lake, 'slowly')).toMatchObject({ rows: 150 });
});

test('the lease of a run that was killed is taken over at once', async () => {
  const lake = `${await temporaryFolder()}/`;
  const { process: child, ended } = startCli(['copy', 'slowly', lake], { script, env: { DATABASE_URL: database.url } });
  await vi.waitFor(async () => expect(await readdir(join(lake, 'slowly', 'data'))).toHaveLength(1), {
    timeout: STARTS_MS,
    interval: 20,
  });
  child.kill('SIGKILL');
  await ended;
  expect(outcomes(await copy({ url: database.url, target: lake, tables: ['slowly'] }))).toEqual({ slowly: 'copied' });
  expect(await readdir(join(lake, 'slowly', 'data'))).toHaveLength(1);
});

test('with leases out of play: who commits second gets a conflict, and damages nothing', async () => {
  const lake = await temporaryFolder();
  expect(await failureOf(lake)).toBe('copied');
  const before = await fingerprintOfDataset(lake, 'orders');
  const storage = createFolderStorage(lake);
  const base = await loadNewest(storage, 'orders');
  const draft = {
    ...emptyDraft('20991231t000000-000000000000'),
    parts: base!.parts,
    rows: base!.rows,
    bytes: base!.bytes,
    schema: base!.schema,
  };
  let meanwhile: Promise<unknown> | null = null;
  const report = await copy({
    url: database.url,
    target: lake,
    tables: ['orders'],
    onEvent({ type }) {
      if (type === 'table-started') meanwhile ??= commitVersion(storage, 'orders', base, draft);
      // The other one is done before rows arrive: the first slice takes longer than a file of two kilobytes.
      if (type === 'table-started') runSqlNow(database.url, ['SELECT 1']);
    },
  });
  await meanwhile;
  expect(outcomes(report)).toEqual({ orders: 'E_COMMIT_CONFLICT' });
  expect(report.exitCode).toBe(4);
  expect((await (await openLake(lake, { create: false })).dataset('orders').load())?.version).toBe(2);
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(before);
  expect(await readdir(join(lake, 'orders', 'data'))).toHaveLength(1);
  expect(await failureOf(lake)).toBe('copied');
  await expectNoConnectionsLeft(server);
});

test('an empty folder, and one with what operating systems leave, become lakes', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, '.DS_Store'), '');
  await mkdir(join(folder, 'lost+found'));
  expect(await failureOf(folder)).toBe('copied');
});
