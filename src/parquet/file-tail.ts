/**
 * The tail of a file: all column indexes, then all offset indexes, then FileMetaData, its length in 4 bytes
 * (little-endian) and `PAR1`. Page indexes stand together before the footer, so that a reader fetches them in one piece.
 */
import type { TableSchema } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import { CODEC_NUMBER } from './compression.ts';
import { PAGE_TYPE } from './data-page.ts';
import { MAGIC } from './file-header.ts';
import { type LeafColumn, leafColumns } from './leaf-column.ts';
import { PHYSICAL } from './parquet-type.ts';
import {
  type ChunkStatistics,
  type ColumnChunkMeta,
  type PackedRowGroup,
  type RowGroupMeta,
  unpackRowGroup,
} from './row-group-meta.ts';
import { writeSchema } from './schema-element.ts';
import { CompactWriter, LIST_OF } from './thrift/compact-protocol.ts';
import { ENCODING } from './value-encoding.ts';

const FORMAT_VERSION = 2;
const MAX_ORDINAL = 0x7fff;

export interface FileTail {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Of FileMetaData, without its length and the magic. */
  readonly footerBytes: number;
}

/** Where an index stands in the file. */
interface IndexPlace {
  readonly offset: number;
  readonly length: number;
}

/**
 * The tail of a file whose row groups are written.
 * @param rowGroups in the order in which a reader sees the rows; gone through three times, one held at a time
 * @param fileOffset where these bytes go: the end of the last row group
 */
export function encodeFileTail(
  schema: TableSchema,
  rowGroups: readonly PackedRowGroup[],
  keyValues: Readonly<Record<string, string>>,
  createdBy: string,
  fileOffset: number,
): FileTail {
  const leaves = leafColumns(schema);
  const tail = new TailBytes();
  let rows = 0;
  for (const packed of rowGroups) {
    const group = unpackRowGroup(packed);
    checkWidth(leaves, group);
    rows += group.rows;
    for (const { columnIndex } of group.columns) if (columnIndex !== null) tail.add(columnIndex);
  }
  const columnIndexes = placesFrom(fileOffset);
  const offsetIndexes = placesFrom(fileOffset + tail.length);
  for (const packed of rowGroups) for (const { offsetIndex } of unpackRowGroup(packed).columns) tail.add(offsetIndex);
  const writer = new CompactWriter(4096);
  writer.i32(1, FORMAT_VERSION);
  writeSchema(writer, 2, schema);
  writer.i64(3, rows);
  writer.list(4, LIST_OF.struct, rowGroups.length);
  rowGroups.forEach((packed, ordinal) => {
    const group = unpackRowGroup(packed);
    writer.structElement(() => {
      writer.list(1, LIST_OF.struct, leaves.length);
      group.columns.forEach((column, i) => {
        const columnIndex = column.columnIndex === null ? null : columnIndexes(column.columnIndex);
        writeColumnChunk(writer, leaves[i]!, column, columnIndex, offsetIndexes(column.offsetIndex));
      });
      writeRowGroupFacts(writer, group, ordinal);
    });
  });
  writeKeyValues(writer, keyValues);
  writer.string(6, createdBy);
  writeColumnOrders(writer, leaves);
  const footer = writer.take();
  tail.add(footer);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, footer.length, true);
  tail.add(length);
  tail.add(MAGIC);
  return { bytes: tail.bytes(), rows, footerBytes: footer.length };
}

/** The bytes so far, one piece behind the other. */
class TailBytes {
  length = 0;
  private buffer = new Uint8Array(0);

