/**
 * A connection that reads chunks: `pg` does connect, TLS, authentication, errors and control queries; a demultiplexer in
 * front of its parser takes the rows out.
 *
 * The demultiplexer replaces `pg`'s `data` listener when the socket connects, before the server's first byte: swapping later could
 * cut a message in half. A plain socket reads straight into the demultiplexer's buffer (`onread`), which saves a third of the
 * client's CPU on the wire; TLS sockets ignore `onread` and hand over buffers of 8-16 KB.
 */
import { Socket } from 'node:net';
import type pg from 'pg';
import { DraculaError, isDraculaError } from '../errors.ts';
import { createClient } from './connect.ts';
import type { ConnectionConfig } from './connection-config.ts';
import { Demultiplexer } from './demultiplexer.ts';
import { answeredWithin, silenceWatchOf } from './silence-watch.ts';
import { type FollowingRead, SliceRead, type SliceReadOptions, type SliceReadResult } from './slice-reader.ts';

/**
 * How long a socket that delivers rows in small pieces is left to gather more. A server sends pieces of 8 KB: at 100 MB/s a
 * millisecond is 100 KB, less than the socket's own buffer, so that the server is not held up.
 */
const GATHER_MS = 1;
/** COMMIT and ROLLBACK of a transaction that only read. */
const END_ANSWER_MS = 10_000;

export interface ReaderConnectionOptions {
  readonly connection: ConnectionConfig;
  readonly maxRowBytes: number;
  /** As `DemultiplexerOptions` says. */
  readonly cutBytes: number | null;
  readonly buffer?: Buffer<ArrayBuffer> | undefined;
}

/** The parts of a `pg` client that its published types leave out. */
interface ClientInternals {
  readonly connection: { readonly stream: Socket; once(event: 'connect' | 'sslconnect', listener: () => void): void };
}

export class ReaderConnection {
  readonly #client: pg.Client;
  readonly #demultiplexer: Demultiplexer;
  #read: SliceRead | null = null;
  /** Why the connection is of no use any more. */
  #broken: unknown = null;
  #bytesRead = 0;

  private constructor(options: ReaderConnectionOptions) {
    const tls = options.connection.ssl !== false;
    this.#client = createClient(
      options.connection,
      { purpose: 'read', framing: 'own' },
      tls ? {} : { stream: () => this.#plainSocket() },
    );
    let toPg: (message: Buffer) => void = () => undefined;
    this.#demultiplexer = new Demultiplexer({
      toPg: (message) => toPg(message),
      onBroken: (error) => this.#break(error),
      maxRowBytes: options.maxRowBytes,
      cutBytes: options.cutBytes,
      buffer: options.buffer,
    });
    const { connection } = this.#client as unknown as ClientInternals;
    connection.once(tls ? 'sslconnect' : 'connect', () => {
      const { stream } = connection;
      const [listener] = stream.listeners('data') as [(message: Buffer) => void];
      stream.removeListener('data', listener);
      toPg = listener;
      if (tls) {
        stream.on('data', (chunk: Buffer) => {
          this.#bytesRead += chunk.length;
          this.#demultiplexer.feed(chunk);
        });
      }
      stream.on('close', () => this.#demultiplexer.flush());
    });
    this.#client.on('error', (error) => {
      this.#broken ??= error;
    });
  }

  /** Connects. Throws what `pg` throws: the caller maps it. */
  static async open(options: ReaderConnectionOptions): Promise<ReaderConnection> {
    const connection = new ReaderConnection(options);
    try {
      await connection.#client.connect();
    } catch (error) {
      // The next connection may be given the same buffer: nothing more is read into it from this socket.
      connection.#drop();
      throw error;
    }
    return connection;
  }

  /** True when it is of no use any more. */
  get isBroken(): boolean {
    return this.#broken !== null;
  }

  /** Bytes that came from the server. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Reads slices until the portal is at its end or `stop` was called. The transaction is left open: `end` it. */
  async read(options: SliceReadOptions): Promise<SliceReadResult> {
    this.#throwIfBroken();
    const statementTimeout = options.settings.find(([name]) => name === 'statement_timeout');
    if (statementTimeout !== undefined) silenceWatchOf(this.#client)?.bearStatement(Number(statementTimeout[1]));
    const read = new SliceRead(options, () => {
      this.#demultiplexer.exchange = read;
    });
    this.#read = read;
    try {
      this.#client.query(read as unknown as pg.Submittable);
      return await read.done;
    } catch (error) {
      throw isDraculaError(this.#broken) ? this.#broken : error;
    } finally {
      this.#read = null;
    }
  }

  /** Reads all rows of another query in the transaction that `read` left open. */
  async readOn(read: FollowingRead): Promise<SliceReadResult> {
    return this.read({
      ...read,
      place: 'follows',
      snapshotId: null,
      settings: [],
      searchPath: 'pg_catalog',
      bare: '',
      mutableTypeOids: [],
      scope: 'itself',
      expected: [],
      inFlight: 1,
      pauseMs: 0,
      onStarted: () => undefined,
    });
  }

  /** No further slice of the read under way. */
  stop(): void {
    this.#read?.stop();
  }

  /** Ends the chunk's transaction. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.#throwIfBroken();
    await answeredWithin(this.#client, END_ANSWER_MS, () => this.#client.query(how));
  }

  /** A control query, outside a read. */
  async query<R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    this.#throwIfBroken();
    return (await this.#client.query<R>(text, [...values])).rows;
  }

  /** Says goodbye; a connection that is broken or does not answer is dropped. */
  async close(): Promise<void> {
    if (this.#broken !== null) this.#drop();
    else await this.#client.end().catch(() => undefined); // The socket is gone either way.
  }

  #drop(): void {
    (this.#client as unknown as ClientInternals).connection.stream.destroy();
  }

  #plainSocket(): Socket {
    const socket = new Socket({
      onread: {
        buffer: () => this.#demultiplexer.slot(),
        callback: (bytes) => {
          this.#bytesRead += bytes;
          if (this.#demultiplexer.received(bytes)) return true;
          setTimeout(resume, GATHER_MS);
          return false;
        },
      },
    });
    const resume = () => socket.resume();
    return socket;
  }

  #break(error: DraculaError): void {
    this.#broken ??= error;
    (this.#client as unknown as ClientInternals).connection.stream.destroy(error);
  }

  #throwIfBroken(): void {
    if (this.#broken !== null) {
      throw isDraculaError(this.#broken)
        ? this.#broken
        : new DraculaError('E_CONNECTION_LOST', 'The connection to the server was lost.', {}, this.#broken);
    }
  }
}
