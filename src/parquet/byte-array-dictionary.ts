/**
 * The dictionary of a text or bytes column, built while values arrive: a value is hashed where it stands on the wire, four
 * bytes at a time, and copied only when it is new. Entries stand in PLAIN form (length in 4 bytes, then the bytes), so the
 * arena is the dictionary page.
 *
 * Where WebAssembly has tables left, they stand there, and a kernel looks up the values that stand there too; it does what the
 * loop here does for all others, in the same tables.
 *
 * The hash table starts at 1 KB and grows with the entries, to at most a quarter full, so that 1,600 narrow columns stay
 * cheap. A look-up that probes too long ends the dictionary: values made to collide cannot make it quadratic.
 */
import { MAX_DICTIONARY_BYTES, MAX_ENTRIES } from './dictionary-limits.ts';
import type { BinarySource, DictionaryTables } from './dictionary-tables.ts';
import { grownBytes, grownInts } from './growth.ts';
import { lendTables } from './value-kernels.ts';

const MIN_SLOTS = 512;
const MAX_PROBES = 64;
/** Power of two. */
const MIN_GUESSES = 1 << 10;

/** The dictionary is full, or collides too much. */
const NO_CODE = -1;

export class ByteArrayDictionary {
  entries = 0;
  /** What the last `encode` took: values, and their bytes without lengths. */
  encodedValues = 0;
  encodedBytes = 0;
  /** PLAIN entries, back to back; `starts[code]` is where one begins, `starts[entries]` the end. */
  arena = new Uint8Array(0);
  starts = new Int32Array(1);
  private view = new DataView(this.arena.buffer);
  private hashes = new Int32Array(0);
  /** code + 1 of a slot; 0 is free. */
  private slots = new Uint16Array(MIN_SLOTS);
  /** code + 1 of the value last seen with these ends: a guess, to be compared. */
  private guesses = new Uint16Array(MIN_GUESSES);
  /** code + 1 of each value of one byte. */
  private singles = new Uint16Array(256);
  /** Where all of these are, in WebAssembly memory; null: they are JavaScript's own, and grow. */
  private tables: DictionaryTables | null = null;

  get bytes(): number {
    return this.starts[this.entries]!;
  }

  /** Before the first value: where the values stand in WebAssembly memory, their dictionary does, if there is room. */
  begin({ bytes }: BinarySource): void {
    if (this.tables !== null) return;
    const tables = lendTables(bytes.buffer);
    if (tables === null) return;
    this.tables = tables;
    this.useArena(tables.arena);
    this.starts = tables.starts;
    this.hashes = tables.hashes;
    this.slots = tables.slots(MIN_SLOTS).fill(0);
    this.guesses = tables.guesses(MIN_GUESSES).fill(0);
    this.singles = tables.singles.fill(0);
  }

  private useArena(arena: Uint8Array<ArrayBuffer>): void {
    this.arena = arena;
    this.view = new DataView(arena.buffer, arena.byteOffset, arena.length);
  }

  /**
   * The codes of the valid rows from .. to), written to `codes` from `at` on. Returns the row behind the last that got one: `to`,
   * or the first row that found no place in the dictionary.
   */
  encode(source: BinarySource, from: number, to: number, codes: Uint16Array, at: number): number {
    const { tables } = this;
    return tables?.holds(source, to - from)
      ? this.encodeByKernel(tables, source, from, to, codes, at)
      : this.encodeHere(source, from, to, codes, at);
  }

  private encodeByKernel(
    tables: DictionaryTables,
    source: BinarySource,
    from: number,
    to: number,
    codes: Uint16Array,
    at: number,
  ): number {
    tables.setSize(this.entries, this.slots.length, this.guesses.length);
    const row = tables.encode(source, from, to);
    codes.set(tables.codes.subarray(0, tables.encodedValues), at);
    this.entries = tables.entries;
    if (tables.slotsInUse !== this.slots.length) this.slots = tables.slots(tables.slotsInUse);
    if (tables.guessesInUse !== this.guesses.length) this.guesses = tables.guesses(tables.guessesInUse);
    this.encodedValues = tables.encodedValues;
    this.encodedBytes = tables.encodedBytes;
    return row;
  }

