/**
 * For each kind: a type, values at its extremes, arbitrary values, how DuckDB is asked for a value as text without loss,
 * and that text.
 */
import fc from 'fast-check';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { LeafKind } from '../../../src/parquet/parquet-type.ts';
import type { Value } from './batch-of.ts';

export interface KindSample {
  readonly type: LogicalType;
  readonly extremes: readonly Value[];
  readonly arbitrary: fc.Arbitrary<Value>;
  /** SQL of a column's (or element's) value as text. */
  readonly sql: (column: string) => string;
  readonly text: (value: Value) => string;
  /** What hyparquet makes of it, where it reads the kind exactly. */
  readonly hyparquet?: (value: Value) => unknown;
}

const plain = (column: string) => `${column}::varchar`;
const asIs = (value: Value) => value;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function ints(type: LogicalType, min: number, max: number): KindSample {
  const arbitrary = fc.oneof(fc.integer({ min, max }), fc.integer({ min: -3, max: 3 }));
  return { type, extremes: [min, max, 0, -1, 1], arbitrary, sql: plain, text: String, hyparquet: asIs };
}

function bigints(type: LogicalType, min: bigint, max: bigint, sql = plain): KindSample {
  const low = min < -3n ? -3n : 0n;
  return {
    type,
    extremes: [min, max, 0n, low, 1n],
    arbitrary: fc.oneof(fc.bigInt({ min, max }), fc.bigInt({ min: low, max: 3n })),
    sql,
    text: String,
  };
}

function decimals(precision: number, scale: number): KindSample {
  const most = 10n ** BigInt(precision) - 1n;
  const extremes = [most, -most, 0n, 1n, -1n];
  const arbitrary = fc.oneof(fc.bigInt({ min: -most, max: most }), fc.bigInt({ min: -300n, max: 300n }));
  return {
    type: { kind: 'decimal', precision, scale },
    extremes,
    arbitrary,
    sql: plain,
    text: (value) => decimalText(value as bigint, scale),
  };
}

/** An unscaled number with its point in place. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const float = (kind: 'float32' | 'float64', arbitrary: fc.Arbitrary<number>, extremes: number[]): KindSample => ({
  type: { kind },
  extremes: [...extremes, NaN, Infinity, -Infinity, 0, -0, 1.5],
  arbitrary,
  sql: (column) => `${column}::double::varchar`,
  text: (value) => floatText(value as number),
  hyparquet: asIs,
});

/** As DuckDB writes them; numbers are compared after both were read as JavaScript numbers. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function text(type: LogicalType, extremes: string[], arbitrary: fc.Arbitrary<string>): KindSample {
  return { type, extremes, arbitrary, sql: plain, text: String, hyparquet: asIs };
}

const hex = (value: Value) =>
  Buffer.from(value as Uint8Array)
    .toString('hex')
    .toUpperCase();

function bytes(type: LogicalType): KindSample {
  return {
    type,
    extremes: [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(255), new Uint8Array(200).fill(255)],
    arbitrary: fc.uint8Array({ maxLength: 100 }),
    sql: (column) => `hex(${column})`,
    text: hex,
    hyparquet: (value) => Buffer.from(value as Uint8Array).toString('hex'),
  };
}

const fewTexts = fc.constantFrom(
  '',
  'a',
  'A',
  'ab',
  'abc',
  'abcd',
  'abcde',
  'ä',
  '😀',
  'twenty-five characters so',
  'twenty-five characters sö',
);
const someText = fc.oneof(
  fewTexts,
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 300 }),
);

/** Every kind but lists, structs and maps; decimals in all three sizes. */
export const KINDS = {
  bool: {
    type: { kind: 'bool' },
    extremes: [true, false],
    arbitrary: fc.boolean(),
    sql: plain,
    text: String,
    hyparquet: asIs,
  },
  int16: ints({ kind: 'int16' }, -32768, 32767),
  int32: ints({ kind: 'int32' }, -(2 ** 31), 2 ** 31 - 1),
  int64: { ...bigints({ kind: 'int64' }, INT64_MIN, INT64_MAX), hyparquet: asIs },
  uint32: { ...bigints({ kind: 'uint32' }, 0n, 2n ** 32n - 1n), hyparquet: asIs },
  float32: float('float32', fc.float(), [Math.fround(3.4028234663852886e38), Math.fround(1.401298464324817e-45)]),
  float64: float('float64', fc.double(), [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE]),
  decimal: decimals(9, 2),
  decimal18: decimals(18, 4),
  decimal19: decimals(19, 0),
  decimal38: decimals(38, 10),
  text: text({ kind: 'text' }, ['', 'a', '\u{10ffff}'.repeat(30), 'z'.repeat(1000), '\u0001'], someText),
  bytes: bytes({ kind: 'bytes' }),
  geometry: bytes({ kind: 'geometry', geography: false, srid: null }),
  uuid: text(
    { kind: 'uuid' },
    [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '80000000-7fff-0000-0000-00000000000a',
    ],
    fc.uuid(),
  ),
  json: text({ kind: 'json' }, ['null', '{}', '{"ü": [1e400]}'], fc.json()),
  date: {
    ...ints({ kind: 'date' }, -719162, 2932896),
    sql: (column) => `date_diff('day', date '1970-01-01', ${column})::varchar`,
    hyparquet: (value) => new Date((value as number) * 86_400_000),
  },
  time: {
    ...bigints({ kind: 'time' }, 0n, 86_400_000_000n),
    extremes: [0n, 1n, 86_399_999_999n, 86_400_000_000n, 43_200_123_456n],
    text: (value) => timeText(value as bigint),
    hyparquet: (value) => timeText(value as bigint),
  },
  timestamp: bigints(
    { kind: 'timestamp', utc: false },
    -62_135_596_800_000_000n,
    253_402_300_799_999_999n,
    (c) => `epoch_us(${c})::varchar`,
  ),
  timestampUtc: bigints(
    { kind: 'timestamp', utc: true },
    -62_135_596_800_000_000n,
    253_402_300_799_999_999n,
    (c) => `epoch_us(${c})::varchar`,
  ),
} as const satisfies Record<LeafKind | 'decimal18' | 'decimal19' | 'decimal38' | 'timestampUtc', KindSample>;

export type SampleName = keyof typeof KINDS;

function timeText(micros: bigint): string {
  const two = (n: bigint) => String(n).padStart(2, '0');
  const seconds = micros / 1_000_000n;
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${String(micros % 1_000_000n).padStart(6, '0')}`;
}
