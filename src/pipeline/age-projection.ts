/** Whether a table would still be read to its end before the snapshot is too old. */
import { formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import type { CopyRun } from './copy-run.ts';
import type { TableCopy } from './table-copy.ts';

/** The first measurement of speed that the end is projected from. */
const MEASURE_AFTER_MS = 5_000;

/** Refuses a table whose end, at the speed seen so far and with the queue before it, lies behind the snapshot's cap. */
export function createProjection(run: CopyRun, snapshot: Snapshot, tables: readonly TableCopy[]) {
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
