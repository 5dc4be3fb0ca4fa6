/** Writes one whole file from one thread: header, row groups, tail. */
import type { ColumnBatch } from '../../../src/core/column-batch.ts';
import type { TableSchema } from '../../../src/core/table-schema.ts';
import type { ByteSink } from '../../../src/parquet/byte-sink.ts';
import { encodeFileHeader } from '../../../src/parquet/file-header.ts';
import { encodeFileTail } from '../../../src/parquet/file-tail.ts';
import type { ParquetOptions } from '../../../src/parquet/parquet-options.ts';
import type { RowGroupMeta } from '../../../src/parquet/row-group-meta.ts';
import { unpackRowGroup } from '../../../src/parquet/row-group-meta.ts';
import { RowGroupWriter } from '../../../src/parquet/row-group-writer.ts';

export interface FileSummary {
  readonly rows: number;
  readonly rowGroups: readonly RowGroupMeta[];
  /** Size of the file. */
  readonly bytes: number;
}

export class ParquetWriter {
  private readonly schema: TableSchema;
  private readonly sink: ByteSink;
  private readonly rowGroups: RowGroupWriter;

  /** Writes the header: the sink must be at the start of a file. */
  constructor(schema: TableSchema, options: ParquetOptions, sink: ByteSink) {
    this.schema = schema;
    this.sink = sink;
    this.rowGroups = new RowGroupWriter(schema, options, sink);
    const header = encodeFileHeader();
    sink.write(sink.reserve(header.length), header);
  }

  /** Copies what it keeps; may write row groups. */
  append(batch: ColumnBatch): void {
    this.rowGroups.append(batch);
  }

  /** Writes what is buffered and the tail. The writer is done then. */
  finish(keyValues: Readonly<Record<string, string>>, createdBy: string): FileSummary {
    this.rowGroups.flush();
    const rowGroups = this.rowGroups.takeRowGroups();
    const end = this.sink.reserve(0);
    const tail = encodeFileTail(this.schema, rowGroups, keyValues, createdBy, end);
    this.sink.write(this.sink.reserve(tail.bytes.length), tail.bytes);
    return { rows: tail.rows, rowGroups: rowGroups.map(unpackRowGroup), bytes: end + tail.bytes.length };
  }
}
