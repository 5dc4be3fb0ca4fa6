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
