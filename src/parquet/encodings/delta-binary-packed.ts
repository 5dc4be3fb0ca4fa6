/**
 * DELTA_BINARY_PACKED (Encodings.md): INT32 and INT64 as differences, packed by blocks.
 *
 *     header  <128> <4> <number of values> <first value, zigzag>          varints
 *     block   <least difference, zigzag varint> <4 widths, a byte each> <4 miniblocks of 32 differences>
 *
 * What a miniblock packs is the difference less the block's least one, which is never negative. All arithmetic wraps around at the
 * type's width, as the specification says, so that any values can follow each other. 64-bit numbers are pairs of words; no BigInt
 * is made. Of the last block, miniblocks without values have width 0 and no bytes.
 */
import { writeVarint } from './rle.ts';

const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;
const MAX_VARINT_BYTES = 10;

/** Differences of one block, as words; of 32-bit values only the low ones. */
const lows = new Int32Array(BLOCK);
const highs = new Int32Array(BLOCK);
/** Bits of each miniblock's widest difference. */
const widths = new Uint8Array(MINIBLOCKS);

/** Most bytes that `count` values of `wordsPerValue` words take. */
export function maxDeltaBytes(count: number, wordsPerValue: 1 | 2): number {
  const blocks = Math.ceil(Math.max(0, count - 1) / BLOCK);
  return 4 * MAX_VARINT_BYTES + blocks * (MAX_VARINT_BYTES + MINIBLOCKS + BLOCK * wordsPerValue * 4);
}

/** Writes values from .. to) of one word each; returns the position behind them. */
export function writeDeltaSingles(words: Int32Array, from: number, to: number, out: Uint8Array, at: number): number {
  const first = to > from ? words[from]! : 0;
  let p = writeHeader(to - from, first, first >> 31, out, at);
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  for (let start = from + 1; start < to; start += BLOCK) {
    const count = Math.min(BLOCK, to - start);
    let least = (words[start]! - words[start - 1]!) | 0;
    for (let i = 0; i < count; i++) {
      const delta = (words[start + i]! - words[start + i - 1]!) | 0;
      lows[i] = delta;
      if (delta < least) least = delta;
    }
    for (let i = 0; i < count; i++) lows[i] = lows[i]! - least;
    lows.fill(0, count);
    p = writeZigzag(least, least >> 31, out, p);
    p = writeWidths(count, false, out, p);
    for (let m = 0; m * MINIBLOCK < count; m++) p = packLows(m * MINIBLOCK, widths[m]!, view, p);
  }
  return p;
}

/** Writes values from .. to) of two words each, low word first; returns the position behind them. */
export function writeDeltaPairs(words: Int32Array, from: number, to: number, out: Uint8Array, at: number): number {
  const [low, high] = to > from ? [words[2 * from]!, words[2 * from + 1]!] : [0, 0];
  let p = writeHeader(to - from, low, high, out, at);
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  for (let start = from + 1; start < to; start += BLOCK) {
    const count = Math.min(BLOCK, to - start);
    const least = subtractNeighbours(words, start, count);
    const leastLow = lows[least]!;
    const leastHigh = highs[least]!;
    const isWide = subtractLeast(count, leastLow, leastHigh);
    lows.fill(0, count);
    if (isWide) highs.fill(0, count);
    p = writeZigzag(leastLow, leastHigh, out, p);
    p = writeWidths(count, isWide, out, p);
    for (let m = 0; m * MINIBLOCK < count; m++) {
      const width = widths[m]!;
      p = width <= 32 ? packLows(m * MINIBLOCK, width, view, p) : packPairs(m * MINIBLOCK, width, view, p);
    }
  }
  return p;
}

/** Fills `lows` and `highs`; returns where the least difference stands. */
function subtractNeighbours(words: Int32Array, start: number, count: number): number {
  let least = 0;
  for (let i = 0; i < count; i++) {
    const at = 2 * (start + i);
    const low = words[at]!;
    const previous = words[at - 2]!;
    const borrow = low >>> 0 < previous >>> 0 ? 1 : 0;
    lows[i] = low - previous;
    highs[i] = words[at + 1]! - words[at - 1]! - borrow;
    const high = highs[i]!;
    if (high < highs[least]! || (high === highs[least]! && lows[i]! >>> 0 < lows[least]! >>> 0)) least = i;
  }
  return least;
}

/** Takes the least difference off; true where one is left that needs more than 32 bits. */
function subtractLeast(count: number, leastLow: number, leastHigh: number): boolean {
  let wide = 0;
  for (let i = 0; i < count; i++) {
    const low = lows[i]!;
    const borrow = low >>> 0 < leastLow >>> 0 ? 1 : 0;
    lows[i] = low - leastLow;
    highs[i] = highs[i]! - leastHigh - borrow;
    wide |= highs[i]!;
  }
  return wide !== 0;
}

function writeHeader(count: number, low: number, high: number, out: Uint8Array, at: number): number {
  let p = writeVarint(BLOCK, out, at);
  p = writeVarint(MINIBLOCKS, out, p);
  p = writeVarint(count, out, p);
  return writeZigzag(low, high, out, p);
}

/** Notes the widths of the block's miniblocks and writes them. */
function writeWidths(count: number, isWide: boolean, out: Uint8Array, at: number): number {
  for (let m = 0; m < MINIBLOCKS; m++) {
    let low = 0;
    let high = 0;
    const end = Math.min(count, (m + 1) * MINIBLOCK);
    for (let i = m * MINIBLOCK; i < end; i++) {
      low |= lows[i]!;
      if (isWide) high |= highs[i]!;
    }
    widths[m] = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    out[at + m] = widths[m]!;
  }
  return at + MINIBLOCKS;
}

/** 32 differences of up to 32 bits: `width` words, least significant bit first. */
function packLows(start: number, width: number, view: DataView, at: number): number {
  if (width === 0) return at;
  let p = at;
  let word = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    const value = lows[i]!;
    word |= value << bits;
    bits += width;
    if (bits < 32) continue;
    view.setInt32(p, word, true);
    p += 4;
    bits -= 32;
    word = bits === 0 ? 0 : value >>> (width - bits);
  }
  return p;
}

/** 32 differences of 33 to 64 bits: a whole low word each, then what the high word adds. */
function packPairs(start: number, width: number, view: DataView, at: number): number {
  const highBits = width - 32;
  let p = at;
  let word = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    const low = lows[i]!;
    view.setInt32(p, word | (low << bits), true);
    p += 4;
    word = bits === 0 ? 0 : low >>> (32 - bits);
    const high = highs[i]!;
    word |= high << bits;
    bits += highBits;
    if (bits < 32) continue;
    view.setInt32(p, word, true);
    p += 4;
    bits -= 32;
    word = bits === 0 ? 0 : high >>> (highBits - bits);
  }
  return p;
}

/** A signed 64-bit number, its sign moved into the lowest bit, as a varint. */
function writeZigzag(low: number, high: number, out: Uint8Array, at: number): number {
  const sign = high >> 31;
  let restLow = (low << 1) ^ sign;
  let restHigh = ((high << 1) | (low >>> 31)) ^ sign;
  let p = at;
  while (restHigh !== 0 || restLow >>> 0 >= 128) {
    out[p++] = (restLow & 127) | 128;
    restLow = (restLow >>> 7) | (restHigh << 25);
    restHigh >>>= 7;
  }
  out[p++] = restLow;
  return p;
}
