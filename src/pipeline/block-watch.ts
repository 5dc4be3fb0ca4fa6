/**
 * Looks once in a while for somebody who waits for our readers, and sees to it that they get through.
 *
 * A waiter on a relation lock gets through by the chunk being given back: after `maxBlockMs` the worker is asked to end its
 * transaction after the slice under way; when it has not soon, the server cancels the statement, then ends the session. Waiters on
 * our virtual transaction ids block nobody else: they are reported once.
 */
import type { Client } from 'pg';
import type { RunEventListener } from '../core/run-event.ts';
import { endTransaction, findLockWaiters } from '../extract/lock-waiters.ts';
import type { RunningRead } from './reader.ts';
import type { Scheduler } from './scheduler.ts';

const MAX_INTERVAL_MS = 500;
const CANCEL_AFTER_MS = 300;
const TERMINATE_AFTER_MS = 500;

export interface BlockWatchOptions {
  readonly scheduler: Scheduler;
  /** The backend that holds the snapshot, while the readers share one. It holds no lock on a relation. */
  readonly exporterPid: number | null;
  readonly maxBlockMs: number;
  /** A connected control client; a new one where the last was lost. */
  readonly control: () => Promise<Client>;
  readonly onEvent: RunEventListener;
}

export interface BlockWatch {
  stop(): void;
}

export function startBlockWatch(options: BlockWatchOptions): BlockWatch {
  const intervalMs = Math.max(50, Math.min(MAX_INTERVAL_MS, options.maxBlockMs / 2));
  /** When a waiter was first seen to wait for this transaction. */
  const seen = new Map<string, number>();
  const reported = new Set<number>();
  let looking = false;
  let stopped = false;

  const look = async (): Promise<void> => {
    const byPid = new Map(options.scheduler.running().map((read) => [read.transaction.pid, read]));
    const pids = [...byPid.keys(), ...(options.exporterPid === null ? [] : [options.exporterPid])];
    if (pids.length === 0) {
      seen.clear();
      return;
    }
    const waiters = await findLockWaiters(await options.control(), pids);
    const now = performance.now();
    const still = new Set<string>();
    for (const { waiterPid, readerPid, kind } of waiters) {
      if (kind === 'virtualxid') reportOnce(waiterPid);
      const read = byPid.get(readerPid);
      if (read === undefined || kind === 'virtualxid') continue;
      const key = `${waiterPid} ${readerPid} ${read.transaction.xactStart}`;
      still.add(key);
      const since = seen.get(key) ?? now - intervalMs;
      seen.set(key, since);
      if (now - since >= options.maxBlockMs) {
        seen.set(key, Number.POSITIVE_INFINITY);
        // Whoever still waits for the same transaction then is seen anew.
        void giveBack(options, read).finally(() => seen.delete(key));
      }
    }
    for (const key of seen.keys()) if (!still.has(key)) seen.delete(key);
  };

  const reportOnce = (waiterPid: number): void => {
    if (reported.has(waiterPid)) return;
    reported.add(waiterPid);
    options.onEvent({
      type: 'notice',
      level: 'warning',
      message: `Session ${waiterPid} (CREATE INDEX CONCURRENTLY or DETACH CONCURRENTLY?) waits until this run's snapshot ends. It blocks nobody else.`,
    });
  };

  const timer = setInterval(() => {
    if (looking || stopped) return;
    looking = true;
    look()
      .catch(() => undefined) // the control connection is asked for anew at the next look
      .finally(() => {
        looking = false;
      });
  }, intervalMs);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

async function giveBack(options: BlockWatchOptions, read: RunningRead): Promise<void> {
  options.scheduler.yieldChunk(read);
  for (const [afterMs, how] of [
    [CANCEL_AFTER_MS, 'cancel'],
    [TERMINATE_AFTER_MS, 'terminate'],
  ] as const) {
    await new Promise((resolve) => setTimeout(resolve, afterMs).unref());
    const isOver = !options.scheduler.running().some(({ transaction }) => transaction === read.transaction);
    if (isOver) return;
    // Lost with the control connection: a later look finds the waiter again.
    await options
      .control()
      .then((client) => endTransaction(client, read.transaction, how))
      .catch(() => undefined);
  }
}
