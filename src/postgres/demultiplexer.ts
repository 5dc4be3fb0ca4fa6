/**
 * Sits between a Postgres socket and `pg`: rows of our reads go to a sink in place, every other message whole to `pg`, which keeps
 * its state machine, its errors and the connection's reuse.
 *
 * It owns the read buffer, its own or the one it is given. A plain socket writes straight into it (`slot`, `received`); a TLS socket hands over its own buffers
 * (`feed`). A message longer than the buffer gets one of exactly its announced length, filled in place and dropped after use.
 * Small reads are let pile up to `DRAIN_BYTES` while rows stream, since decoding a few rows at a time costs more per row; a
 * ReadyForQuery at the end of what is there (the server waits for us then) is never kept waiting.
 *
 * `pg` takes a query for over at the first ReadyForQuery and at the first error. An exchange of ours has several of each in
 * flight, so the exchange says which of them `pg` may see.
 * Frame: Byte1 type, Int32 big-endian length including itself (PostgreSQL documentation, "Message Formats").
 */
import { freeBuffer } from '../core/free-buffer.ts';
import { DraculaError, type ErrorFacts, isDraculaError } from '../errors.ts';
import { endsWithItsFields } from './error-fields.ts';

const HEADER_BYTES = 5;
const DATA_ROW = 0x44;
const READY_FOR_QUERY = 0x5a;
const ERROR_RESPONSE = 0x45;
const NOTICE_RESPONSE = 0x4e;
/** Every message that a server of protocol 3 sends: A B? C D E G H I K N R S T V W Z c d n s t v 1 2 3. */
const KNOWN_TYPES = new Set([...'ACDEGHIKNRSTVWZcdnstv123'].map((c) => c.charCodeAt(0)));
/** Beyond this a message other than a row is garbage: a RowDescription of 1,664 columns has 150 kB. */
const CONTROL_LIMIT_BYTES = 16 * 2 ** 20;

const BUFFER_BYTES = 512 * 1024;
/** Less room than this at the buffer's end, and what is left of a row moves to its front. */
const READ_BYTES = 64 * 1024;
const DRAIN_BYTES = 128 * 1024;

/** Takes rows in place: consumes whole DataRow messages of bytes[from .. end) and returns where it stopped. */
export interface RowSink {
  push(bytes: Uint8Array, view: DataView, from: number, end: number): number;
  /** A row longer than the read buffer is coming; its memory has not been taken yet. May throw as `push` may. */
  beforeLargeRow?(bytes: number): void;
  /** The memory of the row that came has been given back. */
  afterLargeRow?(): void;
}

/** One of our conversations with the server, from its first message to its last ReadyForQuery. */
export interface Exchange {
  /** Where rows go now; null: to `pg`, like everything else. */
  readonly rows: RowSink | null;
  /** A ReadyForQuery came with this transaction status; true when `pg` may see it. */
  onReady(status: 'I' | 'T' | 'E'): boolean;
  /** An ErrorResponse came; true when `pg` may see it. */
  onError(): boolean;
  /** The sink threw: `rows` is another sink from now on, which lets the rest go by. */
  fail(error: unknown): void;
}

export interface DemultiplexerOptions {
  /** Where whole messages go. */
  readonly toPg: (message: Buffer) => void;
  /** The stream makes no sense any more: the connection must be closed. */
  readonly onBroken: (error: DraculaError) => void;
  /** Longest row that memory allows. */
  readonly maxRowBytes: number;
  /** For tests: what comes is taken in pieces of 1, 2, … this many bytes, over and over. Null: as it comes. */
  readonly cutBytes: number | null;
  /** What is read into, all of it this connection's as long as it is open. Without it: 512 KB of its own. */
  readonly buffer?: Buffer<ArrayBuffer> | undefined;
}

export class Demultiplexer {
  readonly #options: DemultiplexerOptions;
  readonly #base: Buffer<ArrayBuffer>;
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView;
  #start = 0;
  #end = 0;
  /** All that ever came. */
  #received = 0;
  #exchange: Exchange | null = null;
  #broken = false;
  /** Bytes of the last piece, for tests. */
  #piece = 0;

