/**
 * Reads one chunk, in as many transactions as it takes: one, unless somebody had to be let through.
 *
 * A chunk that is a whole heap goes on after an interruption from the last ctid delivered, in a new transaction of the same
 * snapshot; any other one is given back whole, its rows dropped. So is a whole heap whose transactions share no snapshot
 * (consistency `chunk`): a row that was updated meanwhile would stand behind the ctid for another time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunk } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { DraculaError, type ErrorCode, isDraculaError } from '../errors.ts';
import { type ChunkQuery, chunkQuery, continueAfter } from '../extract/chunk-query.ts';
import type { SetAsideRow } from '../extract/wire/set-aside.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import { sqlstateOf } from '../postgres/sqlstate.ts';
import { AwkwardCounts } from './awkward-counts.ts';
import { ChunkTransaction } from './chunk-transaction.ts';
import { describeReadError } from './read-error.ts';
import { readSetAside } from './set-aside-reader.ts';
import type { TableWriter } from './table-writer.ts';
import type { WorkerConnection } from './worker-connection.ts';
import type { FromWorker, TableJob, WorkerSettings } from './worker-protocol.ts';

/** What waited for our lock gets this long before the rest of the chunk is asked for. */
const YIELD_PAUSE_MS = 250;
const PROGRESS_MS = 200;
const QUERY_CANCELED = '57014';
/** A chunk that was interrupted so often without a row in between is not asked for by this worker any more. */
const MAX_FRUITLESS = 5;
/** Rows that wait to be read again are held by their ctid: with so many the reading stops for them. */
const MAX_ASIDE = 10_000;
/** How a read ends when it was asked to make room: between two slices, by a cancel, or with its session. Anything else is a failure. */
const GIVEN_BACK: ReadonlySet<ErrorCode> = new Set(['E_LOCK_TIMEOUT', 'E_QUERY_CANCELLED', 'E_CONNECTION_LOST']);

export interface ChunkReaderOptions {
  readonly job: TableJob;
  readonly chunk: Chunk;
  /** Takes the rows. */
  readonly writer: TableWriter;
  readonly connection: WorkerConnection;
  readonly settings: WorkerSettings;
  readonly post: (message: FromWorker) => void;
}

export class ChunkReader {
  readonly #options: ChunkReaderOptions;
  readonly #awkward: AwkwardCounts;
  #rows = 0;
  #wireBytes = 0;
  /** Somebody waits for our lock. */
  #yielding = false;
  /** The table failed elsewhere. */
  #dropped = false;
  #toldAt = 0;
  /** Transactions in a row that ended without a row. */
  #fruitless = 0;
  /** Rows that were set aside and wait to be read again: behind the chunk's last row, or when they are many. */
  readonly #aside: SetAsideRow[] = [];
  #readsAside = false;

  constructor(options: ChunkReaderOptions) {
    this.#options = options;
    this.#awkward = new AwkwardCounts(options.job.plan.schema.columns, options.settings);
  }

  /** Ends the transaction after the slice under way. What is left of the chunk is read later. */
  yield(): void {
    this.#yielding = true;
    this.#options.connection.stop();
  }

  /** Ends the reading after the slice under way: nobody wants the chunk any more. */
  drop(): void {
    this.#dropped = true;
    this.#options.connection.stop();
  }

  get isDropped(): boolean {
    return this.#dropped;
  }

  /** Whether this error of `readToEnd` is how a chunk ends that was asked for: it can be read again at once. */
  isGivenBack(error: unknown): boolean {
    return this.#yielding && isDraculaError(error) && GIVEN_BACK.has(error.code);
  }

