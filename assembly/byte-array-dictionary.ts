/**
 * The dictionary of text and bytes: `encode` of src/parquet/byte-array-dictionary.ts, step for step, over the same tables, so that
 * either goes on where the other stopped.
 *
 * `state` says how far the dictionary is and where its tables stand; what each holds is told there. The tables have room for the
 * largest dictionary.
 */
const MAX_ENTRIES = 1 << 15;
const MAX_BYTES = 1 << 20;
const MAX_PROBES = 64;
const NO_CODE = -1;

// Words of the state, as byte offsets.
const ENTRIES: usize = 0;
const SLOTS: usize = 4;
const GUESSES: usize = 8;
const ENCODED_VALUES: usize = 12;
const ENCODED_BYTES: usize = 16;
const ARENA_AT: usize = 20;
const STARTS_AT: usize = 24;
const HASHES_AT: usize = 28;
const SLOTS_AT: usize = 32;
const GUESSES_AT: usize = 36;
const SINGLES_AT: usize = 40;

/** Writes the codes of the valid rows from .. to); returns the row behind the last that got one. `validity` 0: all are valid. */
export function encodeByteArrays(
  state: usize,
  bytes: usize,
  starts: usize,
  lengths: usize,
  validity: usize,
  from: i32,
  to: i32,
  codes: usize,
): i32 {
  const arena = load<usize>(state, ARENA_AT);
  const entryStarts = load<usize>(state, STARTS_AT);
  const guesses = load<usize>(state, GUESSES_AT);
  const singles = load<usize>(state, SINGLES_AT);
  let shift = clz(load<i32>(state, GUESSES) - 1);
  let out = codes;
  let plainBytes = 0;
  let row = from;
  for (; row < to; row++) {
    if (validity !== 0 && (load<u8>(validity + (row >>> 3)) & ((<u8>1) << (<u8>(row & 7)))) === 0) continue;
    const word = (<usize>row) << 2;
    const at = bytes + load<u32>(starts + word);
    const length = load<i32>(lengths + word);
    let code: i32 = NO_CODE;
    if (length < 4) {
      if (length === 1) code = <i32>load<u16>(singles + ((<usize>load<u8>(at)) << 1)) - 1;
      if (code < 0) {
        code = findShort(state, at, length);
        if (code < 0) break;
        shift = clz(load<i32>(state, GUESSES) - 1);
      }
    } else {
      const last = at + length - 4;
      const tail = load<i32>(last);
      const guess = guesses + ((<usize>guessSlot(load<i32>(at), tail, length, shift)) << 1);
      code = <i32>load<u16>(guess) - 1;
      if (code < 0 || !isEntry(arena + load<u32>(entryStarts + ((<usize>code) << 2)), at, last, length, tail)) {
        code = findLong(state, at, last, length, tail);
        if (code < 0) break;
        shift = clz(load<i32>(state, GUESSES) - 1);
        store<u16>(guess, <u16>(code + 1));
      }
    }
    store<u16>(out, <u16>code);
    out += 2;
    plainBytes += length;
  }
  store<i32>(state, <i32>((out - codes) >>> 1), ENCODED_VALUES);
  store<i32>(state, plainBytes, ENCODED_BYTES);
  return row;
}

function findLong(state: usize, at: usize, last: usize, length: i32, tail: i32): i32 {
  const arena = load<usize>(state, ARENA_AT);
  const starts = load<usize>(state, STARTS_AT);
  const hashes = load<usize>(state, HASHES_AT);
  const slots = load<usize>(state, SLOTS_AT);
  const mask = load<i32>(state, SLOTS) - 1;
  const hash = hashLong(at, length, last, tail);
  let slot = hash & mask;
  for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
    const code = <i32>load<u16>(slots + ((<usize>slot) << 1)) - 1;
    if (code < 0) return add(state, at, length, hash, slot);
    const word = (<usize>code) << 2;
    if (load<i32>(hashes + word) === hash && isEntry(arena + load<u32>(starts + word), at, last, length, tail))
      return code;
  }
  return NO_CODE;
}

