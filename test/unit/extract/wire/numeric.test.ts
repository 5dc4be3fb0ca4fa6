/** Every numeric is compared with a calculation in BigInt that knows nothing of words, doubles or short cuts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, titled } from '../../../support/property.ts';
import { decodeRows } from '../../../support/wire/decode-rows.ts';
import {
  dataRow,
  type Field,
  NUMERIC_INFINITY,
  NUMERIC_MINUS_INFINITY,
  NUMERIC_NAN,
  NUMERIC_NEGATIVE,
  numeric,
  numericWords,
} from '../../../support/wire/server-bytes.ts';

interface WireNumeric {
  readonly digits: readonly number[];
  readonly weight: number;
  readonly negative: boolean;
}

const bytesOf = ({ digits, weight, negative }: WireNumeric) =>
  numericWords(digits, weight, negative ? NUMERIC_NEGATIVE : 0);

/** The value times 10^scale, or why there is none: by the definition of the wire form. */
function oracle({ digits, weight, negative }: WireNumeric, precision: number, scale: number): bigint | string {
  const mantissa = digits.reduce((sum, digit) => sum * 10_000n + BigInt(digit), 0n);
  const exponent = 4 * (weight - digits.length + 1) + scale;
  const numerator = exponent > 0 ? mantissa * 10n ** BigInt(exponent) : mantissa;
  const denominator = exponent < 0 ? 10n ** BigInt(-exponent) : 1n;
  if (numerator >= 10n ** BigInt(precision) * denominator) return 'overflow';
  if (numerator % denominator !== 0n) return 'does not fit the declared scale';
  return (negative ? -1n : 1n) * (numerator / denominator);
}

/** Each value as a bigint, or the reason why it became null. */
function decode(precision: number, scale: number, fields: readonly Field[]): (bigint | string | null)[] {
  const stream = Buffer.concat(fields.map((field) => dataRow([field])));
  const { rows, awkward } = decodeRows(stream, { columns: [{ type: { kind: 'decimal', precision, scale } }] });
  const reasons = new Map(awkward.map(({ row, reason }) => [row, reason]));
  return rows.map(([value], i) => reasons.get(i) ?? (value === null ? null : BigInt(value as number | bigint)));
}

const TYPES = Array.from({ length: 38 }, (_, i) => i + 1).flatMap((precision) =>
  Array.from({ length: precision + 1 }, (_, scale) => ({ precision, scale })),
);

describe('every decimal from (1,0) to (38,38)', () => {
  it('holds its limits, and nothing beyond them or between its steps', () => {
    for (const { precision, scale } of TYPES) {
      const limit = 10n ** BigInt(precision);
      const held = [0n, 1n, -1n, limit - 1n, 1n - limit, limit / 2n, -limit / 3n, limit / 10n, 1n - limit / 10n];
      const beyond = [limit, -limit, limit + 1n, limit * 10_000n].map((value) => numeric(value, scale));
      const between = [1n, -1n, 10n * (limit - 1n) + 5n, 11n].map((value) => numeric(value, scale + 1));
      const got = decode(precision, scale, [
        ...held.map((value) => numeric(value, scale)),
        ...beyond,
        ...between,
        null,
      ]);
      const expected = [
        ...held,
        ...beyond.map(() => 'overflow'),
        ...between.map(() => 'does not fit the declared scale'),
        null,
      ];
      expect(got, `decimal(${precision},${scale})`).toEqual(expected);
    }
  });

  it('holds every power of ten and its neighbours that fit, and refuses the others by name', () => {
    const powers = Array.from({ length: 84 }, (_, e) => e - 42).flatMap((exponent) =>
      [1n, -1n, 9n, 99_999n, 10_001n].map((factor) => ({ exponent, factor })),
    );
    for (const { precision, scale } of TYPES.filter(({ precision, scale }) => scale % 5 === 0 || scale === precision)) {
      const fields = powers.map(({ exponent, factor }) =>
        exponent < 0 ? numeric(factor, -exponent) : numeric(factor * 10n ** BigInt(exponent), 0),
      );
      const expected = powers.map(({ exponent, factor }) => {
        const shift = exponent + scale;
        const size = factor < 0n ? -factor : factor;
        if (shift >= 0) {
          const scaled = size * 10n ** BigInt(shift);
          return scaled >= 10n ** BigInt(precision) ? 'overflow' : factor * 10n ** BigInt(shift);
        }
        const divisor = 10n ** BigInt(-shift);
        if (size >= divisor * 10n ** BigInt(precision)) return 'overflow';
        return size % divisor === 0n ? factor / divisor : 'does not fit the declared scale';
      });
      expect(decode(precision, scale, fields), `decimal(${precision},${scale})`).toEqual(expected);
    }
  });
});

