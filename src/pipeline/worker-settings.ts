/** What the workers are told: the settings that all chunks have in common, and what the footer of a table's parts says. */
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { geoMetadata } from '../parquet/geo-metadata.ts';
import type { CopyRun } from './copy-run.ts';
import { footerColumns } from './footer-columns.ts';
import { createdBy, productVersion } from './product.ts';
import type { WorkerSettings } from './worker-protocol.ts';

const SLICE_BYTES = 4 * 2 ** 20;

export function workerSettings({ options, connection, server }: CopyRun, workerId: number): WorkerSettings {
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
export function keyValues(run: CopyRun, plan: TablePlan, snapshotId: string | null): Record<string, string> {
  const geo = geoMetadata(plan.schema);
  return {
    'dracula.version': productVersion(),
    'dracula.table': formatTable(plan.table),
    'dracula.run': run.runId,
    'dracula.snapshot': snapshotId ?? '',
    'dracula.columns': footerColumns(plan.schema),
    ...(geo === null ? {} : { geo }),
  };
}
