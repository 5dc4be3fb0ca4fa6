/**
 * What is said of a read that failed: which table, in what state it is left, and of a value that its column cannot hold the
 * place where it stands, and its row's key. The place is asked for in the transaction that failed, so before it is rolled back.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatName, formatTable } from '../core/identifiers.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import { type ChunkQuery, rowLocationQuery } from '../extract/chunk-query.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import { isSourceChange, isSourceChangeFoundByParser, queryError, sqlstateOf } from '../postgres/sqlstate.ts';
import type { AwkwardCounts } from './awkward-counts.ts';
import { memoryForRow } from './memory-budget.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** A transaction that read a chunk, or the rest of it behind `after`, and failed. */
export interface FailedRead {
  readonly plan: TablePlan;
  readonly chunk: Chunk;
  readonly after: string | null;
  readonly query: ChunkQuery;
  readonly awkward: AwkwardCounts;
  readonly connection: ReaderConnection;
  readonly settings: Pick<WorkerSettings, 'sharing' | 'maxRowBytes'>;
}

export async function describeReadError(error: unknown, read: FailedRead): Promise<DraculaError> {
  const table = formatTable(read.plan.table);
  if (isDraculaError(error, 'E_AWKWARD_VALUE') && !read.awkward.refutesGuess(error.facts))
    return awkwardValue(error, read.plan, await locateRow(read, error.facts.row ?? 0));
  if (isDraculaError(error, 'E_VALUE_TOO_LARGE')) return tooLarge(error, table, read.settings);
  if (isDraculaError(error)) return new DraculaError(error.code, error.message, { ...error.facts, table }, error.cause);
  if (read.query.userSql ? isSourceChangeFoundByParser(error) : isSourceChange(error)) {
    const sqlstate = sqlstateOf(error);
    return new DraculaError(
      'E_SOURCE_CHANGED',
      `${table} was dropped, or its columns were altered, after the plan was made; nothing of it is published.`,
      { table, ...(sqlstate === undefined ? {} : { sqlstate }) },
    );
  }
  return queryError(error, { table });
}

function awkwardValue(error: DraculaError, plan: TablePlan, ctid: string | null): DraculaError {
  const { key } = error.facts;
  const at = ctid === null ? '' : ` at ctid ${ctid}`;
  const named = key === undefined || plan.rowKey === undefined ? '' : ` (${formatName(plan.rowKey)} ${key})`;
  const what = `${error.message.replace(/\.$/, '')}${at}${named}`;
  return new DraculaError(error.code, `${what}. Nothing of this table is published.`, {
    ...error.facts,
    table: formatTable(plan.table),
    ...(ctid === null ? {} : { ctid }),
  });
}

function tooLarge(error: DraculaError, table: string, { sharing, maxRowBytes }: FailedRead['settings']): DraculaError {
  const { rowBytes = 0 } = error.facts;
  const least = Math.ceil(memoryForRow(rowBytes, sharing) / 1e6);
  const alone = Math.ceil(memoryForRow(rowBytes, { ...sharing, workers: 1 }) / 1e6);
  const orAlone = sharing.workers === 1 ? '' : `, or ${alone} MB with one connection`;
  return new DraculaError(
    error.code,
    `A row of ${table} has ${rowBytes} bytes; at most ${maxRowBytes} fit a connection's share of ${Math.floor(sharing.memoryBytes / 1e6)} MB of memory. It takes ${least} MB${orAlone}. Nothing of this table is published.`,
    { ...error.facts, table },
  );
}

/** The ctid of a row by its ordinal in the read, in the same snapshot; null where the relation has none, or it cannot be asked. */
async function locateRow({ plan, chunk, after, connection }: FailedRead, ordinal: number): Promise<string | null> {
  const query = rowLocationQuery(plan, chunk, after, ordinal);
  if (query === null) return null;
  const rows = await connection.query<{ ctid: string }>(query.text, query.values).catch(() => []); // the error names the row's ordinal anyway
  return rows[0]?.ctid ?? null;
}
