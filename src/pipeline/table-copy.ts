/** One table under way: what is read, what is written, what it cost, and how it ended. */
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { TableReport } from '../core/run-event.ts';
import { DraculaError, type SerializedError, serializeError } from '../errors.ts';
import { ChunkLedger } from './chunk-ledger.ts';
import type { Committed, TableTarget } from './target.ts';
import type { AsideCount, AwkwardCount, FromWorker, WrittenPart } from './worker-protocol.ts';

/**
 * `reading` until all chunks are read and all parts are closed, then `committing`. `dropping` while workers let go of what they
 * have of it, before it fails or starts anew.
 */
export type TableState = 'waiting' | 'reading' | 'dropping' | 'committing' | 'copied' | 'failed';

interface Counts {
  readonly rows: number;
  readonly wireBytes: number;
}

export class TableCopy {
  plan: TablePlan;
  readonly target: TableTarget;
  /** Changes when the table starts anew, so that messages of the old reading are known by it. */
  jobId: number;
  state: TableState = 'waiting';
  ledger: ChunkLedger<WrittenPart>;
  error: SerializedError | null = null;
  committed: Committed | null = null;
  chunksRetried = 0;
  /** Failed reads whose time to be repeated has not come: until it has, no chunk of the table is handed out. */
  resting = 0;
  readonly failures = new Map<number, number>();
  /** How often a chunk was given back, to be read from its beginning. */
  readonly yields = new Map<number, number>();

  readonly #live = new Map<number, Counts>();
  readonly #awkward = new Map<number, readonly AwkwardCount[]>();
  readonly #aside = new Map<number, AsideCount>();
  #startedAt: number | null = null;
  #seconds = 0;
  /** Received for rows that were dropped, too. */
  #wireBytes = 0;

  constructor(plan: TablePlan, target: TableTarget, jobId: number) {
    this.plan = plan;
    this.target = target;
    this.jobId = jobId;
    this.ledger = new ChunkLedger(plan.chunks);
  }

  get isSettled(): boolean {
    return this.state === 'copied' || this.state === 'failed';
  }

  start(): void {
    this.state = 'reading';
    this.#startedAt = performance.now();
  }

  /** Forgets everything that was read: the plan changed. */
  restart(plan: TablePlan, jobId: number): void {
    this.plan = plan;
    this.jobId = jobId;
    this.ledger = new ChunkLedger(plan.chunks);
    this.#live.clear();
    this.#awkward.clear();
    this.#aside.clear();
    this.state = 'reading';
  }

  progress(message: Extract<FromWorker, { type: 'progress' }>): void {
    this.#live.set(message.chunkId, message);
  }

  finishChunk(message: Extract<FromWorker, { type: 'chunk-done' }>): void {
    this.#live.delete(message.chunkId);
    this.ledger.finish(message.chunkId, message.rows);
    this.#wireBytes += message.wireBytes;
    this.#awkward.set(message.chunkId, message.awkward);
    this.#aside.set(message.chunkId, message.aside);
  }

  /** Returns the closed parts that hold rows which are read again. */
  failChunk(chunkId: number, openPartChunkIds: readonly number[]): WrittenPart[] {
    this.#wireBytes += this.#live.get(chunkId)?.wireBytes ?? 0;
    this.#live.delete(chunkId);
    this.chunksRetried++;
    return this.ledger.fail(chunkId, openPartChunkIds);
  }

  settle(state: 'copied' | 'failed'): void {
    this.state = state;
    // Received for rows that are dropped, too: the source paid for them.
    this.#wireBytes = this.wireBytes;
    this.#live.clear();
    this.#seconds = this.#startedAt === null ? 0 : (performance.now() - this.#startedAt) / 1000;
  }

  get rows(): number {
    return this.ledger.rows + sum(this.#live, ({ rows }) => rows);
  }

  /** Rows of the finished chunks that were set aside, and why. */
  get aside(): AsideCount {
    const counts = [...this.#aside.values()];
    return {
      rows: counts.reduce((all, { rows }) => all + rows, 0),
      values: mergeAwkward(counts.flatMap(({ values }) => values)),
    };
  }

  get wireBytes(): number {
    return this.#wireBytes + sum(this.#live, ({ wireBytes }) => wireBytes);
  }

  /** Share of the planned bytes that is read, 0 to 1. */
  get fraction(): number {
    const total = this.plan.chunks.reduce((all, chunk) => all + chunk.estimatedBytes, 0);
    if (total === 0) return this.ledger.chunksDone ? 1 : 0;
    const live = sum(this.#live, ({ wireBytes }) => wireBytes);
    return Math.min(1, Math.max(0, (total - this.ledger.bytesLeft + live) / total));
  }

  #reportAside(): TableReport['quarantine'] {
    const { rows, values } = this.aside;
    const { quarantine } = this.plan;
    return quarantine === undefined || rows === 0 ? null : { dataset: quarantine.dataset, rows, values };
  }

  /** It had not begun when another failure ended the run. */
  get #isOnlyStopped(): boolean {
    return this.#startedAt === null && this.error?.code === 'E_INTERRUPTED';
  }

  report(): TableReport {
    const copied = this.state === 'copied';
    return {
      dataset: this.plan.dataset,
      table: formatTable(this.plan.table),
      status: copied ? 'copied' : this.#isOnlyStopped ? 'not-started' : 'failed',
      rows: copied ? this.ledger.rows : 0,
      sourceBytes: this.plan.sourceBytes,
      wireBytes: this.wireBytes,
      parquetBytes: this.committed?.bytes ?? 0,
      parts: this.committed?.parts ?? 0,
      seconds: this.#seconds,
      version: this.committed?.version ?? null,
      textColumns: this.plan.textColumns,
      awkward: mergeAwkward([...this.#awkward.values()].flat()),
      quarantine: this.#reportAside(),
      chunksRetried: this.chunksRetried,
      error: this.error,
    };
  }
}

/** The report of a table that was refused before it was read. */
export function refusedReport(dataset: string, table: string, sourceBytes: number, error: unknown): TableReport {
  return {
    dataset,
    table,
    status: 'failed',
    rows: 0,
    sourceBytes,
    wireBytes: 0,
    parquetBytes: 0,
    parts: 0,
    seconds: 0,
    version: null,
    textColumns: [],
    awkward: [],
    quarantine: null,
    chunksRetried: 0,
    error: serializeError(error),
  };
}

/** The report of a planned table that failed before it was read. */
export function failedReport({ dataset, table, sourceBytes }: TablePlan, error: unknown): TableReport {
  return refusedReport(dataset, formatTable(table), sourceBytes, error);
}

/** The report of a table that was not read, since another had failed and the first failure ends all. */
export function stoppedReport(plan: TablePlan, failed: string): TableReport {
  return { ...failedReport(plan, stoppedBy(failed)), status: 'not-started' };
}

export function stoppedBy(failed: string): DraculaError {
  return new DraculaError(
    'E_INTERRUPTED',
    `Stopped, since ${failed} failed and the first failure ends the run (\`failFast\`).`,
  );
}

function sum(live: ReadonlyMap<number, Counts>, of: (counts: Counts) => number): number {
  let total = 0;
  for (const counts of live.values()) total += of(counts);
  return total;
}

function mergeAwkward(counts: readonly AwkwardCount[]): AwkwardCount[] {
  const merged = new Map<string, AwkwardCount>();
  for (const { column, reason, count } of counts) {
    const key = JSON.stringify([column, reason]);
    merged.set(key, { column, reason, count: (merged.get(key)?.count ?? 0) + count });
  }
  return [...merged.values()];
}
