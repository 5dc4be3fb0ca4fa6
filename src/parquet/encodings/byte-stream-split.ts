/**
 * BYTE_STREAM_SPLIT (Encodings.md): the first bytes of all values, then all second bytes, and so on. No byte is saved by it; what
 * compresses the page finds the bytes that change little side by side.
 */

/** Splits `count` PLAIN values of `width` bytes that stand at plain[0 ..) into `out` at `at`; returns the position behind them. */
export function writeByteStreams(plain: Uint8Array, count: number, width: number, out: Uint8Array, at: number): number {
  let p = at;
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0, q = byte; i < count; i++, q += width) out[p++] = plain[q]!;
  }
  return p;
}
