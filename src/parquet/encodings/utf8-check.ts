/**
 * Whether PLAIN byte arrays (length in 4 bytes, little-endian, then the value) are each valid UTF-8, in as few calls as can be.
 *
 * A run of values is checked in one call, lengths and all, as long as every byte of the lengths is ASCII: then a sequence
 * that a value breaks off meets a byte that cannot go on with it, and one that starts in the middle stands behind a NUL.
 * A length with a byte of 0x80 or more could complete its neighbour's broken sequence, so the run ends before it and that
 * value is checked by itself.
 */
import { isUtf8 } from 'node:buffer';

export function isPlainUtf8(arena: Uint8Array, from: number, to: number): boolean {
  const view = new DataView(arena.buffer, arena.byteOffset, arena.length);
  let runStart = from;
  let p = from;
  while (p < to) {
    const length = view.getInt32(p, true);
    const valueStart = p + 4;
    const valueEnd = valueStart + length;
    if ((length & 0x80808080) !== 0) {
      if (!isUtf8(arena.subarray(runStart, p)) || !isUtf8(arena.subarray(valueStart, valueEnd))) return false;
      runStart = valueEnd;
    }
    p = valueEnd;
  }
  return isUtf8(arena.subarray(runStart, to));
}
