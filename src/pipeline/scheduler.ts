/**
 * Follows each table of a group to its commit or its failure, by what it and the workers tell each other:
 *
 *   main thread               worker
 *   table, read         ->                        once for each table, and for each chunk
 *                       <-    chunk-started       the server knows the transaction
 *                       <-    progress, part      at times; a part that is full
 *   yield               ->                        somebody waits: the transaction ends after this slice
 *                       <-    chunk-yielded       and the rest follows in a new one
 *                       <-    chunk-done          all rows are in parts, the last of which may be open
 *                       <-    chunk-failed        they are not, and the open part is gone: failed-chunk.ts says what follows
 *   close-part          ->                        all chunks of the table are read, or (unasked) another table is next
 *                       <-    part, part-closed   or chunk-failed, without a chunk
 *   drop-table          ->                        the table fails, or starts anew
 *                       <-    table-dropped       once the worker has nothing of it
 *
 * A table is committed when all its chunks are read and all its parts are closed. Everything happens on the main thread, by
 * messages: there is no other concurrency in here. `end` and `ended` are worker-pool.ts's.
 */
import { DraculaError } from '../errors.ts';
import { ChunkDispatcher, type ChunkDispatcherOptions } from './chunk-dispatcher.ts';
import { consequenceOf, type FailedChunk } from './failed-chunk.ts';
import { withColumnAsText } from './guessed-decimal.ts';
import { Reader, type RunningRead } from './reader.ts';
import { type Fruitless, FruitlessLosses } from './retry-policy.ts';
import type { TableCopy, TableState } from './table-copy.ts';
import { TableEndings, type TableEndingsOptions } from './table-endings.ts';
import type { WorkerLink } from './worker-pool.ts';
import type { FromWorker } from './worker-protocol.ts';

