/** What a Parquet file opens with. */

/** `PAR1`: the first four bytes of a file, and its last four. */
export const MAGIC: Uint8Array = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** The bytes before the first row group. */
export function encodeFileHeader(): Uint8Array {
  return MAGIC.slice();
}
