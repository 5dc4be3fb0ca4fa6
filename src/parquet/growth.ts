/**
 * How buffers grow: by half, but never by more than 4 MB beyond what is needed now, so that one large value does not
 * double what is held; and never by less than 64 elements.
 */
const MAX_SLACK_BYTES = 4 << 20;

function grownCapacity(capacity: number, needed: number, elementBytes: number): number {
  const slack = Math.min(Math.max(64, capacity >> 1), MAX_SLACK_BYTES / elementBytes);
  return Math.max(needed, Math.min(capacity, needed) + slack);
}

/** `buffer` when it holds `needed` bytes, else a larger one with the first `used` bytes of it. */
export function grownBytes(buffer: Uint8Array<ArrayBuffer>, used: number, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Uint8Array(grownCapacity(buffer.length, needed, 1));
  grown.set(buffer.subarray(0, used));
  return grown;
}

/** The same for 32-bit words. */
export function grownInts(buffer: Int32Array<ArrayBuffer>, used: number, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Int32Array(grownCapacity(buffer.length, needed, 4));
  grown.set(buffer.subarray(0, used));
  return grown;
}

/** The same for 16-bit codes. */
export function grownCodes(buffer: Uint16Array<ArrayBuffer>, used: number, needed: number): Uint16Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Uint16Array(grownCapacity(buffer.length, needed, 2));
  grown.set(buffer.subarray(0, used));
  return grown;
}
