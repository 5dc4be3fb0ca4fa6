/** The scheduler between tables and workers that only listen: what it sends, and when. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DraculaError, type ErrorCode, serializeError } from '../../../src/errors.ts';
import { Scheduler } from '../../../src/pipeline/scheduler.ts';
import { stoppedBy, TableCopy } from '../../../src/pipeline/table-copy.ts';
import type { TableTarget } from '../../../src/pipeline/target.ts';
import type { ToWorker } from '../../../src/pipeline/worker-protocol.ts';
import { sampleTablePlan } from '../../support/run-samples.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const target: TableTarget = {
  parts: { kind: 'folder', folder: '/nowhere', nextPart: new SharedArrayBuffer(4) },
  quarantine: null,
  lost: null,
  removePart: async () => undefined,
  commit: async () => ({ version: 1, bytes: 0, parts: 0 }),
  abandon: async () => undefined,
};

function schedule(
  tables: readonly TableCopy[],
  { failFast = false, commit = target.commit }: { failFast?: boolean; commit?: TableTarget['commit'] | undefined } = {},
): Scheduler {
  return new Scheduler({
    tables,
    failFast,
    numericDeclared: false,
    nextJobId: () => 2,
    describeJob: ({ jobId, plan }) => ({
      jobId,
      plan,
      snapshotId: 's',
      target: target.parts,
      keyValues: {},
      quarantine: null,
    }),
    commit: () => commit({} as never),
    admit: () => undefined,
    onEvent: () => undefined,
  });
}

/** One table of two chunks, 0 and 1, with `next` behind it, and these workers; `sent` holds the chunks that each was given. */
function start(workers: number, change: { lost?: AbortSignal; commit?: TableTarget['commit']; next?: TableCopy } = {}) {
  const table = new TableCopy(sampleTablePlan(), { ...target, lost: change.lost ?? null }, 1);
  const tables = [table, ...(change.next ? [change.next] : [])];
  const scheduler = schedule(tables, { failFast: change.next !== undefined, commit: change.commit });
  const sent = Array.from({ length: workers }, (): number[] => []);
  for (const [id, chunks] of sent.entries()) {
    const send = (message: ToWorker) => void (message.type === 'read' && chunks.push(message.chunk.id));
    scheduler.addWorker({ id, send, end: async () => undefined });
  }
  const ended = scheduler.run();
  const fail = (workerId: number, chunkId: number, code: ErrorCode, yielded = false) =>
    scheduler.receive(workerId, {
      type: 'chunk-failed',
      jobId: 1,
      chunkId,
      error: serializeError(new DraculaError(code, 'It failed.')),
      openPartChunkIds: [],
      yielded,
    });
  return { table, sent, fail, scheduler, ended };
}