  /** One long loop, since it runs for each value: what it reads stands in local variables, which are read again after an entry was added. */
  private encodeHere(source: BinarySource, from: number, to: number, codes: Uint16Array, at: number): number {
    const { bytes, view, starts: rowStarts, lengths, validity } = source;
    const { singles } = this;
    let { slots, guesses, hashes, starts, view: entryView } = this;
    let mask = slots.length - 1;
    let guessShift = Math.clz32(guesses.length - 1);
    let n = at;
    let plainBytes = 0;
    let row = from;
    for (; row < to; row++) {
      if (validity !== null && (validity[row >> 3]! & (1 << (row & 7))) === 0) continue;
      const start = rowStarts[row]!;
      const length = lengths[row]!;
      let code = -1;
      if (length < 4) {
        if (length === 1) code = singles[bytes[start]!]! - 1;
        if (code < 0) {
          code = this.findShort(bytes, view, start, length);
          if (code < 0) break;
          ({ slots, guesses, hashes, starts, view: entryView } = this);
          mask = slots.length - 1;
          guessShift = Math.clz32(guesses.length - 1);
        }
      } else {
        const last = start + length - 4;
        const tail = view.getInt32(last, true);
        // Most values of a column with few distinct ones are found by their ends alone, without hashing what is between.
        const guess = guessSlot(view.getInt32(start, true), tail, length, guessShift);
        code = guesses[guess]! - 1;
        if (code >= 0 && isEntry(entryView, starts[code]!, view, start, last, length, tail)) {
          codes[n++] = code;
          plainBytes += length;
          continue;
        }
        const hash = hashLong(view, start, length, last, tail);
        let slot = hash & mask;
        let probes = 0;
        for (; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
          code = slots[slot]! - 1;
          if (code < 0) break;
          if (hashes[code] === hash && isEntry(entryView, starts[code]!, view, start, last, length, tail)) break;
        }
        if (probes === MAX_PROBES) break;
        if (code < 0) {
          code = this.add(bytes, view, start, length, hash, slot);
          if (code < 0) break;
          ({ slots, guesses, hashes, starts, view: entryView } = this);
          mask = slots.length - 1;
          guessShift = Math.clz32(guesses.length - 1);
        }
        guesses[guess] = code + 1;
      }
      codes[n++] = code;
      plainBytes += length;
    }
    this.encodedValues = n - at;
    this.encodedBytes = plainBytes;
    return row;
  }

