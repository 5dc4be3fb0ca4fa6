/**
 * The RLE / bit-packing hybrid, as definition levels, repetition levels and dictionary codes use it.
 *
 * A run's header is a varint: `count << 1` for one value repeated (the value follows in ceil(width / 8) bytes), or
 * `groups << 1 | 1` for groups of 8 bit-packed values; only the last run may be filled up beyond the values there are.
 * Specification: Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
 */
import { copyBits } from './bitmap.ts';

/** Shorter runs of equal bytes stay inside a bit-packed run: 8 bytes are 64 rows. */
const MIN_EQUAL_BYTES = 8;

/** Most bytes that the levels of `slots` values of `width` bits can take, whatever the runs. */
export function maxHybridBytes(slots: number, width: number): number {
  return ((slots + 7) >> 3) * (width + 1) + 16;
}

export function writeVarint(value: number, out: Uint8Array, at: number): number {
  let p = at;
  let rest = value;
  while (rest >= 128) {
    out[p++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  out[p++] = rest;
  return p;
}

/** One value `count` times; `value` below 2^width, width 1 to 16. */
export function writeRepeated(value: number, count: number, width: number, out: Uint8Array, at: number): number {
  let p = writeVarint(count * 2, out, at);
  out[p++] = value & 255;
  if (width > 8) out[p++] = value >> 8;
  return p;
}

/** Levels of one bit from a bitmap: bits[from .. to). Returns the position behind them. */
export function writeBitLevels(bits: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  const count = to - from;
  const bytes = (count + 7) >> 3;
  const aligned = new Uint8Array(bytes);
  copyBits(bits, from, aligned, 0, count);
  if ((count & 7) !== 0) aligned[bytes - 1] = aligned[bytes - 1]! & (0xff >> (8 - (count & 7)));
  let p = at;
  let packedFrom = 0;
  for (let i = 0; i < bytes; ) {
    const end = equalBytesEnd(aligned, i, count);
    if (end - i < MIN_EQUAL_BYTES) {
      i = Math.max(end, i + 1);
      continue;
    }
    p = writePackedBytes(aligned, packedFrom, i, out, p);
    p = writeRepeated(aligned[i]! & 1, Math.min(end * 8, count) - i * 8, 1, out, p);
    i = end;
    packedFrom = end;
  }
  return writePackedBytes(aligned, packedFrom, bytes, out, p);
}

/** Where the run of 0x00 or 0xff bytes that starts at `from` ends; `from` itself when there is none. */
function equalBytesEnd(bytes: Uint8Array, from: number, count: number): number {
  const value = bytes[from]!;
  if (value !== 0 && value !== 0xff) return from;
  const whole = count >> 3;
  let i = from;
  while (i < whole && bytes[i] === value) i++;
  // The last byte may be a part of one: it belongs to the run when its bits do.
  if (i === whole && i < bytes.length && bytes[i] === (value & (0xff >> (8 - (count & 7))))) i++;
  return i;
}

function writePackedBytes(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  if (to === from) return at;
  const p = writeVarint((to - from) * 2 + 1, out, at);
  out.set(bytes.subarray(from, to), p);
  return p + to - from;
}

/**
 * Levels of up to eight bits, one level in `levels[i] >> shift & mask`: runs of 8 and more equal ones are repeated, the rest
 * is packed in groups of 8.
 */
export function writeLevels(
  levels: Uint16Array,
  from: number,
  to: number,
  shift: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  const mask = (1 << width) - 1;
  let p = at;
  let packedFrom = from;
  let i = from;
  while (i < to) {
    const value = (levels[i]! >> shift) & mask;
    let end = i + 1;
    while (end < to && ((levels[end]! >> shift) & mask) === value) end++;
    // A packed run holds whole groups: it borrows from this run what it lacks.
    const borrowed = (8 - ((i - packedFrom) & 7)) & 7;
    if (end - i - borrowed >= 8) {
      p = packLevels(levels, packedFrom, i + borrowed, shift, width, out, p);
      p = writeRepeated(value, end - i - borrowed, width, out, p);
      packedFrom = end;
    }
    i = end;
  }
  return packLevels(levels, packedFrom, to, shift, width, out, p);
}

function packLevels(
  levels: Uint16Array,
  from: number,
  to: number,
  shift: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  if (to === from) return at;
  const groups = (to - from + 7) >> 3;
  const mask = (1 << width) - 1;
  const start = writeVarint(groups * 2 + 1, out, at);
  let p = start;
  let acc = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    acc |= ((levels[i]! >> shift) & mask) << bits;
    bits += width;
    if (bits < 8) continue;
    out[p++] = acc;
    acc >>= 8;
    bits -= 8;
  }
  if (bits > 0) out[p++] = acc;
  const end = start + groups * width;
  if (p < end) out.fill(0, p, end);
  return end;
}
