/**
 * Sessions of ours that the server ends in the middle of a copy: a reader's chunk is read again and the rows are exact; without
 * the snapshot's session what was not read fails; without the control session the run goes on.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import {
  copy,
  fingerprintOfDataset,
  fingerprintOfFiles,
  fingerprintOfTable,
  outcomes,
  tableOf,
} from '../support/copied.ts';
import { expectNoConnectionsLeft, startTestServer } from '../support/postgres.ts';
import { randomOf, rounds } from '../support/seed.ts';
import { SPARSE_ORDERS, sourceOfSuite } from '../support/source-of-suite.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await startTestServer();

const source = sourceOfSuite(server, SPARSE_ORDERS);

const small = () => fingerprintOfTable(source.client, 'small');

/** In the order in which they came: the control session, the exporter of the snapshot, the readers. */
const OURS = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dracula%' AND datname = current_database() ORDER BY backend_start`;
const end = (which: string) => `SELECT pg_terminate_backend(pid) FROM (${OURS} ${which}) AS ours`;
const CONTROL = end('LIMIT 1');
const EXPORTER = end('OFFSET 1 LIMIT 1');
const EVERYBODY = end('');

describe('a reader is ended at random moments', () => {
  let retried = 0;

  test.each(rounds(10))('its chunks are read again, and the rows are exact (round %i)', async (round) => {
    const random = randomOf(`reader ended, round ${round}`);
    const folder = await temporaryFolder();
    const target = round % 2 === 0 ? folder : join(folder, 'orders.parquet');
    const running = copy({
      url: source.url,
      target,
      tables: ['orders'],
      rowGroupRows: 1_000,
      partBytes: 20_000,
      chunkBy: 'ctid',
    });
    let over = false;
    const ended = running.finally(() => {
      over = true;
    });
    ended.catch(() => {}); // awaited below
    for (let kills = 0; kills < 2 && !over; ) {
      const pid = await aReader(random());
      if (pid === null) continue;
      await sleep(120 * random());
      await source.client.query('SELECT pg_terminate_backend($1)', [pid]);
      kills++;
    }
    const report = await running;
    expect(outcomes(report)).toEqual({ orders: 'copied' });
    retried += tableOf(report, 'orders').chunksRetried;
    const found = target === folder ? await fingerprintOfDataset(folder, 'orders') : await fingerprintOfFiles(target);
    expect(found).toEqual(source.expected);
  });

  test('and some of those moments were in the middle of a chunk', () => expect(retried).toBeGreaterThan(0));

  async function aReader(share: number): Promise<number | null> {
    const { rows } = await source.client.query<{ pid: number }>(`${OURS} OFFSET 2`);
    return rows[Math.floor(share * rows.length)]?.pid ?? null;
  }
});

/** Copies, and ends sessions at the first event of this type. */
async function copyWith(
  sessions: string,
  at: 'planned' | 'table-started' | 'table-progress',
  options: Partial<CopyOptions> = {},
) {
  const lake = await temporaryFolder();
  let done = false;
  const report = await copy({
    url: source.url,
    target: lake,
    tables: ['orders', 'small'],
    connections: 1,
    ...options,
    onEvent({ type }) {
      if (type !== at || done) return;
      done = true;
      expect(runSqlNow(source.url, [sessions])).not.toEqual([]);
    },
  });
  return { report, lake };
}

test.each(['table-started', 'table-progress'] as const)(
  'the session of the snapshot is ended (%s): what was not read fails',
  async (at) => {
    const { report, lake } = await copyWith(EXPORTER, at);
    expect(outcomes(report)).toEqual({ orders: 'E_SNAPSHOT_LOST', small: 'E_SNAPSHOT_LOST' });
    expect(report.exitCode).toBe(3);
    expect(await fingerprintOfDataset(lake, 'orders')).toBeNull();
    expect((await copy({ url: source.url, target: lake })).exitCode).toBe(0);
    expect(await fingerprintOfDataset(lake, 'orders')).toEqual(source.expected);
  },
);

test('under --consistency table a lost snapshot costs one table: the next has its own', async () => {
  const { report, lake } = await copyWith(EXPORTER, 'table-progress', { consistency: 'table' });
  expect(outcomes(report)).toEqual({ orders: 'E_SNAPSHOT_LOST', small: 'copied' });
  expect(report.exitCode).toBe(3);
  expect(await fingerprintOfDataset(lake, 'small')).toEqual(await small());
});

