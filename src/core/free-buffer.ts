/**
 * Gives the memory of a large buffer back at once.
 *
 * V8 collects by its own measure: up to 64 MB of buffers that nobody needs may wait in each thread, and a value of 200 MB
 * waits for the next full collection. A budget cannot be kept like that, so who owns a large buffer lets go of it here.
 * Small ones are left to the collector; so are those of Node's pool, which others share.
 */
const LEAST_BYTES = Math.max(16 * 1024, Buffer.poolSize);

/** `view` and every other view of the same memory are empty afterwards: only for who owns all of it. */
export function freeBuffer(view: ArrayBufferView<ArrayBuffer>): void {
  if (view.buffer.byteLength > LEAST_BYTES) view.buffer.transfer(0);
}
