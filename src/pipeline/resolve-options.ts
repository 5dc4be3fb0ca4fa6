/** Fills in the defaults of a copy, in one place, and refuses values that make no sense. */
import { totalmem } from 'node:os';
import type { ParquetOptions } from '../parquet/parquet-options.ts';
import { checkCopyOptions } from './check-options.ts';
import { type CopyOptions, defaultConnections } from './copy-options.ts';
import { fittingWorkers, workerBudget } from './memory-budget.ts';

const MB = 2 ** 20;
const DEFAULT_MEMORY_BYTES = 512 * MB;

export interface ResolvedOptions extends CopyOptions {
  readonly connections: number;
  readonly memoryBytes: number;
  readonly partBytes: number;
  readonly consistency: NonNullable<CopyOptions['consistency']>;
  readonly maxSnapshotAgeMs: number;
  readonly maxBlockMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly awkward: NonNullable<CopyOptions['awkward']>;
  /** The size of a row group by bytes follows from how many threads there are in the end: memory-budget.ts. */
  readonly parquet: Omit<ParquetOptions, 'rowGroupBytes'>;
}

export function resolveCopyOptions(options: CopyOptions): ResolvedOptions {
  checkCopyOptions(options);
  const memoryBytes = options.memoryBytes ?? defaultMemoryBytes();
  const connections = options.connections ?? Math.min(defaultConnections(), fittingWorkers(memoryBytes, 1));
  workerBudget({ memoryBytes, workers: connections, columns: 1 }); // throws E_MEMORY
  const compression = options.compression ?? 'zstd';
  return {
    ...options,
    connections,
    memoryBytes,
    partBytes: options.partBytes ?? 128 * MB,
    consistency: options.consistency ?? 'run',
    maxSnapshotAgeMs: options.maxSnapshotAgeMs ?? 30 * 60_000,
    maxBlockMs: options.maxBlockMs ?? 1_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 60_000,
    lockTimeoutMs: 10_000,
    awkward: options.awkward ?? 'fail',
    parquet: {
      compression,
      ...(options.compressionLevel === undefined ? {} : { compressionLevel: options.compressionLevel }),
      rowGroupRows: options.rowGroupRows ?? 131_072,
      pageRows: PAGE_ROWS,
      pageBytes: PAGE_BYTES,
    },
  };
}

/** Pages of 256 KB for 8-byte values: fine enough to be skipped by the page index, and what zstd's level 2 likes (compression.ts). */
const PAGE_ROWS = 32_768;
const PAGE_BYTES = MB;

/** 512 MB, or three fifths of what this process may use, where that is less. */
function defaultMemoryBytes(): number {
  const limit = process.constrainedMemory() || totalmem();
  return Math.min(DEFAULT_MEMORY_BYTES, Math.floor(Math.min(limit, totalmem()) * 0.6));
}
