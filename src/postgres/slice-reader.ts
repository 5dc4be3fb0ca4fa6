/**
 * Reads one chunk: one short transaction, one named portal, slice after slice of the extended query protocol.
 *
 * What the transaction opens with (read-opening.ts) and the first Execute go out under one Sync, so that an error skips all that
 * follows. Rows count only once the checks passed and ReadyForQuery says `T`. Each further slice is Execute + Sync, never
 * Flush: there statement_timeout would run through pauses and the idle timeout would never fire. Up to `inFlight`
 * Executes are on their way at once, so that no round trip is waited for.
 * COMMIT goes out after CommandComplete, never before: it would close the portal.
 */
import type { DescribedColumn } from '../core/copy-plan.ts';
import { DraculaError } from '../errors.ts';
import type { Exchange, RowSink } from './demultiplexer.ts';
import { type Opening, type PgConnection, type Stage, sendOpening, sendRead, stagesOf } from './read-opening.ts';
import {
  areAsExpected,
  COLUMNS_CHANGED,
  changedSinceSnapshot,
  type DescribedField,
  snapshotError,
  sourceChanged,
} from './source-checks.ts';

/** Name of the portal, and what separates it from anybody else's on a pooled connection. */
const PORTAL = 'dracula_read';

/** The transaction that reads: enough to cancel it and nobody else. */
export interface BackendTransaction {
  readonly pid: number;
  /** `timestamptz_send(xact_start)` in hex. */
  readonly xactStart: string;
}

/** What a read in an open transaction takes of the options: the rest was done when it began. Its rows are those of one slice. */
export type FollowingRead = Pick<SliceReadOptions, 'read' | 'readTypeOids' | 'sliceRows' | 'rows'>;

export interface SliceReadOptions extends Opening {
  /**
   * Default: begins a transaction, and makes its checks. `follows` is another read in the one that is open, under its locks; `resumes` goes on
   * with the portal of the read that was stopped in it.
   */
  readonly place?: 'follows' | 'resumes';
  /** Type OIDs that the Describe of the read must give, in order. */
  readonly readTypeOids: readonly number[];
  readonly expected: readonly DescribedColumn[];
  /** Rows of the next slice. */
  readonly sliceRows: () => number;
  readonly inFlight: number;
  /** Milliseconds between the end of a slice and the next Execute. 0: none. */
  readonly pauseMs: number;
  readonly rows: RowSink;
  /** The transaction has begun; it may wait for a lock before its first row. */
  readonly onStarted: (transaction: BackendTransaction) => void;
}

/** How a read ended without an error: to its end, or stopped between two slices. */
export interface SliceReadResult {
  readonly finished: boolean;
  /** Rows that the server says it sent. */
  readonly rows: number;
}

/** The rows of a read that already failed are let go by. */
const DISCARD: RowSink = {
  push(_bytes, view, from, end) {
    let p = from;
    while (p + 5 <= end && view.getUint8(p) === 0x44) {
      const next = p + 1 + view.getUint32(p + 1);
      if (next > end) break;
      p = next;
    }
    return p;
  },
};

/** A `pg` Submittable: give it to `client.query` on a connection with a demultiplexer, await `done`, then COMMIT or ROLLBACK. */
export class SliceRead implements Exchange {
  readonly done: Promise<SliceReadResult>;
  rows: RowSink | null = null;

  readonly #options: SliceReadOptions;
  readonly #onSubmit: () => void;
  readonly #stages: Stage[];
  readonly #portal: string;
  readonly #describes: (readonly DescribedField[])[] = [];
  #resolve!: (result: SliceReadResult) => void;
  #reject!: (error: unknown) => void;
  #connection: PgConnection | null = null;
  /** Syncs whose ReadyForQuery is still to come, and one while a pause lasts. */
  #syncs = 0;
  /** Row limits of the Executes on their way. */
  readonly #limits: number[] = [];
  #delivered = 0;
  #finished = false;
  #stopping = false;
  #failure: unknown = null;
  #errors = 0;

