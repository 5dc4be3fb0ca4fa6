/** Which failures of a chunk are worth reading it again, and after how long. Whatever is not listed fails the table. */
import type { ErrorCode } from '../errors.ts';

/** The world may be different in a moment, and the snapshot is still there. */
const READ_AGAIN: ReadonlySet<ErrorCode> = new Set([
  'E_CONNECTION_LOST',
  'E_CONNECT',
  'E_TOO_MANY_CONNECTIONS',
  'E_LOCK_TIMEOUT',
  'E_RECOVERY_CONFLICT',
  'E_QUERY_CANCELLED',
]);

const DELAYS_MS = [250, 1_000, 4_000] as const;

/** Milliseconds to wait before the chunk is read for another time, or null when its table has failed. `failures`: so far, this one included. */
export function retryDelayMs(code: ErrorCode, failures: number): number | null {
  return READ_AGAIN.has(code) ? (DELAYS_MS[failures - 1] ?? null) : null;
}

/** At once, since whoever waited got what it waited for; those who come again and again get longer turns. */
const YIELD_DELAYS_MS = [0, 250, 1_000, 2_000, 4_000, 8_000, 8_000] as const;

/** The same for a chunk that was given back `yields` times for somebody who waited for its lock, and starts from its beginning. */
export function yieldDelayMs(yields: number): number | null {
  return YIELD_DELAYS_MS[yields - 1] ?? null;
}

/** What says that the path to the server does not hold, whatever the table. */
const LOSSES: ReadonlySet<ErrorCode> = new Set(['E_CONNECTION_LOST', 'E_CONNECT']);
/** A path that only loses connections is given up after so many losses and so long, unless one holds: one table alone is given up much sooner. */
const MAX_FRUITLESS_LOSSES = 8;
const MAX_FRUITLESS_MS = 60_000;

export interface Fruitless {
  readonly losses: number;
  /** When the first of them was. */
  readonly sinceMs: number;
}

/**
 * Losses in a row over all tables of a run, without a table that came further than ever before in between: a loss takes finished chunks with
 * it, so that chunks can be finished again and again. Times are of whatever clock the caller has.
 */
export class FruitlessLosses {
  readonly #furthest = new WeakMap<object, number>();
  #count = 0;
  #sinceMs = 0;

  /** Of this table so many chunks are finished now. */
  finished(table: object, chunks: number): void {
    if (chunks <= (this.#furthest.get(table) ?? 0)) return;
    this.#furthest.set(table, chunks);
    this.#count = 0;
  }

  /** A chunk failed. Says since when there are only losses once that is too long, else null. */
  failed(code: ErrorCode, nowMs: number): Fruitless | null {
    if (!LOSSES.has(code)) return null;
    if (this.#count++ === 0) this.#sinceMs = nowMs;
    if (this.#count < MAX_FRUITLESS_LOSSES || nowMs - this.#sinceMs < MAX_FRUITLESS_MS) return null;
    return { losses: this.#count, sinceMs: this.#sinceMs };
  }
}
