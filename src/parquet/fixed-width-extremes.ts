/**
 * Where the least and the greatest of a run of fixed-width values stand, for each width and order. The loops run once or twice
 * for each value of a row group, so each is written out for its width.
 */

/** Sets `found` for values from .. to), at least one. */
export type FindExtremes = (words: Int32Array, from: number, to: number) => void;

/** Indexes of the least and the greatest value: what the last call found. */
export const found = { least: 0, greatest: 0 };

/** One-word signed numbers. */
export function findSingles(words: Int32Array, from: number, to: number): void {
  let min = words[from]!;
  let max = min;
  for (let i = from + 1; i < to; i++) {
    const value = words[i]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  found.least = words.indexOf(min, from);
  found.greatest = words.indexOf(max, from);
}

/** By the high word, then by the low word as an unsigned number. Most columns have one high word: then the low words decide. */
export function findPairs(words: Int32Array, from: number, to: number): void {
  const high = words[2 * from + 1]!;
  let least = from;
  let greatest = from;
  // The sign bit flipped, unsigned words compare as signed ones.
  let min = words[2 * from]! ^ SIGN;
  let max = min;
  for (let i = from + 1; i < to; i++) {
    if (words[2 * i + 1] !== high) {
      findWidePairs(words, from, to);
      return;
    }
    const low = words[2 * i]! ^ SIGN;
    if (low < min) {
      min = low;
      least = i;
    }
    if (low > max) {
      max = low;
      greatest = i;
    }
  }
  found.least = least;
  found.greatest = greatest;
}

const SIGN = 1 << 31;

function findWidePairs(words: Int32Array, from: number, to: number): void {
  let least = from;
  let greatest = from;
  let minHigh = words[2 * from + 1]!;
  let minLow = words[2 * from]! ^ SIGN;
  let maxHigh = minHigh;
  let maxLow = minLow;
  for (let i = from + 1; i < to; i++) {
    const high = words[2 * i + 1]!;
    const low = words[2 * i]! ^ SIGN;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
      least = i;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
      greatest = i;
    }
  }
  found.least = least;
  found.greatest = greatest;
}

/** Four-word signed numbers. */
export function findQuads(words: Int32Array, from: number, to: number): void {
  let least = from;
  let greatest = from;
  for (let i = from + 1; i < to; i++) {
    if (compareQuads(words, i, least) < 0) least = i;
    else if (compareQuads(words, i, greatest) > 0) greatest = i;
  }
  found.least = least;
  found.greatest = greatest;
}

function compareQuads(words: Int32Array, i: number, j: number): number {
  const top = words[4 * i + 3]! - words[4 * j + 3]!;
  if (top !== 0) return top;
  for (let w = 2; w >= 0; w--) {
    const difference = (words[4 * i + w]! >>> 0) - (words[4 * j + w]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** 16 bytes, compared as bytes. */
export function findBytes16(words: Int32Array, from: number, to: number): void {
  const bytes = new Uint8Array(words.buffer, words.byteOffset);
  let least = from;
  let greatest = from;
  for (let i = from + 1; i < to; i++) {
    if (compareBytes16(bytes, i, least) < 0) least = i;
    else if (compareBytes16(bytes, i, greatest) > 0) greatest = i;
  }
  found.least = least;
  found.greatest = greatest;
}

function compareBytes16(bytes: Uint8Array, i: number, j: number): number {
  for (let k = 0; k < 16; k++) {
    const difference = bytes[16 * i + k]! - bytes[16 * j + k]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
