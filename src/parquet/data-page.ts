/**
 * Pages as they stand in the file: a thrift PageHeader, then the compressed body. Data pages are of version 1: levels and
 * values are compressed together. The dictionary page of a chunk is PLAIN.
 */

import type { DictionaryPage } from './column-values.ts';
import type { CompressPage } from './compression.ts';
import type { RowGroupBuffer } from './row-group-buffer.ts';
import { CompactWriter } from './thrift/compact-protocol.ts';

/** Numbers of parquet.thrift. */
export const ENCODING = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;
export const PAGE_TYPE = { DATA_PAGE: 0, DICTIONARY_PAGE: 2 } as const;

/** Bytes of a written page, its header included. */
export interface PageSize {
  readonly uncompressed: number;
  readonly compressed: number;
}

const writer = new CompactWriter();

/** `slots` of the page, nulls included; its values stand in `body` from `valuesAt` on. */
export function writeDataPage(
  body: Uint8Array,
  valuesAt: number,
  slots: number,
  isDictionaryCoded: boolean,
  compress: CompressPage,
  out: RowGroupBuffer,
): PageSize {
  return writePage(PAGE_TYPE.DATA_PAGE, body, valuesAt, compress, out, () =>
    writer.struct(5, () => {
      writer.i32(1, slots);
      writer.i32(2, isDictionaryCoded ? ENCODING.RLE_DICTIONARY : ENCODING.PLAIN);
      writer.i32(3, ENCODING.RLE);
      writer.i32(4, ENCODING.RLE);
    }),
  );
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
