/**
 * One reused buffer in which the bodies of pages are put together; what it gave is valid until it is asked again. A page
 * beyond 4 MB (one row alone can be that large) gets a buffer of its own, which is not kept.
 */
const KEPT_BYTES = 4 << 20;

let buffer = new Uint8Array(1 << 18);

/** At least `bytes` long; the content is undefined. */
export function pageBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes > KEPT_BYTES) return new Uint8Array(bytes);
  if (buffer.length < bytes) buffer = new Uint8Array(Math.min(KEPT_BYTES, bytes + (bytes >> 1)));
  return buffer;
}
