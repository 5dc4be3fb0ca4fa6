/**
 * Where a row lies that a read stopped at, by its ordinal in that read: the same rows in the same order, in the same snapshot. It is
 * asked for in the transaction that failed, before it is rolled back; where the server itself reported the error, and has ended that, in a
 * new one.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatName } from '../core/identifiers.ts';
import { type ChunkQuery, rowLocationQuery } from '../extract/chunk-query.ts';
import { readSettings } from '../extract/read-settings.ts';
import { IDENTITY, setSnapshotSql, settingsQuery } from '../postgres/read-opening.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import type { TableJob, WorkerSettings } from './worker-protocol.ts';

/** A read of a chunk, or of the rest of it behind `after`. */
export interface StoppedRead {
  readonly job: Pick<TableJob, 'plan' | 'snapshotId'>;
  readonly chunk: Chunk;
  readonly after: string | null;
  readonly query: ChunkQuery;
  readonly connection: ReaderConnection;
  readonly settings: Pick<WorkerSettings, 'server' | 'statementTimeoutMs' | 'lockTimeoutMs' | 'pauseMs' | 'busyMs'>;
  /** Says that a transaction is open, for whoever watches who waits for its locks. */
  readonly onStarted: (transaction: BackendTransaction) => void;
}

export interface RowLocation {
  readonly ctid?: string;
  /** Where the table has a key that may be told. */
  readonly key?: string;
}

/** In the transaction of the read, which is not aborted. Nothing where the read has no order of ctids, or it cannot be asked. */
export async function locateRow({ job, chunk, after, connection }: StoppedRead, ordinal: number): Promise<RowLocation> {
  const query = rowLocationQuery(job.plan, chunk, after, ordinal);
  if (query === null) return {};
  const rows = await connection.query<Record<string, string>>(query.text, query.values).catch(() => []); // the error names the row's ordinal anyway
  return rows[0] ?? {};
}

/** The same in a new transaction, which is left open. The server has aborted that of the read. It gives way as a read does. */
export async function locateRowAnew(read: StoppedRead, ordinal: number): Promise<RowLocation> {
  const { job, query, connection, settings, onStarted } = read;
  // Without a common snapshot the ordinal may be another row's by now.
  if (job.snapshotId === null) return {};
  try {
    await connection.end('ROLLBACK');
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await connection.query(setSnapshotSql(job.snapshotId));
    const set = settingsQuery(readSettings(query, settings, settings.server));
    await connection.query(set.text, set.values);
    const [transaction] = await connection.query<BackendTransaction & { [column: string]: unknown }>(IDENTITY);
    onStarted(transaction!);
    return await locateRow(read, ordinal);
  } catch {
    return {}; // the error names the row's ordinal anyway
  }
}

/** ` at ctid (0,5) (id 17)`, behind what says the row's ordinal. */
export function describeLocation({ rowKey }: TablePlan, { ctid, key }: RowLocation): string {
  const at = ctid === undefined ? '' : ` at ctid ${ctid}`;
  return key === undefined || rowKey === undefined ? at : `${at} (${formatName(rowKey)} ${key})`;
}