test('the control session is ended: the run goes on, and leaves no session behind', async () => {
  const query = {
    sql: 'SELECT id, n, note || pg_sleep(0.02)::text AS note FROM small WHERE id <= 100',
    name: 'slowly',
  };
  const lake = await temporaryFolder();
  const report = await copy({
    url: source.url,
    target: lake,
    query,
    onEvent: ({ type }) => void (type === 'planned' && runSqlNow(source.url, [CONTROL])),
  });
  expect(outcomes(report)).toEqual({ slowly: 'copied' });
  expect(await fingerprintOfDataset(lake, 'slowly')).toMatchObject({ rows: 100 });
  await expectNoConnectionsLeft(server);
});

test('the control session is ended before there is a plan: the run says so', async () => {
  const running = copy({
    url: source.url,
    target: await temporaryFolder(),
    onEvent: ({ type }) => void (type === 'run-started' && runSqlNow(source.url, [CONTROL])),
  });
  const port = Number(new URL(source.url).port);
  await expect(running).rejects.toMatchObject({ code: 'E_CONNECTION_LOST', facts: { port } });
});

test.each(['planned', 'table-started', 'table-progress', 'run-finished'] as const)(
  'a listener that throws at %s ends the run with its error, and leaves nothing behind',
  async (at) => {
    const target = await temporaryFolder();
    const running = copy({
      url: source.url,
      target,
      tables: ['orders'],
      onEvent({ type }) {
        if (type === at) throw new RangeError('of the listener');
      },
    });
    await expect(running).rejects.toThrow(new RangeError('of the listener'));
    expect((await fingerprintOfDataset(target, 'orders')) === null).toBe(at !== 'run-finished');
    await expectNoConnectionsLeft(server);
  },
);

test.each(['planned', 'run-finished'] as const)(
  'a listener whose promise is rejected at %s ends the run with its error',
  async (at) => {
    const running = copy({
      url: source.url,
      target: await temporaryFolder(),
      tables: ['orders'],
      async onEvent({ type }) {
        await sleep(1);
        if (type === at) throw new RangeError('of the listener');
      },
    });
    await expect(running).rejects.toThrow(new RangeError('of the listener'));
    await expectNoConnectionsLeft(server);
  },
);

test('a run that fails waits for its listener too, and tells its own error, which was the first', async () => {
  let waited = false;
  const running = copy({
    url: source.url,
    target: await temporaryFolder(),
    tables: ['nothing_like_it'],
    async onEvent({ type }) {
      if (type !== 'run-started') return;
      await sleep(400);
      waited = true;
      throw new RangeError('late');
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'E_TABLE_NOT_FOUND' });
  expect(waited).toBe(true);
  await expectNoConnectionsLeft(server);
});

test('all sessions are ended: a clear error, nothing published, and the next run is right', async () => {
  const { report, lake } = await copyWith(EVERYBODY, 'table-progress', { tables: ['orders'] });
  expect(['E_SNAPSHOT_LOST', 'E_CONNECTION_LOST']).toContain(outcomes(report)['orders']);
  expect(report.exitCode).toBe(3);
  expect(await fingerprintOfDataset(lake, 'orders')).toBeNull();
  expect((await copy({ url: source.url, target: lake, tables: ['orders'] })).exitCode).toBe(0);
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(source.expected);
});

test('the server stops at once: a clear error, nothing published, and the next run is right', async () => {
  const lake = await temporaryFolder();
  let restarted: Promise<void> | null = null;
  const report = await copy({
    url: source.url,
    target: lake,
    tables: ['orders'],
    connections: 1,
    onEvent({ type }) {
      if (type === 'table-progress') restarted ??= server.restart('immediate');
    },
  });
  await restarted;
  expect(['E_SNAPSHOT_LOST', 'E_CONNECTION_LOST']).toContain(outcomes(report)['orders']);
  expect(await fingerprintOfDataset(lake, 'orders')).toBeNull();
  expect((await copy({ url: source.url, target: lake, tables: ['orders'] })).exitCode).toBe(0);
  expect(await fingerprintOfDataset(lake, 'orders')).toEqual(source.expected);
});
