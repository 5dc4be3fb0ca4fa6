/**
 * Kernels of the types of a fixed width that become structs: interval {months, days, micros} and point {x, y}.
 *
 * interval (PostgreSQL: interval_send) is Int64 microseconds, Int32 days, Int32 months; since 17 all three at their least or greatest
 * are -infinity and infinity (INTERVAL_NOBEGIN, INTERVAL_NOEND), which no struct can say: awkward. Earlier servers can hold these
 * three numbers as an interval of 178 million years; they are read as 17 and later would read them. point (point_send) is two float8.
 */
import type { Int32Vector, Int64Vector, StructVector, Vector } from '../../core/column-batch.ts';
import { type Kernel, markNull, type OnAwkward, wrongLength } from './kernel.ts';

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

export function intervalKernel(out: StructVector, awkward: OnAwkward): Kernel {
  const [months, days, micros] = out.children as [Int32Vector, Int32Vector, Int64Vector];
  return ({ view }, positions, base, rows) => {
    noNulls(out);
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 16) {
        const high = view.getInt32(q + 4);
        const low = view.getInt32(q + 8);
        const day = view.getInt32(q + 12);
        const month = view.getInt32(q + 16);
        if (isInfinite(high, low, day, month)) {
          awkward(i, 'infinity');
          markStructNull(out, i);
        } else {
          months.values[i] = month;
          days.values[i] = day;
          micros.values[2 * i] = low;
          micros.values[2 * i + 1] = high;
        }
      } else if (length === -1) markStructNull(out, i);
      else wrongLength('interval', length, q);
    }
  };
}

function isInfinite(high: number, low: number, day: number, month: number): boolean {
  if (high !== day || day !== month) return false;
  return (month === INT32_MAX && low === -1) || (month === INT32_MIN && low === 0);
}

export function pointKernel(out: StructVector): Kernel {
  const [x, y] = out.children as [Int64Vector, Int64Vector];
  return ({ view }, positions, base, rows) => {
    noNulls(out);
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      if (length === 16) {
        x.values[2 * i + 1] = view.getInt32(q + 4);
        x.values[2 * i] = view.getInt32(q + 8);
        y.values[2 * i + 1] = view.getInt32(q + 12);
        y.values[2 * i] = view.getInt32(q + 16);
      } else if (length === -1) markStructNull(out, i);
      else wrongLength('point', length, q);
    }
  };
}

function noNulls(out: StructVector): void {
  out.nulls = 0;
  for (const child of out.children) child.nulls = 0;
}

function markStructNull(out: StructVector, row: number): void {
  markNull(out, row);
  for (const child of out.children as readonly Vector[]) markNull(child, row);
}
