/** Copies a group of tables that share one snapshot: leases, workers, watch, commits. */
import type { Client } from 'pg';
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { formatLogicalType } from '../core/logical-type.ts';
import type { TableReport } from '../core/run-event.ts';
import { DraculaError } from '../errors.ts';
import { endTransaction } from '../extract/lock-waiters.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import { connectControl, connectionLoss } from '../postgres/connect.ts';
import { startBlockWatch } from './block-watch.ts';
import type { CopyRun } from './copy-run.ts';
import { createdBy, productVersion } from './product.ts';
import { Scheduler } from './scheduler.ts';
import { failedReport, stoppedReport, TableCopy } from './table-copy.ts';
import type { CopyTarget } from './target.ts';
import { startWorker, type WorkerLink } from './worker-pool.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** What the groups of a run paid together. */
export interface GroupBill {
  connections: number;
  bytesSent: number;
  snapshotSeconds: number;
  yields: number;
}

/** The first measurement of speed that the end is projected from. */
const MEASURE_AFTER_MS = 5_000;
const ABORT_GRACE_MS = 5_000;
const CANCEL_DROPPED_MS = 300;
const SLICE_BYTES = 4 * 2 ** 20;

/** Resolves when every table of the group has been committed or has failed. */
export async function copyUnderSnapshot(
  run: CopyRun,
  snapshot: Snapshot,
  plans: readonly TablePlan[],
  target: CopyTarget,
  bill: GroupBill,
): Promise<TableReport[]> {
  let jobs = 0;
  const { tables, refused } = await beginTables(run, plans, target, () => ++jobs);
  if (tables.length === 0) return refused;
  const snapshotId = run.options.consistency === 'chunk' ? null : snapshot.id;
  if (snapshotId === null) await snapshot.release();
  const projection = createProjection(run, snapshot, tables);
  const scheduler = new Scheduler({
    tables,
    failFast: run.options.failFast ?? false,
    numericDeclared: run.options.numeric !== undefined,
    nextJobId: () => ++jobs,
    describeJob: (table) => ({
      jobId: table.jobId,
      plan: table.plan,
      snapshotId,
      target: table.target.parts,
      keyValues: keyValues(run, table.plan, snapshotId),
    }),
    commit: (table) =>
      table.target.commit({
        plan: table.plan,
        parts: table.ledger.parts,
        rows: table.ledger.rows,
        source: {
          table: table.plan.kind === 'query' ? null : table.plan.table,
          serverVersion: run.server.version,
          snapshot: snapshotId,
          consistency: run.options.consistency,
        },
        summary: {
          dracula: productVersion(),
          wireBytes: table.wireBytes,
          chunks: table.plan.chunks.length,
          chunksRetried: table.chunksRetried,
        },
        keyValues: keyValues(run, table.plan, snapshotId),
      }),
    admit: (table) => projection.admit(table),
    onEvent: run.emit,
  });
  const links = startWorkers(run, tables, scheduler);
  const { control, hangUp } = reconnecting(run);
  const watch = startBlockWatch({
    scheduler,
    exporterPid: snapshotId === null ? null : snapshot.pid,
    maxBlockMs: run.options.maxBlockMs,
    control,
    onEvent: run.emit,
  });
  const stopListening = listen(run, snapshot, scheduler, snapshotId !== null);
  const stopCancelling = cancelDropped(scheduler, control);
  try {
    await scheduler.run();
  } finally {
    stopListening();
    stopCancelling();
    watch.stop();
    await Promise.all([...links.map((link) => link.end()), hangUp()]);
    bill.connections = Math.max(bill.connections, links.length);
    bill.bytesSent += tables.reduce((sum, table) => sum + table.wireBytes, 0);
    bill.snapshotSeconds += snapshotId === null ? 0 : snapshot.ageMs() / 1000;
    bill.yields += scheduler.yields;
  }
  if (run.options.signal?.aborted) throw interrupted(run.options.signal);
  return [...refused, ...tables.map((table) => table.report())];
}

