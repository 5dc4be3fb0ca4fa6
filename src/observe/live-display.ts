/**
 * The live block on a terminal: draws lines, and draws over them. The cursor always rests at the end of the block's last
 * line and is never hidden, so that a process killed at any moment leaves a usable terminal.
 *
 * Between two frames the window may have become narrower, and the terminal has then wrapped our lines: the block's
 * height is computed with the width of now, not of the last frame.
 */
export interface TextStream {
  write(text: string): unknown;
}

export class LiveDisplay {
  readonly #stream: TextStream;
  readonly #columns: () => number;
  #drawn: readonly string[] = [];

  constructor(stream: TextStream, columns: () => number) {
    this.#stream = stream;
    this.#columns = columns;
  }

  /** Replaces the block. One write a frame, so that no half frame is seen; none when nothing changed. */
  draw(lines: readonly string[]): void {
    if (lines.length === this.#drawn.length && lines.every((line, i) => line === this.#drawn[i])) return;
    this.#stream.write(`${this.#clearSequence()}${lines.join('\n')}`);
    this.#drawn = lines;
  }

  /** Prints text that stays, above the block. `text` has no line feed at its end. */
  printAbove(text: string): void {
    const block = this.#drawn;
    this.#stream.write(`${this.#clearSequence()}${text}\n${block.join('\n')}`);
  }

  /** Takes the block away; the cursor stands where it began. */
  clear(): void {
    if (this.#drawn.length === 0) return;
    this.#stream.write(this.#clearSequence());
    this.#drawn = [];
  }

  /** To the first line of the block, and erase from there to the end of the screen. */
  #clearSequence(): string {
    if (this.#drawn.length === 0) return '';
    const up = this.#height() - 1;
    return `\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J`;
  }

  #height(): number {
    const columns = Math.max(1, this.#columns());
    return this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil([...line].length / columns)), 0);
  }
}
