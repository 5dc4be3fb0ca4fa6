/** What the workers are told: the settings that all chunks have in common, and what the footer of a table's parts says. */
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { geoMetadata } from '../parquet/geo-metadata.ts';
import type { ParquetOptions } from '../parquet/parquet-options.ts';
import { longestBusyMs } from './busy-time.ts';
import { compiledKernels } from './compiled-kernels.ts';
import type { CopyRun } from './copy-run.ts';
import { footerColumns } from './footer-columns.ts';
import { type Sharing, workerBudget } from './memory-budget.ts';
import { createdBy, productVersion } from './product.ts';
import type { WorkerSettings } from './worker-protocol.ts';

const SLICE_BYTES = 4 * 2 ** 20;

/** `sharing`: between how many threads, and what. */
export function workerSettings(
  { options, connection, server }: CopyRun,
  workerId: number,
  sharing: Sharing,
): WorkerSettings {
  const { rowGroupBytes, maxRowBytes } = workerBudget(sharing);
  return {
    workerId,
    connection,
    ...hostileSettings({ ...options.parquet, rowGroupBytes }, process.env),
    partBytes: options.partBytes,
    maxRowBytes,
    sharing,
    sliceBytes: SLICE_BYTES,
    slicesInFlight: 2,
    pauseMs: 0,
    busyMs: longestBusyMs(options.parquet, { rowGroupBytes, maxRowBytes }),
    statementTimeoutMs: options.statementTimeoutMs,
    lockTimeoutMs: options.lockTimeoutMs,
    numericDeclared: options.numeric !== undefined,
    createdBy: createdBy(),
    server: { settings: server.settings, encoding: server.encoding },
    kernels: compiledKernels(),
  };
}

/**
 * The hostile run of the test suite sets these in the environment of every process that copies, and no option undoes them:
 * DRACULA_TEST_STREAM_CUT, the longest piece of the stream in bytes, and DRACULA_TEST_ROW_GROUP_ROWS.
 */
export function hostileSettings(
  parquet: ParquetOptions,
  env: Readonly<Record<string, string | undefined>>,
): Pick<WorkerSettings, 'parquet' | 'cutBytes'> {
  const rowGroupRows = Number(env['DRACULA_TEST_ROW_GROUP_ROWS'] ?? parquet.rowGroupRows);
  const cut = env['DRACULA_TEST_STREAM_CUT'];
  return { parquet: { ...parquet, rowGroupRows }, cutBytes: cut === undefined ? null : Number(cut) };
}

/** What a part's footer says of where it came from. */
export function keyValues(
  run: CopyRun,
  { table, schema }: Pick<TablePlan, 'table' | 'schema'>,
  snapshotId: string | null,
): Record<string, string> {
  const geo = geoMetadata(schema);
  return {
    'dracula.version': productVersion(),
    'dracula.table': formatTable(table),
    'dracula.run': run.runId,
    'dracula.snapshot': snapshotId ?? '',
    'dracula.columns': footerColumns(schema),
    ...(geo === null ? {} : { geo }),
  };
}