it('holds one to four digits at every place of a decimal of 38', () => {
  const runs = [
    [1],
    [9_999],
    [2, 1],
    [9_007, 1_992, 5_474, 0],
    [9_007, 1_992, 5_474, 992],
    [1, 6_777, 2_160],
    [1, 0, 0, 1],
  ];
  for (let scale = 0; scale <= 38; scale++) {
    for (let weight = -10; weight <= 10; weight++) {
      const values = runs.flatMap((digits) => [false, true].map((negative) => ({ digits, weight, negative })));
      const expected = values.map((value) => oracle(value, 38, scale));
      expect(decode(38, scale, values.map(bytesOf)), `weight ${weight}, scale ${scale}`).toEqual(expected);
    }
  }
});

describe(titled('any digits, weight and sign'), () => {
  const digit = fc.oneof(fc.constantFrom(0, 1, 9, 10, 5_000, 9_000, 9_999, 1_000), fc.integer({ min: 0, max: 9_999 }));
  const value = fc.record({
    digits: fc.array(digit, { maxLength: 12 }),
    weight: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -12, max: 12 }) }, fc.constantFrom(-60, 60)),
    negative: fc.boolean(),
  });

  it('gives what BigInt calculates', () => {
    const cases = fc.record({
      type: fc.constantFrom(...TYPES),
      values: fc.array(value, { minLength: 1, maxLength: 40 }),
    });
    check(
      cases,
      ({ type: { precision, scale }, values }) => {
        expect(decode(precision, scale, values.map(bytesOf))).toEqual(values.map((v) => oracle(v, precision, scale)));
      },
      1_000,
    );
  });

  it('gives back any number that a server would send of the type', () => {
    const cases = fc.constantFrom(...TYPES).chain(({ precision, scale }) => {
      const limit = 10n ** BigInt(precision) - 1n;
      return fc.record({
        precision: fc.constant(precision),
        scale: fc.constant(scale),
        values: fc.array(fc.bigInt({ min: -limit, max: limit }), { minLength: 1, maxLength: 40 }),
      });
    });
    check(
      cases,
      ({ precision, scale, values }) => {
        expect(
          decode(
            precision,
            scale,
            values.map((v) => numeric(v, scale)),
          ),
        ).toEqual(values);
      },
      1_500,
    );
  });
});

it('weighs the least and the greatest weight that the wire can say', () => {
  for (const precision of [9, 18, 38]) {
    const extremes = [numericWords([1], 32_767), numericWords([9_999], -32_768), numericWords([0, 1], -32_768)];
    const cut = 'does not fit the declared scale';
    expect(decode(precision, 2, extremes)).toEqual(['overflow', cut, cut]);
  }
});

describe('what is no number', () => {
  it.each([9, 18, 38])('NaN and the infinities are awkward in a decimal(%i,2)', (precision) => {
    const fields = [numeric(1n, 0), NUMERIC_NAN, null, NUMERIC_INFINITY, NUMERIC_MINUS_INFINITY, numeric(-1n, 2)];
    expect(decode(precision, 2, fields)).toEqual([100n, 'nan', null, 'infinity', 'infinity', -1n]);
  });

  it('a zero of any form is zero', () => {
    const zeros = [numericWords([], 0), numericWords([0], 5), numericWords([0, 0, 0], -9, NUMERIC_NEGATIVE)];
    expect(decode(38, 38, zeros)).toEqual([0n, 0n, 0n]);
  });

  it.each<[string, Uint8Array]>([
    ['no header', Buffer.alloc(0)],
    ['half a header', Buffer.alloc(7)],
    ['fewer digits than announced', numericWords([1, 2], 1).subarray(0, 10)],
    ['more digits than announced', Buffer.concat([numericWords([1], 0), Buffer.alloc(2)])],
    ['65,535 digits announced', Buffer.from('ffff000000000000', 'hex')],
    ['an unknown sign', numericWords([1], 0, 0x1234)],
    ['a digit of 10,000', numericWords([10_000], 0)],
    ['a digit of 65,535 in a number that overflows', numericWords([65_535], 100)],
    ['a digit of 65,535 behind one that the scale cuts', numericWords([1, 1, 65_535], 0)],
  ])('%s is an error with its offset, as the last bytes of a buffer too', (_, bytes) => {
    for (const precision of [9, 18, 38]) {
      const row = new Uint8Array(dataRow([bytes]));
      const columns = [{ type: { kind: 'decimal', precision, scale: 2 } as const }];
      const expected = expect.objectContaining({
        code: 'E_WIRE',
        facts: expect.objectContaining({ byteOffset: expect.any(Number) }),
      });
      expect(() => decodeRows(row, { columns })).toThrow(expected);
    }
  });
});
