/**
 * The least and greatest values of a page of text or bytes, by unsigned bytes. Values are told apart by their first four
 * bytes, read as a big-endian number, before anything else is compared. Of a dictionary-coded page only the entries that
 * occur in it are compared, once each.
 */
import type { ByteArrayDictionary } from './byte-array-dictionary.ts';
import { type Bounds, cutBounds } from './statistics.ts';

export class ByteArrayBounds {
  private readonly isText: boolean;
  private dictionary: ByteArrayDictionary | null = null;
  /** First four bytes of each entry; shorter ones filled up with zeros. */
  private prefixes = new Uint32Array(0);
  /** The last page in which an entry occurred. */
  private seenIn = new Int32Array(0);
  private page = 0;

  constructor(isText: boolean) {
    this.isText = isText;
  }

  /** What `ofCodes` speaks of, until the next row group. */
  useDictionary(dictionary: ByteArrayDictionary): void {
    const { entries, arena, starts } = dictionary;
    this.dictionary = dictionary;
    if (this.prefixes.length < entries) {
      this.prefixes = new Uint32Array(entries);
      this.seenIn = new Int32Array(entries);
      this.page = 0;
    }
    for (let code = 0; code < entries; code++)
      this.prefixes[code] = prefixOf(arena, starts[code]! + 4, starts[code + 1]!);
  }

  /** Of a page of dictionary codes. */
  ofCodes(codes: Uint16Array, from: number, to: number): Bounds {
    const { seenIn, prefixes } = this;
    const page = ++this.page;
    for (let i = from; i < to; i++) seenIn[codes[i]!] = page;
    let least = codes[from]!;
    let greatest = least;
    const { entries, arena, starts } = this.dictionary!;
    const isLess = (a: number, b: number) =>
      prefixes[a] !== prefixes[b]
        ? prefixes[a]! < prefixes[b]!
        : compareRanges(arena, starts[a]! + 4, starts[a + 1]!, starts[b]! + 4, starts[b + 1]!) < 0;
    for (let code = 0; code < entries; code++) {
      if (seenIn[code] !== page) continue;
      if (isLess(code, least)) least = code;
      else if (isLess(greatest, code)) greatest = code;
    }
    const min = arena.subarray(starts[least]! + 4, starts[least + 1]!);
    return cutBounds(min, arena.subarray(starts[greatest]! + 4, starts[greatest + 1]!), this.isText);
  }

  /** Of `count` PLAIN values from `start` on. */
  ofPlain(arena: Uint8Array, start: number, count: number): Bounds {
    const view = new DataView(arena.buffer, arena.byteOffset, arena.length);
    let minStart = start + 4;
    let minEnd = minStart + view.getInt32(start, true);
    let maxStart = minStart;
    let maxEnd = minEnd;
    let minPrefix = prefixOf(arena, minStart, minEnd);
    let maxPrefix = minPrefix;
    let p = minEnd;
    for (let i = 1; i < count; i++) {
      const from = p + 4;
      p = from + view.getInt32(p, true);
      const prefix = p - from >= 4 ? view.getUint32(from, false) : prefixOf(arena, from, p);
      if (prefix <= minPrefix && (prefix < minPrefix || compareRanges(arena, from, p, minStart, minEnd) < 0)) {
        minStart = from;
        minEnd = p;
        minPrefix = prefix;
      } else if (prefix >= maxPrefix && (prefix > maxPrefix || compareRanges(arena, from, p, maxStart, maxEnd) > 0)) {
        maxStart = from;
        maxEnd = p;
        maxPrefix = prefix;
      }
    }
    return cutBounds(arena.subarray(minStart, minEnd), arena.subarray(maxStart, maxEnd), this.isText);
  }
}

function prefixOf(arena: Uint8Array, from: number, to: number): number {
  let prefix = 0;
  for (let i = 0; i < 4; i++) prefix = prefix * 256 + (from + i < to ? arena[from + i]! : 0);
  return prefix;
}

/** Of arena[a .. aEnd) and arena[b .. bEnd): negative, zero or positive. In place, since two views cost more than most comparisons. */
function compareRanges(arena: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const shared = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < shared; i++) {
    const difference = arena[a + i]! - arena[b + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}
