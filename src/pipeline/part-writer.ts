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
import { createPartFile, openSharedPartFile, type PartFile } from '../lake/part-file.ts';
import { encodeFileHeader } from '../parquet/file-header.ts';
import { encodeFileTail } from '../parquet/file-tail.ts';
import { RowGroupWriter } from '../parquet/row-group-writer.ts';
import type { TableJob, WorkerSettings, WrittenPart } from './worker-protocol.ts';

interface OpenPart {
  readonly name: string | null;
  readonly path: string;
  readonly file: PartFile;
  readonly chunkIds: Set<number>;
  rows: number;
}

export class PartWriter {
  readonly #job: TableJob;
  readonly #settings: Pick<WorkerSettings, 'partBytes' | 'createdBy' | 'workerId'>;
  readonly #onPart: (part: WrittenPart) => void;
  readonly #rowGroups: RowGroupWriter;
  #open: OpenPart | null = null;
  #sequence = 0;

  constructor(job: TableJob, settings: WorkerSettings, onPart: (part: WrittenPart) => void) {
    this.#job = job;
    this.#settings = settings;
    this.#onPart = onPart;
    this.#rowGroups = new RowGroupWriter(job.plan.schema, settings.parquet, {
      reserve: (bytes) => this.#open!.file.reserve(bytes),
      write: (offset, bytes) => this.#open!.file.write(offset, bytes),
    });
  }

  /** Takes what it keeps of the batch before it returns. */
  append(batch: ColumnBatch, chunkId: number): void {
    const open = this.#openPart();
    open.chunkIds.add(chunkId);
    open.rows += batch.rows;
    this.#rowGroups.append(batch);
    if (open.file.bytes >= this.#settings.partBytes) this.close();
  }

  /** Closes the open part, if there is one, and tells of it. */
  close(): void {
    const open = this.#open;
    if (open === null) return;
    this.#rowGroups.flush();
    const rowGroups = this.#rowGroups.takeRowGroups();
    if (this.#job.target.kind === 'folder') {
      const { plan, keyValues } = this.#job;
      const tail = encodeFileTail(plan.schema, rowGroups, keyValues, this.#settings.createdBy, open.file.bytes).bytes;
      open.file.write(open.file.reserve(tail.length), tail);
    }
    open.file.close();
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
    this.#rowGroups.reset();
    this.#rowGroups.takeRowGroups();
    if (open === null) return [];
    if (open.name !== null) removePart(open);
    return [...open.chunkIds];
  }

  #openPart(): OpenPart {
    this.#open ??= this.#createPart();
    return this.#open;
  }

  #createPart(): OpenPart {
    const { target } = this.#job;
    const part = { chunkIds: new Set<number>(), rows: 0 };
    if (target.kind === 'file')
      return { ...part, name: null, path: target.path, file: openSharedPartFile(target.path, target.end) };
    const name = partName(Atomics.add(new Int32Array(target.nextPart), 0, 1));
    const path = join(target.folder, name);
    const file = createPartFile(path);
    const header = encodeFileHeader();
    file.write(file.reserve(header.length), header);
    return { ...part, name, path, file };
  }
}

function removePart({ file, path }: OpenPart): void {
  try {
    file.close();
    unlinkSync(path);
  } catch {
    // No version will name it: the run's folder goes with the run, or is collected after the next commit.
  }
}
