/**
 * Kernels of the types with a fixed width on the wire: bool, integers, money, oid, floats, date, time, timestamps,
 * uuid.
 *
 * The wire is big-endian; vectors are little-endian words (column-batch.ts). Dates and timestamps count from 2000-01-01 on the
 * wire and from 1970-01-01 here. ±infinity is the largest and smallest integer of the wire form (PostgreSQL: DATEVAL_NOBEGIN, DT_NOEND).
 */
import {
  type BoolVector,
  type Fixed16Vector,
  type Int32Vector,
  type Int64Vector,
  type Int128Vector,
  isValid,
} from '../../core/column-batch.ts';
import { impossibleValue, type Kernel, markNull, type OnAwkward, wrongLength } from './kernel.ts';

/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS = 10_957;
/** Microseconds from 1970-01-01 to 2000-01-01, 946 684 800 000 000, as words. */
const EPOCH_MICROS_HIGH = 220_417;
const EPOCH_MICROS_LOW = 946_684_800_000_000 - EPOCH_MICROS_HIGH * 2 ** 32;

const DAY_MICROS = 86_400_000_000;
const DAY_MICROS_HIGH = Math.floor(DAY_MICROS / 2 ** 32);
const DAY_MICROS_LOW = DAY_MICROS | 0;

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

export function boolKernel(out: BoolVector): Kernel {
  return ({ bytes, view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    values.fill(0);
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 1) {
        const value = bytes[q + 4]!;
        if (value > 1) impossibleValue('bool', q);
        values[i >> 3]! |= value << (i & 7);
      } else if (length === -1) markNull(out, i);
      else wrongLength('bool', length, q);
    }
  };
}

export function int16Kernel(out: Int32Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 2) values[i] = view.getInt16(q + 4);
      else if (length === -1) markNull(out, i);
      else wrongLength('int2', length, q);
    }
  };
}

/** int4 and the bits of a float4. */
export function int32Kernel(out: Int32Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 4) values[i] = view.getInt32(q + 4);
      else if (length === -1) markNull(out, i);
      else wrongLength('4-byte value', length, q);
    }
  };
}

/** int8 and the bits of a float8. */
export function int64Kernel(out: Int64Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 8) {
        values[2 * i + 1] = view.getInt32(q + 4);
        values[2 * i] = view.getInt32(q + 8);
      } else if (length === -1) markNull(out, i);
      else wrongLength('8-byte value', length, q);
    }
  };
}

/** money: the number of its smallest units, as a decimal of 19 digits. */
export function moneyKernel(out: Int128Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 8) {
        const high = view.getInt32(q + 4);
        const sign = high < 0 ? -1 : 0;
        values[4 * i] = view.getInt32(q + 8);
        values[4 * i + 1] = high;
        values[4 * i + 2] = sign;
        values[4 * i + 3] = sign;
      } else if (length === -1) markNull(out, i);
      else wrongLength('money', length, q);
    }
  };
}

/** From 00:00 to 24:00 inclusive: what lies outside would be written as a text that is no time. */
export function timeKernel(out: Int64Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 8) {
        const high = view.getUint32(q + 4);
        const low = view.getUint32(q + 8);
        if (high * 2 ** 32 + low > DAY_MICROS) impossibleValue('time', q);
        values[2 * i + 1] = high;
        values[2 * i] = low;
      } else if (length === -1) markNull(out, i);
      else wrongLength('time', length, q);
    }
  };
}

/** From 00:00 to just below 24:00, which is awkward here. */
export function timeBelow24hKernel(out: Int64Vector, awkward: OnAwkward): Kernel {
  const decode = timeKernel(out);
  return (tile, positions, base, rows) => {
    decode(tile, positions, base, rows);
    const { values } = out;
    for (let i = 0; i < rows; i++) {
      if (values[2 * i] !== DAY_MICROS_LOW || values[2 * i + 1] !== DAY_MICROS_HIGH || !isValid(out, i)) continue;
      awkward(i, 'out of range');
      markNull(out, i);
    }
  };
}

/** oid: unsigned, so its high word is 0. */
export function uint32Kernel(out: Int64Vector): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 4) {
        values[2 * i] = view.getInt32(q + 4);
        values[2 * i + 1] = 0;
      } else if (length === -1) markNull(out, i);
      else wrongLength('oid', length, q);
    }
  };
}

export function dateKernel(out: Int32Vector, awkward: OnAwkward): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 4) {
        const days = view.getInt32(q + 4);
        if (days < INT32_MAX - EPOCH_DAYS && days !== INT32_MIN) values[i] = days + EPOCH_DAYS;
        else {
          awkward(i, days === INT32_MAX || days === INT32_MIN ? 'infinity' : 'out of range');
          markNull(out, i);
        }
      } else if (length === -1) markNull(out, i);
      else wrongLength('date', length, q);
    }
  };
}

/** The last int64 is out of range too: DuckDB reads it as infinity. */
export function timestampKernel(out: Int64Vector, awkward: OnAwkward): Kernel {
  return ({ view }, positions, base, rows) => {
    const { values } = out;
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 8) {
        const wireHigh = view.getInt32(q + 4);
        const low = view.getUint32(q + 8) + EPOCH_MICROS_LOW;
        const high = wireHigh + EPOCH_MICROS_HIGH + (low > 0xffffffff ? 1 : 0);
        if ((high < INT32_MAX || (high === INT32_MAX && (low | 0) !== -1)) && wireHigh !== INT32_MIN) {
          values[2 * i] = low | 0;
          values[2 * i + 1] = high;
        } else {
          awkward(i, isInfinite(wireHigh, view.getInt32(q + 8)) ? 'infinity' : 'out of range');
          markNull(out, i);
        }
      } else if (length === -1) markNull(out, i);
      else wrongLength('timestamp', length, q);
    }
  };
}

function isInfinite(high: number, low: number): boolean {
  return (high === INT32_MAX && low === -1) || (high === INT32_MIN && low === 0);
}

export function uuidKernel(out: Fixed16Vector): Kernel {
  const words = new DataView(out.values.buffer, out.values.byteOffset, out.values.length);
  return ({ view }, positions, base, rows) => {
    out.nulls = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 16) {
        const at = i * 16;
        words.setInt32(at, view.getInt32(q + 4));
        words.setInt32(at + 4, view.getInt32(q + 8));
        words.setInt32(at + 8, view.getInt32(q + 12));
        words.setInt32(at + 12, view.getInt32(q + 16));
      } else if (length === -1) markNull(out, i);
      else wrongLength('uuid', length, q);
    }
  };
}
