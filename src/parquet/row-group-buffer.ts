/**
 * The compressed pages of a row group until it is complete: its place in the file can only be reserved once its size is known.
 * Small pieces are gathered into blocks of 1 MB, which are kept over row groups; a compressed body of 256 KB or more is kept as
 * it is, not copied. Whatever it took over is freed as soon as it can be.
 */
import { freeBuffer } from '../core/free-buffer.ts';

const BLOCK_BYTES = 1 << 20;
const LARGE_BYTES = 1 << 18;

export class RowGroupBuffer {
  length = 0;
  private readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  /** Those of the pieces that are no part of a block. */
  private readonly taken: Uint8Array<ArrayBuffer>[] = [];
  private readonly blocks: Uint8Array<ArrayBuffer>[] = [];
  private blocksUsed = 0;
  private block = new Uint8Array(0);
  private blockStart = 0;
  private blockEnd = 0;

  /** Takes over bytes in a buffer of their own, which is freed here. */
  take(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length < LARGE_BYTES) {
      this.push(bytes);
      freeBuffer(bytes);
      return;
    }
    this.length += bytes.length;
    this.closePiece();
    this.pieces.push(bytes);
    this.taken.push(bytes);
  }

  /** Copies the bytes, fewer than a block. */
  push(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.blockEnd + bytes.length > this.block.length) this.openBlock();
    this.block.set(bytes, this.blockEnd);
    this.blockEnd += bytes.length;
  }

  private openBlock(): void {
    this.closePiece();
    if (this.blocksUsed === this.blocks.length) this.blocks.push(new Uint8Array(BLOCK_BYTES));
    this.block = this.blocks[this.blocksUsed++]!;
    this.blockStart = 0;
    this.blockEnd = 0;
  }

  private closePiece(): void {
    if (this.blockEnd > this.blockStart) this.pieces.push(this.block.subarray(this.blockStart, this.blockEnd));
    this.blockStart = this.blockEnd;
  }

  /** Hands over the pieces in order; each is valid during the call only. */
  drain(write: (bytes: Uint8Array) => void): void {
    this.closePiece();
    for (const piece of this.pieces) write(piece);
    this.clear();
  }

  /** Lets go of the blocks, too. */
  free(): void {
    this.clear();
    for (const block of this.blocks) freeBuffer(block);
    this.blocks.length = 0;
  }

  clear(): void {
    for (const bytes of this.taken) freeBuffer(bytes);
    this.taken.length = 0;
    this.length = 0;
    this.pieces.length = 0;
    this.blocksUsed = 0;
    this.block = new Uint8Array(0);
    this.blockStart = 0;
    this.blockEnd = 0;
  }
}
