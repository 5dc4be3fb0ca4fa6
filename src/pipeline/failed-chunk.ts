/**
 * What follows from a chunk that could not be read: its table is read as text where the guess of a type was refuted, the chunk
 * is read again where retry-policy.ts says so, or the table fails. Decides; does nothing.
 */
import { formatTable } from '../core/identifiers.ts';
import { DraculaError, deserializeError, type SerializedError } from '../errors.ts';
import { refutesGuess } from './guessed-decimal.ts';
import { retryDelayMs, yieldDelayMs } from './retry-policy.ts';
import type { TableCopy } from './table-copy.ts';
import type { FromWorker } from './worker-protocol.ts';

export type FailedChunk = Extract<FromWorker, { type: 'chunk-failed' }>;

export type Consequence =
  | { readonly kind: 'read-as-text'; readonly column: string }
  | { readonly kind: 'read-again'; readonly chunkId: number; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'fail'; readonly error: DraculaError };

/** Counts the failure: a chunk is read again only so often. */
export function consequenceOf(table: TableCopy, failed: FailedChunk, numericDeclared: boolean): Consequence {
  const { chunkId, error, yielded } = failed;
  const column = numericDeclared ? null : refutedGuess(table, error);
  if (column !== null) return { kind: 'read-as-text', column };
  // A part that could not be closed is not a matter of reading again.
  if (chunkId === null) return { kind: 'fail', error: deserializeError(error) };
  const counts = yielded ? table.yields : table.failures;
  const times = (counts.get(chunkId) ?? 0) + 1;
  counts.set(chunkId, times);
  const delayMs = yielded ? yieldDelayMs(times) : retryDelayMs(error.code, times);
  if (delayMs === null)
    return { kind: 'fail', error: yielded ? neverLetThrough(table, times) : deserializeError(error) };
  return { kind: 'read-again', chunkId, delayMs, reason: yielded ? 'somebody waited for a lock' : error.message };
}

/** The column whose guessed type its values do not fit. */
function refutedGuess(table: TableCopy, error: SerializedError): string | null {
  if (error.code !== 'E_AWKWARD_VALUE') return null;
  const column = table.plan.schema.columns.find(({ name }) => name === error.facts.column);
  return column !== undefined && refutesGuess(column, error.facts.reason) ? column.name : null;
}

function neverLetThrough(table: TableCopy, times: number): DraculaError {
  const name = formatTable(table.plan.table);
  return new DraculaError(
    'E_LOCK_TIMEOUT',
    `A chunk of ${name} was given back ${times} times, each time since somebody waited for its lock, and it has no order in which it could go on where it stopped. Nothing of this table is published.`,
    { table: name },
  );
}
