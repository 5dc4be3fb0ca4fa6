/**
 * Compression of pages: zstd and gzip from node:zlib, snappy our own. A page of version 1 has no flag that says "not
 * compressed", so what does not shrink is written compressed all the same.
 */
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressSnappy } from './compression/snappy.ts';

export type Codec = 'zstd' | 'snappy' | 'gzip' | 'none';

/** Numbers of parquet.thrift. */
export const CODEC_NUMBER = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const satisfies Record<Codec, number>;

/** The compressed bytes, in a buffer of their own. */
export type CompressPage = (page: Uint8Array) => Uint8Array;

const DEFAULT_ZSTD_LEVEL = 3;
const DEFAULT_GZIP_LEVEL = 6;

/** Never more than this many bytes more than the page, for zstd and for gzip. */
function compressBound(bytes: number): number {
  return bytes + (bytes >> 7) + 1024;
}

const COMPRESSORS = {
  // Room for the whole result: zstd then compresses in one step, without a copy of the page and without a list of pieces.
  zstd: (level = DEFAULT_ZSTD_LEVEL) => {
    const params = { [constants.ZSTD_c_compressionLevel]: level };
    return (page) => zstdCompressSync(page, { params, chunkSize: compressBound(page.length) });
  },
  gzip:
    (level = DEFAULT_GZIP_LEVEL) =>
    (page) =>
      gzipSync(page, { level, chunkSize: compressBound(page.length) }),
  snappy: () => compressSnappy,
  // A copy: the page's buffer is used again for the next one.
  none: () => (page) => page.slice(),
} as const satisfies Record<Codec, (level?: number) => CompressPage>;

/** `level` is that of zstd (default 3) or gzip (default 6); the others have none. */
export function createCompressor(codec: Codec, level?: number): CompressPage {
  return COMPRESSORS[codec](level);
}
