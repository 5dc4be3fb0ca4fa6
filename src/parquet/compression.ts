/**
 * Compression of pages: zstd and gzip from node:zlib, snappy our own. A page of version 1 has no flag that says "not
 * compressed", so what does not shrink is written compressed all the same.
 */
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressSnappy } from './compression/snappy.ts';
import { compressLongs } from './compression/zstd-longs.ts';

export type Codec = 'zstd' | 'snappy' | 'gzip' | 'none';

/** Numbers of parquet.thrift. */
export const CODEC_NUMBER = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const satisfies Record<Codec, number>;

/** The compressed bytes, in a buffer of their own. The page's values stand behind its levels, from `valuesAt` on. */
export type CompressPage = (page: Uint8Array, valuesAt: number) => Uint8Array<ArrayBuffer>;

/**
 * What a page holds decides zstd's default level. Numbers at level 2 come out as small as at level 3, for two thirds of the time,
 * as long as a page has at most 256 KB: beyond that zstd's level 2 is another strategy. Level 1 would make ascending timestamps
 * half as large again. Measured, bytes and ns per value of 8 bytes: ascending timestamps 6.50/18, 4.06/47, 4.05/44 at levels 1, 2, 3,
 * whole seconds 4.94/29, 3.66/37, 3.64/43, random foreign keys 3.54/35, 3.33/47, 3.31/56. Text gains from level 3. Codes of a
 * dictionary gain nothing from either: lineitem's come out the same to the third digit.
 *
 * Longs are PLAIN numbers of 8 bytes. Where their high bytes are all the same, zstd can be written without its search
 * (compression/zstd-longs.ts): random keys below 200,000 3.00/3 against 3.08/39, amounts below
 * 100,000.00 3.00/3 against 3.33/38.
 */
export type PageContent = 'codes' | 'numbers' | 'longs' | 'text';

const DEFAULT_ZSTD_LEVEL = { codes: 1, numbers: 2, longs: 2, text: 3 } as const satisfies Record<PageContent, number>;
const DEFAULT_GZIP_LEVEL = 6;
/** Pages of longs for which the smaller of the two ways stands, once both were tried. */
const PAGES_PER_TRIAL = 64;

/** Never more than this many bytes more than the page, for zstd and for gzip. */
function compressBound(bytes: number): number {
  return bytes + (bytes >> 7) + 1024;
}

const COMPRESSORS = {
  // Room for the whole result: zstd then compresses in one step, without a copy of the page and without a list of pieces.
  zstd: (content, level = DEFAULT_ZSTD_LEVEL[content]) => {
    const params = { [constants.ZSTD_c_compressionLevel]: level };
    const search: CompressPage = (page) => zstdCompressSync(page, { params, chunkSize: compressBound(page.length) });
    return content === 'longs' ? compressLongsOr(search) : search;
  },
  gzip:
    (_content, level = DEFAULT_GZIP_LEVEL) =>
    (page) =>
      gzipSync(page, { level, chunkSize: compressBound(page.length) }),
  snappy: () => compressSnappy,
  // A copy: the page's buffer is used again for the next one.
  none: () => (page) => page.slice(),
} as const satisfies Record<Codec, (content: PageContent, level?: number) => CompressPage>;

/** Longs without a search as long as that is what made a page smaller: ascending ones, say, repeat more than their high bytes. */
function compressLongsOr(search: CompressPage): CompressPage {
  let searches = false;
  let pagesLeft = 0;
  return (page, valuesAt) => {
    const isTrial = pagesLeft === 0;
    pagesLeft = isTrial ? PAGES_PER_TRIAL - 1 : pagesLeft - 1;
    const direct = searches && !isTrial ? null : compressLongs(page, valuesAt);
    if (direct !== null && !isTrial) return direct;
    const searched = search(page, valuesAt);
    if (isTrial) searches = direct === null || searched.length < direct.length;
    return direct === null || searches ? searched : direct;
  };
}

/** For the pages of one column. `level` is that of zstd (default 1 for codes, 2 for numbers, 3 for text) or gzip (default 6); the others have none. */
export function createCompressor(codec: Codec, content: PageContent, level?: number): CompressPage {
  return COMPRESSORS[codec](content, level);
}
