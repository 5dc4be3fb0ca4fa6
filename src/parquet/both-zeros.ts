/**
 * Dictionaries of floats hold both zeros or neither.
 *
 * 0.0 = -0.0 in SQL, but readers built on parquet-java (Spark 4.1) look the literal of a filter up in the dictionary by its bits, and leave a
 * row group out where it is not found: `x = 0` would lose every -0.0, and `x >= 0` too. An entry that no value uses costs 4 or 8 bytes.
 */
import type { WordDictionary } from './dictionary.ts';
import { MAX_ENTRIES } from './dictionary-limits.ts';

/** Of a -0.0's highest word; all other words of a zero are 0. */
const SIGN = -0x8000_0000;

/** With the other zero as its last entry, where it has only one; null where there is no room for it. */
export function withBothZeros(dictionary: WordDictionary, wordsPerValue: number): WordDictionary | null {
  const { entries, words } = dictionary;
  const missing = missingZero(words, entries, wordsPerValue);
  if (missing === null) return dictionary;
  if (entries === MAX_ENTRIES) return null;
  const more = new Int32Array((entries + 1) * wordsPerValue);
  more.set(words);
  more[more.length - 1] = missing;
  return { ...dictionary, entries: entries + 1, words: more };
}

/** The highest word of the zero that is not there though the other one is. */
function missingZero(words: Int32Array, entries: number, wordsPerValue: number): number | null {
  let [hasPositive, hasNegative] = [false, false];
  for (let i = 0; i < entries; i++) {
    if (wordsPerValue === 2 && words[2 * i] !== 0) continue;
    const high = words[(i + 1) * wordsPerValue - 1]!;
    if (high === 0) hasPositive = true;
    else if (high === SIGN) hasNegative = true;
  }
  if (hasPositive === hasNegative) return null;
  return hasPositive ? SIGN : 0;
}
