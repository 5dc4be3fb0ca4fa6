/**
 * Pages as they stand in the file: a thrift PageHeader, then the body. The dictionary page of a chunk is PLAIN.
 *
 * A data page of version 1 is compressed as a whole: levels, each behind its length, then values. One of version 2 has its levels
 * first, uncompressed and without their lengths, which stand in the header; its values are compressed only where that makes
 * them smaller. Specification: parquet.thrift, DataPageHeader and DataPageHeaderV2.
 */

import type { DictionaryPage } from './column-values.ts';
import type { CompressPage } from './compression.ts';
import type { RowGroupBuffer } from './row-group-buffer.ts';
import { CompactWriter } from './thrift/compact-protocol.ts';
import { ENCODING, type ValueEncoding } from './value-encoding.ts';

/** Numbers of parquet.thrift. */
export const PAGE_TYPE = { DATA_PAGE: 0, DICTIONARY_PAGE: 2, DATA_PAGE_V2: 3 } as const;

export type PageVersion = 1 | 2;

export interface DataPage {
  /** Levels as version 1 has them, then values. */
  readonly body: Uint8Array;
  readonly levelBytes: number;
  readonly hasRepetitionLevels: boolean;
  readonly rows: number;
  /** Values and nulls. */
  readonly slots: number;
  readonly nulls: number;
  readonly encoding: ValueEncoding;
}

/** Bytes of a written page, its header included. */
export interface PageSize {
  readonly uncompressed: number;
  readonly compressed: number;
}

const writer = new CompactWriter();

export function writeDataPage(
  page: DataPage,
  version: PageVersion,
  compress: CompressPage,
  out: RowGroupBuffer,
): PageSize {
  return version === 1 ? writeVersion1(page, compress, out) : writeVersion2(page, compress, out);
}

function writeVersion1(
  { body, levelBytes, slots, encoding }: DataPage,
  compress: CompressPage,
  out: RowGroupBuffer,
): PageSize {
  return writePage(PAGE_TYPE.DATA_PAGE, body, levelBytes, compress, out, () =>
    writer.struct(5, () => {
      writer.i32(1, slots);
      writer.i32(2, ENCODING[encoding]);
      writer.i32(3, ENCODING.RLE);
      writer.i32(4, ENCODING.RLE);
    }),
  );
}

function writeVersion2(page: DataPage, compress: CompressPage, out: RowGroupBuffer): PageSize {
  const { body, levelBytes, rows, slots, nulls, encoding } = page;
  const { repetition, definition } = splitLevels(page);
  const plain = body.subarray(levelBytes);
  const compressed = compress(plain, 0);
  const isCompressed = compressed.length < plain.length;
  const values = isCompressed ? compressed : plain.slice();
  const levels = new Uint8Array(repetition.length + definition.length);
  levels.set(repetition);
  levels.set(definition, repetition.length);
  writer.i32(1, PAGE_TYPE.DATA_PAGE_V2);
  writer.i32(2, levels.length + plain.length);
  writer.i32(3, levels.length + values.length);
  writer.struct(8, () => {
    writer.i32(1, slots);
    writer.i32(2, nulls);
    writer.i32(3, rows);
    writer.i32(4, ENCODING[encoding]);
    writer.i32(5, definition.length);
    writer.i32(6, repetition.length);
    writer.bool(7, isCompressed);
  });
  const header = writer.take();
  const before = header.length + levels.length;
  // First: what is taken over may be empty afterwards.
  const size = { uncompressed: before + plain.length, compressed: before + values.length };
  out.push(header);
  out.take(levels);
  out.take(values);
  return size;
}

const NOTHING = new Uint8Array(0);

/** The levels without their lengths. */
function splitLevels({ body, levelBytes, hasRepetitionLevels }: DataPage) {
  const view = new DataView(body.buffer, body.byteOffset, levelBytes);
  const end = hasRepetitionLevels ? 4 + view.getInt32(0, true) : 0;
  return {
    repetition: hasRepetitionLevels ? body.subarray(4, end) : NOTHING,
    definition: body.subarray(end + 4, levelBytes),
  };
}

export function writeDictionaryPage(dictionary: DictionaryPage, compress: CompressPage, out: RowGroupBuffer): PageSize {
  return writePage(PAGE_TYPE.DICTIONARY_PAGE, dictionary.bytes, 0, compress, out, () =>
    writer.struct(7, () => {
      writer.i32(1, dictionary.entries);
      writer.i32(2, ENCODING.PLAIN);
    }),
  );
}

function writePage(
  type: number,
  body: Uint8Array,
  valuesAt: number,
  compress: CompressPage,
  out: RowGroupBuffer,
  writeOwnHeader: () => void,
): PageSize {
  const compressed = compress(body, valuesAt);
  const { length: uncompressed } = body;
  const { length: size } = compressed;
  writer.i32(1, type);
  writer.i32(2, uncompressed);
  writer.i32(3, size);
  writeOwnHeader();
  const header = writer.take();
  out.push(header);
  out.take(compressed);
  return { uncompressed: header.length + uncompressed, compressed: header.length + size };
}
