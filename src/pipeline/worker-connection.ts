/**
 * The worker's one connection to the server: opened for the first chunk, kept from chunk to chunk, and opened anew where it is
 * broken. What is read through it is the chunk reader's.
 */
import type { WasmModule } from '../core/wasm-module.ts';
import { WireKernels } from '../extract/wire/wire-kernels.ts';
import { connectError } from '../postgres/connect-error.ts';
import { ReaderConnection } from '../postgres/reader-connection.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export class WorkerConnection {
  readonly #settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes' | 'kernels'>;
  #current: ReaderConnection | null = null;
  #kernels: WireKernels | null = null;

  constructor(settings: Pick<WorkerSettings, 'connection' | 'maxRowBytes' | 'cutBytes' | 'kernels'>) {
    this.#settings = settings;
  }

  /** The connection as it is, or a new one. */
  async open(): Promise<ReaderConnection> {
    if (this.#current !== null && !this.#current.isBroken) return this.#current;
    const { connection, maxRowBytes, cutBytes, kernels } = this.#settings;
    await this.close();
    // A new one for each connection: what is read into its memory is this connection's alone.
    this.#kernels = kernels === null ? null : wireKernels(kernels);
    try {
      this.#current = await ReaderConnection.open({
        connection,
        maxRowBytes,
        cutBytes,
        buffer: this.#kernels?.buffer,
      });
    } catch (error) {
      throw connectError(error, connection);
    }
    return this.#current;
  }

  /** Of the connection as it is; null where JavaScript decodes. */
  get kernels(): WireKernels | null {
    return this.#kernels;
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

function wireKernels(module: WasmModule): WireKernels | null {
  try {
    return new WireKernels(module);
  } catch {
    // No address space for it, under a ulimit for one: JavaScript decodes, into the same vectors.
    return null;
  }
}
