import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import { isDraculaError } from '../../../../src/errors.ts';
import { check, titled } from '../../../support/property.ts';
import { decodeColumn, decodeRows, type PlainValue } from '../../../support/wire/decode-rows.ts';
import { dataRow, type Field, int16, int32, int64, uint32 } from '../../../support/wire/server-bytes.ts';

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;

function streamOf(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map((field) => dataRow([field])));
}

function decode(type: LogicalType, fields: readonly Field[]): PlainValue[] {
  return decodeColumn({ type }, streamOf(fields));
}

/** Values with what was awkward about them. */
function decodeAwkward(type: LogicalType, fields: readonly Field[]) {
  const { rows, awkward } = decodeRows(streamOf(fields), { columns: [{ type }] });
  return { values: rows.map(([value]) => value), awkward: awkward.map(({ row, reason }) => [row, reason]) };
}

describe('integers, oids and bits of floats arrive as they were sent', () => {
  it.each<[LogicalType['kind'], Field[], PlainValue[]]>([
    ['bool', [Buffer.from([0]), Buffer.from([1]), null, Buffer.from([1])], [false, true, null, true]],
    ['int16', [-32_768, -1, 0, 1, 32_767].map(int16), [-32_768, -1, 0, 1, 32_767]],
    ['int32', [-INT32_MAX - 1, -1, 0, 1, INT32_MAX].map(int32), [-INT32_MAX - 1, -1, 0, 1, INT32_MAX]],
    [
      'int64',
      [-INT64_MAX - 1n, -(2n ** 32n), -1n, 0n, 2n ** 32n - 1n, 2n ** 32n, INT64_MAX].map(int64),
      [-INT64_MAX - 1n, -(2n ** 32n), -1n, 0n, 2n ** 32n - 1n, 2n ** 32n, INT64_MAX],
    ],
    ['uint32', [0, 1, 2 ** 31, 2 ** 32 - 1].map(uint32), [0n, 1n, 2n ** 31n, 2n ** 32n - 1n]],
    // A signalling NaN, a NaN with a payload, -0, the least subnormal, -Infinity.
    [
      'float32',
      [0x7fa00000, 0x7fc00001, -(2 ** 31), 1, 0xff800000 | 0].map(int32),
      [0x7fa00000, 0x7fc00001, -(2 ** 31), 1, 0xff800000 | 0],
    ],
    [
      'float64',
      [0x7ff4000000000001n, -(2n ** 63n), 1n, BigInt.asIntN(64, 0xfff0000000000000n)].map(int64),
      [0x7ff4000000000001n, -(2n ** 63n), 1n, BigInt.asIntN(64, 0xfff0000000000000n)],
    ],
    ['uuid', [Buffer.from('00ff102030405060708090a0b0c0d0ef', 'hex')], ['00ff102030405060708090a0b0c0d0ef']],
    ['time', [0n, 1n, 86_399_999_999n, 86_400_000_000n].map(int64), [0n, 1n, 86_399_999_999n, 86_400_000_000n]],
  ])('%s', (kind, fields, values) => {
    expect(decode({ kind } as LogicalType, fields)).toEqual(values);
    expect(decode({ kind } as LogicalType, [null, ...fields, null])).toEqual([null, ...values, null]);
  });
});

describe(titled('any 64 bits'), () => {
  it('int8 and float8 keep them all', () => {
    check(fc.array(fc.bigInt({ min: -INT64_MAX - 1n, max: INT64_MAX })), (values) => {
      expect(decode({ kind: 'int64' }, values.map(int64))).toEqual(values);
      expect(decode({ kind: 'float64' }, values.map(int64))).toEqual(values);
    });
  });

  it('as a timestamp they are 30 years later, or awkward', () => {
    const epoch = 946_684_800_000_000n;
    const edges = fc.constantFrom(
      ...[
        -INT64_MAX - 1n,
        -INT64_MAX,
        INT64_MAX,
        INT64_MAX - 1n,
        INT64_MAX - epoch,
        INT64_MAX - epoch + 1n,
        INT64_MAX - epoch - 1n,
        -epoch,
        0n,
      ],
      ...[-(2n ** 63n) + 2n ** 32n, -(2n ** 63n) + 2n ** 32n - 1n],
    );
    check(fc.array(fc.oneof(edges, fc.bigInt({ min: -INT64_MAX - 1n, max: INT64_MAX }))), (values) => {
      const { values: got, awkward } = decodeAwkward({ kind: 'timestamp', utc: false }, values.map(int64));
      const isInfinite = (v: bigint) => v === INT64_MAX || v === -INT64_MAX - 1n;
      // The lowest 2^32 of the wire's range lie far below what a server can send (4714 BC).
      const fits = (v: bigint) => v + epoch < INT64_MAX && v >= -(2n ** 63n) + 2n ** 32n;
      expect(got).toEqual(values.map((v) => (fits(v) ? v + epoch : null)));
      expect(awkward).toEqual(
        values.flatMap((v, row) => (fits(v) ? [] : [[row, isInfinite(v) ? 'infinity' : 'out of range']])),
      );
    });
  });

  it('any 32 bits as a date are 30 years later, or awkward', () => {
    const edges = fc.constantFrom(
      INT32_MAX,
      -INT32_MAX - 1,
      INT32_MAX - 10_957,
      INT32_MAX - 10_958,
      -10_957,
      0,
      -INT32_MAX,
    );
    check(fc.array(fc.oneof(edges, fc.integer())), (values) => {
      const { values: got, awkward } = decodeAwkward({ kind: 'date' }, values.map(int32));
      // The last day that an int32 can name is left out: readers take it for infinity.
      const fits = (v: number) => v + 10_957 < INT32_MAX && v !== -INT32_MAX - 1;
      expect(got).toEqual(values.map((v) => (fits(v) ? v + 10_957 : null)));
      const isInfinite = (v: number) => v === INT32_MAX || v === -INT32_MAX - 1;
      expect(awkward).toEqual(
        values.flatMap((v, row) => (fits(v) ? [] : [[row, isInfinite(v) ? 'infinity' : 'out of range']])),
      );
    });
  });
});

