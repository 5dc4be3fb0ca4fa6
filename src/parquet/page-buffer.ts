/**
 * Reused buffers in which the bodies of pages are put together; what one gave is valid until it is asked again. A page
 * beyond 4 MB (one row alone can be that large) gets a buffer of its own, which is not kept.
 */
const KEPT_BYTES = 4 << 20;

function createBuffer(atFirst: number): (bytes: number) => Uint8Array<ArrayBuffer> {
  let buffer = new Uint8Array(atFirst);
  return (bytes) => {
    if (bytes > KEPT_BYTES) return new Uint8Array(bytes);
    if (buffer.length < bytes) buffer = new Uint8Array(Math.min(KEPT_BYTES, bytes + (bytes >> 1)));
    return buffer;
  };
}

/** At least `bytes` long; the content is undefined. */
export const pageBuffer = createBuffer(1 << 18);

/** The same, for what a page is made from. */
export const scratchBuffer = createBuffer(0);
