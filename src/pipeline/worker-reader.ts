/**
 * What a worker does with its messages: reads a chunk in as many transactions as it takes, into the table's open part.
 *
 * A chunk that is a whole heap goes on after an interruption from the last ctid delivered, in a new transaction of the same
 * snapshot; any other one is given back whole, its rows dropped. So is a whole heap whose transactions share no snapshot
 * (consistency `chunk`): a row that was updated meanwhile would stand behind the ctid for another time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunk } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import { DraculaError, type ErrorCode, isDraculaError, serializeError } from '../errors.ts';
import { type ChunkQuery, chunkQuery, continueAfter, rowLocationQuery } from '../extract/chunk-query.ts';
import { readSettings } from '../extract/read-settings.ts';
import { RowDecoder } from '../extract/wire/row-decoder.ts';
import { connectError } from '../postgres/connect-error.ts';
import { ReaderConnection } from '../postgres/reader-connection.ts';
import { isSourceChange, isSourceChangeFoundByParser, queryError, sqlstateOf } from '../postgres/sqlstate.ts';
import { AwkwardCounts } from './awkward-counts.ts';
import { memoryForRow } from './memory-budget.ts';
import { PartWriter } from './part-writer.ts';
import type { FromWorker, TableJob, ToWorker, WorkerSettings } from './worker-protocol.ts';

/** What waited for our lock gets this long before the rest of the chunk is asked for. */
const YIELD_PAUSE_MS = 250;
const PROGRESS_MS = 200;
/** How long the end waits for the chunk under way. */
const END_WAIT_MS = 1_000;
/** A first slice is small: the rows' width is only estimated. */
const FIRST_SLICE_ROWS = 2_000;
const MAX_SLICE_ROWS = 1_000_000;
/** pg_type.dat: tid, text and text[]. */
const TID_OID = 27;
const TEXT_OID = 25;
const TEXT_ARRAY_OID = 1009;
const QUERY_CANCELED = '57014';
/** A chunk that was interrupted so often without a row in between is not asked for by this worker any more. */
const MAX_FRUITLESS = 5;
const GIVEN_BACK: ReadonlySet<ErrorCode> = new Set(['E_LOCK_TIMEOUT', 'E_QUERY_CANCELLED', 'E_CONNECTION_LOST']);

interface Table {
  readonly job: TableJob;
  readonly writer: PartWriter;
}

/** The chunk under way. */
interface Reading {
  readonly table: Table;
  readonly chunk: Chunk;
  readonly awkward: AwkwardCounts;
  rows: number;
  wireBytes: number;
  /** Somebody waits for our lock. */
  yielding: boolean;
  /** The table failed elsewhere. */
  dropped: boolean;
  toldAt: number;
  /** Transactions in a row that ended without a row. */
  fruitless: number;
}

export class WorkerReader {
  readonly #settings: WorkerSettings;
  readonly #post: (message: FromWorker) => void;
  readonly #tables = new Map<number, Table>();
  #connection: ReaderConnection | null = null;
  #reading: Reading | null = null;
  #idle: Promise<void> = Promise.resolve();
  /** The table whose part may be open. */
  #writing: Table | null = null;

  constructor(settings: WorkerSettings, post: (message: FromWorker) => void) {
    this.#settings = settings;
    this.#post = post;
  }

