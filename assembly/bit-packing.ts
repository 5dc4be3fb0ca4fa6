/**
 * Bit packing of dictionary codes: src/parquet/encodings/bit-packing.ts, eight codes a step. These are `width` bytes, so each group begins
 * at a byte; it is stored as 16, of which the next group writes over what is too much.
 */
export function packCodes(codes: usize, count: i32, width: i32, out: usize): void {
  const half = (<u64>width) << 2;
  const end = codes + ((<usize>count) << 1);
  for (let p = codes; p < end; p += 16, out += width) {
    const low = four(load<u64>(p), <u64>width);
    const high = four(load<u64>(p, 8), <u64>width);
    store<u64>(out, low | (high << half));
    store<u64>(out, high >>> (64 - half), 8);
  }
}

/** Four codes of 16 bits, `width` bits each. */
function four(codes: u64, width: u64): u64 {
  return (
    (codes & 0xffff) |
    (((codes >>> 16) & 0xffff) << width) |
    (((codes >>> 32) & 0xffff) << (width << 1)) |
    ((codes >>> 48) << (width * 3))
  );
}
