/**
 * What a run tells while it works, and its report at the end. The progress display, the log, `--json` and the library's
 * event callback all read these. Numbers are totals so far unless a name says otherwise; seconds are wall-clock.
 */
import type { SerializedError } from '../errors.ts';
import type { CopyPlan } from './copy-plan.ts';

export type RunEvent =
  | { readonly type: 'run-started'; readonly runId: string; readonly target: string }
  | { readonly type: 'planned'; readonly plan: CopyPlan; readonly connections: number }
  | {
      readonly type: 'table-started';
      readonly dataset: string;
      readonly estimatedRows: number;
      readonly sourceBytes: number;
    }
  | {
      readonly type: 'table-progress';
      readonly dataset: string;
      readonly rows: number;
      /** Binary bytes received for this table. */
      readonly wireBytes: number;
      /** Share of the planned chunks' estimated bytes that is read, 0 to 1. */
      readonly fraction: number;
    }
  /** A table is being compared with its source: how much of it, 0 to 1, at its beginning 0. In a copy with `verify` behind its reading. */
  | { readonly type: 'verify-progress'; readonly dataset: string; readonly fraction: number }
  /** Rows already delivered are dropped and read again (a chunk was ended, a connection lost, a numeric became text). */
  | { readonly type: 'table-retried'; readonly dataset: string; readonly reason: string }
  | { readonly type: 'table-finished'; readonly dataset: string; readonly table: TableReport }
  /** Also of a table that was not started. */
  | { readonly type: 'table-failed'; readonly dataset: string; readonly table: TableReport }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string; readonly dataset?: string }
  | { readonly type: 'run-finished'; readonly report: CopyReport };

/** May be async: rows do not wait for its promises, but the run ends when all are settled, and with what one is rejected with. */
export type RunEventListener = (event: RunEvent) => unknown;

/** Values of one column that its type cannot hold, for one reason. */
export interface AwkwardValues {
  readonly column: string;
  readonly reason: string;
  readonly count: number;
}

export interface TableReport {
  readonly dataset: string;
  /** `namespace.name`, or the query's name. */
  readonly table: string;
  /** `not-started`: the first failure of another table ended the run (`failFast`) before anything of this one was read. */
  readonly status: 'copied' | 'failed' | 'not-started';
  readonly rows: number;
  /** Bytes in Postgres, main fork and TOAST. */
  readonly sourceBytes: number;
  readonly wireBytes: number;
  readonly parquetBytes: number;
  readonly parts: number;
  readonly seconds: number;
  /** The committed version of the dataset; null for a single file or a failure. */
  readonly version: number | null;
  /** Columns read as text since no native form is known. */
  readonly textColumns: readonly string[];
  /** Awkward values that became null under `--awkward null`. */
  readonly awkward: readonly AwkwardValues[];
  /** Rows that are not in the dataset but in the one named here, under `--awkward quarantine`; null where there are none. */
  readonly quarantine: {
    readonly dataset: string;
    readonly rows: number;
    /** What of them was awkward. */
    readonly values: readonly AwkwardValues[];
  } | null;
  /** Chunks that were ended for somebody waiting, or read again. */
  readonly chunksRetried: number;
  readonly error: SerializedError | null;
}

/** What the source paid. */
export interface SourceBill {
  readonly connections: number;
  /** Bytes that the server sent to the readers. */
  readonly bytesSent: number;
  /** Seconds for which a snapshot was held open. */
  readonly snapshotSeconds: number;
  /** Of `pg_stat_database` over the run (everybody's, not only ours); null where it cannot be read. */
  readonly blocksHit: number | null;
  readonly blocksRead: number | null;
  /** Chunks given back since somebody waited on our lock. */
  readonly yields: number;
}

export interface CopyReport {
  /** Version of this structure: fields may be added, none change. */
  readonly format: 1;
  readonly runId: string;
  readonly target: string;
  readonly server: string;
  readonly consistency: 'run' | 'table' | 'chunk';
  readonly tables: readonly TableReport[];
  readonly rows: number;
  readonly wireBytes: number;
  readonly parquetBytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Peak resident memory of the process. */
  readonly peakRssBytes: number;
  readonly source: SourceBill;
  /** 0 when every table arrived; else the lowest exit code that applies. */
  readonly exitCode: number;
}