/** Enters the target for each table, largest first; a dataset that another run writes fails here, before a row is read. */
async function beginTables(run: CopyRun, plans: readonly TablePlan[], target: CopyTarget, nextJobId: () => number) {
  const tables: TableCopy[] = [];
  const refused: TableReport[] = [];
  const largestFirst = [...plans].sort((a, b) => b.sourceBytes - a.sourceBytes);
  for (const plan of largestFirst) {
    try {
      tables.push(new TableCopy(plan, await target.begin(plan), nextJobId()));
    } catch (error) {
      const report = failedReport(plan, error);
      refused.push(report);
      run.emit({ type: 'table-failed', dataset: plan.dataset, table: report });
      if (run.options.failFast) return { tables: [], refused: await stopAll(tables, report, largestFirst) };
    }
  }
  return { tables, refused };
}

/** The first failure ends all, before anything was read: what was entered is left. */
async function stopAll(entered: readonly TableCopy[], failed: TableReport, plans: readonly TablePlan[]) {
  for (const { target } of entered) await target.abandon().catch(() => undefined); // nothing was written; its lease goes stale
  return plans.map((plan) => (plan.dataset === failed.dataset ? failed : stoppedReport(plan, failed.table)));
}

function startWorkers(run: CopyRun, tables: readonly TableCopy[], scheduler: Scheduler): WorkerLink[] {
  const chunks = tables.reduce((sum, table) => sum + table.plan.chunks.length, 0);
  const count = Math.max(1, Math.min(run.options.connections, chunks));
  return Array.from({ length: count }, (_, workerId) => {
    const link = startWorker(workerSettings(run, workerId), {
      onMessage: (id, message) => scheduler.receive(id, message),
      onDeath: (id, error) => scheduler.workerDied(id, error),
    });
    scheduler.addWorker(link);
    return link;
  });
}

function workerSettings({ options, connection, server }: CopyRun, workerId: number): WorkerSettings {
  const cut = Number((options.env ?? process.env)['DRACULA_TEST_STREAM_CUT'] ?? 0);
  return {
    workerId,
    connection,
    parquet: options.parquet,
    partBytes: options.partBytes,
    maxRowBytes: options.maxRowBytes,
    sliceBytes: SLICE_BYTES,
    slicesInFlight: 2,
    pauseMs: 0,
    statementTimeoutMs: options.statementTimeoutMs,
    lockTimeoutMs: options.lockTimeoutMs,
    awkward: options.awkward,
    numericDeclared: options.numeric !== undefined,
    createdBy: createdBy(),
    serverSettings: server.settings,
    ...(cut > 0 ? { cutBytes: cut } : {}),
  };
}

/** What a part's footer says of where it came from. */
function keyValues(run: CopyRun, plan: TablePlan, snapshotId: string | null): Record<string, string> {
  const columns = plan.schema.columns.map(({ name, type, source, comment }) => [
    name,
    {
      pgType: source.pgType,
      type: formatLogicalType(type),
      readAs: source.readAs,
      ...(comment === undefined ? {} : { comment }),
    },
  ]);
  return {
    'dracula.version': productVersion(),
    'dracula.table': formatTable(plan.table),
    'dracula.run': run.runId,
    'dracula.snapshot': snapshotId ?? '',
    'dracula.columns': JSON.stringify(Object.fromEntries(columns)),
  };
}

/** Asks for the control connection, which is opened anew where it was lost; `hangUp` ends those opened here. */
function reconnecting(run: CopyRun): { readonly control: () => Promise<Client>; readonly hangUp: () => Promise<void> } {
  let client: Promise<Client> = Promise.resolve(run.control);
  return {
    async control() {
      const current = await client.catch(() => null);
      if (current !== null && connectionLoss(current) === undefined) return current;
      client = connectControl(run.connection);
      return client;
    },
    async hangUp() {
      const current = await client.catch(() => null); // there is none to end
      if (current !== run.control) await current?.end().catch(() => undefined);
    },
  };
}

