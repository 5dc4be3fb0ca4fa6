/**
 * A terminal as far as the live display uses one: text with line wrap, line feed, carriage return, cursor up, erase to the
 * end. Any other control is an error, so that a test sees what the display would leave on a real one.
 */
export class TerminalScreen {
  readonly columns: number;
  readonly writes: string[] = [];
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string): boolean {
    this.writes.push(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's controls are what it takes apart.
    for (const [token] of text.matchAll(/\x1b\[\d*[A-Za-z]|./gsu)) this.#take(token);
    return true;
  }

  /** What a person sees, without blanks at the ends. */
  get text(): string {
    return this.#lines
      .map((line) => line.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Where the cursor stands, from 0. */
  get cursor(): readonly [row: number, column: number] {
    return [this.#row, this.#column];
  }

  #take(token: string): void {
    if (token === '\n') this.#goTo(this.#row + 1, 0);
    else if (token === '\r') this.#column = 0;
    else if (token === '\x1b[J') this.#erase();
    else if (token.startsWith('\x1b[') && token.endsWith('A'))
      this.#goTo(Math.max(0, this.#row - Number(token.slice(2, -1))), this.#column);
    else if (token.startsWith('\x1b') || token < ' ') throw new Error(`unexpected control ${JSON.stringify(token)}`);
    else this.#put(token);
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#goTo(this.#row + 1, 0);
    const line = this.#lines[this.#row]!;
    while (line.length < this.#column) line.push(' ');
    line[this.#column++] = character;
  }

  #goTo(row: number, column: number): void {
    while (this.#lines.length <= row) this.#lines.push([]);
    this.#row = row;
    this.#column = column;
  }

  #erase(): void {
    this.#lines = this.#lines.slice(0, this.#row + 1);
    this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
  }
}