function findShort(state: usize, at: usize, length: i32): i32 {
  const arena = load<usize>(state, ARENA_AT);
  const starts = load<usize>(state, STARTS_AT);
  const hashes = load<usize>(state, HASHES_AT);
  const slots = load<usize>(state, SLOTS_AT);
  const mask = load<i32>(state, SLOTS) - 1;
  const hash = hashShort(at, length);
  let slot = hash & mask;
  for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
    const code = <i32>load<u16>(slots + ((<usize>slot) << 1)) - 1;
    if (code < 0) return add(state, at, length, hash, slot);
    const word = (<usize>code) << 2;
    if (load<i32>(hashes + word) !== hash) continue;
    const entry = arena + load<u32>(starts + word);
    if (load<i32>(entry) === length && memory.compare(entry + 4, at, length) === 0) return code;
  }
  return NO_CODE;
}

function add(state: usize, at: usize, length: i32, hash: i32, slot: i32): i32 {
  const starts = load<usize>(state, STARTS_AT);
  const code = load<i32>(state, ENTRIES);
  const word = (<usize>code) << 2;
  const start = load<i32>(starts + word);
  // A length may be that of a whole message.
  const end = <i64>start + 4 + <i64>length;
  if (code === MAX_ENTRIES || end > <i64>MAX_BYTES) return NO_CODE;
  const entry = load<usize>(state, ARENA_AT) + start;
  store<i32>(entry, length);
  memory.copy(entry + 4, at, length);
  const entries = code + 1;
  store<i32>(state, entries, ENTRIES);
  store<i32>(starts + word, <i32>end, 4);
  store<i32>(load<usize>(state, HASHES_AT) + word, hash);
  store<u16>(load<usize>(state, SLOTS_AT) + ((<usize>slot) << 1), <u16>entries);
  if (length === 1) store<u16>(load<usize>(state, SINGLES_AT) + ((<usize>load<u8>(at)) << 1), <u16>entries);
  if (entries * 4 > load<i32>(state, SLOTS)) growSlots(state, entries);
  return code;
}

function growSlots(state: usize, entries: i32): void {
  const size = load<i32>(state, SLOTS) << 2;
  const slots = load<usize>(state, SLOTS_AT);
  const hashes = load<usize>(state, HASHES_AT);
  const mask = size - 1;
  memory.fill(slots, 0, (<usize>size) << 1);
  for (let code = 0; code < entries; code++) {
    let slot = load<i32>(hashes + ((<usize>code) << 2)) & mask;
    while (load<u16>(slots + ((<usize>slot) << 1)) !== 0) slot = (slot + 1) & mask;
    store<u16>(slots + ((<usize>slot) << 1), <u16>(code + 1));
  }
  store<i32>(state, size, SLOTS);
  if (size <= load<i32>(state, GUESSES)) return;
  memory.fill(load<usize>(state, GUESSES_AT), 0, (<usize>size) << 1);
  store<i32>(state, size, GUESSES);
}

function guessSlot(head: i32, tail: i32, length: i32, shift: i32): i32 {
  return (((head ^ (length << 7)) * <i32>0x9e3779b1) ^ (tail * <i32>0x85ebca6b)) >>> shift;
}

/** Whether the entry is the value; `last` is where its last word, `tail`, starts. */
function isEntry(entry: usize, at: usize, last: usize, length: i32, tail: i32): bool {
  if (load<i32>(entry) !== length || load<i32>(entry + <usize>length) !== tail) return false;
  let p = entry + 4;
  let q = at;
  for (; q + 8 <= last; q += 8, p += 8) if (load<i64>(p) !== load<i64>(q)) return false;
  for (; q < last; q += 4, p += 4) if (load<i32>(p) !== load<i32>(q)) return false;
  return true;
}

function hashLong(at: usize, length: i32, last: usize, tail: i32): i32 {
  let hash: i32 = length ^ tail;
  let p = at;
  for (; p + 4 < last; p += 8) {
    hash = (hash ^ load<i32>(p)) * <i32>0x9e3779b1 + load<i32>(p, 4) * <i32>0x85ebca6b;
    hash ^= hash >>> 15;
  }
  if (p < last) hash ^= load<i32>(p) * <i32>0x27d4eb2f;
  hash = (hash ^ (hash >>> 15)) * <i32>0xc2b2ae35;
  return hash ^ (hash >>> 14);
}

function hashShort(at: usize, length: i32): i32 {
  let hash = length;
  for (let i: usize = 0; i < <usize>length; i++) hash = (hash << 8) ^ <i32>load<u8>(at + i);
  hash = (hash ^ (hash >>> 16)) * <i32>0x85ebca6b;
  return hash ^ (hash >>> 14);
}
