/**
 * How buffers grow: to what is needed now and half as much again, but by no more than 4 MB beyond it, so that one large
 * value does not double what is held; and by no less than 64 elements. The old buffer is freed: nobody else may hold it.
 */
import { freeBuffer } from '../core/free-buffer.ts';

const MAX_SLACK_BYTES = 4 << 20;

function grownCapacity(needed: number, elementBytes: number): number {
  return needed + Math.min(Math.max(64, needed >> 1), MAX_SLACK_BYTES / elementBytes);
}

/** `buffer` when it holds `needed` bytes, else a larger one with the first `used` bytes of it. */
export function grownBytes(buffer: Uint8Array<ArrayBuffer>, used: number, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Uint8Array(grownCapacity(needed, 1));
  grown.set(buffer.subarray(0, used));
  freeBuffer(buffer);
  return grown;
}

/** The same for 32-bit words. */
export function grownInts(buffer: Int32Array<ArrayBuffer>, used: number, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Int32Array(grownCapacity(needed, 4));
  grown.set(buffer.subarray(0, used));
  freeBuffer(buffer);
  return grown;
}

/** The same for 16-bit codes. */
export function grownCodes(buffer: Uint16Array<ArrayBuffer>, used: number, needed: number): Uint16Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const grown = new Uint16Array(grownCapacity(needed, 2));
  grown.set(buffer.subarray(0, used));
  freeBuffer(buffer);
  return grown;
}
