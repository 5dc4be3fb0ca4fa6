/**
 * Where a run stands, folded from its events: pure bookkeeping for the displays. Times are milliseconds of whatever clock
 * the caller passes; only differences matter.
 */
import type { RunEvent } from '../core/run-event.ts';

export interface TableProgress {
  readonly dataset: string;
  readonly startedAtMs: number;
  readonly estimatedRows: number;
  readonly sourceBytes: number;
  rows: number;
  wireBytes: number;
  /** 0 to 1, of the planned bytes. */
  fraction: number;
  /** Of the comparison with the source, once it began. */
  verified: number | null;
}

export interface RunProgress {
  startedAtMs: number;
  /** Tables of the plan; 0 before it is known. */
  plannedTables: number;
  /** Weight of all planned tables; see `tableWeight`. */
  plannedWeight: number;
  /** Somebody has ended it: nothing is to go any more. */
  stopping: boolean;
  readonly running: Map<string, TableProgress>;
  finishedTables: number;
  failedTables: number;
  /** Of tables that ended. */
  endedRows: number;
  endedWireBytes: number;
  endedWeight: number;
}

export function createRunProgress(nowMs: number): RunProgress {
  return {
    startedAtMs: nowMs,
    plannedTables: 0,
    plannedWeight: 0,
    stopping: false,
    running: new Map(),
    finishedTables: 0,
    failedTables: 0,
    endedRows: 0,
    endedWireBytes: 0,
    endedWeight: 0,
  };
}

/** A table's share of the work: its bytes in Postgres and one page, since even an empty table costs its round trips. */
function tableWeight(table: { readonly sourceBytes: number }): number {
  return table.sourceBytes + 8192;
}

/** Brings the state up to date with one event. Events of tables that did not start are ignored. */
export function applyRunEvent(run: RunProgress, event: RunEvent, nowMs: number): void {
  switch (event.type) {
    case 'run-started':
      run.startedAtMs = nowMs;
      return;
    case 'planned':
      // The rate and the ETA count from here: planning reads no rows.
      run.startedAtMs = nowMs;
      run.plannedTables = event.plan.tables.length;
      run.plannedWeight = event.plan.tables.reduce((sum, table) => sum + tableWeight(table), 0);
      return;
    case 'table-started': {
      const { dataset, estimatedRows, sourceBytes } = event;
      run.running.set(dataset, {
        dataset,
        startedAtMs: nowMs,
        estimatedRows,
        sourceBytes,
        rows: 0,
        wireBytes: 0,
        fraction: 0,
        verified: null,
      });
      return;
    }
    case 'table-progress': {
      const table = run.running.get(event.dataset);
      if (table === undefined) return;
      table.rows = event.rows;
      table.wireBytes = event.wireBytes;
      table.fraction = Math.min(1, Math.max(0, event.fraction));
      return;
    }
    case 'verify-progress': {
      const table = run.running.get(event.dataset);
      if (table !== undefined) table.verified = event.fraction;
      return;
    }
    case 'table-finished':
      endTable(run, event.dataset, event.table.sourceBytes, event.table.rows, event.table.wireBytes);
      run.finishedTables++;
      return;
    case 'table-failed':
      endTable(run, event.dataset, event.table.sourceBytes, 0, event.table.wireBytes);
      if (event.table.status === 'failed') run.failedTables++;
      return;
    case 'table-retried':
    case 'notice':
    case 'run-finished':
      return;
  }
}

function endTable(run: RunProgress, dataset: string, sourceBytes: number, rows: number, wireBytes: number): void {
  const weight = tableWeight(run.running.get(dataset) ?? { sourceBytes });
  run.running.delete(dataset);
  run.endedRows += rows;
  run.endedWireBytes += wireBytes;
  run.endedWeight += weight;
}

export interface RunTotals {
  readonly rows: number;
  readonly wireBytes: number;
  readonly seconds: number;
  /** Seconds to go at the pace so far, by the planner's estimate; null while nothing can be said. */
  readonly etaSeconds: number | null;
}

export function totalOf(run: RunProgress, nowMs: number): RunTotals {
  let { endedRows: rows, endedWireBytes: wireBytes, endedWeight: done } = run;
  for (const table of run.running.values()) {
    rows += table.rows;
    wireBytes += table.wireBytes;
    done += table.fraction * tableWeight(table);
  }
  const seconds = (nowMs - run.startedAtMs) / 1000;
  return { rows, wireBytes, seconds, etaSeconds: estimateEnd(done, run.plannedWeight, seconds) };
}

/** Below 1 % or half a second the pace is noise. */
function estimateEnd(done: number, planned: number, seconds: number): number | null {
  if (planned === 0 || seconds < 0.5 || done < planned * 0.01) return null;
  return (seconds * Math.max(0, planned - done)) / done;
}
