/**
 * The worker's one connection to the server: opened for the first chunk, kept from chunk to chunk, and opened anew where it is
 * broken. What is read through it is the chunk reader's.
 */
import type { KernelMemory } from '../core/kernel-memory.ts';
import { WireKernels } from '../extract/wire/wire-kernels.ts';
import { connectError } from '../postgres/connect-error.ts';
import { ReaderConnection } from '../postgres/reader-connection.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export class WorkerConnection {
  readonly #settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes'>;
  /**
   * What is read stands in their memory; null where JavaScript decodes. One for all connections, of which there is one at a time: nothing
   * is read from a socket any more that was destroyed.
   */
  readonly kernels: WireKernels | null;
  #current: ReaderConnection | null = null;

  constructor(settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes'>, memory: KernelMemory | null) {
    this.#settings = settings;
    this.kernels = memory === null ? null : new WireKernels(memory);
  }

  /** The connection as it is, or a new one. */
  async open(): Promise<ReaderConnection> {
    if (this.#current !== null && !this.#current.isBroken) return this.#current;
    const { connection, maxRowBytes, cutBytes } = this.#settings;
    await this.close();
    try {
      this.#current = await ReaderConnection.open({
        connection,
        maxRowBytes,
        cutBytes,
        buffer: this.kernels?.buffer,
      });
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
