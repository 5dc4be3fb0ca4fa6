/** Fills in the defaults of a copy, in one place, and refuses values that make no sense. */
import { totalmem } from 'node:os';
import { DraculaError } from '../errors.ts';
import type { ParquetOptions } from '../parquet/parquet-options.ts';
import { checkCopyOptions } from './check-options.ts';
import { type CopyOptions, defaultConnections } from './copy-options.ts';

const MB = 2 ** 20;
const DEFAULT_MEMORY_BYTES = 512 * MB;
/** What Node, its threads and the plan need before a row is read. */
const LEAST_MEMORY_BYTES = 96 * MB;
const LEAST_WORKER_BYTES = 24 * MB;

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
  readonly parquet: ParquetOptions;
  /** Longest row that is taken. */
  readonly maxRowBytes: number;
}

export function resolveCopyOptions(options: CopyOptions): ResolvedOptions {
  checkCopyOptions(options);
  const connections = options.connections ?? defaultConnections();
  const memoryBytes = options.memoryBytes ?? defaultMemoryBytes();
  const perWorker = (memoryBytes - LEAST_MEMORY_BYTES) / connections;
  if (perWorker < LEAST_WORKER_BYTES) {
    const least = (LEAST_MEMORY_BYTES + connections * LEAST_WORKER_BYTES) / MB;
    throw new DraculaError(
      'E_MEMORY',
      `${connections} connections need a memory budget of at least ${least} MiB. Nothing was read.`,
    );
  }
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
    maxRowBytes: memoryBytes,
    parquet: {
      compression,
      ...(options.compressionLevel === undefined ? {} : { compressionLevel: options.compressionLevel }),
      rowGroupRows: options.rowGroupRows ?? 131_072,
      // A row group is held as columns, then as pages; the rest of a worker's share is for buffers and large values.
      rowGroupBytes: Math.min(64 * MB, Math.floor(perWorker / 4)),
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
