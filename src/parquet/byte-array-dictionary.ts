/**
 * The dictionary of a text or bytes column, built while values arrive: a value is hashed where it stands on the wire, four
 * bytes at a time, and copied only when it is new. Entries stand in PLAIN form (length in 4 bytes, then the bytes), so the
 * arena is the dictionary page.
 *
 * The hash table starts at 1 KB and grows with the entries, to at most a quarter full, so that 1,600 narrow columns stay
 * cheap. A look-up that probes too long ends the dictionary: values made to collide cannot make it quadratic.
 */
import { MAX_DICTIONARY_BYTES, MAX_ENTRIES } from './dictionary.ts';
import { grownBytes, grownInts } from './growth.ts';

const MIN_SLOTS = 512;
const MAX_PROBES = 64;

/** `find` gives it when the dictionary is full or collides too much. */
export const NO_CODE = -1;

export class ByteArrayDictionary {
  entries = 0;
  /** PLAIN entries, back to back; `starts[code]` is where one begins, `starts[entries]` the end. */
  arena = new Uint8Array(0);
  starts = new Int32Array(1);
  private view = new DataView(this.arena.buffer);
  private hashes = new Int32Array(0);
  /** code + 1 of a slot; 0 is free. */
  private slots = new Uint16Array(MIN_SLOTS);
  /** code + 1 of each value of one byte. */
  private readonly singles = new Uint16Array(256);

  get bytes(): number {
    return this.starts[this.entries]!;
  }

  /**
   * The codes of the valid rows from .. to), written to `codes` from `at` on. Returns the row behind the last that
   * got one: `to`, or the first row that found no place in the dictionary.
   */
  encode(
    bytes: Uint8Array,
    view: DataView,
    rowStarts: Int32Array,
    lengths: Int32Array,
    validity: Uint8Array | null,
    from: number,
    to: number,
    codes: Uint16Array,
    at: number,
  ): number {
    const singles = this.singles;
    let n = at;
    for (let row = from; row < to; row++) {
      if (validity !== null && (validity[row >> 3]! & (1 << (row & 7))) === 0) continue;
      const start = rowStarts[row]!;
      const length = lengths[row]!;
      const single = length === 1 ? singles[bytes[start]!]! : 0;
      const code = single !== 0 ? single - 1 : this.find(bytes, view, start, length);
      if (code < 0) return row;
      codes[n++] = code;
    }
    return to;
  }

  private find(bytes: Uint8Array, view: DataView, start: number, length: number): number {
    const hash = length >= 4 ? hashLong(view, start, length) : hashShort(bytes, start, length);
    const slots = this.slots;
    const mask = slots.length - 1;
    const hashes = this.hashes;
    let slot = hash & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const code = slots[slot]! - 1;
      if (code < 0) return this.add(bytes, view, start, length, hash, slot);
      if (hashes[code] === hash && this.equals(code, bytes, view, start, length)) return code;
      slot = (slot + 1) & mask;
    }
    return NO_CODE;
  }

  private equals(code: number, bytes: Uint8Array, view: DataView, start: number, length: number): boolean {
    const own = this.view;
    let p = this.starts[code]!;
    if (own.getInt32(p, true) !== length) return false;
    p += 4;
    if (length < 4) {
      const arena = this.arena;
      for (let i = 0; i < length; i++) if (arena[p + i] !== bytes[start + i]) return false;
      return true;
    }
    const last = length - 4;
    for (let i = 0; i < last; i += 4) if (own.getInt32(p + i, true) !== view.getInt32(start + i, true)) return false;
    return own.getInt32(p + last, true) === view.getInt32(start + last, true);
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
      this.arena = grownBytes(this.arena, used, Math.min(needed * 2, MAX_DICTIONARY_BYTES));
      this.view = new DataView(this.arena.buffer);
    }
    if (this.entries + 2 > this.starts.length) {
      this.starts = grownInts(this.starts, this.entries + 1, this.entries + 2);
      this.hashes = grownInts(this.hashes, this.entries, this.starts.length);
    }
  }

  private growSlots(): void {
    const slots = new Uint16Array(this.slots.length * 4);
    const mask = slots.length - 1;
    for (let code = 0; code < this.entries; code++) {
      let slot = this.hashes[code]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.slots = slots;
  }

  clear(): void {
    if (this.entries === 0) return;
    this.entries = 0;
    this.slots.fill(0);
    this.singles.fill(0);
  }
}

/** Two words a step keep the multiplier busy; the last word overlaps the one before, so that no byte is left over. */
function hashLong(view: DataView, start: number, length: number): number {
  let hash = length;
  const last = start + length - 4;
  let p = start;
  for (; p + 4 < last; p += 8) {
    hash =
      (Math.imul(hash ^ view.getInt32(p, true), 0x9e3779b1) + Math.imul(view.getInt32(p + 4, true), 0x85ebca6b)) | 0;
    hash ^= hash >>> 15;
  }
  if (p < last) hash = Math.imul(hash ^ view.getInt32(p, true), 0x9e3779b1);
  return mixed(Math.imul(hash, 0x27d4eb2f) ^ view.getInt32(last, true));
}

function hashShort(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (hash << 8) ^ bytes[start + i]!;
  return mixed(hash);
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
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
