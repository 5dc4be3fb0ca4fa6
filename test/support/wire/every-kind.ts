/** Rows with a column of every logical kind: the bytes that a server sends for them, and the values that they are. */
import type { PlainValue, WireColumn } from './decode-rows.ts';
import { array, dataRow, type Field, int16, int32, int64, numeric, uint32, utf8 } from './server-bytes.ts';

interface KindColumn extends WireColumn {
  /** The field and its value in row i; both null in every seventh row. */
  readonly make: (i: number) => readonly [Field, PlainValue];
}

const DAYS_TO_2000 = 10_957;
const MICROS_TO_2000 = 946_684_800_000_000n;

/** Spreads small numbers over all 64 bits, both signs. */
function spread(i: number): bigint {
  return BigInt.asIntN(64, BigInt(i + 1) * 0x9e37_79b9_7f4a_7c15n);
}

const small = (i: number): number => Number(BigInt.asIntN(32, spread(i)));
const text = (i: number): string => ['', 'plain', 'ünï ☃ 𝄞', 'x'.repeat(i * 13)][i % 4]!;

function textPair(value: string): readonly [Field, PlainValue] {
  return [utf8(value), utf8(value).toString('latin1')];
}

/** Lists of 0 to 3 elements, some null. */
function listOf(elementOid: number, make: (i: number) => readonly [Field, PlainValue]): KindColumn['make'] {
  return (i) => {
    const pairs = Array.from({ length: i % 4 }, (_, k) => ((i + k) % 3 === 0 ? ([null, null] as const) : make(i + k)));
    return [array({ elementOid, elements: pairs.map(([field]) => field) }), pairs.map(([, value]) => value)];
  };
}

function decimal(precision: number, scale: number): KindColumn {
  return {
    type: { kind: 'decimal', precision, scale },
    make: (i) => {
      const unscaled = spread(i) ** 3n % 10n ** BigInt(precision - (i % precision));
      return [numeric(unscaled, scale), precision <= 9 ? Number(unscaled) : unscaled];
    },
  };
}

const int4: KindColumn = { type: { kind: 'int32' }, make: (i) => [int32(small(i)), small(i)] };
const timestamp: KindColumn = {
  type: { kind: 'timestamp', utc: true },
  make: (i) => [int64(spread(i) / 64n), spread(i) / 64n + MICROS_TO_2000],
};

const COLUMNS: readonly KindColumn[] = [
  { type: { kind: 'bool' }, make: (i) => [Buffer.from([i & 1]), (i & 1) === 1] },
  { type: { kind: 'int16' }, make: (i) => [int16((small(i) << 16) >> 16), (small(i) << 16) >> 16] },
  int4,
  { type: { kind: 'int64' }, make: (i) => [int64(spread(i)), spread(i)] },
  { type: { kind: 'uint32' }, make: (i) => [uint32(small(i)), BigInt(small(i) >>> 0)] },
  { type: { kind: 'float32' }, make: (i) => [int32(small(i)), small(i)] },
  { type: { kind: 'float64' }, make: (i) => [int64(spread(i)), spread(i)] },
  decimal(7, 2),
  decimal(18, 4),
  decimal(38, 10),
  { type: { kind: 'text' }, make: (i) => textPair(text(i)) },
  { type: { kind: 'bytes' }, make: (i) => [int64(spread(i)), int64(spread(i)).toString('latin1')] },
  {
    type: { kind: 'uuid' },
    make: (i) => {
      const bytes = Buffer.concat([int64(spread(i)), int64(spread(~i))]);
      return [bytes, bytes.toString('hex')];
    },
  },
  { type: { kind: 'json' }, make: (i) => textPair(`{"n": ${i}}`) },
  {
    type: { kind: 'json' },
    wire: { form: 'versioned text' },
    make: (i) => [Buffer.concat([Buffer.from([1]), utf8(`[${i}]`)]), `[${i}]`],
  },
  { type: { kind: 'date' }, make: (i) => [int32(small(i) >> 2), (small(i) >> 2) + DAYS_TO_2000] },
  {
    type: { kind: 'time' },
    make: (i) => {
      const micros = BigInt.asUintN(64, spread(i)) % 86_400_000_001n;
      return [int64(micros), micros];
    },
  },
  timestamp,
  { type: { kind: 'list', element: { kind: 'int32' } }, elementOid: 23, make: listOf(23, int4.make) },
  {
    type: { kind: 'list', element: { kind: 'text' } },
    elementOid: 4_000_000_000,
    make: listOf(4_000_000_000, (i) => textPair(text(i))),
  },
  { type: { kind: 'list', element: timestamp.type }, elementOid: 1184, make: listOf(1184, timestamp.make) },
];

export const KINDS: readonly WireColumn[] = COLUMNS;

function pairsOf(row: number): (readonly [Field, PlainValue])[] {
  return COLUMNS.map(({ make }, c) => ((row + c) % 7 === 6 ? [null, null] : make(row)));
}

export function kindFields(row: number): Field[] {
  return pairsOf(row).map(([field]) => field);
}

export function kindRows(rows: number): PlainValue[][] {
  return Array.from({ length: rows }, (_, row) => pairsOf(row).map(([, value]) => value));
}

/** The DataRow messages of this many rows. */
export function kindStream(rows: number): Buffer {
  return Buffer.concat(Array.from({ length: rows }, (_, row) => dataRow(kindFields(row))));
}