it('a chunk whose connection was lost is read again after 250 ms, 1 s and 4 s, and not before', () => {
  const { table, sent, fail } = start(1);
  for (const [readings, delayMs] of [250, 1_000, 4_000].entries()) {
    fail(0, 0, 'E_CONNECTION_LOST');
    vi.advanceTimersByTime(delayMs - 1);
    expect(sent).toEqual([Array(readings + 1).fill(0)]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([Array(readings + 2).fill(0)]);
  }
  fail(0, 0, 'E_CONNECTION_LOST');
  expect(table.error).toMatchObject({ code: 'E_CONNECTION_LOST' });
});

it('no other chunk of the table is begun until then, and one failure does not end the wait of another', () => {
  const { sent, fail } = start(2);
  expect(sent).toEqual([[0], [1]]);
  fail(0, 0, 'E_CONNECT');
  vi.advanceTimersByTime(200);
  fail(1, 1, 'E_CONNECT');
  vi.advanceTimersByTime(60);
  expect(sent).toEqual([[0], [1]]);
  vi.advanceTimersByTime(190);
  expect(sent).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

it('a run that ends while a table rests leaves no timer behind', async () => {
  const { fail, scheduler, ended } = start(1);
  fail(0, 0, 'E_CONNECTION_LOST');
  expect(vi.getTimerCount()).toBe(1);
  scheduler.failAll(new DraculaError('E_INTERRUPTED', 'The caller aborted.'));
  scheduler.abandonWorkers();
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

it('a chunk that was given back for somebody who waited is read again at once', () => {
  const { sent, fail } = start(1);
  fail(0, 0, 'E_LOCK_TIMEOUT', true);
  expect(sent).toEqual([[0, 0]]);
});

it('a table whose dataset another run took over before it was begun is not read', async () => {
  const reason = new DraculaError('E_LEASE_LOST', 'It is lost.');
  const { table, sent } = start(1, { lost: AbortSignal.abort(reason) });
  await vi.waitFor(() => expect(table.state).toBe('failed'));
  expect([sent, table.error?.code]).toEqual([[[]], 'E_LEASE_LOST']);
});

it('with --fail-fast a commit that fails ends the others too', async () => {
  const chunk = { id: 2, relation: 0, range: { kind: 'relation' }, estimatedRows: 1, estimatedBytes: 1 } as const;
  const next = new TableCopy(sampleTablePlan({ dataset: 'users', chunks: [chunk] }), target, 2);
  const commit = () => Promise.reject(new DraculaError('E_COMMIT_CONFLICT', 'Another was first.'));
  const { table, sent, scheduler } = start(1, { next, commit });
  for (const chunkId of [0, 1])
    scheduler.receive(0, {
      type: 'chunk-done',
      jobId: 1,
      chunkId,
      rows: 1,
      wireBytes: 1,
      awkward: [],
      aside: { rows: 0, values: [] },
    });
  scheduler.receive(0, { type: 'part-closed', jobId: 1 });
  await vi.waitFor(() => expect(table.state).toBe('failed'));
  expect(sent).toEqual([[0, 1, 2]]);
  expect([table.error?.code, next.error?.code]).toEqual(['E_COMMIT_CONFLICT', 'E_INTERRUPTED']);
});

it('a table that had not begun when another one ended the run was not started', () => {
  const statuses = [false, true].map((begun) => {
    const table = new TableCopy(sampleTablePlan(), target, 1);
    if (begun) table.start();
    table.error = serializeError(stoppedBy('public.users'));
    table.settle('failed');
    return table.report().status;
  });
  expect(statuses).toEqual(['not-started', 'failed']);
});

it('a chunk that is given back again and again is read ever later, and in the end its table fails', () => {
  const { table, sent, fail } = start(1);
  const delaysMs = [0, 250, 1_000, 2_000, 4_000, 8_000, 8_000];
  for (const [readings, delayMs] of delaysMs.entries()) {
    fail(0, 0, 'E_LOCK_TIMEOUT', true);
    if (delayMs > 0) {
      vi.advanceTimersByTime(delayMs - 1);
      expect(sent).toEqual([Array(readings + 1).fill(0)]);
      vi.advanceTimersByTime(1);
    }
    expect(sent).toEqual([Array(readings + 2).fill(0)]);
  }
  expect(table.error).toBeNull();
  fail(0, 0, 'E_LOCK_TIMEOUT', true);
  expect(table.error).toMatchObject({ code: 'E_LOCK_TIMEOUT', message: expect.stringContaining('given back 8 times') });
});

it('a path on which a table never comes further ends the run after a minute, however many chunks it has', async () => {
  const chunks = Array.from({ length: 60 }, (_, id) => ({ ...sampleTablePlan().chunks[0]!, id }));
  const table = new TableCopy(sampleTablePlan({ chunks }), target, 1);
  const scheduler = schedule([table]);
  const error = serializeError(new DraculaError('E_CONNECTION_LOST', 'It was reset.'));
  // Each connection breaks one chunk earlier than the last, and takes all before it along: every chunk is lost once, twice, three times.
  let losses = 0;
  let openPartChunkIds: number[] = [];
  const answer = (chunkId: number) => {
    if (chunkId < 59 - (losses % 60)) {
      openPartChunkIds.push(chunkId);
      const read = { rows: 1, wireBytes: 1, awkward: [], aside: { rows: 0, values: [] } };
      scheduler.receive(0, { type: 'chunk-done', jobId: 1, chunkId, ...read });
      return;
    }
    losses++;
    const lost = openPartChunkIds;
    openPartChunkIds = [];
    scheduler.receive(0, { type: 'chunk-failed', jobId: 1, chunkId, error, openPartChunkIds: lost, yielded: false });
  };
  const send = (message: ToWorker) => {
    if (message.type === 'drop-table') setTimeout(() => scheduler.receive(0, { type: 'table-dropped', jobId: 1 }), 1);
    if (message.type === 'read') setTimeout(() => answer(message.chunk.id), 1);
  };
  scheduler.addWorker({ id: 0, send, end: async () => undefined });
  void scheduler.run();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(table.error).toBeNull();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(table.error).toMatchObject({
    code: 'E_CONNECTION_LOST',
    message: expect.stringMatching(/lost \d+ times in 6\d s, and no table came further/),
  });
});

it('a connection that holds keeps its table, whatever is lost beside it for however long', async () => {
  const tables = Array.from({ length: 9 }, (_, i) => {
    const chunks = [{ ...sampleTablePlan().chunks[0]!, id: i }];
    return new TableCopy(sampleTablePlan({ dataset: `table_${i}`, chunks }), target, i + 1);
  });
  const scheduler = schedule(tables);
  const error = serializeError(new DraculaError('E_CONNECTION_LOST', 'It was reset.'));
  const lose = (workerId: number, chunkId: number) =>
    scheduler.receive(workerId, {
      ...{ type: 'chunk-failed', jobId: chunkId + 1, chunkId, error },
      ...{ openPartChunkIds: [], yielded: false },
    });
  const worker = (id: number, onRead: (chunkId: number) => void) => ({
    id,
    send: (message: ToWorker) => {
      if (message.type === 'drop-table')
        setTimeout(() => scheduler.receive(id, { ...message, type: 'table-dropped' }), 1);
      if (message.type === 'read') onRead(message.chunk.id);
    },
    end: async () => undefined,
  });
  const read: number[] = [];
  scheduler.addWorker(worker(0, (chunkId) => void read.push(chunkId)));
  scheduler.addWorker(worker(1, (chunkId) => void setTimeout(() => lose(1, chunkId), 5_000)));
  void scheduler.run();
  scheduler.receive(0, { type: 'chunk-started', chunkId: read[0]!, transaction: { pid: 1, xactStart: '0' } });
  await vi.advanceTimersByTimeAsync(100_000);
  expect(read).toEqual([0]);
  expect(tables[0]!.error).toBeNull();
  // The others still end each for itself, after the fourth loss of a chunk.
  expect(tables.filter((table) => table.error !== null).length).toBeGreaterThan(2);
  lose(0, 0);
  await vi.advanceTimersByTimeAsync(10);
  expect(tables.map((table) => table.error?.code)).toEqual(tables.map(() => 'E_CONNECTION_LOST'));
  expect(tables[0]!.error!.message).toMatch(/lost \d+ times in \d+ s, and no table came further/);
});
