/**
 * What a worker does with its messages (scheduler.ts draws them): reads the chunk it is given, one at a time, and owns the open
 * part that its rows go into.
 *
 * The part goes with the table: it is closed when another table is next, or on request; after an error, or when the table is
 * dropped, the part's rows are gone, and the answer names the chunks that had rows in it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunk } from '../core/copy-plan.ts';
import type { KernelMemory } from '../core/kernel-memory.ts';
import { serializeError } from '../errors.ts';
import { ChunkReader } from './chunk-reader.ts';
import { TableWriter } from './table-writer.ts';
import { WorkerConnection } from './worker-connection.ts';
import type { FromWorker, TableJob, ToWorker, WorkerSettings } from './worker-protocol.ts';

/** How long the end waits for the chunk under way. */
const END_WAIT_MS = 1_000;

interface Table {
  readonly job: TableJob;
  readonly writer: TableWriter;
}

/** The chunk under way. */
interface Reading {
  readonly table: Table;
  readonly chunk: Chunk;
  readonly reader: ChunkReader;
}

export class WorkerReader {
  readonly #settings: WorkerSettings;
  readonly #post: (message: FromWorker) => void;
  readonly #connection: WorkerConnection;
  readonly #tables = new Map<number, Table>();
  #reading: Reading | null = null;
  #idle: Promise<void> = Promise.resolve();
  /** The table whose part may be open. */
  #writing: Table | null = null;

  /** `memory`: the thread's; null where JavaScript does all. */
  constructor(settings: WorkerSettings, memory: KernelMemory | null, post: (message: FromWorker) => void) {
    this.#settings = settings;
    this.#post = post;
    this.#connection = new WorkerConnection(settings, memory);
  }

  receive(message: Exclude<ToWorker, { type: 'end' }>): void {
    switch (message.type) {
      case 'table': {
        const writer = new TableWriter(message.job, this.#settings, (part) => this.#post({ type: 'part', part }));
        this.#tables.set(message.job.jobId, { job: message.job, writer });
        return;
      }
      case 'read':
        this.#idle = this.#read(this.#tables.get(message.jobId)!, message.chunk);
        return;
      case 'yield':
        this.#yield(message.chunkId);
        return;
      case 'close-part':
        this.#closePart(this.#tables.get(message.jobId)!);
        return;
      case 'drop-table':
        this.#dropTable(message.jobId);
    }
  }

  /** Stops what is under way and hangs up. Parts that are open stay as they are: no version names them. */
  async end(): Promise<void> {
    this.#reading?.reader.drop();
    await Promise.race([this.#idle, sleep(END_WAIT_MS, undefined, { ref: false })]);
    await this.#connection.close();
    this.#post({ type: 'ended' });
  }

  #yield(chunkId: number): void {
    if (this.#reading?.chunk.id === chunkId) this.#reading.reader.yield();
  }

  #dropTable(jobId: number): void {
    const table = this.#tables.get(jobId);
    if (this.#reading !== null && this.#reading.table === table) {
      this.#reading.reader.drop();
      return;
    }
    if (table) this.#forget(table);
    this.#post({ type: 'table-dropped', jobId });
  }

  #forget(table: Table): void {
    table.writer.drop();
    this.#tables.delete(table.job.jobId);
    if (this.#writing === table) this.#writing = null;
  }

  /** Closes the part of the table; its last chunk has been read, or another table is next. */
  #closePart(table: Table): void {
    const { jobId } = table.job;
    try {
      table.writer.close();
    } catch (error) {
      this.#fail(table, null, error, false);
      return;
    }
    if (this.#writing === table) this.#writing = null;
    this.#post({ type: 'part-closed', jobId });
  }

  async #read(table: Table, chunk: Chunk): Promise<void> {
    if (this.#writing !== null && this.#writing !== table) this.#closePart(this.#writing);
    this.#writing = table;
    const { job, writer } = table;
    const [settings, connection, post] = [this.#settings, this.#connection, this.#post];
    const reader = new ChunkReader({ job, chunk, writer, connection, settings, post });
    this.#reading = { table, chunk, reader };
    try {
      await reader.readToEnd();
    } catch (error) {
      this.#reading = null;
      if (!reader.isDropped) this.#fail(table, chunk.id, error, reader.isGivenBack(error));
    }
    this.#reading = null;
    if (reader.isDropped) {
      this.#forget(table);
      this.#post({ type: 'table-dropped', jobId: job.jobId });
    }
  }

  #fail(table: Table, chunkId: number | null, error: unknown, yielded: boolean): void {
    const openPartChunkIds = table.writer.drop();
    if (this.#writing === table) this.#writing = null;
    this.#post({
      type: 'chunk-failed',
      jobId: table.job.jobId,
      chunkId,
      error: serializeError(error),
      openPartChunkIds,
      yielded,
    });
  }
}
