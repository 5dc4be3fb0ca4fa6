/**
 * numeric as a decimal of at most 18 digits, in 64-bit arithmetic.
 *
 * The wire form (PostgreSQL: numeric_send): four 16-bit words, number of digits, weight, sign, display scale, then digits to the base of
 * 10,000: the value is the sum of digit[k] * 10000^(weight - k). What is stored is the value times 10^scale.
 *
 * Up to four digits, which is nearly all there is, are two numbers of eight decimal digits: the value is them times a power of ten, or
 * divided by one, and the division must leave nothing. It is done by multiplication, without a branch on the value.
 */
import { markNull } from './validity';
import { fieldAt, int16At, NOT_MINE } from './wire-bytes';

/** The sign word as it is read here, bytes turned round: 0x4000 is negative. */
const NEGATIVE: u64 = 0x0040;
/** What `longDecimal` returns for a value that is not plainly right: no limit allows it. */
const NO_VALUE: i64 = -1;

/** 10^0 … 10^18. */
const POWERS = memory.data<i64>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
]);

function power(exponent: i32): i64 {
  return load<i64>(POWERS + ((<usize>exponent) << 3));
}

/** For n < 10^8, n / 10^k rounded down is (n * FACTORS[k]) >>> SHIFTS[k]: the smallest 2^s / 10^k, rounded up, that is exact. */
const SHIFTS = memory.data<i64>([0, 30, 32, 36, 40, 43, 47, 50, 53]);
const FACTORS = memory.data<i64>([
  1, 107_374_183, 42_949_673, 68_719_477, 109_951_163, 87_960_931, 140_737_489, 112_589_991, 90_071_993,
]);

/** Of eight bytes, those of so many digits. */
const MASKS = memory.data<i64>([0, 0xffff, 0xffff_ffff, 0xffff_ffff_ffff, -1]);

/** Digits one by one: more than four, or a weight that is far from the scale. */
function longDecimal(q: usize, count: i32, scale: i32): i64 {
  let digits = count;
  let exponent = (int16At(q + 6) << 2) + scale;
  if (exponent < -3 || exponent > 14) return NO_VALUE;
  let x: i64 = 0;
  let at = q + 12;
  for (; digits > 0 && exponent >= 0; digits--, exponent -= 4, at += 2) {
    const digit = <i32>bswap<u16>(load<u16>(at));
    if (digit > 9_999) return NO_VALUE;
    x = x * 10_000 + <i64>digit;
  }
  if (digits === 0) return x * power(exponent + 4);
  // The digit that the scale cuts is the last, and what is cut is 0.
  if (digits > 1 || exponent < -3) return NO_VALUE;
  const digit = <i32>bswap<u16>(load<u16>(at));
  const cut = <i32>power(-exponent);
  if (digit > 9_999 || digit % cut !== 0) return NO_VALUE;
  return x * (10_000 / cut) + <i64>(digit / cut);
}

/** `shift`: 2 for values of four bytes, 3 for eight. What is wrong with any of them is gathered, and asked for at the end. */
function decode(
  wire: usize,
  positions: usize,
  rows: i32,
  values: usize,
  validity: usize,
  precision: i32,
  scale: i32,
  shift: usize,
): i32 {
  const limit = power(precision);
  const tenThousands = i16x8(10_000, 1, 10_000, 1, 0, 0, 0, 0);
  const most = i16x8.splat(9_999);
  let bad: u64 = 0;
  let badDigits = i16x8.splat(0);
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<u32>(q);
    if ((length & 0x00ff_ffff) !== 0) {
      if (length !== 0xffff_ffff) return NOT_MINE;
      nulls = markNull(validity, i, rows, nulls);
      continue;
    }
    const header = load<u64>(q, 4);
    const digits = (header >>> 8) & 0xff;
    const weight = <i64>(<i16>bswap<u16>(<u16>(header >>> 16)));
    const sign = (header >>> 32) & 0xffff;
    bad |= (header & 0xff) | (sign & ~NEGATIVE) | (<u64>(length >>> 24) ^ (8 + 2 * digits));
    const down = <usize>(<i32>((3 - weight) << 2) - scale);
    let x: i64;
    if (digits <= 4 && down <= 16) {
      const raw = i64x2.replace_lane(i64x2.splat(0), 0, load<i64>(q, 12) & load<i64>(MASKS + ((<usize>digits) << 3)));
      const lanes = v128.or(i16x8.shl(raw, 8), i16x8.shr_u(raw, 8));
      badDigits = v128.or(badDigits, i16x8.sub_sat_u(lanes, most));
      const pair = i64x2.extract_lane(i32x4.dot_i16x8_s(lanes, tenThousands), 0);
      const high = pair & 0xffff_ffff;
      const low = pair >>> 32;
      if (down <= 8) {
        const k = down << 3;
        const quotient = (low * load<i64>(FACTORS + k)) >>> load<i64>(SHIFTS + k);
        bad |= (quotient * load<i64>(POWERS + k)) ^ low;
        x = high * load<i64>(POWERS + 64 - k) + quotient;
      } else {
        const k = (down - 8) << 3;
        const quotient = (high * load<i64>(FACTORS + k)) >>> load<i64>(SHIFTS + k);
        bad |= ((quotient * load<i64>(POWERS + k)) ^ high) | low;
        x = quotient;
      }
    } else x = longDecimal(q, <i32>digits, scale);
    bad |= <u64>(<u64>x >= <u64>limit);
    const negative = -(<i64>(sign >>> 6));
    x = (x ^ negative) - negative;
    if (shift === 2) store<i32>(values + ((<usize>i) << 2), <i32>x);
    else store<i64>(values + ((<usize>i) << 3), x);
  }
  return bad !== 0 || v128.any_true(badDigits) ? NOT_MINE : nulls;
}

export function decodeDecimal32(
  wire: usize,
  positions: usize,
  rows: i32,
  values: usize,
  validity: usize,
  precision: i32,
  scale: i32,
): i32 {
  return decode(wire, positions, rows, values, validity, precision, scale, 2);
}

export function decodeDecimal64(
  wire: usize,
  positions: usize,
  rows: i32,
  values: usize,
  validity: usize,
  precision: i32,
  scale: i32,
): i32 {
  return decode(wire, positions, rows, values, validity, precision, scale, 3);
}
