/**
 * How the memory of `--memory` is shared out: Node and the main thread, then an equal share for each reading thread.
 *
 * The constants are measured peaks of the whole process (Linux, Node 24). A thread's share, after what the thread itself takes,
 * is filled by one of two things at a time: a row group (its columns with room to grow, and its compressed pages: up to
 * five times `rowGroupBytes`, what the allocator holds back included), or one large row, which is there twice: as it came from
 * the server and in its column, then in its column and compressed. Of a row with many elements the decoder counts what these take
 * before it takes it (extract/wire/tile-memory.ts).
 */
import { DraculaError } from '../errors.ts';

const MIB = 2 ** 20;
/** Node, the program, the plan, the control connections. */
const PROCESS_BYTES = 92 * MIB;
/** A thread: its heap, its code, its read buffer, its pages' buffers. */
const THREAD_BYTES = 30 * MIB;
/** Of that, what a thread lets go of for a large row. */
const LET_GO_BYTES = 12 * MIB;
/** A column's decoder and buffers, before they hold a value. */
const COLUMN_BYTES = 48 * 1024;
/** Less than this for rows makes row groups so small that the files are of no use, and what is said about each column is more than its values. */
const LEAST_ROWS_BYTES = 8 * MIB;
const LEAST_COLUMN_ROWS_BYTES = 24 * 1024;
const MAX_ROW_GROUP_BYTES = 64 * MIB;

export interface WorkerBudget {
  /** A row group ends when its columns hold this much. */
  readonly rowGroupBytes: number;
  /** The longest row that is taken. */
  readonly maxRowBytes: number;
}

/** What decides a thread's share. */
export interface Sharing {
  readonly memoryBytes: number;
  readonly workers: number;
  /** Of the widest table. */
  readonly columns: number;
}

/** The share of one reading thread. Throws E_MEMORY when it has no room for rows. */
export function workerBudget({ memoryBytes, workers, columns }: Sharing): WorkerBudget {
  const rowsBytes = (memoryBytes - PROCESS_BYTES) / workers - THREAD_BYTES - columns * COLUMN_BYTES;
  if (rowsBytes < leastRowsBytes(columns)) {
    const least = Math.ceil(memoryForRow(0, { workers, columns }) / 1e6);
    throw new DraculaError(
      'E_MEMORY',
      `${workers === 1 ? '1 connection needs' : `${workers} connections need`} a memory budget of at least ${least} MB${columns === 1 ? '' : ` for a table of ${columns} columns`}; it is ${Math.floor(memoryBytes / 1e6)} MB. Nothing was read.`,
    );
  }
  return {
    rowGroupBytes: Math.min(MAX_ROW_GROUP_BYTES, Math.floor(rowsBytes / 5)),
    maxRowBytes: Math.floor((rowsBytes + LET_GO_BYTES) / 2),
  };
}

/** How many reading threads fit, at least one. */
export function fittingWorkers(memoryBytes: number, columns: number): number {
  const shareBytes = THREAD_BYTES + columns * COLUMN_BYTES + leastRowsBytes(columns);
  return Math.max(1, Math.floor((memoryBytes - PROCESS_BYTES) / shareBytes));
}

/** What a large row may take on its way, where the longest is `maxRowBytes`: as it came, and what becomes of it. */
export function largeRowBytes(maxRowBytes: number): number {
  return 2 * maxRowBytes;
}

/** The least budget in which each thread can take a row of so many bytes. */
export function memoryForRow(rowBytes: number, sharing: Omit<Sharing, 'memoryBytes'>): number {
  return memoryForLargeRow(largeRowBytes(rowBytes), sharing);
}

/** The least budget in which a row may take so much on its way. */
export function memoryForLargeRow(takesBytes: number, { workers, columns }: Omit<Sharing, 'memoryBytes'>): number {
  const rowsBytes = Math.max(leastRowsBytes(columns), takesBytes - LET_GO_BYTES);
  return PROCESS_BYTES + workers * (THREAD_BYTES + columns * COLUMN_BYTES + rowsBytes);
}

function leastRowsBytes(columns: number): number {
  return Math.max(LEAST_ROWS_BYTES, columns * LEAST_COLUMN_ROWS_BYTES);
}
