/**
 * What one worker writes of a table: its rows, and the rows set aside into the parts of the side dataset. Both have open parts, which are
 * closed and dropped together: a chunk that fails takes with it what it had in either.
 */
import type { ColumnBatch } from '../core/column-batch.ts';
import { PartWriter } from './part-writer.ts';
import type { TableJob, WorkerSettings, WrittenPart } from './worker-protocol.ts';

/** Rows set aside are few: what waits for its row group takes little of the connection's share of memory. */
const ASIDE_ROW_GROUP_SHARE = 8;

export class TableWriter {
  readonly #rows: PartWriter;
  readonly #aside: PartWriter | null;

  constructor(job: TableJob, settings: WorkerSettings, onPart: (part: WrittenPart) => void) {
    this.#rows = new PartWriter(job, settings, onPart);
    this.#aside = job.quarantine === null ? null : asideWriter(job, job.quarantine, settings, onPart);
  }

  /** Takes what it keeps of the batch before it returns. */
  append(batch: ColumnBatch, chunkId: number): void {
    this.#rows.append(batch, chunkId);
  }

  /** The same of rows set aside. */
  appendAside(batch: ColumnBatch, chunkId: number): void {
    this.#aside?.append(batch, chunkId);
  }

  beforeLargeRow(bytes: number): void {
    this.#rows.beforeLargeRow(bytes);
    this.#aside?.beforeLargeRow(bytes);
  }

  afterLargeRow(): void {
    this.#rows.afterLargeRow();
    this.#aside?.afterLargeRow();
  }

  /** Closes the open parts, and tells of them. */
  close(): void {
    this.#rows.close();
    this.#aside?.close();
  }

  /** Drops the open parts; returns the chunks that had rows in them. */
  drop(): number[] {
    return [...new Set([...this.#rows.drop(), ...(this.#aside?.drop() ?? [])])];
  }
}

function asideWriter(
  job: TableJob,
  { schema, target, keyValues }: NonNullable<TableJob['quarantine']>,
  settings: WorkerSettings,
  onPart: (part: WrittenPart) => void,
): PartWriter {
  const { parquet } = settings;
  const rowGroupBytes = Math.ceil(parquet.rowGroupBytes / ASIDE_ROW_GROUP_SHARE);
  return new PartWriter(
    { ...job, plan: { ...job.plan, schema }, target, keyValues },
    { ...settings, parquet: { ...parquet, rowGroupBytes } },
    (part) => onPart({ ...part, id: `aside-${part.id}`, isAside: true }),
  );
}
