/**
 * The rows of a chunk, or of the rest of one, that one transaction delivers: from the slices of its portal through the decoder
 * into the writer. How large a slice is follows from the rows seen so far, in this transaction and in those before it.
 */
import type { Chunk } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { ChunkQuery } from '../extract/chunk-query.ts';
import { readSettings } from '../extract/read-settings.ts';
import { RowDecoder } from '../extract/wire/row-decoder.ts';
import type { AwkwardValue, SetAsideRow } from '../extract/wire/set-aside.ts';
import type { WireKernels } from '../extract/wire/wire-kernels.ts';
import { movesPath, SET_CHECKED_PATH } from '../postgres/read-opening.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import { changedSinceSnapshot, checkedRead, lastChangesQuery } from '../postgres/source-checks.ts';
import { largeRowBytes } from './memory-budget.ts';
import type { TableWriter } from './table-writer.ts';
import type { TableJob, WorkerSettings } from './worker-protocol.ts';

/** A first slice is small: the rows' width is only estimated. */
const FIRST_SLICE_ROWS = 2_000;
const MAX_SLICE_ROWS = 1_000_000;
/** pg_type.dat: tid, text and text[]. */
const TID_OID = 27;
const TEXT_OID = 25;
const TEXT_ARRAY_OID = 1009;

export interface ChunkTransactionOptions {
  readonly job: TableJob;
  readonly chunk: Chunk;
  readonly settings: WorkerSettings;
  readonly query: ChunkQuery;
  readonly connection: ReaderConnection;
  /** Of the connection. */
  readonly kernels: WireKernels | null;
  /** Takes the rows. */
  readonly writer: TableWriter;
  /** What the transactions before this one read of the chunk. */
  readonly before: { readonly rows: number; readonly wireBytes: number };
  readonly onStarted: (transaction: BackendTransaction) => void;
  /** Rows and bytes of the chunk so far. */
  readonly onProgress: (rows: number, wireBytes: number) => void;
  readonly onAwkward: (value: AwkwardValue) => void;
  readonly onSetAside: (row: SetAsideRow) => void;
}

export class ChunkTransaction {
  readonly #options: ChunkTransactionOptions;
  readonly #decoder: RowDecoder;
  readonly #bytesBefore: number;
  #begun = false;
  /** Rows that the server says it sent. */
  #sent = 0;

  constructor(options: ChunkTransactionOptions) {
    const { job, chunk, settings, query, connection, kernels, writer, before, onProgress, onAwkward, onSetAside } =
      options;
    this.#options = options;
    this.#bytesBefore = connection.bytesRead;
    this.#decoder = new RowDecoder({
      columns: job.plan.schema.columns,
      selectsCtid: query.selectsCtid,
      rowKey: job.plan.rowKey,
      maxTileBytes: largeRowBytes(settings.maxRowBytes),
      wireKernels: kernels,
      onBatch: (batch) => {
        writer.append(batch, chunk.id);
        onProgress(before.rows + this.rows + batch.rows, before.wireBytes + this.wireBytes);
      },
      onAwkward,
      onSetAside,
    });
  }

  /** Rows that came so far. */
  get rows(): number {
    return this.#decoder.rows;
  }

  /** Bytes that came so far, of everything that was asked. */
  get wireBytes(): number {
    return this.#options.connection.bytesRead - this.#bytesBefore;
  }

  /** Of the last row that came, `(12,3)`; null before the first, and where the query selects none. */
  get lastCtid(): string | null {
    const { lastCtid } = this.#decoder;
    return lastCtid === null ? null : `(${lastCtid.block},${lastCtid.offset})`;
  }

  /**
   * Leaves the transaction open. True when the portal is at its end, with as many rows as the server says it sent. A read that was
   * stopped before goes on where it stopped.
   */
  async readSlices(): Promise<boolean> {
    const { job, chunk, query, connection, writer, settings, onStarted } = this.#options;
    const { columns } = job.plan.schema;
    const relation = job.plan.relations[chunk.relation]!;
    const typeOids = columns.map(readTypeOid);
    const begun = this.#begun;
    this.#begun = true;
    const result = await connection.read({
      ...(begun ? { place: 'resumes' } : {}),
      snapshotId: job.snapshotId,
      settings: readSettings(query, settings, settings.server),
      searchPath: query.searchPath,
      read: query.read,
      readTypeOids: query.selectsCtid ? [TID_OID, ...typeOids] : typeOids,
      bare: query.bare,
      ...checkedRead(relation, job.plan),
      expected: relation.expected,
      sliceRows: () => this.#sliceRows(),
      inFlight: settings.slicesInFlight,
      pauseMs: settings.pauseMs,
      rows: {
        push: (bytes, view, from, end) => this.#decoder.push(bytes, view, from, end),
        beforeLargeRow: (bytes) => writer.beforeLargeRow(bytes),
        afterLargeRow: () => writer.afterLargeRow(),
      },
      onStarted,
    });
    this.#sent += result.rows;
    if (this.rows === this.#sent) return result.finished;
    throw new DraculaError(
      'E_PROTOCOL',
      `The server says that it sent ${this.#sent} rows of ${formatTable(job.plan.table)}; ${this.rows} came. They are dropped.`,
    );
  }

  /** What no lock held from the first row on must be the snapshot's behind the last row too. Throws E_SOURCE_CHANGED. */
  async checkOnceMore(): Promise<void> {
    const { job, chunk, connection } = this.#options;
    const read = checkedRead(job.plan.relations[chunk.relation]!, job.plan);
    const query = lastChangesQuery(read);
    if (query === null) return;
    if (movesPath(read)) await connection.query(SET_CHECKED_PATH.text, SET_CHECKED_PATH.values);
    const [row] = await connection.query<{ readonly changes: string | null }>(query.text, query.values);
    if (row!.changes !== null) throw changedSinceSnapshot(row!.changes);
  }

  /** Rows of about one slice's bytes, from the width seen so far, or from the plan's estimate. */
  #sliceRows(): number {
    const { chunk, before } = this.#options;
    const { sliceBytes } = this.#options.settings;
    const seen = before.rows + this.rows;
    if (seen > 0) return Math.min(MAX_SLICE_ROWS, sliceBytes / ((before.wireBytes + this.wireBytes) / seen));
    const estimated = chunk.estimatedRows > 0 ? chunk.estimatedBytes / chunk.estimatedRows : 0;
    return Math.min(FIRST_SLICE_ROWS, estimated > 0 ? sliceBytes / estimated : FIRST_SLICE_ROWS);
  }
}

/** What Describe says of the column as it is read. */
function readTypeOid({ source }: Column): number {
  if (source.readAs === 'binary') return source.typeOid;
  return source.readAs === 'text[]' ? TEXT_ARRAY_OID : TEXT_OID;
}
