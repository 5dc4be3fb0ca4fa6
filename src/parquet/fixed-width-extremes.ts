/**
 * Where the least and the greatest of a run of fixed-width values stand, for each width and order. The loops run once or twice
 * for each value of a row group, so each is written out for its width.
 */
import { valueKernels } from './value-kernels.ts';

/** Sets `found` for values from .. to), at least one. */
export type FindExtremes = (words: Int32Array, from: number, to: number) => void;

/** What the last call found: the least and the greatest value, by their indexes among `words`. */
export const found = { words: new Int32Array(0) as Int32Array, least: 0, greatest: 0 };

/** By the thread's WebAssembly; false where it has none for them. */
function findWithKernels(words: Int32Array, from: number, to: number, wordsPerValue: 1 | 2): boolean {
  const kernels = valueKernels(to - from);
  if (kernels === null) return false;
  kernels.findExtremes(words, from, to, wordsPerValue);
  found.words = kernels.extremes;
  found.least = 0;
  found.greatest = 1;
  return true;
}

function start(words: Int32Array, from: number): void {
  found.words = words;
  found.least = from;
  found.greatest = from;
}

/**
 * Values that one call of a loop looks at. A function that runs long is replaced in the middle of its loop, and thrown back
 * at its end, each time; one that is called often is compiled as a whole.
 */
const BLOCK = 2048;

/** One-word signed numbers. */
export function findSingles(words: Int32Array, from: number, to: number): void {
  if (findWithKernels(words, from, to, 1)) return;
  start(words, from);
  for (let block = from; block < to; block += BLOCK) extendSingles(words, block, Math.min(to, block + BLOCK));
}

function extendSingles(words: Int32Array, from: number, to: number): void {
  let { least, greatest } = found;
  let min = words[least]!;
  let max = words[greatest]!;
  for (let i = from; i < to; i++) {
    const value = words[i]!;
    if (value < min) {
      min = value;
      least = i;
    } else if (value > max) {
      max = value;
      greatest = i;
    }
  }
  found.least = least;
  found.greatest = greatest;
}

/** By the high word, then by the low word as an unsigned number. Most columns have one high word: then the low words decide. */
export function findPairs(words: Int32Array, from: number, to: number): void {
  if (findWithKernels(words, from, to, 2)) return;
  start(words, from);
  for (let block = from; block < to; block += BLOCK) {
    const end = Math.min(to, block + BLOCK);
    if (!extendNarrowPairs(words, block, end)) extendWidePairs(words, block, end);
  }
}

/** False, with nothing changed, where the high words differ: among themselves or from those found so far. */
function extendNarrowPairs(words: Int32Array, from: number, to: number): boolean {
  let { least, greatest } = found;
  const high = words[2 * least + 1]!;
  if (words[2 * greatest + 1] !== high) return false;
  // The sign bit flipped, unsigned words compare as signed ones.
  let min = words[2 * least]! ^ SIGN;
  let max = words[2 * greatest]! ^ SIGN;
  for (let i = from; i < to; i++) {
    if (words[2 * i + 1] !== high) return false;
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
  return true;
}

const SIGN = 1 << 31;

function extendWidePairs(words: Int32Array, from: number, to: number): void {
  let { least, greatest } = found;
  let minHigh = words[2 * least + 1]!;
  let minLow = words[2 * least]! ^ SIGN;
  let maxHigh = words[2 * greatest + 1]!;
  let maxLow = words[2 * greatest]! ^ SIGN;
  for (let i = from; i < to; i++) {
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
  found.words = words;
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
  found.words = words;
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
