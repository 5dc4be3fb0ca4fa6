/**
 * `copyTables`: the main job, from options to a report.
 *
 *   connect -> snapshot -> plan -> target (leases) -> workers read and write -> each table commits -> report
 *
 * Control runs here, on the main thread; rows go from the socket to the part inside one worker. Whatever happens, the snapshot is
 * released, the workers are ended, and what was written without a commit is removed.
 */
import type { CopyPlan, TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { CopyReport, TableReport } from '../core/run-event.ts';
import { DraculaError, deserializeError, ERROR_CODES, isDraculaError } from '../errors.ts';
import { readBlockCounts } from '../extract/lock-waiters.ts';
import { exportSnapshot, type Snapshot } from '../extract/snapshot.ts';
import { connectControl } from '../postgres/connect.ts';
import { atServer, describeConnection } from '../postgres/connection-config.ts';
import { queryError } from '../postgres/sqlstate.ts';
import { copyUnderSnapshot, type GroupBill, sharingOf } from './copy-group.ts';
import type { CopyOptions } from './copy-options.ts';
import { type CopyRun, openRun } from './copy-run.ts';
import { interruptedAfter } from './interruption.ts';
import { makePlan } from './make-plan.ts';
import { workerBudget } from './memory-budget.ts';
import { createdBy } from './product.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { failedReport, refusedReport, stoppedReport } from './table-copy.ts';
import { type CopyTarget, isSingleFile, openTarget } from './target.ts';

/** `copyTables` of index.ts, where it is described. */
export async function copyTables(given: CopyOptions): Promise<CopyReport> {
  const run = await openRun(given);
  try {
    run.emit({ type: 'run-started', runId: run.runId, target: given.target });
    const blocksBefore = await readBlockCounts(run.control).catch((error: unknown) => {
      throw queryError(error);
    });
    const { tables, bill } = await copyGroups(run);
    const blocksAfter = await readBlockCounts(run.control).catch(() => null);
    const report = makeReport(run, tables, {
      connections: bill.connections + 2,
      bytesSent: bill.bytesSent,
      snapshotSeconds: bill.snapshotSeconds,
      blocksHit: blocksBefore && blocksAfter ? blocksAfter.hit - blocksBefore.hit : null,
      blocksRead: blocksBefore && blocksAfter ? blocksAfter.read - blocksBefore.read : null,
      yields: bill.yields,
    });
    run.emit({ type: 'run-finished', report });
    await run.listener.listened();
    return report;
  } catch (cause) {
    const error = await run.listener.firstError(cause);
    if (isDraculaError(error, 'E_INTERRUPTED')) throw interruptedAfter(run.committed, error);
    throw isDraculaError(error) ? atServer(error, run.connection) : error;
  } finally {
    await run.close();
  }
}

/** `planTables` of index.ts. */
export async function planTables(given: CopyOptions): Promise<CopyPlan> {
  const run = await openRun(given);
  try {
    await run.control.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch((error: unknown) => {
      throw queryError(error);
    });
    const plan = await makePlan(run.control, run);
    await run.listener.listened();
    return plan;
  } catch (error) {
    throw await run.listener.firstError(error);
  } finally {
    await run.close();
  }
}

/** All tables in one snapshot, or one table after the other in a snapshot of its own. */
async function copyGroups(run: CopyRun): Promise<{ tables: TableReport[]; bill: GroupBill }> {
  const { options } = run;
  const bill: GroupBill = { connections: 0, bytesSent: 0, snapshotSeconds: 0, yields: 0 };
  const oneByOne = options.consistency === 'table' && options.query === undefined;
  const { reports, later } = await withSnapshot(run, async (snapshot) => {
    const plan = await makePlan(snapshot.client, run);
    checkPlan(plan, options);
    run.emit({ type: 'planned', plan, connections: options.connections });
    const refused = plan.refused.map(refusal);
    const [first] = refused;
    if (options.failFast && first)
      return { reports: [...refused, ...plan.tables.map((table) => stoppedReport(table, first.table))], later: null };
    const target = await openTarget({
      target: options.target,
      runId: run.runId,
      force: options.force ?? false,
      createdBy: createdBy(),
    });
    if (oneByOne) return { reports: refused, later: { plans: plan.tables, target } };
    const copied = await copyUnderSnapshot(run, snapshot, plan.tables, target, bill);
    return { reports: [...refused, ...copied], later: null };
  });
  const tables = later === null ? reports : [...reports, ...(await copyOneByOne(run, later.plans, later.target, bill))];
  return { tables, bill };
}

/** Each table in a snapshot of its own, on a session of its own: what ends one of them costs one table. */
async function copyOneByOne(
  run: CopyRun,
  plans: readonly TablePlan[],
  target: CopyTarget,
  bill: GroupBill,
): Promise<TableReport[]> {
  const reports: TableReport[] = [];
  for (const plan of plans) {
    const failed = reports.find(({ status }) => status === 'failed');
    const report =
      run.options.failFast && failed ? stoppedReport(plan, failed.table) : await copyAlone(run, plan, target, bill);
    reports.push(report);
  }
  return reports;
}

/** Plans the table again in its own snapshot: it may look otherwise by now, or be gone. */
async function copyAlone(run: CopyRun, table: TablePlan, target: CopyTarget, bill: GroupBill): Promise<TableReport> {
  try {
    return await withSnapshot(run, async (snapshot) => {
      const { tables, refused } = await makePlan(snapshot.client, run, [formatTable(table.table)]);
      // It could be read when the run was planned, so no event has told of it.
      if (refused[0] !== undefined) return emitFailure(run, refusal(refused[0]));
      const [report] = await copyUnderSnapshot(run, snapshot, tables, target, bill);
      return report!;
    });
  } catch (error) {
    run.options.signal?.throwIfAborted();
    return emitFailure(run, failedReport(table, isDraculaError(error, 'E_TABLE_NOT_FOUND') ? vanished(table) : error));
  }
}

function emitFailure(run: CopyRun, report: TableReport): TableReport {
  run.emit({ type: 'table-failed', dataset: report.dataset, table: report });
  return report;
}

/** Does `work` with a snapshot on a session of its own, which ends with it. */
async function withSnapshot<T>(run: CopyRun, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const { signal, maxSnapshotAgeMs } = run.options;
  const client = await connectControl(run.connection, signal ? { signal } : {});
  try {
    const snapshot = await exportSnapshot(client, run.server.settings, maxSnapshotAgeMs).catch((error: unknown) => {
      throw queryError(error);
    });
    return await work(snapshot);
  } finally {
    await client.end().catch(() => undefined); // the server drops the snapshot with the session
  }
}

function refusal({ dataset, table, error }: CopyPlan['refused'][number]): TableReport {
  return refusedReport(dataset, formatTable(table), 0, deserializeError(error));
}

function vanished({ table }: TablePlan): DraculaError {
  const name = formatTable(table);
  return new DraculaError(
    'E_SOURCE_CHANGED',
    `${name} was dropped, or can no longer be seen, after the plan was made; nothing of it is published.`,
    { table: name },
  );
}

function checkPlan(plan: CopyPlan, options: ResolvedOptions): void {
  if (plan.tables.length === 0 && plan.refused.length === 0) {
    throw new DraculaError(
      'E_TABLE_NOT_FOUND',
      'Nothing is selected: the database has no tables outside of the system namespaces, or exclude takes all of them away. Nothing was written.',
    );
  }
  workerBudget(sharingOf(options, plan.tables)); // throws E_MEMORY, where a table is too wide for its share
  const count = plan.tables.length + plan.refused.length;
  if (isSingleFile(options.target) && count > 1) {
    throw new DraculaError(
      'E_USAGE',
      `${options.target} is one file, and ${count} tables are selected: name one table, or a folder. Nothing was read.`,
      { path: options.target },
    );
  }
}

function makeReport(run: CopyRun, tables: readonly TableReport[], source: CopyReport['source']): CopyReport {
  const cpu = process.cpuUsage();
  const exits = tables.flatMap(({ error }) => (error === null ? [] : [ERROR_CODES[error.code].exit]));
  return {
    format: 1,
    runId: run.runId,
    target: run.options.target,
    server: `PostgreSQL ${run.server.version} at ${describeConnection(run.connection)}`,
    consistency: run.options.consistency,
    tables,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    wireBytes: tables.reduce((sum, table) => sum + table.wireBytes, 0),
    parquetBytes: tables.reduce((sum, table) => sum + table.parquetBytes, 0),
    seconds: (performance.now() - run.startedAt) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    source,
    exitCode: exits.length === 0 ? 0 : Math.min(...exits),
  };
}