  constructor(options: DemultiplexerOptions) {
    this.#options = options;
    this.#base = options.buffer ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#bytes = this.#base;
    this.#view = viewOf(this.#base);
  }

  /** From now on rows and readiness are this exchange's; null: all is `pg`'s. */
  set exchange(exchange: Exchange | null) {
    this.#exchange = exchange;
  }

  /** Where the socket may write next. */
  slot(): Buffer {
    return this.#bytes.subarray(this.#end);
  }

  /**
   * The socket wrote `count` bytes into the slot. False when rows stream in small pieces, and reading had better wait until
   * more of them are there: each read costs a system call and a wake-up, whatever it brings.
   */
  received(count: number): boolean {
    if (this.#options.cutBytes !== null) {
      this.#copyInPieces(Buffer.from(this.#bytes.subarray(this.#end, this.#end + count)), this.#options.cutBytes);
      return true;
    }
    this.#end += count;
    this.#received += count;
    if (this.#mayWait()) return count >= READ_BYTES;
    const streams = this.#streams && !this.#endsReady();
    this.#drain();
    return !streams || count >= READ_BYTES;
  }

  /** Bytes that came in a buffer of the socket's own. */
  feed(chunk: Uint8Array): void {
    if (this.#options.cutBytes !== null) this.#copyInPieces(chunk, this.#options.cutBytes);
    else this.#copyIn(chunk);
  }

  /** The socket closed: what is there is all there will be. */
  flush(): void {
    this.#drain();
  }

  #copyInPieces(chunk: Uint8Array, longest: number): void {
    for (let p = 0; p < chunk.length && !this.#broken; p += this.#piece) {
      this.#piece = (this.#piece % longest) + 1;
      this.#copyIn(chunk.subarray(p, p + this.#piece));
    }
  }

  #copyIn(chunk: Uint8Array): void {
    for (let p = 0; p < chunk.length && !this.#broken; ) {
      const slot = this.slot();
      const n = Math.min(chunk.length - p, slot.length);
      slot.set(chunk.subarray(p, p + n));
      p += n;
      this.#end += n;
      this.#received += n;
      if (!this.#mayWait()) this.#drain();
    }
  }

  /** Rows of ours are under way. */
  get #streams(): boolean {
    return this.#exchange !== null && this.#exchange.rows !== null;
  }

  /** While rows stream, wait for more of them, unless the server waits for us or the buffer is full. */
  #mayWait(): boolean {
    if (!this.#streams || this.#options.cutBytes !== null) return false;
    if (this.#end - this.#start >= DRAIN_BYTES || this.#bytes.length - this.#end < READ_BYTES) return false;
    return !this.#endsReady();
  }

  /** The last bytes are a ReadyForQuery: the server waits for us. (A value that looks like one does no harm.) */
  #endsReady(): boolean {
    const z = this.#end - 6;
    return z >= this.#start && this.#bytes[z] === READY_FOR_QUERY && this.#view.getUint32(z + 1) === 5;
  }

