/**
 * What everything in a run shares: its id, its options, the server and the control connection, on which no row passes.
 *
 * (Apart from copy.ts also for its types: the types of the library need none of `pg`.)
 */
import type { Client } from 'pg';
import type { RunEvent } from '../core/run-event.ts';
import { readServer, type ServerInfo } from '../introspect/server.ts';
import { createRunId } from '../lake/layout.ts';
import { connectControl } from '../postgres/connect.ts';
import { type ConnectionConfig, resolveConnection } from '../postgres/connection-config.ts';
import { queryError } from '../postgres/sqlstate.ts';
import type { CopyOptions } from './copy-options.ts';
import type { LakeForms } from './dataset-readers.ts';
import { asInterruption } from './interruption.ts';
import { readLakeForms } from './lake-readers.ts';
import { type ResolvedOptions, resolveCopyOptions } from './resolve-options.ts';

/** The newest major that the tests run against. */
const NEWEST_TESTED = 18;

/** What everything in a run shares. */
export interface CopyRun {
  readonly runId: string;
  readonly options: ResolvedOptions;
  /** What the target's datasets were written for, before this run. */
  readonly lake: LakeForms;
  readonly connection: ConnectionConfig;
  readonly server: ServerInfo;
  readonly control: Client;
  readonly startedAt: number;
  readonly emit: (event: RunEvent) => void;
  /** The tables that were published so far, as people write them. */
  readonly committed: readonly string[];
  /** Waits for what the listener promised so far. Rejects with what it threw or was rejected with, which ends the run as the caller's signal does. */
  listened(): Promise<void>;
  /** Of a run that failed with this error, the one to tell: what the listener failed with before it, else itself. Waits for the listener, but not where the caller aborted. */
  firstError(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Connects and asks the server what it is. The caller closes the run. */
export async function openRun(given: CopyOptions): Promise<CopyRun> {
  const startedAt = performance.now();
  const options = resolveCopyOptions(given);
  const listening = new AbortController();
  const closed = new AbortController();
  const signal = AbortSignal.any([
    listening.signal,
    ...(given.signal ? [asInterruption(given.signal, closed.signal)] : []),
  ]);
  signal.throwIfAborted();
  const env = given.env ?? process.env;
  const connection = await resolveConnection({ env, ...(given.url === undefined ? {} : { url: given.url }) });
  const committed: string[] = [];
  const promised = new Set<Promise<unknown>>();
  /** All that was promised is settled, or the caller aborted: a listener may itself wait for the run's end. */
  const settled = async () => {
    const aborted = new Promise((resolve) =>
      given.signal?.addEventListener('abort', resolve, { once: true, signal: closed.signal }),
    );
    while (promised.size > 0 && !given.signal?.aborted) await Promise.race([Promise.all(promised), aborted]);
  };
  const listened = async () => {
    await settled();
    listening.signal.throwIfAborted();
    if (promised.size > 0) signal.throwIfAborted();
  };
  const firstError = async (error: unknown): Promise<unknown> => {
    if (listening.signal.aborted) return listening.signal.reason;
    await settled();
    return error;
  };
  const emit = (event: RunEvent) => {
    if (event.type === 'table-finished') committed.push(event.table.table);
    try {
      const returned: unknown = given.onEvent?.(event);
      if (!isThenable(returned)) return;
      const promise = Promise.resolve(returned)
        .catch((error: unknown) => listening.abort(error ?? new Error('The listener was rejected without a reason.')))
        .finally(() => promised.delete(promise));
      promised.add(promise);
    } catch (error) {
      listening.abort(error);
    }
  };
  // Before connecting: they may say why that fails (a password file that is not used).
  for (const message of connection.notices) emit({ type: 'notice', level: 'warning', message });
  const control = await connectControl(connection, { signal }).catch(async (error: unknown) => {
    throw await firstError(error);
  });
  try {
    const server = await readServer(control);
    warnOfServer(server, emit);
    const lake = await readLakeForms(options.target);
    return {
      runId: createRunId(),
      options: { ...options, signal },
      listened,
      firstError,
      lake,
      connection,
      server,
      control,
      startedAt,
      emit,
      committed,
      close: () => {
        closed.abort();
        return control.end().catch(() => undefined);
      },
    };
  } catch (error) {
    await control.end().catch(() => undefined); // the first error tells more
    const first = await firstError(error);
    throw first === error ? queryError(error) : first;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

function warnOfServer(server: ServerInfo, emit: (event: RunEvent) => void): void {
  const major = Math.floor(server.versionNum / 10_000);
  if (major <= NEWEST_TESTED) return;
  emit({
    type: 'notice',
    level: 'warning',
    message: `The server is PostgreSQL ${server.version}; the newest that was tested is ${NEWEST_TESTED}. Compare the result before you rely on it.`,
  });
}
