/**
 * A worker as the main thread knows it: what it reads now, in which transaction, and of which tables it may hold an open part.
 * What it is told of chunks and tables goes through here, so that this stays true.
 */
import type { Chunk } from '../core/copy-plan.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import type { TableCopy, TableState } from './table-copy.ts';
import type { WorkerLink } from './worker-pool.ts';
import type { TableJob } from './worker-protocol.ts';

/** A reader's transaction, for whoever watches the server. */
export interface RunningRead {
  readonly workerId: number;
  readonly chunkId: number;
  readonly dataset: string;
  readonly transaction: BackendTransaction;
}

export class Reader {
  readonly #link: WorkerLink;
  readonly #knows = new Set<number>();
  /** Tables of which it may have an open part. */
  readonly #open = new Set<TableCopy>();
  #busy: { readonly table: TableCopy; readonly chunkId: number } | null = null;
  #closing = false;
  /** Open now, for the chunk under way. */
  transaction: BackendTransaction | null = null;
  /** When it began, by whatever clock the caller has. */
  #beganAtMs = 0;

  constructor(link: WorkerLink) {
    this.#link = link;
  }

  get id(): number {
    return this.#link.id;
  }

  /** It waits for something to do. */
  get isFree(): boolean {
    return this.#busy === null && !this.#closing;
  }

  get openTables(): ReadonlySet<TableCopy> {
    return this.#open;
  }

  isReading(chunkId: number): boolean {
    return this.#busy?.chunkId === chunkId;
  }

  /** The read under way, if it has begun, and its table is in this state. */
  running(state?: TableState): RunningRead[] {
    const { transaction } = this;
    if (this.#busy === null || transaction === null) return [];
    const { table, chunkId } = this.#busy;
    if (state !== undefined && table.state !== state) return [];
    return [{ workerId: this.id, chunkId, dataset: table.plan.dataset, transaction }];
  }

  /** `describeJob` is asked when it does not know the table yet. */
  read(table: TableCopy, chunk: Chunk, describeJob: (table: TableCopy) => TableJob): void {
    if (!this.#knows.has(table.jobId)) {
      this.#knows.add(table.jobId);
      this.#link.send({ type: 'table', job: describeJob(table) });
    }
    this.#open.add(table);
    this.#busy = { table, chunkId: chunk.id };
    this.#link.send({ type: 'read', jobId: table.jobId, chunk });
  }

  begin(transaction: BackendTransaction, nowMs: number): void {
    this.transaction = transaction;
    this.#beganAtMs = nowMs;
  }

  /** Whether its transaction has been open since then, or for longer. */
  hasReadSince(ms: number): boolean {
    return this.transaction !== null && this.#beganAtMs <= ms;
  }

  /** The chunk under way is over. */
  release(): void {
    this.#busy = null;
    this.transaction = null;
  }

  yieldChunk(chunkId: number): void {
    this.#link.send({ type: 'yield', chunkId });
  }

  closePart(table: TableCopy): void {
    this.#closing = true;
    this.#link.send({ type: 'close-part', jobId: table.jobId });
  }

  /** It answered: the part is closed, or could not be. */
  closed(): void {
    this.#closing = false;
  }

  drop(table: TableCopy): void {
    this.#link.send({ type: 'drop-table', jobId: table.jobId });
  }

  /** It has no open part of the table any more. */
  forget(table: TableCopy): void {
    this.#open.delete(table);
  }

  /** It has nothing of the table any more, and does not read it. */
  dropped(table: TableCopy): void {
    if (this.#busy?.table === table) this.release();
    this.#open.delete(table);
    this.#closing = false;
  }
}
