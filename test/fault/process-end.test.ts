/**
 * The process ends in the middle of a copy: by SIGKILL at random moments, after which the last version is current and whole and
 * the next run clears up; by Ctrl-C, after which nothing is left on the server or in the target; by having nothing left to do, after an abort.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openLake } from '../../src/lake/lake.ts';
import { type RunningCli, startCli } from '../support/cli-process.ts';
import { type Fingerprint, fingerprintOfDataset, fingerprintOfFiles, fingerprintOfTable } from '../support/copied.ts';
import { createDatabase, expectNoConnectionsLeft, testServer } from '../support/postgres.ts';
import { randomOf, rounds } from '../support/seed.ts';
import { SPARSE_ORDERS, sourceOfSuite } from '../support/source-of-suite.ts';
import { temporaryFolder, temporaryFolderOfSuite } from '../support/temporary-folder.ts';

const server = await testServer();
const script = fileURLToPath(new URL('../support/cli-from-source.ts', import.meta.url));

const source = sourceOfSuite(server, SPARSE_ORDERS);

const inTable = () => fingerprintOfTable(source.client, 'orders');

/** Small row groups and parts, so that there is something to lose at any moment. */
function startCopy(target: string, ...flags: string[]): RunningCli {
  const args = ['copy', 'orders', target, '--connections', '2', '--row-group-rows', '2000', '--part-bytes', '100kB'];
  return startCli([...args, ...flags], { script, env: { DATABASE_URL: source.url } });
}

/** Milliseconds that a copy takes here and now, from its process's start to its end. */
async function timeOfCopy(target: string, ...flags: string[]): Promise<number> {
  const startedAt = performance.now();
  expect(await startCopy(target, ...flags).ended).toMatchObject({ code: 0 });
  return performance.now() - startedAt;
}

/** Folders of runs, and how many versions there are: the same where nothing is left over. */
async function runsAndVersions(lake: string) {
  const version = await (await openLake(lake, { create: false })).dataset('orders').load();
  const runs = await readdir(join(lake, 'orders', 'data'));
  return { runs: runs.length, versions: version?.version ?? 0 };
}

describe('killed at random moments', () => {
  const lake = temporaryFolderOfSuite('killed');
  const random = randomOf('killed, lake');
  let durationMs: number;
  let current: Fingerprint;
  let lost = 0;
  beforeAll(async () => {
    durationMs = await timeOfCopy(`${lake()}/`);
    current = await inTable();
  });

  test.each(rounds(20))('the last version is whole (round %i)', async (round) => {
    await source.client.query('UPDATE orders SET n = $1 WHERE id = 1 + $1 % 60000', [round]);
    const next = await inTable();
    const { process, ended } = startCopy(`${lake()}/`);
    await Promise.race([sleep(durationMs * (0.15 + 0.9 * random())), ended]);
    process.kill('SIGKILL');
    const { signal } = await ended;
    const found = await fingerprintOfDataset(lake(), 'orders');
    // A version can be committed by a run that is killed a moment later.
    expect([current, next]).toContainEqual(found);
    if (signal === 'SIGKILL' && found?.checksum === current.checksum) lost++;
    if (found?.checksum === next.checksum) current = next;
  });

  test('and the next run is exact and clears up', async () => {
    expect(lost, 'runs that were killed before their commit').toBeGreaterThan(0);
    expect(await startCopy(`${lake()}/`).ended).toMatchObject({ code: 0 });
    expect(await fingerprintOfDataset(lake(), 'orders')).toEqual(await inTable());
    const { runs, versions } = await runsAndVersions(lake());
    expect(runs).toBe(versions);
    expect((await readdir(join(lake(), 'orders', 'lease'))).length).toBe(1);
  });
});

test('killed at random moments while it replaces a file: the file is whole, and the next run clears up', async () => {
  const random = randomOf('killed, file');
  const folder = await temporaryFolder();
  const file = join(folder, 'orders.parquet');
  const durationMs = await timeOfCopy(file);
  let current: Fingerprint = await inTable();
  for (const round of rounds(4)) {
    await source.client.query('UPDATE orders SET n = -$1 WHERE id = 1 + $1 % 60000', [round]);
    const next = await inTable();
    const { process, ended } = startCopy(file, '--force');
    await Promise.race([sleep(durationMs * (0.3 + 0.7 * random())), ended]);
    process.kill('SIGKILL');
    await ended;
    const found = await fingerprintOfFiles(file);
    expect([current, next]).toContainEqual(found);
    if (found.checksum === next.checksum) current = next;
  }
  expect(await startCopy(file, '--force').ended).toMatchObject({ code: 0 });
  expect(await fingerprintOfFiles(file)).toEqual(await inTable());
  expect(await readdir(folder)).toEqual(['orders.parquet']);
});

