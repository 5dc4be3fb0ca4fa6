/**
 * Hands chunks to workers and follows each table to its commit or its failure.
 *
 * Rules: a worker stays with its table while that has chunks; large tables come first. A chunk that failed is read again where
 * retry-policy.ts says so, with every part that held its rows dropped; else its table fails, the workers let go of it, and the others go on.
 * A table is committed when all its chunks are read and all its parts are closed. Everything happens on the main
 * thread, by messages: there is no other concurrency in here.
 */
import { formatTable } from '../core/identifiers.ts';
import type { RunEventListener } from '../core/run-event.ts';
import {
  DraculaError,
  deserializeError,
  isDraculaError,
  type SerializedError,
  serializeError,
  toDraculaError,
} from '../errors.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import { refutesGuess, withColumnAsText } from './guessed-decimal.ts';
import { retryDelayMs, yieldDelayMs } from './retry-policy.ts';
import { stoppedBy, type TableCopy, type TableState } from './table-copy.ts';
import type { Committed } from './target.ts';
import type { WorkerLink } from './worker-pool.ts';
import type { FromWorker, TableJob } from './worker-protocol.ts';

export interface SchedulerOptions {
  readonly tables: readonly TableCopy[];
  readonly failFast: boolean;
  readonly numericDeclared: boolean;
  readonly nextJobId: () => number;
  /** What the workers need to know of a table, for its job id of now. */
  readonly describeJob: (table: TableCopy) => TableJob;
  /** Commits the table; its rows are all in its parts. */
  readonly commit: (table: TableCopy) => Promise<Committed>;
  /** Throws when the table should not be started any more. */
  readonly admit: (table: TableCopy) => void;
  readonly onEvent: RunEventListener;
}

/** A worker as the scheduler sees it. */
interface Reader {
  readonly link: WorkerLink;
  readonly knows: Set<number>;
  /** Tables of which it may have an open part. */
  readonly open: Set<TableCopy>;
  busy: { readonly table: TableCopy; readonly chunkId: number } | null;
  transaction: BackendTransaction | null;
  closing: boolean;
}

