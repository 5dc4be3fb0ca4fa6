/** What the main thread and a worker say to each other. Rows never cross; plans, counts, footers' metadata and errors do. */

import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import type { AwkwardValues } from '../core/run-event.ts';
import type { TableSchema } from '../core/table-schema.ts';
import type { WasmModule } from '../core/wasm-module.ts';
import type { SerializedError } from '../errors.ts';
import type { SettingServer } from '../extract/read-settings.ts';
import type { ParquetOptions } from '../parquet/parquet-options.ts';
import type { PackedRowGroup } from '../parquet/row-group-meta.ts';
import type { ConnectionConfig } from '../postgres/connection-config.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import type { LedgerPart } from './chunk-ledger.ts';
import type { Sharing } from './memory-budget.ts';

/** What every chunk of the run has in common. */
export interface WorkerSettings {
  readonly workerId: number;
  readonly connection: ConnectionConfig;
  readonly parquet: ParquetOptions;
  readonly partBytes: number;
  readonly maxRowBytes: number;
  /** What `maxRowBytes` follows from, for the error that names them. */
  readonly sharing: Sharing;
  readonly sliceBytes: number;
  readonly slicesInFlight: number;
  readonly pauseMs: number;
  /** As `ReadLimits` says. */
  readonly busyMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** `--numeric` was given: a numeric without precision is what the user declared. */
  readonly numericDeclared: boolean;
  readonly createdBy: string;
  readonly server: SettingServer;
  /** As `DemultiplexerOptions` says. */
  readonly cutBytes: number | null;
  /** Compiled once for all workers; null: JavaScript does all. */
  readonly kernels: WasmModule | null;
}

/** Where a table's parts go. The shared numbers are what the workers count together. */
export type PartTarget =
  /** `nextPart`: one Int32, the ordinal of the next part. */
  | { readonly kind: 'folder'; readonly folder: string; readonly nextPart: SharedArrayBuffer }
  /** All workers write into one file: `end` is where it ends so far, one BigInt64. */
  | { readonly kind: 'file'; readonly path: string; readonly end: SharedArrayBuffer };

/** Where a worker writes rows that are set aside. */
export interface QuarantineJob {
  readonly schema: TableSchema;
  readonly target: PartTarget;
  readonly keyValues: Readonly<Record<string, string>>;
  readonly runId: string;
}

/** A table's part of a run, sent to a worker with the table's first chunk. */
export interface TableJob {
  /** Unique in the run; a table that is read again gets a new one. */
  readonly jobId: number;
  readonly plan: TablePlan;
  readonly snapshotId: string | null;
  readonly target: PartTarget;
  /** Goes into the footer of each part. */
  readonly keyValues: Readonly<Record<string, string>>;
  /** Null where no column sets rows aside. */
  readonly quarantine: QuarantineJob | null;
}

export type ToWorker =
  | { readonly type: 'table'; readonly job: TableJob }
  | { readonly type: 'read'; readonly jobId: number; readonly chunk: Chunk }
  /** Somebody waits for our lock: end the transaction after this slice. */
  | { readonly type: 'yield'; readonly chunkId: number }
  /** Close the open part, if it is this table's. */
  | { readonly type: 'close-part'; readonly jobId: number }
  /** The table failed elsewhere: stop its chunk, drop its open part. */
  | { readonly type: 'drop-table'; readonly jobId: number }
  | { readonly type: 'end' };

export interface WrittenPart extends LedgerPart {
  readonly jobId: number;
  /** File name in the run's folder; null in a single file. */
  readonly name: string | null;
  /** Row groups of a single file; empty where the part has its own footer. */
  readonly rowGroups: readonly PackedRowGroup[];
  /** Of the side dataset, with rows that were set aside. */
  readonly isAside?: true;
}

export type AwkwardCount = AwkwardValues;

/** Rows that were set aside, and what of them was awkward. */
export interface AsideCount {
  readonly rows: number;
  readonly values: readonly AwkwardCount[];
}

export type FromWorker =
  | { readonly type: 'chunk-started'; readonly chunkId: number; readonly transaction: BackendTransaction }
  | {
      readonly type: 'progress';
      readonly jobId: number;
      readonly chunkId: number;
      readonly rows: number;
      readonly wireBytes: number;
    }
  /** Somebody waited: the transaction ended, and the rest follows in a new one. */
  | { readonly type: 'chunk-yielded'; readonly chunkId: number }
  | {
      readonly type: 'chunk-done';
      readonly jobId: number;
      readonly chunkId: number;
      readonly rows: number;
      readonly wireBytes: number;
      readonly awkward: readonly AwkwardCount[];
      /** Not among `rows`. */
      readonly aside: AsideCount;
    }
  | { readonly type: 'part'; readonly part: WrittenPart }
  /** Answer to close-part. */
  | { readonly type: 'part-closed'; readonly jobId: number }
  | {
      readonly type: 'chunk-failed';
      readonly jobId: number;
      /** Null where the part could not be closed, with no chunk under way. */
      readonly chunkId: number | null;
      readonly error: SerializedError;
      /** Chunks with rows in the open part, which is gone. */
      readonly openPartChunkIds: readonly number[];
      /** True when the chunk was given back on request and can be read again at once. */
      readonly yielded: boolean;
    }
  | { readonly type: 'table-dropped'; readonly jobId: number }
  | { readonly type: 'ended' };
