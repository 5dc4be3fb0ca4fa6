/**
 * Dictionaries of fixed-width values, built when a row group is flushed: from values of one, two or four 32-bit words to codes
 * and the distinct values in the order of their first appearance.
 *
 * Values in a narrow range are looked up directly by their distance from the least; all others through one open hash table
 * that every column of the thread shares. The number of probes is bounded, so that values made to collide end in "no
 * dictionary" and not in quadratic time. Values are compared as bits: 0.0 and -0.0 are two entries.
 */
import { MAX_ENTRIES } from './dictionary-limits.ts';
import { type ValueKernels, valueKernels } from './value-kernels.ts';

const MAX_SLOTS = 1 << 17;
const MAX_RANGE = 1 << 16;
/** Extra probes allowed per value, on average, and a start. At a quarter full there is one in six. */
const PROBES_PER_VALUE = 4;
const PROBES_AT_LEAST = 4096;

/** code + 1 of a slot; 0 is free. */
const slots = new Uint16Array(MAX_SLOTS);
let codeBuffer = new Uint16Array(0);
let entryBuffer = new Int32Array(0);

export interface WordDictionary {
  /** Code of each value. Valid until the next dictionary is built, as is `words`. */
  readonly codes: Uint16Array;
  readonly entries: number;
  /** The distinct values, `wordsPerValue` words each. */
  readonly words: Int32Array;
}

/** The least and greatest of one- or two-word values, read as signed integers; what the direct look-up needs. */
export interface WordRange {
  readonly leastLow: number;
  /** greatest - least; exact below 2^53. */
  readonly span: number;
}

/**
 * Codes for `count` values in `words`, or null when there are more than `maxEntries` (at most 32,768) distinct ones
 * or they collide too often.
 */
export function buildDictionary(
  words: Int32Array,
  count: number,
  wordsPerValue: 1 | 2 | 4,
  range: WordRange | null,
  maxEntries: number,
): WordDictionary | null {
  const most = Math.min(maxEntries, MAX_ENTRIES, count);
  const kernels = valueKernels(count);
  if (kernels !== null && wordsPerValue !== 4)
    return buildWithKernels(kernels, words, count, wordsPerValue, range, most);
  if (codeBuffer.length < count) codeBuffer = new Uint16Array(count);
  if (entryBuffer.length < most * wordsPerValue) entryBuffer = new Int32Array(most * wordsPerValue);
  const entries = buildEntries(words, count, wordsPerValue, range, most);
  return entries < 0 ? null : { codes: codeBuffer, entries, words: entryBuffer.subarray(0, entries * wordsPerValue) };
}

function buildWithKernels(
  kernels: ValueKernels,
  words: Int32Array,
  count: number,
  wordsPerValue: 1 | 2,
  range: WordRange | null,
  most: number,
): WordDictionary | null {
  const entries = isDirect(range, count)
    ? kernels.direct(words, count, wordsPerValue, range.leastLow, range.span + 1, most)
    : kernels.hash(words, count, wordsPerValue, slotsFor(most), most);
  return entries < 0 ? null : { codes: kernels.codes, entries, words: kernels.entryWords(entries * wordsPerValue) };
}

/** Whether the values are near enough to each other to be looked up directly. */
function isDirect(range: WordRange | null, count: number): range is WordRange {
  return range !== null && range.span < Math.min(MAX_RANGE, count * 8 + 64);
}

function slotsFor(most: number): number {
  return Math.min(MAX_SLOTS, 1 << (34 - Math.clz32(most)));
}

function buildEntries(
  words: Int32Array,
  count: number,
  wordsPerValue: 1 | 2 | 4,
  range: WordRange | null,
  most: number,
): number {
  if (isDirect(range, count)) {
    slots.fill(0, 0, range.span + 1);
    return wordsPerValue === 1
      ? directSingles(words, count, range.leastLow, most, codeBuffer, entryBuffer)
      : directPairs(words, count, range.leastLow, most, codeBuffer, entryBuffer);
  }
  const size = slotsFor(most);
  slots.fill(0, 0, size);
  if (wordsPerValue === 1) return hashSingles(words, count, size - 1, most, codeBuffer, entryBuffer);
  if (wordsPerValue === 2) return hashPairs(words, count, size - 1, most, codeBuffer, entryBuffer);
  return hashQuads(words, count, size - 1, most, codeBuffer, entryBuffer);
}

