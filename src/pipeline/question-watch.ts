/** Looks once in a while, beside a question to the source, for somebody who waits for its locks, and cancels it when that lasts. */
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';
import { findLockWaiters } from '../extract/lock-waiters.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';

const WATCH_MS = 500;
/** A question runs on for so many times `maxBlockMs` while nobody can look for who waits. */
const MAX_BLIND_BLOCKS = 10;

export interface QuestionWatchOptions {
  readonly transaction: BackendTransaction;
  /** Ends the question. */
  readonly signal: AbortSignal;
  readonly maxBlockMs: number;
  /** A connected control client; a new one where the last was lost. */
  readonly control: () => Promise<Client>;
  /** Cancels the statement; does not reject. */
  readonly cancel: () => Promise<void>;
  /** Somebody has waited for `maxBlockMs`: the statement is being cancelled. */
  readonly onGiveWay: () => void;
  /** Nobody could look for some time, for this reason. */
  readonly onBlind: (cause: unknown) => void;
}

/** Returns what ends the watch. */
export function watchQuestion(options: QuestionWatchOptions): () => void {
  const { transaction, signal, maxBlockMs, control, cancel, onGiveWay, onBlind } = options;
  let sawAt = performance.now();
  let waitedSince: number | null = null;
  let stopped = false;
  const look = async () => {
    // The cancel may have come between two statements.
    if (signal.aborted) return cancel();
    const waiters = await findLockWaiters(await control(), [transaction.pid]);
    sawAt = performance.now();
    if (!waiters.some(({ kind }) => kind === 'relation')) {
      waitedSince = null;
      return;
    }
    waitedSince ??= performance.now() - WATCH_MS;
    if (stopped || performance.now() - waitedSince < maxBlockMs) return;
    onGiveWay();
    await cancel();
  };
  const lookAgain = (error: unknown) => {
    if (!stopped && performance.now() - sawAt >= MAX_BLIND_BLOCKS * maxBlockMs) onBlind(error);
  };
  const timer = setInterval(() => look().catch(lookAgain), WATCH_MS);
  signal.addEventListener('abort', cancel, { once: true });
  return () => {
    stopped = true;
    clearInterval(timer);
    signal.removeEventListener('abort', cancel);
  };
}

/** What a question ends with beside which nobody could look. */
export function unwatched(cause: unknown, maxBlockMs: number): DraculaError {
  return new DraculaError(
    'E_CONNECTION_LOST',
    `For ${(MAX_BLIND_BLOCKS * maxBlockMs) / 1000} s nobody could look whether a lock of the verification is waited for: its connection was lost and could not be opened anew. The verification ended, since it could not give way. Nothing was changed.`,
    {},
    cause,
  );
}