/** A reader's transaction, for whoever watches the server. */
export interface RunningRead {
  readonly workerId: number;
  readonly chunkId: number;
  readonly dataset: string;
  readonly transaction: BackendTransaction;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #readers = new Map<number, Reader>();
  /** Workers that still have to let go of a table, and what happens then. */
  readonly #drops = new Map<TableCopy, { readonly waiting: Set<Reader>; readonly then: () => void }>();
  readonly #done: Promise<void>;
  #settle!: () => void;
  #yields = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  addWorker(link: WorkerLink): void {
    this.#readers.set(link.id, {
      link,
      knows: new Set(),
      open: new Set(),
      busy: null,
      transaction: null,
      closing: false,
    });
  }

  /** Resolves when every table has been committed or has failed. */
  async run(): Promise<void> {
    this.#assignAll();
    this.#checkDone();
    await this.#done;
  }

  /** Chunks that were given back for somebody who waited. */
  get yields(): number {
    return this.#yields;
  }

  /** The transactions that are open now; of tables in this state only, when one is given. */
  running(state?: TableState): RunningRead[] {
    return [...this.#readers.values()].flatMap(({ link, busy, transaction }) =>
      busy !== null && transaction !== null && (state === undefined || busy.table.state === state)
        ? [{ workerId: link.id, chunkId: busy.chunkId, dataset: busy.table.plan.dataset, transaction }]
        : [],
    );
  }

  /** Somebody waits for this chunk's lock: it ends its transaction after the slice under way. */
  yieldChunk({ workerId, chunkId }: RunningRead): void {
    this.#readers.get(workerId)?.link.send({ type: 'yield', chunkId });
  }

  /** Fails every table that is not committed yet. */
  failAll(error: unknown): void {
    for (const table of this.#options.tables) this.fail(table, error);
  }

  /** Fails every table that still has chunks nobody is reading: their snapshot is gone. */
  failUnread(error: unknown): void {
    for (const table of this.#options.tables) if (table.ledger.pending > 0) this.fail(table, error);
    // What is being read now goes on in its own transaction; what has to be read again fails when it says so.
  }

  /** Workers did not let go in time: what they hold of a table is taken as dropped. The caller ends them. */
  abandonWorkers(): void {
    this.#readers.clear();
    for (const [table, { waiting }] of [...this.#drops]) {
      waiting.clear();
      this.#checkDropped(table);
    }
  }

  receive(workerId: number, message: FromWorker): void {
    const reader = this.#readers.get(workerId);
    if (!reader) return;
    switch (message.type) {
      case 'chunk-started':
        reader.transaction = message.transaction;
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

  /** A worker thread died; what it had is lost, and the run cannot be trusted to go on without it. */
  workerDied(workerId: number, error: DraculaError): void {
    this.#readers.delete(workerId);
    for (const drop of this.#drops.values())
      for (const reader of drop.waiting) if (reader.link.id === workerId) drop.waiting.delete(reader);
    this.failAll(error);
    for (const table of [...this.#drops.keys()]) this.#checkDropped(table);
  }

  #tableOf(jobId: number): TableCopy | undefined {
    return this.#options.tables.find((table) => table.jobId === jobId);
  }

  // Handing out.

  #assignAll(): void {
    for (const reader of this.#readers.values()) this.#assign(reader);
  }

  #assign(reader: Reader): void {
    if (reader.busy !== null || reader.closing) return;
    const table = this.#next(reader);
    if (table === undefined) return;
    if (table.state === 'waiting' && !this.#start(table)) {
      this.#assign(reader);
      return;
    }
    const chunk = table.ledger.take();
    if (chunk === undefined) return;
    if (!reader.knows.has(table.jobId)) {
      reader.knows.add(table.jobId);
      reader.link.send({ type: 'table', job: this.#options.describeJob(table) });
    }
    reader.open.add(table);
    reader.busy = { table, chunkId: chunk.id };
    reader.link.send({ type: 'read', jobId: table.jobId, chunk });
  }

  #next(reader: Reader): TableCopy | undefined {
    const hasWork = (table: TableCopy) =>
      (table.state === 'reading' || table.state === 'waiting') && table.resting === 0 && table.ledger.pending > 0;
    return [...reader.open].find(hasWork) ?? this.#options.tables.find(hasWork);
  }

  #start(table: TableCopy): boolean {
    try {
      table.target.lost?.throwIfAborted();
      this.#options.admit(table);
    } catch (error) {
      this.fail(table, error);
      return false;
    }
    table.start();
    const { dataset, estimatedRows, sourceBytes } = table.plan;
    this.#options.onEvent({ type: 'table-started', dataset, estimatedRows, sourceBytes });
    table.target.lost?.addEventListener('abort', () => this.fail(table, table.target.lost?.reason), { once: true });
    return true;
  }

  // What workers tell.

  #progress(message: Extract<FromWorker, { type: 'progress' }>): void {
    const table = this.#tableOf(message.jobId);
    if (table === undefined || table.state !== 'reading') return;
    table.progress(message);
    const { rows, wireBytes, fraction } = table;
    this.#options.onEvent({ type: 'table-progress', dataset: table.plan.dataset, rows, wireBytes, fraction });
  }

  #chunkDone(reader: Reader, message: Extract<FromWorker, { type: 'chunk-done' }>): void {
    this.#release(reader);
    const table = this.#tableOf(message.jobId);
    if (table?.state === 'reading') {
      table.finishChunk(message);
      this.#finishTable(table);
    }
    this.#assign(reader);
  }

  #release(reader: Reader): void {
    reader.busy = null;
    reader.transaction = null;
  }

  /** All chunks are read: the parts are closed, then the table is committed. */
  #finishTable(table: TableCopy): void {
    if (table.state !== 'reading' || !table.ledger.chunksDone) return;
    const holders = [...this.#readers.values()].filter((reader) => reader.open.has(table));
    if (holders.length === 0) void this.#commit(table);
    for (const reader of holders) {
      if (reader.busy !== null || reader.closing) continue;
      reader.closing = true;
      reader.link.send({ type: 'close-part', jobId: table.jobId });
    }
  }

  #partClosed(reader: Reader, jobId: number): void {
    reader.closing = false;
    const table = this.#tableOf(jobId);
    if (table !== undefined) {
      reader.open.delete(table);
      this.#finishTable(table);
    }
    this.#assign(reader);
  }

  async #commit(table: TableCopy): Promise<void> {
    table.state = 'committing';
    try {
      table.committed = await this.#options.commit(table);
      table.settle('copied');
      this.#options.onEvent({ type: 'table-finished', dataset: table.plan.dataset, table: table.report() });
    } catch (error) {
      this.#stopOthers(table, error);
      await this.#abandon(table, error);
    }
    this.#checkDone();
  }

  /** Of the chunk under way, or of a part that could not be closed: then the worker may be reading another table by now. */
  #chunkFailed(reader: Reader, message: Extract<FromWorker, { type: 'chunk-failed' }>): void {
    if (reader.busy?.chunkId === message.chunkId) this.#release(reader);
    reader.closing = false;
    const table = this.#tableOf(message.jobId);
    if (table !== undefined) reader.open.delete(table);
    if (table?.state === 'dropping') this.#dropped(reader, message.jobId);
    else if (table?.state === 'reading') this.#handleFailure(table, message);
    this.#assign(reader);
  }

  #handleFailure(table: TableCopy, message: Extract<FromWorker, { type: 'chunk-failed' }>): void {
    const { chunkId, error, openPartChunkIds, yielded } = message;
    if (this.#isRefutedGuess(table, error)) {
      this.#readAsText(table, error.facts.column!);
      return;
    }
    // A part that could not be closed is not a matter of reading again.
    if (chunkId === null) {
      this.fail(table, deserializeError(error));
      return;
    }
    if (yielded) this.#yields++;
    const counts = yielded ? table.yields : table.failures;
    const times = (counts.get(chunkId) ?? 0) + 1;
    counts.set(chunkId, times);
    const delayMs = yielded ? yieldDelayMs(times) : retryDelayMs(error.code, times);
    if (delayMs === null) {
      this.fail(table, yielded ? neverLetThrough(table, times) : deserializeError(error));
      return;
    }
    for (const part of table.failChunk(chunkId, openPartChunkIds)) void table.target.removePart(part);
    this.#options.onEvent({
      type: 'table-retried',
      dataset: table.plan.dataset,
      reason: yielded ? 'somebody waited for a lock' : error.message,
    });
    this.#rest(table, delayMs);
  }

  /** Nothing of the table is handed out for so long: what ended one read would end the next one too. */
  #rest(table: TableCopy, delayMs: number): void {
    if (delayMs === 0) {
      this.#assignAll();
      return;
    }
    table.resting++;
    setTimeout(() => {
      table.resting--;
      this.#assignAll();
    }, delayMs);
  }

  #isRefutedGuess(table: TableCopy, error: SerializedError): boolean {
    if (error.code !== 'E_AWKWARD_VALUE' || this.#options.numericDeclared) return false;
    const column = table.plan.schema.columns.find(({ name }) => name === error.facts.column);
    return column !== undefined && refutesGuess(column, error.facts.reason);
  }

  #readAsText(table: TableCopy, column: string): void {
    const { dataset } = table.plan;
    this.#drop(table, () => {
      for (const part of table.ledger.parts) void table.target.removePart(part);
      table.restart(withColumnAsText(table.plan, column), this.#options.nextJobId());
      this.#options.onEvent({
        type: 'table-retried',
        dataset,
        reason: `column ${column} holds a numeric that decimal(38,18) cannot: it is read again as text`,
      });
      this.#assignAll();
    });
  }

  // Letting go.

  /** The table ends here; what was written of it is removed. The others go on, unless the first failure ends all. */
  fail(table: TableCopy, error: unknown): void {
    if (table.isSettled || table.state === 'committing' || table.error !== null) return;
    table.error = serializeError(error);
    this.#drop(table, () => void this.#abandon(table, error).then(() => this.#checkDone()));
    this.#stopOthers(table, error);
  }

  #stopOthers(table: TableCopy, error: unknown): void {
    if (this.#options.failFast && !isDraculaError(error, 'E_INTERRUPTED'))
      this.failAll(stoppedBy(formatTable(table.plan.table)));
  }

  async #abandon(table: TableCopy, error: unknown): Promise<void> {
    table.error = serializeError(error);
    try {
      await table.target.abandon();
    } catch (cause) {
      const { message } = toDraculaError(cause);
      this.#options.onEvent({
        type: 'notice',
        level: 'warning',
        dataset: table.plan.dataset,
        message: `What was written could not be removed: ${message} A later run clears it.`,
      });
    }
    table.settle('failed');
    this.#options.onEvent({ type: 'table-failed', dataset: table.plan.dataset, table: table.report() });
  }

  #drop(table: TableCopy, then: () => void): void {
    const waiting = new Set([...this.#readers.values()].filter((reader) => reader.open.has(table)));
    table.state = 'dropping';
    this.#drops.set(table, { waiting, then });
    for (const reader of waiting) reader.link.send({ type: 'drop-table', jobId: table.jobId });
    this.#checkDropped(table);
  }

  #dropped(reader: Reader, jobId: number): void {
    const table = this.#tableOf(jobId);
    if (table === undefined) return;
    if (reader.busy?.table === table) this.#release(reader);
    reader.open.delete(table);
    reader.closing = false;
    this.#drops.get(table)?.waiting.delete(reader);
    this.#checkDropped(table);
    this.#assign(reader);
  }

  #checkDropped(table: TableCopy): void {
    const drop = this.#drops.get(table);
    if (drop === undefined || drop.waiting.size > 0) return;
    this.#drops.delete(table);
    drop.then();
  }

  #checkDone(): void {
    if (this.#options.tables.every((table) => table.isSettled)) this.#settle();
  }
}

function neverLetThrough(table: TableCopy, times: number): DraculaError {
  const name = formatTable(table.plan.table);
  return new DraculaError(
    'E_LOCK_TIMEOUT',
    `A chunk of ${name} was given back ${times} times, each time since somebody waited for its lock, and it has no order in which it could go on where it stopped. Nothing of this table is published.`,
    { table: name },
  );
}
