/** What ends a group before its last row: the caller's abort, the snapshot's loss or its age, the failure of a table. */
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';
import { endTransaction } from '../extract/lock-waiters.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import type { CopyRun } from './copy-run.ts';
import type { Scheduler } from './scheduler.ts';

/** Workers that do not let go within this time after an abort are ended. */
const ABORT_GRACE_MS = 5_000;
const CANCEL_DROPPED_MS = 300;
/** A backend that was asked to cancel and goes on for so long (a function that takes no interrupts) loses its session. */
const TERMINATE_DROPPED_MS = 1_000;

/** Ends the group when the caller aborts, the snapshot is lost, or it becomes too old. */
export function listen(run: CopyRun, snapshot: Snapshot, scheduler: Scheduler, usesSnapshot: boolean): () => void {
  const { signal, maxSnapshotAgeMs } = run.options;
  const cleanUps: (() => void)[] = [];
  const on = (source: AbortSignal, act: () => void) => {
    if (source.aborted) act();
    source.addEventListener('abort', act, { once: true });
    cleanUps.push(() => source.removeEventListener('abort', act));
  };
  if (signal) {
    on(signal, () => {
      scheduler.failAll(interrupted(signal));
      setTimeout(() => scheduler.abandonWorkers(), ABORT_GRACE_MS).unref();
    });
  }
  if (usesSnapshot) {
    on(snapshot.lost, () => scheduler.failUnread(snapshot.lost.reason));
    const left = Math.max(0, maxSnapshotAgeMs - snapshot.ageMs());
    const tooOld = () =>
      scheduler.failAll(
        new DraculaError(
          'E_SNAPSHOT_AGE',
          `The snapshot has reached the age of ${maxSnapshotAgeMs / 1000} s, which is the cap (\`maxSnapshotAgeMs\`). Tables that were not read to their end are not published.`,
        ),
      );
    const timer = setTimeout(tooOld, Math.min(left, 2 ** 31 - 1));
    timer.unref();
    cleanUps.push(() => clearTimeout(timer));
  }
  return () => {
    for (const cleanUp of cleanUps) cleanUp();
  };
}

/**
 * Ends on the server what is still read of tables that have failed. A worker stops between two slices by itself; a slice that
 * takes longer, or a read that began just then, is cancelled, and in the end terminated, until the worker lets go.
 */
export function cancelDropped(
  scheduler: Pick<Scheduler, 'running'>,
  control: () => Promise<Pick<Client, 'query'>>,
): () => void {
  let cancelling = false;
  const firstAsked = new WeakMap<BackendTransaction, number>();
  const cancel = async (): Promise<void> => {
    for (const { transaction } of scheduler.running('dropping')) {
      const since = firstAsked.get(transaction) ?? performance.now();
      firstAsked.set(transaction, since);
      const how = performance.now() - since < TERMINATE_DROPPED_MS ? 'cancel' : 'terminate';
      await endTransaction(await control(), transaction, how);
    }
  };
  const timer = setInterval(() => {
    if (cancelling) return;
    cancelling = true;
    cancel()
      .catch(() => undefined) // the control connection is asked for anew the next time
      .finally(() => {
        cancelling = false;
      });
  }, CANCEL_DROPPED_MS);
  timer.unref();
  return () => clearInterval(timer);
}

export function interrupted(signal: AbortSignal): DraculaError {
  return new DraculaError(
    'E_INTERRUPTED',
    'The run was interrupted; tables that were not committed by then are not published.',
    {},
    signal.reason,
  );
}
