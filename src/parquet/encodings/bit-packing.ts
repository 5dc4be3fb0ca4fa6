/**
 * Bit packing of dictionary codes: `width` bits each, least significant bit first, in groups of 8 values
 * (so `width` bytes a group). Specification: Encodings.md, "RLE / Bit-Packing Hybrid".
 */

/** Bytes that `count` values take, the last group filled up with zeros. */
export function bitPackedBytes(count: number, width: number): number {
  return ((count + 7) >> 3) * width;
}

/** Bits that every code below `entries` fits in, at least 1. */
export function codeWidth(entries: number): number {
  return Math.max(1, 32 - Math.clz32(entries - 1));
}

/** Packs codes[from .. to) into `out` at `at`, `bitPackedBytes` long; returns the position behind them. `width` is 1 to 16. */
export function packBits(
  codes: Uint16Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  const end = from + ((to - from) & ~7);
  const p = packWholeGroups(codes, from, end, width, out, at);
  if (end === to) return p;
  LAST_GROUP.fill(0);
  for (let i = end; i < to; i++) LAST_GROUP[i - end] = codes[i]!;
  return packWholeGroups(LAST_GROUP, 0, 8, width, out, p);
}

const LAST_GROUP = new Uint16Array(8);

function packWholeGroups(
  codes: Uint16Array,
  from: number,
  end: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  if (width === 8) return packBytes(codes, from, end, out, at);
  if (width === 1) return packSingleBits(codes, from, end, out, at);
  if (width === 2) return packPairsOfBits(codes, from, end, out, at);
  if (width === 4) return packNibbles(codes, from, end, out, at);
  return packPairs(codes, from, end, width, out, at);
}

function packBytes(codes: Uint16Array, from: number, end: number, out: Uint8Array, at: number): number {
  let p = at;
  for (let i = from; i < end; i++) out[p++] = codes[i]!;
  return p;
}

function packSingleBits(codes: Uint16Array, from: number, end: number, out: Uint8Array, at: number): number {
  let p = at;
  for (let i = from; i < end; i += 8) {
    out[p++] =
      codes[i]! |
      (codes[i + 1]! << 1) |
      (codes[i + 2]! << 2) |
      (codes[i + 3]! << 3) |
      (codes[i + 4]! << 4) |
      (codes[i + 5]! << 5) |
      (codes[i + 6]! << 6) |
      (codes[i + 7]! << 7);
  }
  return p;
}

function packPairsOfBits(codes: Uint16Array, from: number, end: number, out: Uint8Array, at: number): number {
  let p = at;
  for (let i = from; i < end; i += 4) {
    out[p++] = codes[i]! | (codes[i + 1]! << 2) | (codes[i + 2]! << 4) | (codes[i + 3]! << 6);
  }
  return p;
}

function packNibbles(codes: Uint16Array, from: number, end: number, out: Uint8Array, at: number): number {
  let p = at;
  for (let i = from; i < end; i += 2) out[p++] = codes[i]! | (codes[i + 1]! << 4);
  return p;
}

/** Any width: two codes make 2 x width bits; whole bytes leave an accumulator that never holds more than 7 + 2 x 12 bits, or one code at a time. */
function packPairs(codes: Uint16Array, from: number, end: number, width: number, out: Uint8Array, at: number): number {
  let p = at;
  let acc = 0;
  let bits = 0;
  for (let i = from; i < end; i++) {
    acc |= codes[i]! << bits;
    bits += width;
    while (bits >= 8) {
      out[p++] = acc;
      acc >>>= 8;
      bits -= 8;
    }
  }
  return p;
}
