/**
 * Bit packing of dictionary codes: `width` bits each, least significant bit first, in groups of 8 values
 * (so `width` bytes a group). Specification: Encodings.md, "RLE / Bit-Packing Hybrid".
 */
import { valueKernels } from '../value-kernels.ts';

/** Bytes that `count` values take, the last group filled up with zeros. */
export function bitPackedBytes(count: number, width: number): number {
  return ((count + 7) >> 3) * width;
}

/** Bits that every code below `entries` fits in, at least 1. */
export function codeWidth(entries: number): number {
  return Math.max(1, 32 - Math.clz32(entries - 1));
}

/** Packs codes[from .. to) into `out` at `at`, `bitPackedBytes` long; returns the position behind them. `width` is 1 to 15. */
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
  const kernels = valueKernels(end - from);
  if (kernels !== null) {
    const packed = kernels.pack(codes, from, end, width);
    out.set(packed, at);
    return at + packed.length;
  }
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

/**
 * Any width up to 15: two codes make one piece of up to 30 bits; pieces fill a word of 32 bits, which is written whole. A group of
 * 8 codes is `width` bytes, so what is left of the last word are whole bytes.
 */
function packPairs(codes: Uint16Array, from: number, end: number, width: number, out: Uint8Array, at: number): number {
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  const pieceBits = 2 * width;
  let p = at;
  let word = 0;
  let bits = 0;
  for (let i = from; i < end; i += 2) {
    const piece = codes[i]! | (codes[i + 1]! << width);
    word |= piece << bits;
    bits += pieceBits;
    if (bits >= 32) {
      view.setInt32(p, word, true);
      p += 4;
      bits -= 32;
      word = bits === 0 ? 0 : piece >>> (pieceBits - bits);
    }
  }
  for (; bits > 0; bits -= 8, word >>>= 8) out[p++] = word;
  return p;
}
