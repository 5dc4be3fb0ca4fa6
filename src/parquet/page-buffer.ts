/**
 * Reused buffers in which pages and their levels are put together; what one gave is valid until it is asked again. A page
 * beyond what a buffer keeps (one row alone can be that large) gets memory of its own, which is freed when the next is asked for,
 * or by `freeLargePages`.
 */
import { freeBuffer } from '../core/free-buffer.ts';

const KEPT_PAGE_BYTES = 4 << 20;
const KEPT_LEVEL_BYTES = 1 << 20;

class ReusedBuffer {
  readonly #keptBytes: number;
  #kept: Uint8Array<ArrayBuffer>;
  #large: Uint8Array<ArrayBuffer> | null = null;

  constructor(atFirst: number, keptBytes: number) {
    this.#kept = new Uint8Array(atFirst);
    this.#keptBytes = keptBytes;
  }

  give(bytes: number): Uint8Array<ArrayBuffer> {
    this.freeLarge();
    if (bytes > this.#keptBytes) {
      this.#large = new Uint8Array(bytes);
      return this.#large;
    }
    if (this.#kept.length < bytes) this.#kept = new Uint8Array(Math.min(this.#keptBytes, bytes + (bytes >> 1)));
    return this.#kept;
  }

  freeLarge(): void {
    if (this.#large !== null) freeBuffer(this.#large);
    this.#large = null;
  }
}

const pages = new ReusedBuffer(1 << 18, KEPT_PAGE_BYTES);
const scratch = new ReusedBuffer(0, KEPT_PAGE_BYTES);
const levels = new ReusedBuffer(1 << 16, KEPT_LEVEL_BYTES);

/** At least `bytes` long; the content is undefined. */
export function pageBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  return pages.give(bytes);
}

/** The same, for what a page is made from. */
export function scratchBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  return scratch.give(bytes);
}

/** The same, for levels. */
export function levelBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  return levels.give(bytes);
}

/** A page that is written needs its memory no more. */
export function freeLargePages(): void {
  for (const buffer of [pages, scratch, levels]) buffer.freeLarge();
}