test('Ctrl-C at random moments: 130 within ten seconds, nothing left on the server or in the lake, and the next run is exact', async () => {
  const random = randomOf('interrupted');
  const lake = `${await temporaryFolder()}/`;
  const durationMs = await timeOfCopy(lake);
  let interrupted = 0;
  for (const _ of rounds(6)) {
    const { process, ended } = startCopy(lake);
    await Promise.race([sleep(durationMs * (0.2 + 0.8 * random())), ended]);
    const askedAt = performance.now();
    process.kill('SIGINT');
    const { code, signal, stderr } = await ended;
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    // Before the command has begun, and after it has ended, a signal has its usual effect.
    if (signal === null && code !== 0)
      expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining('E_INTERRUPTED') });
    if (code === 130) interrupted++;
    await expectNoConnectionsLeft(server);
    const { runs, versions } = await runsAndVersions(lake);
    expect(runs).toBe(versions);
  }
  expect(interrupted, 'runs that were interrupted in the middle').toBeGreaterThan(0);
  expect(await startCopy(lake).ended).toMatchObject({ code: 0 });
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(await inTable());
});

describe('Ctrl-C while the server is busy', () => {
  const SLEEP = ['--query', 'SELECT 1 AS id, 1 AS n, pg_sleep(60)::text AS note', '--name', 'slow'];

  function startSlow(target: string, env: Readonly<Record<string, string>> = {}): RunningCli {
    return startCli(['copy', target, ...SLEEP], { script, env: { DATABASE_URL: source.url, ...env } });
  }

  async function seenOnServer(pattern: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const sql = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'dracula%' AND state = 'active' AND query LIKE $1`;
        expect((await source.client.query(sql, [pattern])).rowCount).toBe(1);
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  async function seenWaitingForLock(): Promise<void> {
    const sql = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'dracula%' AND wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect((await source.client.query(sql)).rowCount).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 50,
    });
  }

  test('with a statement that takes a minute: it is cancelled on the server', async () => {
    const folder = await temporaryFolder();
    const { process, ended } = startSlow(join(folder, 'slow.parquet'));
    await seenOnServer('%pg_sleep(60)%');
    const askedAt = performance.now();
    process.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    await expectNoConnectionsLeft(server);
    expect(await readdir(folder)).toEqual([]);
  });

  test('twice: it is gone at once', async () => {
    const folder = await temporaryFolder();
    const { process: cli, ended } = startSlow(join(folder, 'slow.parquet'));
    await seenOnServer('%pg_sleep(60)%');
    const { rows } = await source.client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()`,
    );
    // A backend that stands still is not ended by the first one.
    process.kill(rows[0]!.pid, 'SIGSTOP');
    try {
      cli.kill('SIGINT');
      await sleep(400); // two key presses, not one that arrives twice
      expect(cli.exitCode).toBeNull();
      const askedAt = performance.now();
      cli.kill('SIGINT');
      expect(await ended).toMatchObject({ code: 130 });
      expect(performance.now() - askedAt).toBeLessThan(1_500);
    } finally {
      process.kill(rows[0]!.pid, 'SIGCONT');
    }
    await expectNoConnectionsLeft(server);
  });

  test.each([
    ['ranges of ctids', []],
    ['a whole relation', ['--chunk-by', 'relation']],
  ])(
    'behind a lock of somebody else (%s): 130, and nothing of it waits on the server two seconds later',
    async (_, args) => {
      const locker = await source.newClient();
      const { process, ended } = startCopy(`${await temporaryFolder()}/`, ...args);

      await locker.query('BEGIN; LOCK TABLE orders');
      try {
        await seenWaitingForLock();
        process.kill('SIGINT');
        await expectNoConnectionsLeft(server);
        expect(await ended).toMatchObject({ code: 130 });
      } finally {
        await locker.query('ROLLBACK');
      }
    },
  );
});

test('a program whose abort came while a chunk waited to be read again ends by itself', async () => {
  // The control connection and the snapshot's take what the role is allowed, so that no chunk can be read.
  const role =
    'CREATE ROLE two_sessions LOGIN CONNECTION LIMIT 2; CREATE TABLE here (id int); GRANT SELECT ON here TO two_sessions';
  const database = await createDatabase(server, role);
  const url = new URL(database.url);
  url.username = 'two_sessions';
  const program = fileURLToPath(new URL('../support/abort-in-child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, url.href, await temporaryFolder()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('E_INTERRUPTED\n');
  const rejectedAt = performance.now();
  expect(await exited).toEqual([0, null]);
  // After the third failure a chunk rests for four seconds.
  expect(performance.now() - rejectedAt).toBeLessThan(3_000);
  await database.drop();
});
