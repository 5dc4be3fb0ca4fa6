/**
 * The parts that one worker writes of one table: row groups into the open part, which is closed when it is full, when
 * the worker turns to another table, or on request.
 *
 * It knows which chunks have rows in the open part, since a chunk that fails takes that part with it.
 */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ColumnBatch } from '../core/column-batch.ts';
import { partName } from '../lake/layout.ts';
import { createPartFile, finishPartFile, openSharedPartFile, type PartFile } from '../lake/part-file.ts';
import { encodeFileHeader } from '../parquet/file-header.ts';
import { encodeFileTail } from '../parquet/file-tail.ts';
import { RowGroupWriter } from '../parquet/row-group-writer.ts';
import type { TableJob, WorkerSettings, WrittenPart } from './worker-protocol.ts';

/** What a column chunk takes when its part's footer is written: places, statistics and page indexes, packed and in the footer. */
const CHUNK_META_BYTES = 1024;

interface OpenPart {
  readonly name: string | null;
  readonly path: string;
  readonly file: PartFile;
  readonly chunkIds: Set<number>;
  rows: number;
}

type PartSettings = Pick<WorkerSettings, 'parquet' | 'partBytes' | 'createdBy' | 'workerId'>;

export class PartWriter {
  readonly #job: TableJob;
  readonly #settings: PartSettings;
  readonly #onPart: (part: WrittenPart) => void;
  /** Kept from one full part to the next, and let go where the worker turns away: its buffers are the largest, and tables are many. */
  #rowGroups: RowGroupWriter | null = null;
  #open: OpenPart | null = null;
  #sequence = 0;
  #isLargeRow = false;

  constructor(job: TableJob, settings: PartSettings, onPart: (part: WrittenPart) => void) {
    this.#job = job;
    this.#settings = settings;
    this.#onPart = onPart;
  }

  /** Takes what it keeps of the batch before it returns. */
  append(batch: ColumnBatch, chunkId: number): void {
    this.#open ??= this.#createPart();
    this.#rowGroups ??= this.#createRowGroups();
    const open = this.#open;
    open.chunkIds.add(chunkId);
    open.rows += batch.rows;
    this.#rowGroups.append(batch, this.#isLargeRow ? 'later' : 'when full');
    this.#finishFull();
  }

  #finishFull(): void {
    if (this.#open === null || this.#rowGroups === null) return;
    const footerBytes = this.#rowGroups.finishedRowGroups * this.#job.plan.schema.columns.length * CHUNK_META_BYTES;
    const isFull = this.#open.file.bytes >= this.#settings.partBytes;
    if (isFull || footerBytes >= this.#settings.parquet.rowGroupBytes) this.#finish(this.#open, this.#rowGroups);
  }

  /** Rows that wait for their row group. */
  get bufferedRows(): number {
    return this.#rowGroups?.bufferedRows ?? 0;
  }

  /** A row that is large by itself is coming, and its memory has not been taken: what is held is written to make room. */
  beforeLargeRow(bytes: number): void {
    this.#isLargeRow = true;
    this.#rowGroups?.makeRoom(bytes);
  }

  /** The row is here, and the memory that it came in is free: now its pages can be made. */
  afterLargeRow(): void {
    this.#isLargeRow = false;
    this.#rowGroups?.flushFull();
    this.#finishFull();
  }

  /** Closes the open part, if there is one, and tells of it. */
  close(): void {
    if (this.#open !== null && this.#rowGroups !== null) this.#finish(this.#open, this.#rowGroups);
    this.#rowGroups = null;
  }

  #finish(open: OpenPart, writer: RowGroupWriter): void {
    writer.flush();
    const rowGroups = writer.takeRowGroups();
    if (this.#job.target.kind === 'folder') {
      const { plan, keyValues } = this.#job;
      const tail = encodeFileTail(plan.schema, rowGroups, keyValues, this.#settings.createdBy, open.file.bytes);
      finishPartFile(open.file, tail.bytes);
    } else {
      open.file.close();
    }
    this.#open = null;
    this.#onPart({
      id: `${this.#job.jobId}-${this.#settings.workerId}-${this.#sequence++}`,
      jobId: this.#job.jobId,
      name: open.name,
      rows: open.rows,
      bytes: open.file.bytes,
      chunkIds: [...open.chunkIds],
      rowGroups: this.#job.target.kind === 'folder' ? [] : rowGroups,
    });
  }

  /** Drops the open part and what is buffered for it; returns the chunks that had rows in it. */
  drop(): number[] {
    const open = this.#open;
    this.#open = null;
    this.#rowGroups?.discard();
    this.#rowGroups = null;
    this.#isLargeRow = false;
    if (open === null) return [];
    removePart(open);
    return [...open.chunkIds];
  }

  #createRowGroups(): RowGroupWriter {
    return new RowGroupWriter(this.#job.plan.schema, this.#settings.parquet, {
      reserve: (bytes) => this.#open!.file.reserve(bytes),
      write: (offset, bytes) => this.#open!.file.write(offset, bytes),
    });
  }

  #createPart(): OpenPart {
    const { target } = this.#job;
    const part = { chunkIds: new Set<number>(), rows: 0 };
    if (target.kind === 'file')
      return { ...part, name: null, path: target.path, file: openSharedPartFile(target.path, target.end) };
    const name = partName(Atomics.add(new Int32Array(target.nextPart), 0, 1));
    const path = join(target.folder, name);
    const open = { ...part, name, path, file: createPartFile(path) };
    try {
      const header = encodeFileHeader();
      open.file.write(open.file.reserve(header.length), header);
    } catch (error) {
      removePart(open);
      throw error;
    }
    return open;
  }
}

/** Of a file that others write too, only the handle: what stands in it is named by no footer. */
function removePart({ file, name, path }: OpenPart): void {
  try {
    file.close();
    if (name !== null) unlinkSync(path);
  } catch {
    // No version will name it: it goes with the run's folder, or when the next run clears up.
  }
}
