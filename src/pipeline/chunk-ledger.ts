/**
 * Which chunks of a table are read, and which parts hold their rows.
 *
 * A part may hold several chunks and a chunk may fill several parts, all written by one worker. A part is accepted when every
 * chunk with rows in it has finished. When a chunk fails, every part with its rows is dropped, and all chunks in those parts are
 * read again, which drops their other parts in turn: the ledger follows that to its end. Pure bookkeeping, without files or clocks.
 */
import type { Chunk } from '../core/copy-plan.ts';

/** A closed part: in the lake a file, in a single file a set of row groups. */
export interface LedgerPart {
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
  readonly chunkIds: readonly number[];
}

type ChunkState = 'pending' | 'running' | 'done';

export class ChunkLedger<Part extends LedgerPart> {
  readonly #chunks: ReadonlyMap<number, Chunk>;
  readonly #states = new Map<number, ChunkState>();
  readonly #rows = new Map<number, number>();
  #queue: Chunk[];
  #parts: Part[] = [];

  constructor(chunks: readonly Chunk[]) {
    this.#chunks = new Map(chunks.map((chunk) => [chunk.id, chunk]));
    this.#queue = [...chunks];
    for (const chunk of chunks) this.#states.set(chunk.id, 'pending');
  }

  /** The next chunk to read, in the plan's order; undefined when none is waiting. */
  take(): Chunk | undefined {
    const chunk = this.#queue.shift();
    if (chunk) this.#states.set(chunk.id, 'running');
    return chunk;
  }

  get pending(): number {
    return this.#queue.length;
  }

  /** Estimated bytes of the chunks that are not done. */
  get bytesLeft(): number {
    return this.#sum((id) => (this.#states.get(id) === 'done' ? 0 : this.#chunks.get(id)!.estimatedBytes));
  }

  get doneChunks(): number {
    return this.#rows.size;
  }

  get chunksDone(): boolean {
    return [...this.#states.values()].every((state) => state === 'done');
  }

  /** Rows of the chunks that are done. */
  get rows(): number {
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows, 0);
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  finish(chunkId: number, rows: number): void {
    this.#states.set(chunkId, 'done');
    this.#rows.set(chunkId, rows);
  }

  addPart(part: Part): void {
    this.#parts.push(part);
  }

  /**
   * A chunk failed, and the worker's open part with these chunks is gone. Returns the closed parts to remove; their chunks, and
   * these, wait to be read again.
   */
  fail(chunkId: number, openPartChunkIds: readonly number[]): Part[] {
    const again = new Set([chunkId, ...openPartChunkIds]);
    const dropped: Part[] = [];
    for (let found = true; found; ) {
      found = false;
      this.#parts = this.#parts.filter((part) => {
        if (!part.chunkIds.some((id) => again.has(id))) return true;
        for (const id of part.chunkIds) again.add(id);
        dropped.push(part);
        found = true;
        return false;
      });
    }
    for (const id of again) {
      this.#states.set(id, 'pending');
      this.#rows.delete(id);
    }
    const waiting = new Set([...this.#queue.map((chunk) => chunk.id), ...again]);
    this.#queue = [...this.#chunks.values()].filter((chunk) => waiting.has(chunk.id));
    return dropped;
  }

  #sum(bytes: (id: number) => number): number {
    let sum = 0;
    for (const id of this.#chunks.keys()) sum += bytes(id);
    return sum;
  }
}