describe('the limits of PostgreSQL', () => {
  const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;
  const wire = (sinceEpoch: bigint) => int64(sinceEpoch - micros('2000-01-01T00:00:00Z'));

  it('the last timestamp but one of int64 microseconds since 1970 is kept; the last, infinity to DuckDB, is out of range', () => {
    // 294247-01-10T04:00:54.775806
    const { values, awkward } = decodeAwkward({ kind: 'timestamp', utc: true }, [
      wire(INT64_MAX - 1n),
      wire(INT64_MAX),
      wire(INT64_MAX + 1n),
    ]);
    expect(values).toEqual([INT64_MAX - 1n, null, null]);
    expect(awkward).toEqual([
      [1, 'out of range'],
      [2, 'out of range'],
    ]);
  });

  it('dates and timestamps from 4714 BC on', () => {
    const first = micros('-004713-11-24T00:00:00Z');
    expect(decode({ kind: 'timestamp', utc: true }, [wire(first)])).toEqual([first]);
    // 4713-01-01 BC and 5874897-12-31, the ends of `date`, in days since 2000 as PostgreSQL counts them.
    const days = Number(micros('-004712-01-01T00:00:00Z') / 86_400_000_000n);
    expect(decode({ kind: 'date' }, [int32(days - 10_957), int32(2_145_031_948)])).toEqual([days, 2_145_042_905]);
  });
});

describe('a length that the type cannot have is an error with its offset', () => {
  const lengths = {
    bool: 1,
    int16: 2,
    int32: 4,
    int64: 8,
    uint32: 4,
    float32: 4,
    float64: 8,
    uuid: 16,
    date: 4,
    time: 8,
  };
  it.each([...Object.entries(lengths), ['timestamp', 8] as const])('%s', (kind, length) => {
    const type = (kind === 'timestamp' ? { kind, utc: true } : { kind }) as LogicalType;
    for (const wrong of [0, length - 1, length + 1, 64]) {
      expect(() => decode(type, [Buffer.alloc(length), Buffer.alloc(wrong)]), `${wrong} bytes`).toThrow(
        expect.objectContaining({ code: 'E_WIRE', facts: expect.objectContaining({ byteOffset: expect.any(Number) }) }),
      );
    }
  });

  it.each<[LogicalType['kind'], Buffer]>([
    ['bool', Buffer.from([2])],
    ['bool', Buffer.from([255])],
    ['time', int64(-1n)],
    ['time', int64(86_400_000_001n)],
    ['time', int64(2n ** 62n)],
  ])('a %s that no server sends', (kind, bytes) => {
    let error: unknown;
    try {
      decode({ kind } as LogicalType, [bytes]);
    } catch (thrown) {
      error = thrown;
    }
    expect(isDraculaError(error, 'E_WIRE')).toBe(true);
  });
});

it('a null of a tile where 24:00:00 stood in the tile before is a null, not out of range', () => {
  const fields = Array.from({ length: 2048 }, (_, i) => (i < 1024 ? int64(86_400_000_000n) : null));
  expect(decodeAwkward({ kind: 'time', below24h: true }, fields).awkward).toHaveLength(1024);
});

it('24:00:00 is out of range of a time below it', () => {
  const day = 86_400_000_000n;
  const fields = [day - 1n, day, null, 0n, day].map((micros) => (micros === null ? null : int64(micros)));
  const { values, awkward } = decodeAwkward({ kind: 'time', below24h: true }, fields);
  expect(values).toEqual([day - 1n, null, null, 0n, null]);
  expect(awkward).toEqual([
    [1, 'out of range'],
    [4, 'out of range'],
  ]);
});
