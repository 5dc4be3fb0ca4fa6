/**
 * A demultiplexer between a made stream and a stand-in for `pg`: the stand-in starts an exchange where the script says, opens it for
 * rows at its RowDescription as a SliceRead does, and notes what it is given.
 */
import type { DraculaError } from '../../../src/errors.ts';
import { RowDecoder } from '../../../src/extract/wire/row-decoder.ts';
import type { WireKernels } from '../../../src/extract/wire/wire-kernels.ts';
import { Demultiplexer, type Exchange, type RowSink } from '../../../src/postgres/demultiplexer.ts';
import { type PlainValue, plainValue, type WireColumn, wireColumns } from './decode-rows.ts';

/** One conversation: rows of these columns, and this many ReadyForQuery. */
export interface ExchangeScript {
  readonly columns: readonly WireColumn[];
  readonly syncs: number;
}

export interface DemultiplexedOptions {
  /** One after the other; each begins when the one before is over. */
  readonly exchanges?: readonly ExchangeScript[];
  readonly maxRowBytes?: number;
  readonly cutBytes?: number | null;
  /** It reads into their buffer; default: JavaScript decodes, and the buffer is its own. */
  readonly wireKernels?: WireKernels | null;
}

/** Lets rows go by, one by one. */
const DISCARD: RowSink = {
  push(bytes, view, from, end) {
    const isWholeRow = end - from >= 5 && bytes[from] === 0x44 && from + 1 + view.getUint32(from + 1) <= end;
    return isWholeRow ? from + 1 + view.getUint32(from + 1) : from;
  },
};

class ScriptedExchange implements Exchange {
  rows: RowSink | null = null;
  readonly delivered: PlainValue[][] = [];
  failure: unknown = null;
  readonly #decoder: RowDecoder;
  #syncs: number;
  #errors = 0;

  constructor({ columns, syncs }: ExchangeScript, wireKernels: WireKernels | null) {
    this.#syncs = syncs;
    this.#decoder = new RowDecoder({
      columns: wireColumns(columns),
      selectsCtid: false,
      wireKernels,
      onBatch: (batch) => {
        for (let i = 0; i < batch.rows; i++) this.delivered.push(batch.columns.map((vector) => plainValue(vector, i)));
      },
      onAwkward: () => undefined,
    });
  }

  open(): void {
    this.rows ??= this.#decoder;
  }

  onReady(): boolean {
    return --this.#syncs === 0;
  }

  onError(): boolean {
    return this.#errors++ === 0;
  }

  fail(error: unknown): void {
    this.failure ??= error;
    this.rows = DISCARD;
  }
}

export class Demultiplexed {
  readonly demultiplexer: Demultiplexer;
  /** What `pg` saw: type and payload in hex, message by message. */
  readonly toPg: string[] = [];
  readonly broken: DraculaError[] = [];
  readonly #exchanges: readonly ScriptedExchange[];
  #current = 0;

  constructor({
    exchanges = [],
    maxRowBytes = 64 * 2 ** 20,
    cutBytes = null,
    wireKernels = null,
  }: DemultiplexedOptions = {}) {
    this.#exchanges = exchanges.map((script) => new ScriptedExchange(script, wireKernels));
    this.demultiplexer = new Demultiplexer({
      toPg: (message) => this.#receive(message),
      onBroken: (error) => this.broken.push(error),
      maxRowBytes,
      cutBytes,
      buffer: wireKernels?.buffer,
    });
    this.demultiplexer.exchange = this.#exchanges[0] ?? null;
  }

  /** Rows by exchange. */
  get rows(): PlainValue[][][] {
    return this.#exchanges.map(({ delivered }) => delivered);
  }

  get failures(): unknown[] {
    return this.#exchanges.map(({ failure }) => failure);
  }

  /** As a TLS socket hands over: pieces in buffers of their own, gone afterwards. */
  feed(stream: Uint8Array, sizes: readonly number[]): this {
    forPieces(stream, sizes, (piece) => {
      const own = Uint8Array.from(piece);
      this.demultiplexer.feed(own);
      own.fill(0xee);
    });
    return this;
  }

  /** As a plain socket reads: straight into the slot, as much as fits. */
  read(stream: Uint8Array, sizes: readonly number[]): this {
    forPieces(stream, sizes, (piece) => {
      for (let p = 0; p < piece.length && this.broken.length === 0; ) {
        const slot = this.demultiplexer.slot();
        const n = Math.min(slot.length, piece.length - p);
        if (n === 0) throw new Error('the socket was given no room');
        slot.set(piece.subarray(p, p + n));
        this.demultiplexer.received(n);
        p += n;
      }
    });
    return this;
  }

  flush(): this {
    this.demultiplexer.flush();
    return this;
  }

  #receive(message: Buffer): void {
    const type = message.toString('latin1', 0, 1);
    this.toPg.push(`${type}${message.toString('hex', 5)}`);
    if (type === 'T') this.#exchanges[this.#current]?.open();
    if (type === 'Z') this.demultiplexer.exchange = this.#exchanges[++this.#current] ?? null;
  }
}

function forPieces(stream: Uint8Array, sizes: readonly number[], use: (piece: Uint8Array) => void): void {
  for (let p = 0, k = 0; p < stream.length; k++) {
    const end = Math.min(stream.length, p + sizes[k % sizes.length]!);
    use(stream.subarray(p, end));
    p = end;
  }
}
