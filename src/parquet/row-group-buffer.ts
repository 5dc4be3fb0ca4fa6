/**
 * The compressed pages of a row group until it is complete: its place in the file can only be reserved once its size is known.
 * Small pieces are gathered into blocks of 1 MB, which are kept over row groups; a piece of 256 KB or more is kept as it
 * is, not copied.
 */
const BLOCK_BYTES = 1 << 20;
const LARGE_BYTES = 1 << 18;

export class RowGroupBuffer {
  length = 0;
  private readonly pieces: Uint8Array[] = [];
  private readonly blocks: Uint8Array<ArrayBuffer>[] = [];
  private blocksUsed = 0;
  private block = new Uint8Array(0);
  private blockStart = 0;
  private blockEnd = 0;

  /** Takes `bytes` over: the caller does not change them afterwards. */
  push(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (bytes.length >= LARGE_BYTES) {
      this.closePiece();
      this.pieces.push(bytes);
      return;
    }
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

  /** Hands over the pieces in order. They are valid until the next `push`. */
  drain(write: (bytes: Uint8Array) => void): void {
    this.closePiece();
    for (const piece of this.pieces) write(piece);
    this.clear();
  }

  clear(): void {
    this.length = 0;
    this.pieces.length = 0;
    this.blocksUsed = 0;
    this.block = new Uint8Array(0);
    this.blockStart = 0;
    this.blockEnd = 0;
  }
}
