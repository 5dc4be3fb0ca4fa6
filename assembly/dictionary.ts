/**
 * Dictionaries of fixed-width values: src/parquet/dictionary.ts, loop for loop, over values of 4, 8 or 16 bytes.
 *
 * `slots` holds code + 1, 0 is free; entries stand in the order of their first appearance. Each returns the number of entries, or -1 when
 * there would be more than `most` or the values collide too often. Hashes and the number of probes are those of the reference, so that
 * both give up on the same values.
 */
const NONE = -1;
const PROBES_PER_VALUE = 4;
const PROBES_AT_LEAST = 4096;

/** Values looked up by their distance from the least, which is below `span`. */
export function directSingles(
  words: usize,
  count: i32,
  least: i32,
  span: i32,
  most: i32,
  slots: usize,
  codes: usize,
  entries: usize,
): i32 {
  memory.fill(slots, 0, (<usize>span) << 1);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const value = load<i32>(words + ((<usize>i) << 2));
    const slot = slots + ((<usize>(value - least)) << 1);
    let code = <i32>load<u16>(slot);
    if (code === 0) {
      if (found === most) return NONE;
      store<i32>(entries + ((<usize>found) << 2), value);
      code = ++found;
      store<u16>(slot, <u16>code);
    }
    store<u16>(codes + ((<usize>i) << 1), <u16>(code - 1));
  }
  return found;
}

/** The same of longs, of which the low words tell the distance. */
export function directPairs(
  words: usize,
  count: i32,
  leastLow: i32,
  span: i32,
  most: i32,
  slots: usize,
  codes: usize,
  entries: usize,
): i32 {
  memory.fill(slots, 0, (<usize>span) << 1);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const value = load<i64>(words + ((<usize>i) << 3));
    const slot = slots + ((<usize>(<i32>value - leastLow)) << 1);
    let code = <i32>load<u16>(slot);
    if (code === 0) {
      if (found === most) return NONE;
      store<i64>(entries + ((<usize>found) << 3), value);
      code = ++found;
      store<u16>(slot, <u16>code);
    }
    store<u16>(codes + ((<usize>i) << 1), <u16>(code - 1));
  }
  return found;
}

export function hashSingles(
  words: usize,
  count: i32,
  mask: i32,
  most: i32,
  slots: usize,
  codes: usize,
  entries: usize,
): i32 {
  memory.fill(slots, 0, (<usize>(mask + 1)) << 1);
  let found = 0;
  let probes = count * PROBES_PER_VALUE + PROBES_AT_LEAST;
  for (let i = 0; i < count; i++) {
    const value = load<i32>(words + ((<usize>i) << 2));
    const hash = value * <i32>0x9e3779b1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    let code: i32;
    for (;;) {
      code = <i32>load<u16>(slots + ((<usize>slot) << 1));
      if (code === 0) {
        if (found === most) return NONE;
        store<i32>(entries + ((<usize>found) << 2), value);
        code = ++found;
        store<u16>(slots + ((<usize>slot) << 1), <u16>code);
        break;
      }
      if (load<i32>(entries + ((<usize>(code - 1)) << 2)) === value) break;
      if (--probes < 0) return NONE;
      slot = (slot + 1) & mask;
    }
    store<u16>(codes + ((<usize>i) << 1), <u16>(code - 1));
  }
  return found;
}

export function hashPairs(
  words: usize,
  count: i32,
  mask: i32,
  most: i32,
  slots: usize,
  codes: usize,
  entries: usize,
): i32 {
  memory.fill(slots, 0, (<usize>(mask + 1)) << 1);
  let found = 0;
  let probes = count * PROBES_PER_VALUE + PROBES_AT_LEAST;
  for (let i = 0; i < count; i++) {
    const value = load<i64>(words + ((<usize>i) << 3));
    const hash = (<i32>value * <i32>0x9e3779b1) ^ (<i32>(value >>> 32) * <i32>0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    let code: i32;
    for (;;) {
      code = <i32>load<u16>(slots + ((<usize>slot) << 1));
      if (code === 0) {
        if (found === most) return NONE;
        store<i64>(entries + ((<usize>found) << 3), value);
        code = ++found;
        store<u16>(slots + ((<usize>slot) << 1), <u16>code);
        break;
      }
      if (load<i64>(entries + ((<usize>(code - 1)) << 3)) === value) break;
      if (--probes < 0) return NONE;
      slot = (slot + 1) & mask;
    }
    store<u16>(codes + ((<usize>i) << 1), <u16>(code - 1));
  }
  return found;
}
