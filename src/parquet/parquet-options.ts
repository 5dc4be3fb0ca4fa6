/** How files are written: compression, and where row groups and pages end. Plain data, so that it crosses to the threads. */
import type { Codec } from './compression.ts';

export interface ParquetOptions {
  readonly compression: Codec;
  /** Of zstd (default 1 for codes, 2 for numbers, 3 for text) or gzip (default 6). */
  readonly compressionLevel?: number;
  readonly rowGroupRows: number;
  /** Budget of buffered bytes: a row group ends when they reach it. */
  readonly rowGroupBytes: number;
  readonly pageRows: number;
  readonly pageBytes: number;
}