  /** Resolves when all rows are in the writer, or the reading was dropped. Throws what ended it, described. */
  async readToEnd(): Promise<void> {
    const { job, chunk, post } = this.#options;
    let after: string | null = null;
    for (;;) {
      const outcome = await this.#readTransaction(after);
      if (outcome === 'finished') break;
      if (this.#dropped) return;
      after = outcome.after;
      if (this.#yielding) post({ type: 'chunk-yielded', chunkId: chunk.id });
      await sleep(YIELD_PAUSE_MS * (1 + this.#fruitless));
      this.#yielding = false;
    }
    if (this.#dropped) return;
    const { jobId } = job;
    const [wireBytes, awkward, aside] = [this.#wireBytes, this.#awkward.counts(), this.#awkward.aside()];
    const rows = this.#rows - aside.rows;
    post({ type: 'chunk-done', jobId, chunkId: chunk.id, rows, wireBytes, awkward, aside });
  }

  /**
   * Reads the chunk, or the rest of it behind `after`, in one transaction. Returns 'finished', or the ctid to go on after when it
   * was stopped and can go on. Throws anything else.
   */
  async #readTransaction(after: string | null): Promise<'finished' | { readonly after: string | null }> {
    const { job, chunk, writer, settings } = this.#options;
    const { plan } = job;
    const query = after === null ? chunkQuery(plan, chunk) : continueAfter(plan, chunk, after);
    const connection = await this.#options.connection.open();
    // Dropped while it was connecting, when there was nothing to stop yet.
    if (this.#dropped) return { after };
    const transaction = this.#begin(query, connection);
    let finished = false;
    try {
      const atEnd = await this.#readRows(transaction, connection);
      await transaction.checkOnceMore();
      await connection.end(atEnd ? 'COMMIT' : 'ROLLBACK');
      finished = atEnd;
    } catch (error) {
      const { rows } = transaction;
      const onStarted = (transaction: BackendTransaction) => this.#tellStarted(transaction);
      const failed = { job, chunk, after, query, awkward: this.#awkward, connection, settings, rows, onStarted };
      const described = await describeReadError(error, failed);
      await this.#options.connection.rollBack();
      if (!this.#canGoOn(query, described, transaction.rows)) throw described;
      // A row that was on its way will not come any more.
      writer.afterLargeRow();
    } finally {
      this.#rows += transaction.rows;
      this.#wireBytes += transaction.wireBytes;
    }
    if (finished) return 'finished';
    if (this.#goesOn(query)) return { after: transaction.lastCtid ?? after };
    throw new DraculaError(
      'E_LOCK_TIMEOUT',
      `A chunk of ${formatTable(plan.table)} was given back, since somebody waited for its lock.`,
    );
  }

  /** True when all rows are here, those set aside too. */
  async #readRows(transaction: ChunkTransaction, connection: ReaderConnection): Promise<boolean> {
    for (;;) {
      const finished = await transaction.readSlices();
      // Whoever waits does not wait for these too: they are read when the chunk goes on, in the same snapshot, or not at all.
      if (!finished && (this.#yielding || this.#dropped)) return false;
      await this.#readAside(connection);
      if (finished || this.#yielding || this.#dropped) return finished;
    }
  }

  /** What ends the transaction meanwhile ends the chunk: some of these rows may be in a part. */
  async #readAside(connection: ReaderConnection): Promise<void> {
    const { job, chunk, writer } = this.#options;
    this.#readsAside = true;
    await readSetAside({ job, chunk, rows: this.#aside, connection, writer });
    this.#readsAside = false;
    this.#aside.length = 0;
  }

  #begin(query: ChunkQuery, connection: ReaderConnection): ChunkTransaction {
    const { job, chunk, writer, settings } = this.#options;
    return new ChunkTransaction({
      job,
      chunk,
      settings,
      query,
      connection,
      kernels: this.#options.connection.kernels,
      writer,
      before: { rows: this.#rows, wireBytes: this.#wireBytes },
      onStarted: (transaction) => this.#tellStarted(transaction),
      onProgress: (rows, wireBytes) => this.#tellProgress(rows, wireBytes),
      onAwkward: (value) => this.#awkward.take(value),
      onSetAside: (row) => {
        this.#awkward.takeAside(row);
        this.#aside.push(row);
        if (this.#aside.length === MAX_ASIDE) this.#options.connection.stop();
      },
    });
  }

  /**
   * Whether what ended the read took nothing but the transaction: a cancel or a terminate on behalf of somebody who waits, or a
   * conflict on a standby. Where no row came since the last time, only a few times in a row.
   */
  #canGoOn(query: ChunkQuery, error: DraculaError, rows: number): boolean {
    if (this.#readsAside) return false;
    const { code } = error;
    // By its SQLSTATE: in another language than English a cancel cannot be told from a timeout.
    const isCancel = sqlstateOf(error) === QUERY_CANCELED;
    if (!(this.#yielding ? isCancel || GIVEN_BACK.has(code) : code === 'E_RECOVERY_CONFLICT')) return false;
    this.#fruitless = rows > 0 ? 0 : this.#fruitless + 1;
    // What cannot go on from a ctid is given back by the caller, whole.
    return this.#goesOn(query) ? this.#fruitless <= MAX_FRUITLESS : this.#yielding && isCancel;
  }

  /** Whether the rest of the chunk can be asked for: it comes in ctid order, in a snapshot that the next transaction shares. */
  #goesOn(query: ChunkQuery): boolean {
    return query.inCtidOrder && this.#options.job.snapshotId !== null;
  }

  #tellStarted(transaction: BackendTransaction): void {
    const { chunk, post } = this.#options;
    post({ type: 'chunk-started', chunkId: chunk.id, transaction });
  }

  #tellProgress(rows: number, wireBytes: number): void {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = now;
    const { job, chunk, post } = this.#options;
    post({ type: 'progress', jobId: job.jobId, chunkId: chunk.id, rows, wireBytes });
  }
}
