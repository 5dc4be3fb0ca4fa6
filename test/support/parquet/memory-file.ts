/** A ByteSink that keeps the file in memory, and a file written to it in one go. */
import type { ColumnBatch } from '../../../src/core/column-batch.ts';
import type { TableSchema } from '../../../src/core/table-schema.ts';
import type { ByteSink } from '../../../src/parquet/byte-sink.ts';
import type { ParquetOptions } from '../../../src/parquet/parquet-options.ts';
import { type FileSummary, ParquetWriter } from './parquet-writer.ts';

export class MemoryFile implements ByteSink {
  private buffer = new Uint8Array(1 << 16);
  private end = 0;

  reserve(bytes: number): number {
    const offset = this.end;
    this.end += bytes;
    if (this.end > this.buffer.length) {
      const grown = new Uint8Array(this.end * 2);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    return offset;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > this.end)
      throw new Error(`a write of ${bytes.length} bytes at ${offset} ends behind ${this.end}`);
    this.buffer.set(bytes, offset);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.end);
  }
}

export const SMALL_FILE: ParquetOptions = {
  compression: 'zstd',
  rowGroupRows: 131_072,
  rowGroupBytes: 1 << 26,
  pageRows: 20_000,
  pageBytes: 1 << 20,
};

export interface WrittenFile extends FileSummary {
  readonly file: Uint8Array<ArrayBuffer>;
}

/** A whole file of these batches. */
export function writeParquet(
  schema: TableSchema,
  batches: Iterable<ColumnBatch>,
  options: Partial<ParquetOptions> = {},
  keyValues: Record<string, string> = {},
): WrittenFile {
  const sink = new MemoryFile();
  const writer = new ParquetWriter(schema, { ...SMALL_FILE, ...options }, sink);
  for (const batch of batches) writer.append(batch);
  const summary = writer.finish(keyValues, 'dracula-etl test');
  return { ...summary, file: sink.bytes };
}