  add(piece: Uint8Array): void {
    const end = this.length + piece.length;
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.max(end, 4096, this.length + (this.length >> 1)));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    this.buffer.set(piece, this.length);
    this.length = end;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

/** Where the indexes stand that are given one after the other, from there on. */
function placesFrom(start: number): (index: Uint8Array) => IndexPlace {
  let next = start;
  return ({ length }) => {
    const offset = next;
    next += length;
    return { offset, length };
  };
}

function checkWidth(leaves: readonly LeafColumn[], group: RowGroupMeta): void {
  if (group.columns.length === leaves.length) return;
  throw new DraculaError('E_INTERNAL', 'A row group does not have the columns of the Parquet schema.');
}

function writeColumnChunk(
  writer: CompactWriter,
  leaf: LeafColumn,
  chunk: ColumnChunkMeta,
  columnIndex: IndexPlace | null,
  offsetIndex: IndexPlace,
): void {
  writer.structElement(() => {
    // file_offset: "writers should set this to 0", since it never had one meaning.
    writer.i64(2, 0);
    writer.struct(3, () => writeColumnMetaData(writer, leaf, chunk));
    writer.i64(4, offsetIndex.offset);
    writer.i32(5, offsetIndex.length);
    if (columnIndex !== null) {
      writer.i64(6, columnIndex.offset);
      writer.i32(7, columnIndex.length);
    }
  });
}

function writeColumnMetaData(writer: CompactWriter, { form, path }: LeafColumn, chunk: ColumnChunkMeta): void {
  const hasDictionary = chunk.dictionaryPageOffset !== null;
  writer.i32(1, PHYSICAL[form.physical]);
  const encodings = encodingsOf(chunk);
  writer.list(2, LIST_OF.i32, encodings.length);
  for (const encoding of encodings) writer.intElement(encoding);
  writer.list(3, LIST_OF.binary, path.length);
  for (const name of path) writer.stringElement(name);
  writer.i32(4, CODEC_NUMBER[chunk.codec]);
  writer.i64(5, chunk.valueCount);
  writer.i64(6, chunk.totalUncompressedSize);
  writer.i64(7, chunk.totalCompressedSize);
  writer.i64(9, chunk.dataPageOffset);
  if (chunk.dictionaryPageOffset !== null) writer.i64(11, chunk.dictionaryPageOffset);
  if (isBoundedOrEmpty(chunk)) writer.struct(12, () => writeStatistics(writer, chunk.statistics));
  writer.list(13, LIST_OF.struct, hasDictionary ? 2 : 1);
  if (hasDictionary) writeEncodingStats(writer, PAGE_TYPE.DICTIONARY_PAGE, ENCODING.PLAIN, 1);
  const pageType = chunk.pageVersion === 1 ? PAGE_TYPE.DATA_PAGE : PAGE_TYPE.DATA_PAGE_V2;
  writeEncodingStats(writer, pageType, ENCODING[chunk.encoding], chunk.dataPages);
}

/** Of its pages: levels are RLE, the dictionary is PLAIN. Each once, by number. */
function encodingsOf({ encoding, dictionaryPageOffset }: ColumnChunkMeta): readonly number[] {
  const dictionary = dictionaryPageOffset === null ? [] : [ENCODING.PLAIN];
  return [...new Set([ENCODING[encoding], ENCODING.RLE, ...dictionary])].sort((a, b) => a - b);
}

/**
 * Of a chunk with values and without both bounds not even the nulls are told. Iceberg (Trino's add_files, Spark's migrations) takes
 * a column's bounds in a file from the row groups that have some, unless one has no statistics: its values would be lost to filters.
 */
function isBoundedOrEmpty({ statistics: { nullCount, min, max }, valueCount }: ColumnChunkMeta): boolean {
  return nullCount === valueCount || (min !== null && max !== null);
}

function writeStatistics(writer: CompactWriter, statistics: ChunkStatistics): void {
  const { nullCount, min, max, minExact, maxExact } = statistics;
  writer.i64(3, nullCount);
  if (max !== null) writer.binary(5, max);
  if (min !== null) writer.binary(6, min);
  if (max !== null) writer.bool(7, maxExact);
  if (min !== null) writer.bool(8, minExact);
}

function writeEncodingStats(writer: CompactWriter, pageType: number, encoding: number, pages: number): void {
  writer.structElement(() => {
    writer.i32(1, pageType);
    writer.i32(2, encoding);
    writer.i32(3, pages);
  });
}

function writeRowGroupFacts(writer: CompactWriter, group: RowGroupMeta, ordinal: number): void {
  writer.i64(2, group.totalByteSize);
  writer.i64(3, group.rows);
  writer.i64(5, group.fileOffset);
  writer.i64(6, group.totalCompressedSize);
  if (ordinal <= MAX_ORDINAL) writer.i16(7, ordinal);
}

function writeKeyValues(writer: CompactWriter, keyValues: Readonly<Record<string, string>>): void {
  const entries = Object.entries(keyValues);
  if (entries.length === 0) return;
  writer.list(5, LIST_OF.struct, entries.length);
  for (const [key, value] of entries) {
    writer.structElement(() => {
      writer.string(1, key);
      writer.string(2, value);
    });
  }
}

/** TYPE_ORDER for every leaf: without it, readers must not trust min and max. */
function writeColumnOrders(writer: CompactWriter, leaves: readonly LeafColumn[]): void {
  writer.list(7, LIST_OF.struct, leaves.length);
  for (const _ of leaves) writer.structElement(() => writer.struct(1, () => {}));
}
