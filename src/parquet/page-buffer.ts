/** One reused buffer in which the bodies of pages are put together; what it gave is valid until it is asked again. */
let buffer = new Uint8Array(1 << 18);

/** At least `bytes` long; the content is undefined. */
export function pageBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  if (buffer.length < bytes) buffer = new Uint8Array(bytes + (bytes >> 2));
  return buffer;
}