  private findShort(bytes: Uint8Array, view: DataView, start: number, length: number): number {
    const { slots, hashes, starts, arena } = this;
    const mask = slots.length - 1;
    const hash = hashShort(bytes, start, length);
    let slot = hash & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
      const code = slots[slot]! - 1;
      if (code < 0) return this.add(bytes, view, start, length, hash, slot);
      if (
        hashes[code] === hash &&
        starts[code + 1]! - starts[code]! === length + 4 &&
        equalShort(arena, starts[code]! + 4, bytes, start, length)
      ) {
        return code;
      }
    }
    return NO_CODE;
  }

  private add(bytes: Uint8Array, view: DataView, start: number, length: number, hash: number, slot: number): number {
    const at = this.bytes;
    const end = at + 4 + length;
    if (this.entries === MAX_ENTRIES || end > MAX_DICTIONARY_BYTES) return NO_CODE;
    this.reserve(at, end);
    copyPlain(bytes, view, start, length, this.arena, this.view, at);
    const code = this.entries++;
    this.starts[code + 1] = end;
    this.hashes[code] = hash;
    this.slots[slot] = code + 1;
    if (length === 1) this.singles[bytes[start]!] = code + 1;
    if (this.entries * 4 > this.slots.length) this.growSlots();
    return code;
  }

  private reserve(used: number, needed: number): void {
    if (needed > this.arena.length) {
      this.useArena(grownBytes(this.arena, used, needed));
    }
    if (this.entries + 2 > this.starts.length) {
      this.starts = grownInts(this.starts, this.entries + 1, this.entries + 2);
      this.hashes = grownInts(this.hashes, this.entries, this.starts.length);
    }
  }

  private growSlots(): void {
    const size = this.slots.length * 4;
    const slots = this.tables?.slots(size).fill(0) ?? new Uint16Array(size);
    const mask = slots.length - 1;
    for (let code = 0; code < this.entries; code++) {
      let slot = this.hashes[code]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.slots = slots;
    // Two values that share a guess miss it in turns. The old guesses need not be kept.
    if (size > MIN_GUESSES) this.guesses = this.tables?.guesses(size).fill(0) ?? new Uint16Array(size);
  }

  /** Drops the entries, and gives lent tables back. */
  clear(): void {
    if (this.tables !== null) this.returnTables(this.tables);
    if (this.entries === 0) return;
    this.entries = 0;
    this.slots.fill(0);
    this.guesses.fill(0);
    this.singles.fill(0);
  }

  private returnTables(tables: DictionaryTables): void {
    this.tables = null;
    this.entries = 0;
    this.useArena(new Uint8Array(0));
    this.starts = new Int32Array(1);
    this.hashes = new Int32Array(0);
    this.slots = new Uint16Array(MIN_SLOTS);
    this.guesses = new Uint16Array(MIN_GUESSES);
    this.singles = new Uint16Array(256);
    tables.giveBack();
  }
}

function guessSlot(head: number, tail: number, length: number, shift: number): number {
  return (Math.imul(head ^ (length << 7), 0x9e3779b1) ^ Math.imul(tail, 0x85ebca6b)) >>> shift;
}

/** Whether the entry at `at` is the value; `last` is where its last word, `tail`, starts. */
function isEntry(
  entries: DataView,
  at: number,
  view: DataView,
  start: number,
  last: number,
  length: number,
  tail: number,
): boolean {
  if (entries.getInt32(at, true) !== length || entries.getInt32(at + length, true) !== tail) return false;
  let p = at + 4;
  for (let q = start; q < last; q += 4, p += 4) {
    if (entries.getInt32(p, true) !== view.getInt32(q, true)) return false;
  }
  return true;
}

/**
 * Two words a step keep the multiplier busy; the last word (`tail`, at `last`) overlaps the one before, so that no byte is
 * left over.
 */
function hashLong(view: DataView, start: number, length: number, last: number, tail: number): number {
  let hash = length ^ tail;
  let p = start;
  for (; p + 4 < last; p += 8) {
    hash =
      (Math.imul(hash ^ view.getInt32(p, true), 0x9e3779b1) + Math.imul(view.getInt32(p + 4, true), 0x85ebca6b)) | 0;
    hash ^= hash >>> 15;
  }
  if (p < last) hash ^= Math.imul(view.getInt32(p, true), 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 14);
}

function hashShort(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (hash << 8) ^ bytes[start + i]!;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 14);
}

function equalShort(arena: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (arena[at + i] !== bytes[start + i]) return false;
  return true;
}

/** From this length on, the call of a native copy is cheaper than a loop. */
const NATIVE_COPY_BYTES = 96;

/** Writes a value in PLAIN form at `at`; the arena has room for it. */
export function copyPlain(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  length: number,
  arena: Uint8Array,
  arenaView: DataView,
  at: number,
): void {
  arenaView.setInt32(at, length, true);
  const to = at + 4;
  if (length >= NATIVE_COPY_BYTES) {
    arena.set(bytes.subarray(start, start + length), to);
  } else if (length >= 4) {
    const last = length - 4;
    for (let i = 0; i < last; i += 4) arenaView.setInt32(to + i, view.getInt32(start + i, true), true);
    arenaView.setInt32(to + last, view.getInt32(start + last, true), true);
  } else {
    for (let i = 0; i < length; i++) arena[to + i] = bytes[start + i]!;
  }
}
