/**
 * Bytes of the wire: big-endian words, read by a machine that is little-endian.
 *
 * A length that is only compared is not turned round: `LENGTH_4` is the Int32 4 of the wire as `load` reads it.
 */
export const NULL_LENGTH: i32 = -1;
export const LENGTH_1: i32 = 1 << 24;
export const LENGTH_2: i32 = 2 << 24;
export const LENGTH_4: i32 = 4 << 24;
export const LENGTH_8: i32 = 8 << 24;
export const LENGTH_16: i32 = 16 << 24;

/** What a kernel returns at the first field that is not plainly right: the tile's column is the JavaScript kernel's. */
export const NOT_MINE = -1;

/** Where the field of row `i` stands. */
export function fieldAt(wire: usize, positions: usize, i: i32): usize {
  return wire + <usize>load<u32>(positions + ((<usize>i) << 2));
}

/** A length on the wire, -1 of a null included. Nearly all are below 256: then three of its bytes are 0. */
export function lengthAt(q: usize): i32 {
  const raw = load<u32>(q);
  return (raw & 0x00ff_ffff) === 0 ? <i32>(raw >>> 24) : <i32>bswap<u32>(raw);
}

export function int16At(q: usize): i32 {
  return <i32>(<i16>bswap<u16>(load<u16>(q)));
}

export function int32At(q: usize): i32 {
  return <i32>bswap<u32>(load<u32>(q));
}

export function int64At(q: usize): i64 {
  return <i64>bswap<u64>(load<u64>(q));
}
