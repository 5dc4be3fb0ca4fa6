/**
 * An end that the caller asked for with his AbortSignal: told as E_INTERRUPTED, with what the run has published by then.
 */
import { DraculaError, isDraculaError } from '../errors.ts';
import { interrupted } from './run-limits.ts';

const SHOWN = 10;

/** A signal that aborts with this one, always with E_INTERRUPTED as its reason, until `closed` aborts. */
export function asInterruption(signal: AbortSignal, closed: AbortSignal): AbortSignal {
  const own = new AbortController();
  const abort = () => own.abort(isDraculaError(signal.reason, 'E_INTERRUPTED') ? signal.reason : interrupted(signal));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true, signal: closed });
  return own.signal;
}

/** `committed`: the tables, as people write them, that were published before. */
export function interruptedAfter(committed: readonly string[], cause: unknown): DraculaError {
  const shown = committed.slice(0, SHOWN).join(', ');
  const more = committed.length > SHOWN ? ` and ${committed.length - SHOWN} more` : '';
  const state =
    committed.length === 0
      ? 'before a table was committed. Nothing is published'
      : `after it had committed ${shown}${more}. Nothing of the others is published`;
  return new DraculaError('E_INTERRUPTED', `The run was interrupted ${state}.`, {}, cause);
}
