/**
 * The encodings in which the values of a data page can stand: their numbers in parquet.thrift, and which of them a leaf is offered
 * beside PLAIN and a dictionary, where all declared readers read them.
 */
import type { Feature } from '../core/reader-table.ts';
import type { LeafForm, PhysicalType } from './parquet-type.ts';

/** RLE is that of booleans; that of levels is everywhere. */
export const ENCODING = {
  PLAIN: 0,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
} as const;
export type ValueEncoding = keyof typeof ENCODING;

/** Those that take a feature. */
export type FurtherEncoding = Exclude<ValueEncoding, 'PLAIN' | 'RLE_DICTIONARY'>;

export type Features = ReadonlySet<Feature>;
export const NO_FEATURES: Features = new Set();

type Offer = readonly [FurtherEncoding, Feature];

const OFFERS: { readonly [P in PhysicalType]: readonly Offer[] } = {
  BOOLEAN: [['RLE', 'RLE_BOOLEAN']],
  INT32: [
    ['DELTA_BINARY_PACKED', 'DELTA_BINARY_PACKED'],
    ['BYTE_STREAM_SPLIT', 'BYTE_STREAM_SPLIT_INTEGER'],
  ],
  INT64: [
    ['DELTA_BINARY_PACKED', 'DELTA_BINARY_PACKED'],
    ['BYTE_STREAM_SPLIT', 'BYTE_STREAM_SPLIT_INTEGER'],
  ],
  FLOAT: [['BYTE_STREAM_SPLIT', 'BYTE_STREAM_SPLIT_FLOAT']],
  DOUBLE: [['BYTE_STREAM_SPLIT', 'BYTE_STREAM_SPLIT_FLOAT']],
  BYTE_ARRAY: [
    ['DELTA_LENGTH_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY'],
    ['DELTA_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'],
  ],
  FIXED_LEN_BYTE_ARRAY: [['BYTE_STREAM_SPLIT', 'BYTE_STREAM_SPLIT_FIXED']],
};

/** What a leaf may take beside PLAIN and a dictionary. */
export function furtherEncodings({ physical }: LeafForm, features: Features): readonly FurtherEncoding[] {
  return OFFERS[physical].filter(([, feature]) => features.has(feature)).map(([encoding]) => encoding);
}