// The loops below are one idea written out per width: they run once for each value of a row group, and a loop that
// is generic over the width costs twice as much.

function directSingles(
  words: Int32Array,
  count: number,
  least: number,
  most: number,
  codes: Uint16Array,
  entryWords: Int32Array,
): number {
  let entries = 0;
  for (let i = 0; i < count; i++) {
    const slot = (words[i]! - least) | 0;
    let code = slots[slot]!;
    if (code === 0) {
      if (entries === most) return -1;
      entryWords[entries] = words[i]!;
      code = ++entries;
      slots[slot] = code;
    }
    codes[i] = code - 1;
  }
  return entries;
}

function directPairs(
  words: Int32Array,
  count: number,
  leastLow: number,
  most: number,
  codes: Uint16Array,
  entryWords: Int32Array,
): number {
  let entries = 0;
  for (let i = 0; i < count; i++) {
    // The low words differ by less than 2^16 modulo 2^32, whatever the high words are.
    const slot = (words[2 * i]! - leastLow) | 0;
    let code = slots[slot]!;
    if (code === 0) {
      if (entries === most) return -1;
      entryWords[2 * entries] = words[2 * i]!;
      entryWords[2 * entries + 1] = words[2 * i + 1]!;
      code = ++entries;
      slots[slot] = code;
    }
    codes[i] = code - 1;
  }
  return entries;
}

function hashSingles(
  words: Int32Array,
  count: number,
  mask: number,
  most: number,
  codes: Uint16Array,
  entryWords: Int32Array,
): number {
  let entries = 0;
  let probes = count * PROBES_PER_VALUE + PROBES_AT_LEAST;
  for (let i = 0; i < count; i++) {
    const a = words[i]!;
    const hash = Math.imul(a, 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const code = slots[slot]!;
      if (code === 0) {
        if (entries === most) return -1;
        entryWords[entries] = a;
        codes[i] = entries++;
        slots[slot] = entries;
        break;
      }
      if (entryWords[code - 1] === a) {
        codes[i] = code - 1;
        break;
      }
      if (--probes < 0) return -1;
      slot = (slot + 1) & mask;
    }
  }
  return entries;
}

function hashPairs(
  words: Int32Array,
  count: number,
  mask: number,
  most: number,
  codes: Uint16Array,
  entryWords: Int32Array,
): number {
  let entries = 0;
  let probes = count * PROBES_PER_VALUE + PROBES_AT_LEAST;
  for (let i = 0; i < count; i++) {
    const a = words[2 * i]!;
    const b = words[2 * i + 1]!;
    const hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const code = slots[slot]!;
      if (code === 0) {
        if (entries === most) return -1;
        entryWords[2 * entries] = a;
        entryWords[2 * entries + 1] = b;
        codes[i] = entries++;
        slots[slot] = entries;
        break;
      }
      if (entryWords[2 * code - 2] === a && entryWords[2 * code - 1] === b) {
        codes[i] = code - 1;
        break;
      }
      if (--probes < 0) return -1;
      slot = (slot + 1) & mask;
    }
  }
  return entries;
}

function hashQuads(
  words: Int32Array,
  count: number,
  mask: number,
  most: number,
  codes: Uint16Array,
  entryWords: Int32Array,
): number {
  let entries = 0;
  let probes = count * PROBES_PER_VALUE + PROBES_AT_LEAST;
  for (let i = 0; i < count; i++) {
    const a = words[4 * i]!;
    const b = words[4 * i + 1]!;
    const c = words[4 * i + 2]!;
    const d = words[4 * i + 3]!;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f) ^ Math.imul(d, 0x165667b1);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const code = slots[slot]!;
      if (code === 0) {
        if (entries === most) return -1;
        const at = 4 * entries;
        entryWords[at] = a;
        entryWords[at + 1] = b;
        entryWords[at + 2] = c;
        entryWords[at + 3] = d;
        codes[i] = entries++;
        slots[slot] = entries;
        break;
      }
      const at = 4 * code - 4;
      if (entryWords[at] === a && entryWords[at + 1] === b && entryWords[at + 2] === c && entryWords[at + 3] === d) {
        codes[i] = code - 1;
        break;
      }
      if (--probes < 0) return -1;
      slot = (slot + 1) & mask;
    }
  }
  return entries;
}
