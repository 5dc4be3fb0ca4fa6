/**
 * Kernels of numeric as a decimal of declared precision and scale.
 *
 * The wire form (PostgreSQL: numeric_send) is four 16-bit words, number of digits, weight, sign, display scale, then
 * digits to the base of 10,000: the value is the sum of digit[k] * 10000^(weight - k). What is stored here is the value times
 * 10^scale, as an integer of 1, 2 or 4 little-endian words.
 *
 * Almost every value in practice has at most three digits, or four with a small first one: then all arithmetic stays
 * below 2^53 and a double holds it exactly. The others go word by word. A value that does not fit is never rounded: NaN, ±infinity,
 * more than `precision` digits, or a fraction that `scale` cuts off are awkward, by name.
 */
import type { Int32Vector, Int64Vector, Int128Vector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import { type AwkwardReason, impossibleValue, type Kernel, markNull, type OnAwkward, wrongLength } from './kernel.ts';

const NEGATIVE = 0x4000;
const POSITIVE = 0x0000;
const NAN = 0xc000;
const INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;
const HEADER_BYTES = 8;
const TWO_32 = 2 ** 32;

/** 10^0 … 10^22, all exact as doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

interface DecimalType {
  readonly precision: number;
  readonly scale: number;
}

/** The value of up to four wire digits times 10^scale, or NaN where the double path cannot say it exactly. */
function smallDecimal(view: DataView, q: number, scale: number): number {
  const digits = view.getUint16(q + 4);
  const weight = view.getInt16(q + 6);
  if (digits > 4 || weight > 3 || weight < -4) return Number.NaN;
  let x = 0;
  for (let k = 0, at = q + 12; k < digits; k++, at += 2) {
    const digit = view.getUint16(at);
    if (digit > 9_999) return Number.NaN;
    x = x * 10_000 + digit;
  }
  const exponent = (weight - digits + 1) * 4 + scale;
  if (exponent === 0) return x < 9e15 ? x : Number.NaN;
  if (exponent > 0) {
    if (exponent > 15) return Number.NaN;
    const scaled = x * POWERS[exponent]!;
    return scaled < 9e15 ? scaled : Number.NaN;
  }
  if (exponent < -16 || x >= 9e15) return Number.NaN;
  const quotient = x / POWERS[-exponent]!;
  return Math.floor(quotient) === quotient && quotient * POWERS[-exponent]! === x ? quotient : Number.NaN;
}

/** Result of the long path. */
const words = new Uint32Array(4);

function multiplyAdd(factor: number, addend: number): void {
  let carry = addend;
  for (let w = 0; w < 4; w++) {
    const t = words[w]! * factor + carry;
    carry = Math.floor(t / TWO_32);
    words[w] = t - carry * TWO_32;
  }
}

function negateWords(): void {
  let carry = 1;
  for (let w = 0; w < 4; w++) {
    const t = (~words[w]! >>> 0) + carry;
    words[w] = t;
    carry = t > 0xffffffff ? 1 : 0;
  }
}

/** 10^0 … 10^28 in four limbs of 24 bits each, least significant first. */
const MAX_LIMB_POWER = 28;
const POWER_LIMBS = Float64Array.from({ length: 4 * (MAX_LIMB_POWER + 1) }, (_, i) =>
  Number(((10n ** BigInt(i >> 2)) >> BigInt(24 * (i & 3))) & 0xff_ffffn),
);
const TWO_24 = 2 ** 24;
const TWO_48 = 2 ** 48;

/**
 * The value of up to four digits, the first of which stands for 10^exponent, into `words`; false, with nothing done, where it is not
 * an integer there or no double holds the digits. This is every price in a numeric without precision, which is kept with 18 places.
 */
function scaledDigits(view: DataView, at: number, digits: number, exponent: number): boolean {
  const power = exponent - 4 * (digits - 1);
  if (power < 0 || power > MAX_LIMB_POWER) return false;
  let x = 0;
  for (let k = 0; k < digits; k++) {
    const digit = view.getUint16(at + 2 * k);
    if (digit > 9_999) return false;
    x = x * 10_000 + digit;
  }
  if (x >= 9e15) return false;
  multiplyByPower(x, power);
  return true;
}

/** x (below 2^53) times 10^power, below 2^127, into `words`: limbs of 24 bits, so that three products and a carry add up exactly. */
function multiplyByPower(x: number, power: number): void {
  const x2 = Math.floor(x / TWO_48);
  const low = x - x2 * TWO_48;
  const x1 = Math.floor(low / TWO_24);
  const x0 = low - x1 * TWO_24;
  const p0 = POWER_LIMBS[4 * power]!;
  const p1 = POWER_LIMBS[4 * power + 1]!;
  const p2 = POWER_LIMBS[4 * power + 2]!;
  const p3 = POWER_LIMBS[4 * power + 3]!;
  const s0 = x0 * p0;
  const c0 = Math.floor(s0 / TWO_24);
  const s1 = x0 * p1 + x1 * p0 + c0;
  const c1 = Math.floor(s1 / TWO_24);
  const s2 = x0 * p2 + x1 * p1 + x2 * p0 + c1;
  const c2 = Math.floor(s2 / TWO_24);
  const s3 = x0 * p3 + x1 * p2 + x2 * p1 + c2;
  const c3 = Math.floor(s3 / TWO_24);
  const s4 = x1 * p3 + x2 * p2 + c3;
  const c4 = Math.floor(s4 / TWO_24);
  const l1 = s1 - c1 * TWO_24;
  const l2 = s2 - c2 * TWO_24;
  words[0] = (s0 - c0 * TWO_24) | (l1 << 24);
  words[1] = (l1 >>> 8) | (l2 << 16);
  words[2] = (l2 >>> 16) | ((s3 - c3 * TWO_24) << 8);
  words[3] = (s4 - c4 * TWO_24) | ((x2 * p3 + c4) << 24);
}

/** Number of decimal digits of a wire digit, 1 … 4. */
function decimalDigits(digit: number): number {
  return digit >= 1000 ? 4 : digit >= 100 ? 3 : digit >= 10 ? 2 : 1;
}

/** The value times 10^scale into `words`, exactly; else the reason why the type cannot hold it. */
function longDecimal(view: DataView, q: number, type: DecimalType): AwkwardReason | null {
  let digits = view.getUint16(q + 4);
  let weight = view.getInt16(q + 6);
  let at = q + 12;
  while (digits > 0 && view.getUint16(at) === 0) {
    digits--;
    weight--;
    at += 2;
  }
  for (let w = 0; w < 4; w++) words[w] = 0;
  if (digits === 0) return null;
  if (decimalDigits(view.getUint16(at)) + weight * 4 + type.scale > type.precision) return 'overflow';
  let exponent = weight * 4 + type.scale;
  if (digits <= 4 && scaledDigits(view, at, digits, exponent)) return null;
  for (let k = 0; k < digits; k++, at += 2, exponent -= 4) {
    const digit = view.getUint16(at);
    if (digit > 9_999) impossibleValue('numeric', q);
    if (exponent >= 0) multiplyAdd(10_000, digit);
    else {
      // The digit that the scale cuts: what stays of it counts, what goes must be zero; all behind it must be zero.
      const cut = exponent <= -4 ? 10_000 : POWERS[-exponent]!;
      if (digit % cut !== 0) return 'does not fit the declared scale';
      if (exponent > -4) multiplyAdd(10_000 / cut, digit / cut);
    }
  }
  for (let left = exponent + 4; left > 0; left -= 4) multiplyAdd(left >= 4 ? 10_000 : POWERS[left]!, 0);
  return null;
}

/** Checks the header against the field's length; returns the sign, or an awkward reason. */
function signOf(view: DataView, q: number, length: number): number | AwkwardReason {
  if (length < HEADER_BYTES || length !== HEADER_BYTES + 2 * view.getUint16(q + 4)) wrongLength('numeric', length, q);
  const sign = view.getUint16(q + 8);
  if (sign === POSITIVE || sign === NEGATIVE) return sign;
  if (sign === NAN) return 'nan';
  if (sign === INFINITY || sign === NEGATIVE_INFINITY) return 'infinity';
  return impossibleValue('numeric', q);
}

/** A value that is refused may have been looked at in part only: garbage must not pass for awkward. */
function checkDigits(view: DataView, q: number): void {
  const end = q + 12 + 2 * view.getUint16(q + 4);
  for (let at = q + 12; at < end; at += 2) if (view.getUint16(at) > 9_999) impossibleValue('numeric', q);
}

/** How one storage keeps values: the doubles of a tile at once, and the `words` of one row. */
interface DecimalStore {
  small(values: Float64Array, rows: number): void;
  long(row: number): void;
}

/** The rows of a tile whose value needs the long path (or is not one), found by the first pass. */
interface Doubles {
  readonly values: Float64Array<ArrayBuffer>;
  readonly slowRows: Int32Array<ArrayBuffer>;
  slow: number;
}

/** First pass: every value that a double holds goes into `doubles`; the others are listed. */
function readDoubles(
  view: DataView,
  positions: Int32Array,
  base: number,
  rows: number,
  scale: number,
  limit: number,
  doubles: Doubles,
): void {
  const { values, slowRows } = doubles;
  let slow = 0;
  for (let i = 0; i < rows; i++) {
    const q = positions[base + i]!;
    const length = view.getInt32(q);
    if (length >= HEADER_BYTES && length === HEADER_BYTES + 2 * view.getUint16(q + 4)) {
      const sign = view.getUint16(q + 8);
      if (sign === POSITIVE || sign === NEGATIVE) {
        const x = smallDecimal(view, q, scale);
        if (x < limit) {
          values[i] = sign === NEGATIVE ? -x : x;
          continue;
        }
      }
    }
    values[i] = 0;
    slowRows[slow++] = i;
  }
  doubles.slow = slow;
}

function doublesFor(rows: number): Doubles {
  return { values: new Float64Array(rows), slowRows: new Int32Array(rows), slow: 0 };
}

function decimalKernel(
  out: Int32Vector | Int64Vector | Int128Vector,
  capacity: number,
  type: DecimalType,
  store: DecimalStore,
  awkward: OnAwkward,
): Kernel {
  const limit = type.precision <= 15 ? POWERS[type.precision]! : 9e15;
  let doubles = doublesFor(0);
  return ({ view, memory }, positions, base, rows) => {
    out.nulls = 0;
    if (rows > doubles.values.length) {
      doubles = doublesFor(Math.max(rows, capacity));
      memory.onDelivered(() => {
        freeBuffer(doubles.values);
        freeBuffer(doubles.slowRows);
        doubles = doublesFor(0);
      });
    }
    readDoubles(view, positions, base, rows, type.scale, limit, doubles);
    store.small(doubles.values, rows);
    for (let s = 0; s < doubles.slow; s++) {
      const row = doubles.slowRows[s]!;
      const q = positions[base + row]!;
      const length = view.getInt32(q);
      if (length === -1) {
        markNull(out, row);
        continue;
      }
      const sign = signOf(view, q, length);
      const reason = typeof sign === 'string' ? sign : longDecimal(view, q, type);
      if (reason === null) {
        if (sign === NEGATIVE) negateWords();
        store.long(row);
      } else {
        checkDigits(view, q);
        awkward(row, reason);
        markNull(out, row);
      }
    }
  };
}

export function decimal32Kernel(out: Int32Vector, type: DecimalType, awkward: OnAwkward): Kernel {
  const store: DecimalStore = {
    small: (doubles, rows) => {
      const { values } = out;
      for (let i = 0; i < rows; i++) values[i] = doubles[i]!;
    },
    long: (row) => {
      out.values[row] = words[0]!;
    },
  };
  return decimalKernel(out, out.values.length, type, store, awkward);
}

export function decimal64Kernel(out: Int64Vector, type: DecimalType, awkward: OnAwkward): Kernel {
  const store: DecimalStore = {
    small: (doubles, rows) => {
      const { values } = out;
      for (let i = 0; i < rows; i++) {
        const value = doubles[i]!;
        const high = Math.floor(value / TWO_32);
        values[2 * i] = value - high * TWO_32;
        values[2 * i + 1] = high;
      }
    },
    long: (row) => {
      out.values[2 * row] = words[0]!;
      out.values[2 * row + 1] = words[1]!;
    },
  };
  return decimalKernel(out, out.values.length >> 1, type, store, awkward);
}

export function decimal128Kernel(out: Int128Vector, type: DecimalType, awkward: OnAwkward): Kernel {
  const store: DecimalStore = {
    small: (doubles, rows) => {
      const { values } = out;
      for (let i = 0; i < rows; i++) {
        const value = doubles[i]!;
        const high = Math.floor(value / TWO_32);
        const sign = high < 0 ? -1 : 0;
        values[4 * i] = value - high * TWO_32;
        values[4 * i + 1] = high;
        values[4 * i + 2] = sign;
        values[4 * i + 3] = sign;
      }
    },
    long: (row) => {
      const { values } = out;
      for (let w = 0; w < 4; w++) values[4 * row + w] = words[w]!;
    },
  };
  return decimalKernel(out, out.values.length >> 2, type, store, awkward);
}
