/**
 * For each feature of the reader table: a column whose file has it when it is written for a reader of it, and no other feature
 * beside pages of version 2; and how a file shows that it has it.
 */
import type { FileMetaData } from 'hyparquet';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Feature } from '../../../src/core/reader-table.ts';
import type { Value } from './batch-of.ts';

export interface FeatureSample {
  readonly type: LogicalType;
  /** Value of a row, null for some. `random` gives numbers from 0 to 1. */
  readonly value: (row: number, random: () => number) => Value;
  /** With which the encoding pays. Default zstd. */
  readonly compression?: 'none';
  readonly isIn: (file: FileMetaData) => boolean;
}

const int = (random: () => number, below: number): number => Math.floor(random() * below);
const pick = <T>(random: () => number, from: readonly T[]): T => from[int(random, from.length)]!;

const annotated = (name: string) => (file: FileMetaData) => file.schema[1]!.logical_type?.type === name;
const encoded = (name: string) => (file: FileMetaData) =>
  file.row_groups.every(({ columns: [chunk] }) =>
    (chunk!.meta_data!.encoding_stats ?? []).some(({ encoding }) => encoding === name),
  );

const UUIDS = [
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '7fffffff-ffff-4fff-8fff-ffffffffffff',
  '80000000-0000-4000-8000-00000000000a',
];
const DOCUMENTS = ['{"a" :1, "a": 1.00000000000000000000001}', ' null', '[1e400]', '"ж🧛"', '{}'];
const DAY = 86_400_000_000n;

/** A point, or a line of three points, in well-known binary. */
function geometry(random: () => number): Uint8Array {
  const isPoint = random() < 0.5;
  const bytes = Buffer.alloc(isPoint ? 21 : 57);
  bytes[0] = 1;
  bytes.writeUInt32LE(isPoint ? 1 : 2, 1);
  if (!isPoint) bytes.writeUInt32LE(3, 5);
  for (let at = isPoint ? 5 : 9; at < bytes.length; at += 8)
    bytes.writeDoubleLE(pick(random, [-0, 1.5, -180, 1e308]), at);
  return new Uint8Array(bytes);
}

/** 15 bytes, every other one zero and the rest of any value: too mixed to be compressed as they stand, half of them nothing one by one. */
function alternatingBytes(random: () => number): bigint {
  let value = 0n;
  for (let byte = 0; byte < 15; byte++) value = value * 256n + BigInt(byte % 2 === 0 ? 0 : int(random, 256));
  return value;
}

function shortText(random: () => number): string {
  return Array.from({ length: int(random, 24) }, () => String.fromCharCode(33 + int(random, 90))).join('');
}

export const FEATURE_SAMPLES: Readonly<Record<Feature, FeatureSample>> = {
  INT16: {
    type: { kind: 'int16' },
    value: (_, random) => pick(random, [-32768, 32767, 0, -1, 12]),
    isIn: annotated('INTEGER'),
  },
  UUID: { type: { kind: 'uuid' }, value: (_, random) => pick(random, UUIDS), isIn: annotated('UUID') },
  TIME: {
    type: { kind: 'time', below24h: true },
    value: (_, random) => pick(random, [0n, 1n, DAY - 1n, 43_200_500_000n, 3_600_000_000n]),
    isIn: annotated('TIME'),
  },
  JSON: {
    type: { kind: 'json', wellFormed: true },
    value: (_, random) => pick(random, DOCUMENTS),
    isIn: annotated('JSON'),
  },
  GEOMETRY: {
    type: { kind: 'geometry', geography: false, srid: 4326, basic: true },
    value: (_, random) => geometry(random),
    isIn: annotated('GEOMETRY'),
  },
  DATA_PAGE_V2: {
    type: { kind: 'text' },
    value: (_, random) => pick(random, ['', 'a', 'ж🧛', 'x'.repeat(100)]),
    isIn: ({ row_groups }) =>
      row_groups.every(({ columns: [chunk] }) =>
        chunk!.meta_data!.encoding_stats!.some(({ page_type }) => page_type === 'DATA_PAGE_V2'),
      ),
  },
  RLE_BOOLEAN: {
    type: { kind: 'bool' },
    value: (row) => row % 1000 < 300,
    // zstd makes runs as short by itself.
    compression: 'none',
    isIn: encoded('RLE'),
  },
  DELTA_BINARY_PACKED: {
    type: { kind: 'int64' },
    value: (row, random) => -(1n << 62n) + BigInt(row) * 1_000_000_007n + BigInt(int(random, 1000)),
    isIn: encoded('DELTA_BINARY_PACKED'),
  },
  DELTA_LENGTH_BYTE_ARRAY: {
    type: { kind: 'text' },
    value: (_, random) => shortText(random),
    isIn: encoded('DELTA_LENGTH_BYTE_ARRAY'),
  },
  DELTA_BYTE_ARRAY: {
    type: { kind: 'text' },
    value: (row, random) => `https://example.org/things/${String(row * 10 + int(random, 10)).padStart(9, '0')}`,
    isIn: encoded('DELTA_BYTE_ARRAY'),
  },
  BYTE_STREAM_SPLIT_FLOAT: {
    type: { kind: 'float64' },
    value: (row, random) =>
      pick(random, [1000 + Math.sin(row / 100), 1000 + Math.cos(row / 100), row === 7 ? NaN : -0.5]),
    isIn: encoded('BYTE_STREAM_SPLIT'),
  },
  BYTE_STREAM_SPLIT_INTEGER: {
    type: { kind: 'int32' },
    value: (_, random) => (int(random, 65_536) - 32_768) << 14,
    isIn: encoded('BYTE_STREAM_SPLIT'),
  },
  BYTE_STREAM_SPLIT_FIXED: {
    type: { kind: 'decimal', precision: 38, scale: 0 },
    value: (row, random) => (row % 1000 === 5 ? -(10n ** 37n) : alternatingBytes(random)),
    isIn: encoded('BYTE_STREAM_SPLIT'),
  },
};

/** `rows` values, every 11th of them null. */
export function featureValues({ value }: FeatureSample, rows: number, random: () => number): Value[] {
  return Array.from({ length: rows }, (_, row) => {
    const drawn = value(row, random);
    return row % 11 === 3 ? null : drawn;
  });
}

/** Numbers from 0 to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One text for a value, the same whoever read it: floats as their bits, times in microseconds, bytes in hexadecimal. */
export function canonical(type: LogicalType, value: Value): string | null {
  if (value === null) return null;
  if (type.kind === 'float64') {
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value as number);
    return bits.toString('hex');
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
