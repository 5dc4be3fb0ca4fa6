/** The codecs of a part's pages, and the levels that each has. */
export type Compression = 'zstd' | 'snappy' | 'gzip' | 'none';

/** From and to; null: the codec has no levels. */
export const COMPRESSION_LEVELS = {
  zstd: [1, 22],
  snappy: null,
  gzip: [1, 9],
  none: null,
} as const satisfies Record<Compression, readonly [number, number] | null>;
