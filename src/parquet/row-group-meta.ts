/**
 * What is known of a row group once its bytes are written: all that the footer needs. Packed, it goes to
 * another thread, since the threads that write row groups of one file are not the one that writes its footer. Offsets are
 * those in the file.
 */
import { deserialize, serialize } from 'node:v8';
import type { Codec } from './compression.ts';
import type { PageVersion } from './data-page.ts';
import type { ValueEncoding } from './value-encoding.ts';

export interface ChunkStatistics {
  /** Slots without a value: nulls, and below lists and structs also where these are null or empty. */
  readonly nullCount: number;
  /** PLAIN (text without its length); null where there is none. */
  readonly min: Uint8Array | null;
  readonly max: Uint8Array | null;
  readonly minExact: boolean;
  readonly maxExact: boolean;
}

export interface ColumnChunkMeta {
  readonly codec: Codec;
  /** Slots: values and nulls. */
  readonly valueCount: number;
  readonly dataPages: number;
  readonly pageVersion: PageVersion;
  /** Of the values in all its data pages. */
  readonly encoding: ValueEncoding;
  /** Null where there is no dictionary. */
  readonly dictionaryPageOffset: number | null;
  readonly dataPageOffset: number;
  /** Page headers included, as in the next. */
  readonly totalUncompressedSize: number;
  readonly totalCompressedSize: number;
  readonly statistics: ChunkStatistics;
  /** Thrift ColumnIndex; null where a page lacks a bound. */
  readonly columnIndex: Uint8Array | null;
  /** Thrift OffsetIndex. */
  readonly offsetIndex: Uint8Array;
}

export interface RowGroupMeta {
  readonly rows: number;
  readonly fileOffset: number;
  readonly totalByteSize: number;
  readonly totalCompressedSize: number;
  /** One a leaf, in the order of the file's schema: a column below which there are several has as many. */
  readonly columns: readonly ColumnChunkMeta[];
}

/** As one piece of bytes: it waits for the end of its file in a tenth of the memory, since each column chunk is a dozen objects. */
export type PackedRowGroup = Uint8Array<ArrayBuffer>;

export function packRowGroup(rowGroup: RowGroupMeta): PackedRowGroup {
  return new Uint8Array(serialize(rowGroup));
}

export function unpackRowGroup(packed: PackedRowGroup): RowGroupMeta {
  return deserialize(packed) as RowGroupMeta;
}
