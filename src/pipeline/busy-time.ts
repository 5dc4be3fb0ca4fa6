/**
 * How long a worker may take nothing from its socket: a row group is compressed in one go, and meanwhile the server waits with what it has
 * to send. The server's time limits for a client that takes nothing must be longer.
 *
 * Measured on text of random hexadecimal digits, which is among the slowest there is, in MB per CPU-second (Node 24): zstd 67 at level 3, 19 at 9,
 * 7.9 at 12, 2.5 at 15, 0.5 to 0.6 from 17 to 22; gzip 14 at 9. A quarter of it is counted on, since a core may be shared with others.
 */
import type { ParquetOptions } from '../parquet/parquet-options.ts';
import type { WorkerBudget } from './memory-budget.ts';

interface Speed {
  readonly upToLevel: number;
  readonly bytesPerSecond: number;
}

const SPEEDS: { readonly [C in ParquetOptions['compression']]: readonly Speed[] } = {
  zstd: [
    { upToLevel: 3, bytesPerSecond: 16e6 },
    { upToLevel: 9, bytesPerSecond: 5e6 },
    { upToLevel: 12, bytesPerSecond: 2e6 },
    { upToLevel: 15, bytesPerSecond: 0.6e6 },
    { upToLevel: 22, bytesPerSecond: 0.125e6 },
  ],
  gzip: [{ upToLevel: 9, bytesPerSecond: 3.5e6 }],
  snappy: [],
  none: [],
};
/** Where the disk is slower than the codec. */
const FASTEST: Speed = { upToLevel: 0, bytesPerSecond: 25e6 };
/** Where no level is given: zstd's default for text. */
const DEFAULT_LEVEL = 3;

/** PostgreSQL sends no longer message: MaxAllocSize. */
const MAX_ROW_BYTES = 2 ** 30;

/** `rowGroupBytes` and `maxRowBytes`: before compression. */
export function longestBusyMs(
  { compression, compressionLevel = DEFAULT_LEVEL }: Pick<ParquetOptions, 'compression' | 'compressionLevel'>,
  { rowGroupBytes, maxRowBytes }: WorkerBudget,
): number {
  const bytes = Math.max(rowGroupBytes, Math.min(maxRowBytes, MAX_ROW_BYTES));
  const speeds = SPEEDS[compression];
  const { bytesPerSecond } = speeds.find(({ upToLevel }) => compressionLevel <= upToLevel) ?? speeds.at(-1) ?? FASTEST;
  return Math.ceil((bytes / bytesPerSecond) * 1000);
}
