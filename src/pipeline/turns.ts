/**
 * A number of turns that are handed out in the order in which they were asked for, one or several at a time: who waits for
 * several is not passed by those that come later and want one.
 */
export class Turns {
  readonly total: number;
  /** The most pieces of work that ran at a time. */
  most = 0;
  #running = 0;
  #free: number;
  readonly #waiting: { readonly count: number; readonly begin: () => void }[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Runs `work` when so many turns are free, at most all, and gives them back when it ends. */
  async during<T>(count: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ count, begin });
      this.#handOut();
    });
    try {
      this.most = Math.max(this.most, ++this.#running);
      return await work();
    } finally {
      this.#running--;
      this.#free += count;
      this.#handOut();
    }
  }

  #handOut(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.begin();
    }
  }
}
