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
import { RunListener } from './run-listener.ts';

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
  readonly listener: RunListener;
  close(): Promise<void>;
}

/** Connects and asks the server what it is. The caller closes the run. */
export async function openRun(given: CopyOptions): Promise<CopyRun> {
  const startedAt = performance.now();
  const options = resolveCopyOptions(given);
  const closed = new AbortController();
  const interruption = given.signal && asInterruption(given.signal, closed.signal);
  const listener = new RunListener(given.onEvent, interruption);
  const signal = interruption === undefined ? listener.failed : AbortSignal.any([listener.failed, interruption]);
  const committed: string[] = [];
  const emit = (event: RunEvent) => {
    if (event.type === 'table-finished') committed.push(event.table.table);
    listener.tell(event);
  };
  try {
    signal.throwIfAborted();
    const connection = await connectionOf(given, emit);
    const control = await connectControl(connection, { signal });
    const close = async () => {
      closed.abort();
      await control.end().catch(() => undefined);
    };
    try {
      const server = await readServer(control);
      warnOfServer(server, emit);
      const lake = await readLakeForms(options.target);
      const runId = createRunId();
      const own = { runId, options: { ...options, signal }, startedAt, committed, listener, emit, close };
      return { ...own, lake, connection, server, control };
    } catch (error) {
      await control.end().catch(() => undefined); // the first error tells more
      throw queryError(error);
    }
  } catch (error) {
    const first = await listener.firstError(error);
    closed.abort();
    throw first;
  }
}

/** Its notices come before it is used: they may say why that fails (a password file that is not used). */
async function connectionOf(given: CopyOptions, emit: CopyRun['emit']): Promise<ConnectionConfig> {
  const env = given.env ?? process.env;
  const connection = await resolveConnection({ env, ...(given.url === undefined ? {} : { url: given.url }) });
  for (const message of connection.notices) emit({ type: 'notice', level: 'warning', message });
  return connection;
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
