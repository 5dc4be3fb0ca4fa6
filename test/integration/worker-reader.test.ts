/** What a worker does with its messages, on a real server, with nobody behind it who cancels: a `yield` alone makes room. */
import { join } from 'node:path';
import type { Client } from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { kernelMemory } from '../../src/core/kernel-memory.ts';
import { exportSnapshot } from '../../src/extract/snapshot.ts';
import { sharingOf } from '../../src/pipeline/copy-group.ts';
import { openRun } from '../../src/pipeline/copy-run.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import type { FromWorker } from '../../src/pipeline/worker-protocol.ts';
import { WorkerReader } from '../../src/pipeline/worker-reader.ts';
import { workerSettings } from '../../src/pipeline/worker-settings.ts';
import { fingerprintOfFiles, fingerprintOfTable } from '../support/copied.ts';
import { createDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

const ROWS = 3_000;
const ORDERS = `
  CREATE TABLE orders (id int, n int, note text);
  INSERT INTO orders SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, ${ROWS}) AS i;
  ANALYZE orders;`;

/** A worker of this process, its one table a whole heap, which comes in some hundred slices with a pause behind each. */
async function startReader() {
  const database = await createDatabase(server, ORDERS);
  onTestFinished(() => database.drop());
  const [client, exporter] = [await database.client(), await database.client()];
  const folder = await temporaryFolder();
  const run = await openRun({ url: database.url, target: folder, tables: ['orders'], chunkBy: 'relation', env: {} });
  const snapshot = await exportSnapshot(exporter, run.server.settings, 60_000);
  const { tables } = await makePlan(exporter, run);
  const settings = workerSettings(run, 0, sharingOf(run.options, tables));
  const said: FromWorker[] = [];
  const reader = new WorkerReader(
    { ...settings, sliceBytes: 1_000, pauseMs: 20 },
    kernelMemory(settings.kernels),
    (message) => said.push(message),
  );
  onTestFinished(async () => {
    await reader.end();
    await snapshot.release();
    await run.close();
  });
  const [plan] = tables;
  const target = { kind: 'folder', folder, nextPart: new SharedArrayBuffer(4) } as const;
  const job = { jobId: 1, plan: plan!, snapshotId: snapshot.id, target, keyValues: {}, quarantine: null };
  reader.receive({ type: 'table', job });
  return { client, waiter: await database.client(), folder, reader, chunk: plan!.chunks[0]!, said };
}

const ofType = <T extends FromWorker['type']>(said: readonly FromWorker[], type: T) =>
  said.filter((message): message is Extract<FromWorker, { type: T }> => message.type === type);

async function isWaiting(client: Client): Promise<boolean> {
  const sql = `SELECT FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted`;
  return (await client.query(sql)).rowCount === 1;
}

test('a whole heap whose lock somebody waits for lets go of it between two slices, and goes on after the last ctid', async () => {
  const { client, waiter, folder, reader, chunk, said } = await startReader();
  const expected = await fingerprintOfTable(client, 'orders');
  reader.receive({ type: 'read', jobId: 1, chunk });
  await vi.waitFor(() => expect(ofType(said, 'progress').length).toBeGreaterThan(0), { timeout: 20_000 });
  await waiter.query('BEGIN');
  const lock = waiter.query('LOCK TABLE orders');
  await vi.waitFor(async () => expect(await isWaiting(client)).toBe(true), { timeout: 20_000, interval: 20 });
  expect(ofType(said, 'chunk-done')).toEqual([]);

  reader.receive({ type: 'yield', chunkId: chunk.id });
  await lock;
  // Every row gets another ctid, behind the last: in the snapshot they stand where they stood.
  await waiter.query('UPDATE orders SET n = n + 1; COMMIT');
  await vi.waitFor(() => expect(ofType(said, 'chunk-done')).toHaveLength(1), { timeout: 60_000 });

  expect(ofType(said, 'chunk-failed')).toEqual([]);
  expect(ofType(said, 'chunk-yielded')).toEqual([{ type: 'chunk-yielded', chunkId: chunk.id }]);
  const transactions = ofType(said, 'chunk-started').map(({ transaction }) => transaction);
  expect(new Set(transactions.map(({ xactStart }) => xactStart)).size, 'transactions').toBe(2);
  // On one connection: no session was ended for it.
  expect(new Set(transactions.map(({ pid }) => pid)).size, 'sessions').toBe(1);
  expect(ofType(said, 'chunk-done')).toMatchObject([{ chunkId: chunk.id, rows: ROWS }]);
  reader.receive({ type: 'close-part', jobId: 1 });
  const parts = ofType(said, 'part').map(({ part }) => join(folder, part.name!));
  expect(await fingerprintOfFiles(parts)).toEqual(expected);
});
