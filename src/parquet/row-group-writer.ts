/**
 * Fills row groups from batches and writes each where the sink gives it room. Several writers, in several threads, may fill
 * one file: each reserves its own ranges; one thread writes the header and, from what is known of all row groups, the tail.
 *
 * A row group ends at `rowGroupRows` rows, or after the batch with which the buffered bytes reach `rowGroupBytes`. Buffers
 * are kept from one row group to the next.
 */
import type { ColumnBatch } from '../core/column-batch.ts';
import { sharedFeatures } from '../core/reader.ts';
import type { TableSchema } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import { hasShape } from './batch-shape.ts';
import type { ByteSink } from './byte-sink.ts';
import { ColumnChunk } from './column-chunk.ts';
import { leafColumns } from './leaf-column.ts';
import type { ParquetOptions } from './parquet-options.ts';
import { RowGroupBuffer } from './row-group-buffer.ts';
import { type PackedRowGroup, packRowGroup } from './row-group-meta.ts';

/** A leaf's chunk, and which of the table's columns it is fed from. */
interface Leaf {
  readonly chunk: ColumnChunk;
  readonly column: number;
}

/**
 * Buffers of up to twice what a column held are kept for its next row group: one that was filled goes on without growing again, and what a
 * column does not need any more is let go. Of a row group that a large row made larger than its budget a column keeps its share of the
 * budget, so all columns together keep two row groups at most.
 */
const KEPT_FACTOR = 2;
const LEAST_KEPT_BYTES = 4096;

export class RowGroupWriter {
  private readonly schema: TableSchema;
  private readonly options: ParquetOptions;
  private readonly sink: ByteSink;
  private readonly leaves: readonly Leaf[];
  private readonly buffer = new RowGroupBuffer();
  private rows = 0;
  private finished: PackedRowGroup[] = [];

  /** Throws E_UNSUPPORTED_TYPE for a column that Parquet cannot hold. */
  constructor(schema: TableSchema, options: ParquetOptions, sink: ByteSink) {
    this.schema = schema;
    this.options = options;
    this.sink = sink;
    const { compression, compressionLevel } = options;
    const features = sharedFeatures(schema.readers);
    this.leaves = leafColumns(schema).map((leaf) => ({
      chunk: new ColumnChunk(leaf, features, compression, compressionLevel),
      column: leaf.column,
    }));
  }

  /** Rows of the row group that is being filled. */
  get bufferedRows(): number {
    return this.rows;
  }

  /** Row groups whose facts have not been taken yet. */
  get finishedRowGroups(): number {
    return this.finished.length;
  }

  /** Bytes that these rows take here, about. */
  get bufferedBytes(): number {
    let bytes = 0;
    for (const { chunk } of this.leaves) bytes += chunk.bufferedBytes;
    return bytes;
  }

  /**
   * Copies the rows of a batch; writes a row group each time one is full, or 'later', when the caller says `flushFull`. Throws
   * E_INVALID_TEXT (at the row group that holds it), and whatever the sink throws; the writer is of no use after that.
   */
  append(batch: ColumnBatch, flush: 'when full' | 'later' = 'when full'): void {
    if (!hasShape(batch, this.schema))
      throw new DraculaError('E_INTERNAL', 'A batch does not have the columns of the Parquet schema.');
    for (let from = 0; from < batch.rows; ) {
      if (this.rows >= this.options.rowGroupRows) this.flush();
      const to = Math.min(batch.rows, from + this.options.rowGroupRows - this.rows);
      for (const { chunk, column } of this.leaves) chunk.append(batch.columns[column]!, from, to);
      this.rows += to - from;
      from = to;
    }
    if (flush === 'when full') this.flushFull();
  }

  /** Writes the row group if it is full. */
  flushFull(): void {
    if (this.rows >= this.options.rowGroupRows || this.bufferedBytes >= this.options.rowGroupBytes) this.flush();
  }

  /** A row of so many bytes is coming: what would not fit beside it is written, and what is kept for later is let go. */
  makeRoom(rowBytes: number): void {
    const { rowGroupBytes } = this.options;
    if (this.bufferedBytes + rowBytes < rowGroupBytes) return;
    this.flush();
    if (rowBytes >= rowGroupBytes) this.discard();
  }

  /** Drops the buffered rows, and lets go of all buffers. */
  discard(): void {
    for (const { chunk } of this.leaves) chunk.reset(0);
    this.buffer.free();
    this.rows = 0;
  }

  /** Writes the buffered rows as a row group; nothing when there are none. */
  flush(): void {
    if (this.rows === 0) return;
    const { buffer, options } = this;
    buffer.clear();
    const keptFactor = KEPT_FACTOR * Math.min(1, options.rowGroupBytes / this.bufferedBytes);
    const chunks = this.leaves.map(({ chunk }) => {
      const keepBytes = Math.max(LEAST_KEPT_BYTES, keptFactor * chunk.bufferedBytes);
      const locate = chunk.write(options, buffer);
      chunk.reset(keepBytes);
      return locate;
    });
    const totalCompressedSize = buffer.length;
    const fileOffset = this.sink.reserve(totalCompressedSize);
    let offset = fileOffset;
    buffer.drain((bytes) => {
      this.sink.write(offset, bytes);
      offset += bytes.length;
    });
    const columns = chunks.map((locate) => locate(fileOffset));
    const totalByteSize = columns.reduce((sum, column) => sum + column.totalUncompressedSize, 0);
    this.finished.push(packRowGroup({ rows: this.rows, fileOffset, totalByteSize, totalCompressedSize, columns }));
    this.rows = 0;
  }

  /** The row groups finished since the last call, in order. */
  takeRowGroups(): PackedRowGroup[] {
    const taken = this.finished;
    this.finished = [];
    return taken;
  }
}
