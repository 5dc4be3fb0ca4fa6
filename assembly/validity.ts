/**
 * The validity bitmap of a vector (column-batch.ts): a bit a row, least significant first. The first null of a tile sets all bits, then
 * null by null is cleared. Returns the nulls so far.
 */
export function markNull(validity: usize, row: i32, rows: i32, nulls: i32): i32 {
  if (nulls === 0) memory.fill(validity, 0xff, (rows + 7) >>> 3);
  const at = validity + (row >>> 3);
  store<u8>(at, load<u8>(at) & ~((<u8>1) << (<u8>(row & 7))));
  return nulls + 1;
}
