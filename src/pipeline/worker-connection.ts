/**
 * The worker's one connection to the server: opened for the first chunk, kept from chunk to chunk, and opened anew where it is
 * broken. What is read through it is the chunk reader's.
 */
import { connectError } from '../postgres/connect-error.ts';
import { ReaderConnection } from '../postgres/reader-connection.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export class WorkerConnection {
  readonly #settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes'>;
  #current: ReaderConnection | null = null;

  constructor(settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes'>) {
    this.#settings = settings;
  }

  /** The connection as it is, or a new one. */
  async open(): Promise<ReaderConnection> {
    if (this.#current !== null && !this.#current.isBroken) return this.#current;
    const { connection, maxRowBytes, cutBytes } = this.#settings;
    await this.close();
    try {
      this.#current = await ReaderConnection.open({ connection, maxRowBytes, cutBytes });
    } catch (error) {
      throw connectError(error, connection);
    }
    return this.#current;
  }

  /** No further slice of the read under way. */
  stop(): void {
    this.#current?.stop();
  }

  /** Ends the transaction after an error; a connection that cannot even do that is given up. */
  async rollBack(): Promise<void> {
    try {
      await this.#current?.end('ROLLBACK');
    } catch {
      // The server drops the transaction with the connection.
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = null;
  }
}