/** Ends the group when the caller aborts, the snapshot is lost, or it becomes too old. */
function listen(run: CopyRun, snapshot: Snapshot, scheduler: Scheduler, usesSnapshot: boolean): () => void {
  const { signal, maxSnapshotAgeMs } = run.options;
  const cleanUps: (() => void)[] = [];
  const on = (source: AbortSignal, act: () => void) => {
    if (source.aborted) act();
    source.addEventListener('abort', act, { once: true });
    cleanUps.push(() => source.removeEventListener('abort', act));
  };
  if (signal) {
    on(signal, () => {
      scheduler.failAll(interrupted(signal));
      setTimeout(() => scheduler.abandonWorkers(), ABORT_GRACE_MS).unref();
    });
  }
  if (usesSnapshot) {
    on(snapshot.lost, () => scheduler.failUnread(snapshot.lost.reason));
    const left = Math.max(0, maxSnapshotAgeMs - snapshot.ageMs());
    const tooOld = () =>
      scheduler.failAll(
        new DraculaError(
          'E_SNAPSHOT_AGE',
          `The snapshot is ${Math.round(snapshot.ageMs() / 1000)} s old; that is the cap. Tables that were not read to their end are not published.`,
        ),
      );
    const timer = setTimeout(tooOld, Math.min(left, 2 ** 31 - 1));
    timer.unref();
    cleanUps.push(() => clearTimeout(timer));
  }
  return () => {
    for (const cleanUp of cleanUps) cleanUp();
  };
}

/**
 * Ends on the server what is still read of tables that have failed. A worker stops between two slices by itself; a slice that
 * takes longer, or a read that began just then, is cancelled, again and again until the worker lets go.
 */
function cancelDropped(scheduler: Scheduler, control: () => Promise<Client>): () => void {
  let cancelling = false;
  const cancel = async (): Promise<void> => {
    for (const { transaction } of scheduler.running('dropping'))
      await endTransaction(await control(), transaction, 'cancel');
  };
  const timer = setInterval(() => {
    if (cancelling) return;
    cancelling = true;
    cancel()
      .catch(() => undefined) // the control connection is asked for anew the next time
      .finally(() => {
        cancelling = false;
      });
  }, CANCEL_DROPPED_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function interrupted(signal: AbortSignal): DraculaError {
  return new DraculaError(
    'E_INTERRUPTED',
    'The run was interrupted; tables that were not committed by then are not published.',
    {},
    signal.reason,
  );
}

/** Refuses a table whose end, at the speed seen so far and with the queue before it, lies behind the snapshot's cap. */
function createProjection(run: CopyRun, snapshot: Snapshot, tables: readonly TableCopy[]) {
  const startedAt = performance.now();
  return {
    admit(table: TableCopy): void {
      const elapsedMs = performance.now() - startedAt;
      if (run.options.consistency === 'chunk' || elapsedMs < MEASURE_AFTER_MS) return;
      const total = tables.reduce((sum, { plan }) => sum + plan.sourceBytes, 0);
      const left = tables.reduce((sum, each) => sum + (each.isSettled ? 0 : each.ledger.bytesLeft), 0);
      const bytesPerMs = (total - left) / elapsedMs;
      if (bytesPerMs <= 0) return;
      const before = tables
        .slice(0, tables.indexOf(table) + 1)
        .reduce((sum, each) => sum + (each.isSettled ? 0 : each.ledger.bytesLeft), 0);
      const endMs = snapshot.ageMs() + before / bytesPerMs;
      if (endMs <= run.options.maxSnapshotAgeMs) return;
      throw new DraculaError(
        'E_SNAPSHOT_AGE',
        `${formatTable(table.plan.table)} would be read ${Math.round(endMs / 1000)} s after the snapshot was taken, at the speed so far; the cap is ${Math.round(run.options.maxSnapshotAgeMs / 1000)} s. It was not started.`,
        { table: formatTable(table.plan.table) },
      );
    },
  };
}
