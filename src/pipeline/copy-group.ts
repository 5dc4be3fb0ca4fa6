/** Copies a group of tables that share one snapshot: leases, workers, watch, commits. */
import type { TablePlan } from '../core/copy-plan.ts';
import type { TableReport } from '../core/run-event.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import { createProjection } from './age-projection.ts';
import { startBlockWatch } from './block-watch.ts';
import { reconnecting } from './control-connection.ts';
import type { CopyRun } from './copy-run.ts';
import { fittingWorkers, type Sharing } from './memory-budget.ts';
import { productVersion } from './product.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { cancelDropped, interrupted, listen } from './run-limits.ts';
import { checkSameLeaves } from './same-leaves.ts';
import { Scheduler } from './scheduler.ts';
import { checkSetAside } from './set-aside-limit.ts';
import { failedReport, stoppedReport, TableCopy } from './table-copy.ts';
import type { CopyTarget } from './target.ts';
import { CopyVerifier } from './verify-copy.ts';
import { startWorker, type WorkerLink } from './worker-pool.ts';
import type { TableJob } from './worker-protocol.ts';
import { keyValues, workerSettings } from './worker-settings.ts';

/** What the groups of a run paid together. */
export interface GroupBill {
  connections: number;
  bytesSent: number;
  snapshotSeconds: number;
  yields: number;
}

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
  const verifier = run.options.verify === true && snapshotId !== null ? new CopyVerifier(run, snapshot) : null;
  const { control, hangUp } = reconnecting(run);
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
      quarantine: quarantineJob(run, table, snapshotId),
    }),
    commit: async (table) => {
      checkSetAside(table, run.options.maxQuarantined);
      if (snapshotId === null) await checkSameLeaves(await control(), table.plan);
      return table.target.commit({
        plan: table.plan,
        parts: table.ledger.parts,
        rows: table.ledger.rows,
        asideRows: table.aside.rows,
        source: {
          table: table.plan.kind === 'query' ? null : table.plan.table,
          serverVersion: run.server.version,
          snapshot: snapshotId,
          consistency: run.options.consistency,
          ...(table.plan.where === undefined ? {} : { isFiltered: true }),
        },
        summary: {
          dracula: productVersion(),
          wireBytes: table.wireBytes,
          chunks: table.plan.chunks.length,
          chunksRetried: table.chunksRetried,
        },
        keyValues: keyValues(run, table.plan, snapshotId),
        ...(verifier === null
          ? {}
          : { check: (parts, aside) => verifier.verify({ plan: table.plan, parts, rows: table.ledger.rows, aside }) }),
      });
    },
    admit: (table) => projection.admit(table),
    onEvent: run.emit,
  });
  const links = startWorkers(run, tables, scheduler);
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
    bill.connections = Math.max(bill.connections, links.length + (verifier?.most ?? 0));
    bill.bytesSent += tables.reduce((sum, table) => sum + table.wireBytes, 0);
    bill.snapshotSeconds += snapshotId === null ? 0 : snapshot.ageMs() / 1000;
    bill.yields += scheduler.yields;
  }
  if (run.options.signal?.aborted) throw interrupted(run.options.signal);
  return [...refused, ...tables.map((table) => table.report())];
}

/** Where rows of the table go that are set aside. */
function quarantineJob(run: CopyRun, { plan, target }: TableCopy, snapshotId: string | null): TableJob['quarantine'] {
  if (plan.quarantine === undefined || target.quarantine === null) return null;
  const { schema } = plan.quarantine;
  return {
    schema,
    target: target.quarantine,
    keyValues: keyValues(run, { table: plan.table, schema }, snapshotId),
    runId: run.runId,
  };
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
  const sharing = sharingOf(
    run.options,
    tables.map(({ plan }) => plan),
  );
  return Array.from({ length: sharing.workers }, (_, workerId) => {
    const link = startWorker(workerSettings(run, workerId, sharing), {
      onMessage: (id, message) => scheduler.receive(id, message),
      onDeath: (id, error) => scheduler.workerDied(id, error),
    });
    scheduler.addWorker(link);
    return link;
  });
}

/** As many threads as are allowed, have something to read, and fit where the widest table takes most. */
export function sharingOf(
  { connections, memoryBytes }: Pick<ResolvedOptions, 'connections' | 'memoryBytes'>,
  plans: readonly TablePlan[],
): Sharing {
  const chunks = plans.reduce((sum, plan) => sum + plan.chunks.length, 0);
  const columns = plans.reduce((most, { schema }) => Math.max(most, schema.columns.length), 1);
  return {
    memoryBytes,
    columns,
    workers: Math.max(1, Math.min(connections, chunks, fittingWorkers(memoryBytes, columns))),
  };
}