  /** `onSubmit` is called when `pg` has had all answers to what was asked before: from then on the exchange is ours. */
  constructor(options: SliceReadOptions, onSubmit: () => void) {
    this.#options = options;
    this.#onSubmit = onSubmit;
    // The unnamed portal is free again with the next read that follows.
    this.#portal = options.place === 'follows' ? '' : PORTAL;
    this.#stages = options.place === undefined ? stagesOf(options) : ['read'];
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** No further slice; `done` resolves with `finished: false` when what is in flight has come. */
  stop(): void {
    this.#stopping = true;
  }

  /** A sink refused a row: what is in flight is let go by, and `done` rejects with this. */
  fail(error: unknown): void {
    this.#failure ??= error;
    if (this.rows !== null) this.rows = DISCARD;
  }

  submit(connection: PgConnection): void {
    this.#connection = connection;
    this.#onSubmit();
    connection.stream.cork();
    if (this.#options.place === 'resumes') this.rows = this.#options.rows;
    else if (this.#options.place === 'follows') sendRead(connection, this.#options.read, this.#portal);
    else sendOpening(connection, this.#options, this.#portal);
    this.#executeNext();
    if (this.rows !== null) this.#fillFlight();
    connection.stream.uncork();
  }

  #executeNext(): void {
    this.#syncs++;
    this.#sendExecute();
  }

  /**
   * The Executes behind the first one. Where it comes after checks they wait for those: an error before (a lock that was not to be had)
   * leaves no portal, and each of them would be an error of its own in the server's log.
   */
  #fillFlight(): void {
    for (let i = 1; i < this.#options.inFlight; i++) this.#executeNext();
  }

  #sendExecute(): void {
    const rows = Math.max(1, Math.floor(this.#options.sliceRows()));
    this.#limits.push(rows);
    this.#connection!.execute({ portal: this.#portal, rows });
    this.#connection!.sync();
  }

  // What `pg` tells of the answers, in their order.

  handleRowDescription(message: { fields: readonly DescribedField[] }): void {
    this.#describes.push(message.fields);
    if (this.#stages[0] === 'read') this.#startRows();
  }

  handleDataRow({ fields: [first, second] }: { fields: readonly (string | null)[] }): void {
    if (this.#stages[0] === 'identity') this.#options.onStarted({ pid: Number(first), xactStart: second ?? '' });
    if (this.#stages[0] !== 'checks' || first === null) return;
    this.fail(changedSinceSnapshot(String(first)));
  }

  handleCommandComplete(message: { text: string }): void {
    if (this.#stages[0] === 'read') {
      this.#delivered += Number(message.text.split(' ').at(-1));
      this.#limits.shift();
      this.#finished = true;
    } else this.#stages.shift();
  }

  handlePortalSuspended(): void {
    const limit = this.#limits.shift();
    if (limit === undefined || this.#finished) {
      this.fail(
        new DraculaError(
          'E_PROTOCOL',
          'The server suspended a read that is at its end; the rows of this chunk are dropped.',
        ),
      );
    }
    this.#delivered += limit ?? 0;
  }

  handleEmptyQuery(): void {
    this.fail(
      new DraculaError('E_PROTOCOL', 'The server takes a query of this read for an empty one; its rows are dropped.'),
    );
  }

  /** `pg` forgets the query here and queues the next one until the server is ready. */
  handleError(error: unknown): void {
    this.fail(this.#stages[0] === 'snapshot' ? snapshotError(error) : error);
    this.#reject(this.#failure);
  }

  handleReadyForQuery(): void {
    if (this.#failure === null) this.#resolve({ finished: this.#finished, rows: this.#delivered });
    else this.#reject(this.#failure);
  }

  // What the demultiplexer asks.

  /** The first error is `pg`'s; those of the Executes behind it only say that the transaction is aborted. */
  onError(): boolean {
    return this.#errors++ === 0;
  }

  onReady(status: 'I' | 'T' | 'E'): boolean {
    this.#syncs--;
    if (this.#errors === 0) {
      if (status !== 'T')
        this.fail(
          new DraculaError(
            'E_PROTOCOL',
            `The server left the transaction of a chunk (status ${status}); its rows are dropped.`,
          ),
        );
      else if (this.rows === null)
        this.fail(
          new DraculaError('E_PROTOCOL', 'The server answered a chunk without its checks; its rows are dropped.'),
        );
      this.#afterSlice();
    }
    return this.#syncs === 0;
  }

  #afterSlice(): void {
    if (this.#failure !== null || this.#finished || this.#stopping) return;
    const { pauseMs } = this.#options;
    if (pauseMs === 0) {
      this.#executeNext();
      return;
    }
    this.#syncs++;
    setTimeout(() => {
      if (this.#failure !== null || this.#stopping) this.#connection!.sync();
      else this.#sendExecute();
    }, pauseMs);
  }

  /** All checks have answered: rows count from here, or are let go by. */
  #startRows(): void {
    const { readTypeOids, expected } = this.#options;
    const [read = [], bare = []] = this.#describes;
    if (read.length !== readTypeOids.length || read.some((field, i) => field.dataTypeID !== readTypeOids[i])) {
      this.fail(sourceChanged('The columns of the read are not of the types that were planned'));
    } else if (!areAsExpected(bare, expected)) this.fail(sourceChanged(COLUMNS_CHANGED));
    this.rows = this.#failure === null ? this.#options.rows : DISCARD;
    if (this.#failure === null && !this.#stopping) this.#fillFlight();
  }
}