export interface SchedulerOptions
  extends Omit<ChunkDispatcherOptions, 'readers' | 'fail'>,
    Pick<TableEndingsOptions, 'failFast' | 'commit'> {
  readonly numericDeclared: boolean;
  readonly nextJobId: () => number;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #readers = new Map<number, Reader>();
  readonly #endings: TableEndings;
  readonly #dispatcher: ChunkDispatcher;
  #yields = 0;
  readonly #losses = new FruitlessLosses();

  constructor(options: SchedulerOptions) {
    const { tables, failFast, commit, describeJob, admit, onEvent } = options;
    const [readers, holdersOf] = [this.#readers, (table: TableCopy) => this.#holdersOf(table)];
    const fail = (table: TableCopy, error: unknown) => this.#endings.fail(table, error);
    this.#options = options;
    this.#endings = new TableEndings({ tables, failFast, holdersOf, commit, onEvent });
    this.#dispatcher = new ChunkDispatcher({ tables, readers, describeJob, admit, fail, onEvent });
  }

  addWorker(link: WorkerLink): void {
    this.#readers.set(link.id, new Reader(link));
  }

  /** Resolves when every table has been committed or has failed. */
  async run(): Promise<void> {
    this.#dispatcher.assignAll();
    await this.#endings.allEnded();
    this.#dispatcher.close();
  }

  /** Chunks that were given back for somebody who waited. */
  get yields(): number {
    return this.#yields;
  }

  /** The transactions that are open now; of tables in this state only, when one is given. */
  running(state?: TableState): RunningRead[] {
    return [...this.#readers.values()].flatMap((reader) => reader.running(state));
  }

  /** Somebody waits for this chunk's lock: it ends its transaction after the slice under way. */
  yieldChunk({ workerId, chunkId }: RunningRead): void {
    this.#readers.get(workerId)?.yieldChunk(chunkId);
  }

  /** Fails every table that is not committed yet. */
  failAll(error: unknown): void {
    this.#endings.failAll(error);
  }

  /** Fails every table that still has chunks nobody is reading: their snapshot is gone. */
  failUnread(error: unknown): void {
    for (const table of this.#options.tables) if (table.ledger.pending > 0) this.#endings.fail(table, error);
    // What is being read now goes on in its own transaction; what has to be read again fails when it says so.
  }

  /** Workers did not let go in time: what they hold of a table is taken as dropped. The caller ends them. */
  abandonWorkers(): void {
    const gone = [...this.#readers.values()];
    this.#readers.clear();
    this.#endings.lost(gone);
  }

  /** A worker thread died; what it had is lost, and the run cannot be trusted to go on without it. */
  workerDied(workerId: number, error: DraculaError): void {
    const reader = this.#readers.get(workerId);
    this.#readers.delete(workerId);
    this.#endings.failAll(error);
    if (reader) this.#endings.lost([reader]);
  }

  receive(workerId: number, message: FromWorker): void {
    const reader = this.#readers.get(workerId);
    if (!reader) return;
    switch (message.type) {
      case 'chunk-started':
        reader.begin(message.transaction, performance.now());
        return;
      case 'progress':
        this.#progress(message);
        return;
      case 'chunk-yielded':
        this.#yields++;
        reader.transaction = null;
        return;
      case 'chunk-done':
        this.#chunkDone(reader, message);
        return;
      case 'part':
        this.#tableOf(message.part.jobId)?.ledger.addPart(message.part);
        return;
      case 'part-closed':
        this.#partClosed(reader, message.jobId);
        return;
      case 'chunk-failed':
        this.#chunkFailed(reader, message);
        return;
      case 'table-dropped':
        this.#dropped(reader, message.jobId);
        return;
      case 'ended':
    }
  }

  #tableOf(jobId: number): TableCopy | undefined {
    return this.#options.tables.find((table) => table.jobId === jobId);
  }

  #holdersOf(table: TableCopy): Reader[] {
    return [...this.#readers.values()].filter((reader) => reader.openTables.has(table));
  }

  #progress(message: Extract<FromWorker, { type: 'progress' }>): void {
    const table = this.#tableOf(message.jobId);
    if (table === undefined || table.state !== 'reading') return;
    table.progress(message);
    const { rows, wireBytes, fraction } = table;
    this.#options.onEvent({ type: 'table-progress', dataset: table.plan.dataset, rows, wireBytes, fraction });
  }

  #chunkDone(reader: Reader, message: Extract<FromWorker, { type: 'chunk-done' }>): void {
    reader.release();
    const table = this.#tableOf(message.jobId);
    if (table?.state === 'reading') {
      table.finishChunk(message);
      this.#losses.finished(table, table.ledger.doneChunks);
      this.#finishTable(table);
    }
    this.#dispatcher.assign(reader);
  }

  /** All chunks are read: the parts are closed, then the table is committed. */
  #finishTable(table: TableCopy): void {
    if (table.state !== 'reading' || !table.ledger.chunksDone) return;
    const holders = this.#holdersOf(table);
    if (holders.length === 0) void this.#endings.commit(table);
    for (const reader of holders) if (reader.isFree) reader.closePart(table);
  }

  #partClosed(reader: Reader, jobId: number): void {
    reader.closed();
    const table = this.#tableOf(jobId);
    if (table !== undefined) {
      reader.forget(table);
      this.#finishTable(table);
    }
    this.#dispatcher.assign(reader);
  }

  /** Of the chunk under way, or of a part that could not be closed: then the worker may be reading another table by now. */
  #chunkFailed(reader: Reader, message: FailedChunk): void {
    if (message.chunkId !== null && reader.isReading(message.chunkId)) reader.release();
    reader.closed();
    const table = this.#tableOf(message.jobId);
    if (table !== undefined) reader.forget(table);
    if (table?.state === 'dropping') this.#dropped(reader, message.jobId);
    else if (table?.state === 'reading') this.#afterFailure(table, message);
    this.#dispatcher.assign(reader);
  }

  #afterFailure(table: TableCopy, failed: FailedChunk): void {
    if (failed.yielded) this.#yields++;
    const fruitless = this.#losses.failed(failed.error.code, performance.now());
    // A connection that has held all the while says that the path does: what breaks the others is their own.
    const holds =
      fruitless !== null && [...this.#readers.values()].some((each) => each.hasReadSince(fruitless.sinceMs));
    if (fruitless !== null && !holds) {
      this.#endings.failAll(pathDoesNotHold(fruitless, failed));
      return;
    }
    const what = consequenceOf(table, failed, this.#options.numericDeclared);
    if (what.kind === 'read-as-text') this.#readAsText(table, what.column);
    else if (what.kind === 'fail') this.#endings.fail(table, what.error);
    else {
      for (const part of table.failChunk(what.chunkId, failed.openPartChunkIds)) void table.target.removePart(part);
      this.#options.onEvent({ type: 'table-retried', dataset: table.plan.dataset, reason: what.reason });
      this.#dispatcher.rest(table, what.delayMs);
    }
  }

  #readAsText(table: TableCopy, column: string): void {
    const { dataset } = table.plan;
    this.#endings.drop(table, () => {
      for (const part of table.ledger.parts) void table.target.removePart(part);
      table.restart(withColumnAsText(table.plan, column), this.#options.nextJobId());
      this.#options.onEvent({
        type: 'table-retried',
        dataset,
        reason: `column ${column} holds a numeric that decimal(38,18) cannot: it is read again as text`,
      });
      this.#dispatcher.assignAll();
    });
  }

  #dropped(reader: Reader, jobId: number): void {
    const table = this.#tableOf(jobId);
    if (table === undefined) return;
    reader.dropped(table);
    this.#endings.dropped(table, reader);
    this.#dispatcher.assign(reader);
  }
}

function pathDoesNotHold({ losses, sinceMs }: Fruitless, failed: FailedChunk) {
  const seconds = Math.round((performance.now() - sinceMs) / 1000);
  return new DraculaError(
    'E_CONNECTION_LOST',
    `Connections to the server were lost ${losses} times in ${seconds} s, and no table came further in between: the path does not hold. The last loss: ${failed.error.message} What was published before stays; the other tables are not read.`,
  );
}
