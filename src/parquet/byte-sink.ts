/**
 * Where the bytes of a file go. Ranges are reserved before they are written, so that several threads can write row groups
 * of one file side by side.
 */
export interface ByteSink {
  /** The file offset of a fresh range of this many bytes. */
  reserve(bytes: number): number;
  /** Writes into a reserved range. `bytes` are valid only during the call. */
  write(offset: number, bytes: Uint8Array): void;
}
