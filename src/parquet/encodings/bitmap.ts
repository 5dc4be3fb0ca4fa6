/**
 * Runs of bits, least significant bit first: validity of rows and booleans. A bit at position p is bit p & 7 of byte p >> 3.
 */

/** Copies `count` bits; what lies before `toBit` in the first target byte is kept, what lies behind the last bit is undefined. */
export function copyBits(from: Uint8Array, fromBit: number, to: Uint8Array, toBit: number, count: number): void {
  let source = fromBit;
  let target = toBit;
  const end = toBit + count;
  while (target < end && (target & 7) !== 0) {
    writeBit(to, target++, (from[source >> 3]! >> (source & 7)) & 1);
    source++;
  }
  const shift = source & 7;
  let s = source >> 3;
  let t = target >> 3;
  const wholeEnd = end >> 3;
  const done = wholeEnd - t;
  if (done > 0) {
    if (shift === 0) {
      to.set(from.subarray(s, s + done), t);
    } else {
      for (; t < wholeEnd; t++, s++) to[t] = (from[s]! >> shift) | (from[s + 1]! << (8 - shift));
    }
    target += done * 8;
    source += done * 8;
  }
  for (; target < end; target++, source++) writeBit(to, target, (from[source >> 3]! >> (source & 7)) & 1);
}

/** Sets `count` bits to 1. */
export function setBits(to: Uint8Array, toBit: number, count: number): void {
  let target = toBit;
  const end = toBit + count;
  while (target < end && (target & 7) !== 0) writeBit(to, target++, 1);
  const wholeEnd = end >> 3;
  if (wholeEnd > target >> 3) {
    to.fill(0xff, target >> 3, wholeEnd);
    target = wholeEnd * 8;
  }
  for (; target < end; target++) writeBit(to, target, 1);
}

function writeBit(to: Uint8Array, bit: number, value: number): void {
  const mask = 1 << (bit & 7);
  to[bit >> 3] = value === 1 ? to[bit >> 3]! | mask : to[bit >> 3]! & ~mask;
}

const ONES = new Uint8Array(256).map((_, byte) => {
  let ones = 0;
  for (let b = byte; b !== 0; b &= b - 1) ones++;
  return ones;
});

/** The number of ones in bits from .. to). */
export function countOnes(bits: Uint8Array, from: number, to: number): number {
  if (to <= from) return 0;
  const first = from >> 3;
  const last = (to - 1) >> 3;
  const headMask = (0xff << (from & 7)) & 0xff;
  const tailMask = 0xff >> (7 - ((to - 1) & 7));
  if (first === last) return ONES[bits[first]! & headMask & tailMask]!;
  let ones = ONES[bits[first]! & headMask]! + ONES[bits[last]! & tailMask]!;
  for (let i = first + 1; i < last; i++) ones += ONES[bits[i]!]!;
  return ones;
}