  receive(message: Exclude<ToWorker, { type: 'end' }>): void {
    switch (message.type) {
      case 'table': {
        const writer = new PartWriter(message.job, this.#settings, (part) => this.#post({ type: 'part', part }));
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
    if (this.#reading) this.#reading.dropped = true;
    this.#connection?.stop();
    await Promise.race([this.#idle, sleep(END_WAIT_MS, undefined, { ref: false })]);
    await this.#connection?.close();
    this.#post({ type: 'ended' });
  }

  #yield(chunkId: number): void {
    if (this.#reading?.chunk.id !== chunkId) return;
    this.#reading.yielding = true;
    this.#connection?.stop();
  }

  #dropTable(jobId: number): void {
    const table = this.#tables.get(jobId);
    if (this.#reading !== null && this.#reading.table === table) {
      this.#reading.dropped = true;
      this.#connection?.stop();
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
    const awkward = new AwkwardCounts(table.job.plan.schema.columns, this.#settings);
    const reading: Reading = {
      table,
      chunk,
      awkward,
      rows: 0,
      wireBytes: 0,
      yielding: false,
      dropped: false,
      toldAt: 0,
      fruitless: 0,
    };
    this.#reading = reading;
    try {
      await this.#readToEnd(reading);
    } catch (error) {
      this.#reading = null;
      if (!reading.dropped) this.#fail(table, chunk.id, error, reading.yielding && isGivenBack(error));
    }
    this.#reading = null;
    if (reading.dropped) {
      this.#forget(table);
      this.#post({ type: 'table-dropped', jobId: table.job.jobId });
    }
  }

  /** As many transactions as it takes: one, unless somebody had to be let through. */
  async #readToEnd(reading: Reading): Promise<void> {
    let after: string | null = null;
    for (;;) {
      const outcome = await this.#readTransaction(reading, after);
      if (outcome === 'finished') break;
      if (reading.dropped) return;
      after = outcome.after;
      if (reading.yielding) this.#post({ type: 'chunk-yielded', chunkId: reading.chunk.id });
      await sleep(YIELD_PAUSE_MS * (1 + reading.fruitless));
      reading.yielding = false;
    }
    const { table, chunk, rows, wireBytes, awkward } = reading;
    if (reading.dropped) return;
    this.#post({
      type: 'chunk-done',
      jobId: table.job.jobId,
      chunkId: chunk.id,
      rows,
      wireBytes,
      awkward: awkward.counts(),
    });
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

  /**
   * Reads the chunk, or the rest of it behind `after`, in one transaction. Returns 'finished', or the ctid to go on after when it
   * was stopped and can go on. Throws anything else.
   */
  async #readTransaction(
    reading: Reading,
    after: string | null,
  ): Promise<'finished' | { readonly after: string | null }> {
    const { table, chunk } = reading;
    const query = after === null ? chunkQuery(table.job.plan, chunk) : continueAfter(table.job.plan, chunk, after);
    const connection = await this.#connect();
    // Dropped while it was connecting, when there was nothing to stop yet.
    if (reading.dropped) return { after };
    const decoder = this.#createDecoder(reading, query, connection);
    const bytesBefore = connection.bytesRead;
    let finished = false;
    try {
      finished = await this.#readSlices(reading, query, connection, decoder);
      await connection.end(finished ? 'COMMIT' : 'ROLLBACK');
    } catch (error) {
      const described = await this.#describeError(error, reading, query, after);
      await this.#rollBack();
      if (!this.#canGoOn(reading, query, described, decoder.rows)) throw described;
      // A row that was on its way will not come any more.
      table.writer.afterLargeRow();
    } finally {
      reading.rows += decoder.rows;
      reading.wireBytes += connection.bytesRead - bytesBefore;
    }
    if (finished) return 'finished';
    const { lastCtid } = decoder;
    if (goesOn(query, reading)) return { after: lastCtid === null ? after : `(${lastCtid.block},${lastCtid.offset})` };
    throw new DraculaError(
      'E_LOCK_TIMEOUT',
      `A chunk of ${formatTable(table.job.plan.table)} was given back, since somebody waited for its lock.`,
    );
  }

  /**
   * Whether what ended the read took nothing but the transaction: a cancel or a terminate on behalf of somebody who waits, or a
   * conflict on a standby. Where no row came since the last time, only a few times in a row.
   */
  #canGoOn(reading: Reading, query: ChunkQuery, error: DraculaError, rows: number): boolean {
    const { code } = error;
    // By its SQLSTATE: in another language than English a cancel cannot be told from a timeout.
    const isCancel = sqlstateOf(error) === QUERY_CANCELED;
    if (!(reading.yielding ? isCancel || GIVEN_BACK.has(code) : code === 'E_RECOVERY_CONFLICT')) return false;
    reading.fruitless = rows > 0 ? 0 : reading.fruitless + 1;
    // What cannot go on from a ctid is given back by the caller, whole.
    return goesOn(query, reading) ? reading.fruitless <= MAX_FRUITLESS : reading.yielding && isCancel;
  }

  #createDecoder(reading: Reading, query: ChunkQuery, connection: ReaderConnection): RowDecoder {
    const { table, chunk } = reading;
    const bytesBefore = connection.bytesRead;
    const decoder = new RowDecoder({
      columns: table.job.plan.schema.columns,
      selectsCtid: query.selectsCtid,
      onBatch: (batch) => {
        table.writer.append(batch, chunk.id);
        this.#tellProgress(reading, decoder.rows + batch.rows, connection.bytesRead - bytesBefore);
      },
      onAwkward: (value) => reading.awkward.take(value),
    });
    return decoder;
  }

  /** True when the portal is at its end, with as many rows as the server says it sent. */
  async #readSlices(
    reading: Reading,
    query: ChunkQuery,
    connection: ReaderConnection,
    decoder: RowDecoder,
  ): Promise<boolean> {
    const { job } = reading.table;
    const { columns } = job.plan.schema;
    const typeOids = columns.map(readTypeOid);
    const bytesBefore = connection.bytesRead;
    const result = await connection.read({
      snapshotId: job.snapshotId,
      settings: readSettings(query, this.#settings, this.#settings.serverSettings),
      read: query.read,
      readTypeOids: query.selectsCtid ? [TID_OID, ...typeOids] : typeOids,
      bare: query.bare,
      expected: job.plan.relations[reading.chunk.relation]!.expected,
      sliceRows: () => this.#sliceRows(reading, decoder.rows, connection.bytesRead - bytesBefore),
      inFlight: this.#settings.slicesInFlight,
      pauseMs: this.#settings.pauseMs,
      rows: {
        push: (bytes, view, from, end) => decoder.push(bytes, view, from, end),
        beforeLargeRow: (bytes) => reading.table.writer.beforeLargeRow(bytes),
        afterLargeRow: () => reading.table.writer.afterLargeRow(),
      },
      onStarted: (transaction) => this.#post({ type: 'chunk-started', chunkId: reading.chunk.id, transaction }),
    });
    if (decoder.rows === result.rows) return result.finished;
    throw new DraculaError(
      'E_PROTOCOL',
      `The server says that it sent ${result.rows} rows of ${formatTable(job.plan.table)}; ${decoder.rows} came. They are dropped.`,
    );
  }

  /** Rows of about one slice's bytes, from the width seen so far, or from the plan's estimate. */
  #sliceRows({ chunk, rows, wireBytes }: Reading, rowsNow: number, bytesNow: number): number {
    const seen = rows + rowsNow;
    const { sliceBytes } = this.#settings;
    if (seen > 0) return Math.min(MAX_SLICE_ROWS, sliceBytes / ((wireBytes + bytesNow) / seen));
    const estimated = chunk.estimatedRows > 0 ? chunk.estimatedBytes / chunk.estimatedRows : 0;
    return Math.min(FIRST_SLICE_ROWS, estimated > 0 ? sliceBytes / estimated : FIRST_SLICE_ROWS);
  }

  #tellProgress(reading: Reading, rowsNow: number, bytesNow: number): void {
    const now = performance.now();
    if (now - reading.toldAt < PROGRESS_MS) return;
    reading.toldAt = now;
    const { jobId } = reading.table.job;
    this.#post({
      type: 'progress',
      jobId,
      chunkId: reading.chunk.id,
      rows: reading.rows + rowsNow,
      wireBytes: reading.wireBytes + bytesNow,
    });
  }

  async #connect(): Promise<ReaderConnection> {
    if (this.#connection !== null && !this.#connection.isBroken) return this.#connection;
    const { connection, maxRowBytes, cutBytes } = this.#settings;
    await this.#connection?.close();
    this.#connection = null;
    try {
      this.#connection = await ReaderConnection.open({ connection, maxRowBytes, cutBytes });
    } catch (error) {
      throw connectError(error, connection);
    }
    return this.#connection;
  }

  /** What went wrong, with the table, and of a value that its column cannot hold the place where it stands. */
  async #describeError(
    error: unknown,
    reading: Reading,
    query: ChunkQuery,
    after: string | null,
  ): Promise<DraculaError> {
    const { plan } = reading.table.job;
    const table = formatTable(plan.table);
    if (isDraculaError(error, 'E_AWKWARD_VALUE') && !reading.awkward.refutesGuess(error.facts)) {
      const ctid = await this.#locateRow(reading, after, error.facts.row ?? 0);
      const at = ctid === null ? '' : ` at ctid ${ctid}`;
      return new DraculaError(
        error.code,
        `${error.message.replace(/\.$/, '')}${at}. Nothing of this table is published.`,
        {
          ...error.facts,
          table,
          ...(ctid === null ? {} : { ctid }),
        },
      );
    }
    if (isDraculaError(error, 'E_VALUE_TOO_LARGE')) return this.#tooLarge(error, table);
    if (isDraculaError(error))
      return new DraculaError(error.code, error.message, { ...error.facts, table }, error.cause);
    if (query.userSql ? isSourceChangeFoundByParser(error) : isSourceChange(error)) {
      const sqlstate = sqlstateOf(error);
      return new DraculaError(
        'E_SOURCE_CHANGED',
        `${table} was dropped, or its columns were altered, after the plan was made; nothing of it is published.`,
        { table, ...(sqlstate === undefined ? {} : { sqlstate }) },
      );
    }
    return queryError(error, { table });
  }

  #tooLarge(error: DraculaError, table: string): DraculaError {
    const { sharing, maxRowBytes } = this.#settings;
    const { rowBytes = 0 } = error.facts;
    const least = Math.ceil(memoryForRow(rowBytes, sharing) / 1e6);
    const alone = Math.ceil(memoryForRow(rowBytes, { ...sharing, workers: 1 }) / 1e6);
    const orAlone = sharing.workers === 1 ? '' : `, or ${alone} MB with one connection`;
    return new DraculaError(
      error.code,
      `A row of ${table} has ${rowBytes} bytes; at most ${maxRowBytes} fit a connection's share of ${Math.floor(sharing.memoryBytes / 1e6)} MB of memory. It takes ${least} MB${orAlone}. Nothing of this table is published.`,
      { ...error.facts, table },
    );
  }

  /** The ctid of a row by its ordinal in the read, in the same snapshot; null where the relation has none, or it cannot be asked. */
  async #locateRow({ table, chunk }: Reading, after: string | null, ordinal: number): Promise<string | null> {
    const query = rowLocationQuery(table.job.plan, chunk, after, ordinal);
    if (query === null) return null;
    const rows = await this.#connection!.query<{ ctid: string }>(query.text, query.values).catch(() => []); // the error names the row's ordinal anyway
    return rows[0]?.ctid ?? null;
  }

  /** Ends the transaction after an error; a connection that cannot even do that is given up. */
  async #rollBack(): Promise<void> {
    try {
      await this.#connection?.end('ROLLBACK');
    } catch {
      // The server drops the transaction with the connection.
      await this.#connection?.close();
      this.#connection = null;
    }
  }
}

/** How a read ends when it was asked to make room: between two slices, by a cancel, or with its session. Anything else is a failure. */
/** What Describe says of the column as it is read. */
function readTypeOid({ source }: Column): number {
  if (source.readAs === 'binary') return source.typeOid;
  return source.readAs === 'text' ? TEXT_OID : TEXT_ARRAY_OID;
}

function isGivenBack(error: unknown): boolean {
  return isDraculaError(error) && GIVEN_BACK.has(error.code);
}

/** Whether the rest of the chunk can be asked for: it comes in ctid order, in a snapshot that the next transaction shares. */
function goesOn(query: ChunkQuery, { table }: Reading): boolean {
  return query.selectsCtid && table.job.snapshotId !== null;
}