  #drain(): void {
    while (!this.#broken && this.#end - this.#start >= HEADER_BYTES) {
      const type = this.#bytes[this.#start]!;
      const sink = type === DATA_ROW ? (this.#exchange?.rows ?? null) : null;
      if (!(sink === null ? this.#passMessage(type) : this.#passRows(sink))) break;
    }
    this.#makeRoom();
  }

  /** Rows to their sink. False when the next one is not whole yet. */
  #passRows(sink: RowSink): boolean {
    const next = this.#push(sink);
    if (this.#broken) return false;
    const moved = next > this.#start;
    this.#start = next;
    if (moved || !this.#isWhole(this.#options.maxRowBytes)) return moved;
    // A sink that threw has been replaced. One that leaves a whole row where it is would be asked about it for ever.
    if (this.#exchange?.rows === sink) this.#break('A row too short for its number of fields came from the server.');
    return !this.#broken;
  }

  #push(sink: RowSink): number {
    try {
      return sink.push(this.#bytes, this.#view, this.#start, this.#end);
    } catch (error) {
      this.#exchange?.fail(error);
      // The rest of a row that contradicts itself would be waited for, maybe for ever.
      if (isDraculaError(error, 'E_WIRE') && (error.facts.byteOffset ?? 0) >= this.#endOfWholeRows()) {
        this.#broken = true;
        this.#options.onBroken(error);
      }
      return this.#start;
    }
  }

  #endOfWholeRows(): number {
    let p = this.#start;
    while (p + HEADER_BYTES <= this.#end && this.#bytes[p] === DATA_ROW) {
      const next = p + 1 + this.#view.getUint32(p + 1);
      if (next > this.#end) break;
      p = next;
    }
    return p;
  }

  /** One message to `pg`. False when it is not whole yet. */
  #passMessage(type: number): boolean {
    if (!KNOWN_TYPES.has(type)) {
      this.#break(`A message of unknown type ${type} came from the server.`);
      return false;
    }
    if (!this.#isWhole(type === DATA_ROW ? this.#options.maxRowBytes : CONTROL_LIMIT_BYTES)) return false;
    const total = 1 + this.#view.getUint32(this.#start + 1);
    const message = Buffer.from(this.#bytes.subarray(this.#start, this.#start + total));
    if ((type === ERROR_RESPONSE || type === NOTICE_RESPONSE) && !endsWithItsFields(message)) {
      this.#break('An error message whose fields do not end came from the server.');
      return false;
    }
    this.#start += total;
    const exchange = this.#exchange;
    if (exchange !== null) {
      if (type === ERROR_RESPONSE && !exchange.onError()) return true;
      if (type === READY_FOR_QUERY) {
        if (!exchange.onReady(String.fromCharCode(message[5] ?? 0) as 'I' | 'T' | 'E')) return true;
        this.#exchange = null;
      }
    }
    this.#options.toPg(message);
    return true;
  }

  /** Whether the message at the start is here to its end; if it never can be, the buffer changes for one that holds it. */
  #isWhole(limitBytes: number): boolean {
    if (this.#end - this.#start < HEADER_BYTES) return false;
    const length = this.#view.getUint32(this.#start + 1);
    const total = 1 + length;
    if (length < 4) {
      this.#break(`A message of length ${length} came from the server.`);
      return false;
    }
    if (total > limitBytes) {
      if (this.#bytes[this.#start] === DATA_ROW)
        this.#break(
          `A row of ${total} bytes was announced; at most ${limitBytes} fit into the memory budget.`,
          'E_VALUE_TOO_LARGE',
          { rowBytes: total },
        );
      else this.#break(`A message of ${total} bytes that is no row was announced, which no server sends.`);
      return false;
    }
    if (this.#end - this.#start >= total) return true;
    if (total > this.#bytes.length) this.#growFor(total);
    return false;
  }

  /** A buffer of exactly the message, so that nothing behind it is read into it. */
  #growFor(total: number): void {
    if (this.#bytes[this.#start] === DATA_ROW) this.#tellSink((sink) => sink.beforeLargeRow?.(total));
    const larger = Buffer.allocUnsafeSlow(total);
    this.#bytes.copy(larger, 0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }

  /** The socket writes into the next slot, which it asks for after this. */
  #dropLarge(): void {
    freeBuffer(this.#bytes);
    this.#bytes = this.#base;
    this.#view = viewOf(this.#base);
    this.#tellSink((sink) => sink.afterLargeRow?.());
  }

  #tellSink(tell: (sink: RowSink) => void): void {
    const exchange = this.#exchange;
    if (exchange === null || exchange.rows === null) return;
    try {
      tell(exchange.rows);
    } catch (error) {
      exchange.fail(error);
    }
  }

  #makeRoom(): void {
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
      if (this.#bytes !== this.#base) this.#dropLarge();
    } else if (this.#bytes.length - this.#end < READ_BYTES && this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
  }

  #break(
    message: string,
    code: 'E_PROTOCOL' | 'E_VALUE_TOO_LARGE' = 'E_PROTOCOL',
    facts: Pick<ErrorFacts, 'rowBytes'> = {},
  ): void {
    this.#broken = true;
    this.#options.onBroken(
      new DraculaError(code, `${message} The connection is closed; what was being read is dropped.`, {
        ...facts,
        byteOffset: this.#received - (this.#end - this.#start),
      }),
    );
  }
}

function viewOf(bytes: Buffer<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
