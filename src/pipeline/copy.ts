/**
 * `copyTables`: the main job, from options to a report.
 *
 *   connect -> snapshot -> plan -> target (leases) -> workers read and write -> each table commits -> report
 *
 * Control runs here, on the main thread; rows go from the socket to the part inside one worker. Whatever happens, the snapshot is
 * released, the workers are ended, and what was written without a commit is removed.
 */
import type { Client } from 'pg';
import type { CopyPlan, TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { CopyReport, RunEvent, TableReport } from '../core/run-event.ts';
import { DraculaError, deserializeError, ERROR_CODES } from '../errors.ts';
import { readBlockCounts } from '../extract/lock-waiters.ts';
import { exportSnapshot, type Snapshot } from '../extract/snapshot.ts';
import { readServer, type ServerInfo } from '../introspect/server.ts';
import { createRunId } from '../lake/layout.ts';
import { connectControl } from '../postgres/connect.ts';
import { type ConnectionConfig, describeConnection, resolveConnection } from '../postgres/connection-config.ts';
import { copyUnderSnapshot, type GroupBill } from './copy-group.ts';
import type { CopyOptions } from './copy-options.ts';
import { makePlan } from './make-plan.ts';
import { createdBy } from './product.ts';
import { type ResolvedOptions, resolveCopyOptions } from './resolve-options.ts';
import { refusedReport } from './table-copy.ts';
import { isSingleFile, openTarget } from './target.ts';

/** The newest major that the tests run against. */
const NEWEST_TESTED = 18;

/**
 * Copies tables of a PostgreSQL into a lake folder, or one table into a Parquet file.
 *
 * Resolves with the report, also where single tables failed (`exitCode`, and `error` of each). Rejects with a DraculaError when the
 * run as a whole was not possible: bad options, no connection, no such table, a target that cannot be written, an abort.
 *
 * @example
 * const report = await copyTables({ url: 'postgresql://app@localhost/shop', target: './lake/', tables: ['orders', 'billing.*'] });
 * console.log(report.rows, report.source.bytesSent);
 */
export async function copyTables(given: CopyOptions): Promise<CopyReport> {
  const run = await openRun(given);
  try {
    run.emit({ type: 'run-started', runId: run.runId, target: given.target });
    const blocksBefore = await readBlockCounts(run.control);
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
    return report;
  } finally {
    await run.close();
  }
}

/** What `copyTables` would do with these options: nothing is read, and nothing is written. */
export async function planTables(given: CopyOptions): Promise<CopyPlan> {
  const run = await openRun(given);
  try {
    await run.control.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await makePlan(run.control, run.server, run.options);
  } finally {
    await run.close();
  }
}

/** What everything in a run shares. */
export interface CopyRun {
  readonly runId: string;
  readonly options: ResolvedOptions;
  readonly connection: ConnectionConfig;
  readonly server: ServerInfo;
  readonly control: Client;
  readonly startedAt: number;
  readonly emit: (event: RunEvent) => void;
  close(): Promise<void>;
}

async function openRun(given: CopyOptions): Promise<CopyRun> {
  const startedAt = performance.now();
  const options = resolveCopyOptions(given);
  given.signal?.throwIfAborted();
  const env = given.env ?? process.env;
  const connection = await resolveConnection({ env, ...(given.url === undefined ? {} : { url: given.url }) });
  const control = await connectControl(connection, given.signal ? { signal: given.signal } : {});
  try {
    const server = await readServer(control);
    const emit = (event: RunEvent) => given.onEvent?.(event);
    warnOfServer(server, emit);
    return {
      runId: createRunId(),
      options,
      connection,
      server,
      control,
      startedAt,
      emit,
      close: () => control.end().catch(() => undefined),
    };
  } catch (error) {
    await control.end().catch(() => undefined); // the first error tells more
    throw error;
  }
}

function warnOfServer(server: ServerInfo, emit: (event: RunEvent) => void): void {
  const major = Math.floor(server.versionNum / 10_000);
  if (major <= NEWEST_TESTED) return;
  emit({
    type: 'notice',
    level: 'warning',
    message: `The server is PostgreSQL ${server.version}; the newest that was tested is ${NEWEST_TESTED}. Compare the result before you rely on it.`,
  });
}

/** All tables in one snapshot, or one table after the other in a snapshot of its own. */
async function copyGroups(run: CopyRun): Promise<{ tables: TableReport[]; bill: GroupBill }> {
  const { options } = run;
  const client = await connectControl(run.connection, options.signal ? { signal: options.signal } : {});
  const bill: GroupBill = { connections: 0, bytesSent: 0, snapshotSeconds: 0, yields: 0 };
  try {
    const first = await takeSnapshot(run, client);
    const plan = await makePlan(client, run.server, options);
    checkPlan(plan, options);
    run.emit({ type: 'planned', plan, connections: options.connections });
    const refused = plan.refused.map(({ dataset, table, error }) =>
      refusedReport(dataset, formatTable(table), 0, deserializeError(error)),
    );
    const target = await openTarget({
      target: options.target,
      runId: run.runId,
      force: options.force ?? false,
      createdBy: createdBy(),
    });
    const tables: TableReport[] = [...refused];
    if (options.consistency !== 'table' || options.query !== undefined) {
      tables.push(...(await copyUnderSnapshot(run, first, plan.tables, target, bill)));
      return { tables, bill };
    }
    await first.release();
    for (const table of plan.tables) {
      const snapshot = await takeSnapshot(run, client);
      const [again] = (await makePlan(client, run.server, options, [formatTable(table.table)])).tables;
      tables.push(
        ...(again === undefined ? [vanished(table)] : await copyUnderSnapshot(run, snapshot, [again], target, bill)),
      );
      if (snapshot.lost.aborted) break;
      await snapshot.release();
    }
    return { tables, bill };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function takeSnapshot(run: CopyRun, client: Client): Promise<Snapshot> {
  return exportSnapshot(client, run.server.settings, run.options.maxSnapshotAgeMs);
}

function vanished({ dataset, table }: TablePlan): TableReport {
  const name = formatTable(table);
  return refusedReport(
    dataset,
    name,
    0,
    new DraculaError('E_SOURCE_CHANGED', `${name} was dropped, or can no longer be read, after the plan was made.`, {
      table: name,
    }),
  );
}

function checkPlan(plan: CopyPlan, options: ResolvedOptions): void {
  if (plan.tables.length === 0 && plan.refused.length === 0) {
    throw new DraculaError(
      'E_TABLE_NOT_FOUND',
      'The database has no tables outside of the system namespaces. Nothing was written.',
    );
  }
  const count = plan.tables.length + plan.refused.length;
  if (isSingleFile(options.target) && count > 1) {
    throw new DraculaError(
      'E_TARGET',
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
