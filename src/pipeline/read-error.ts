/**
 * What is said of a read that failed: which table, in what state it is left, and of a value that its column cannot hold the
 * place where it stands, and its row's key.
 */
import { runsUserSql, type TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import { atServer } from '../postgres/connection-config.ts';
import { isServerError } from '../postgres/server-error.ts';
import { isSourceChange, isSourceChangeFoundByParser, queryError, sqlstateOf } from '../postgres/sqlstate.ts';
import type { AwkwardCounts } from './awkward-counts.ts';
import { describeLocation, locateRow, locateRowAnew, type RowLocation, type StoppedRead } from './locate-row.ts';
import { largeRowBytes, memoryForLargeRow } from './memory-budget.ts';
import { describeChange } from './source-change.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** pg_mb: reports a character that UTF-8 lacks. Others have its SQLSTATE too: json's functions, for \u0000. */
const UNTRANSLATABLE_ROUTINE = 'report_untranslatable_char';

/** A transaction that read a chunk, or the rest of it behind `after`, and failed. */
export interface FailedRead extends StoppedRead {
  readonly awkward: AwkwardCounts;
  readonly settings: StoppedRead['settings'] & Pick<WorkerSettings, 'sharing' | 'maxRowBytes' | 'connection'>;
  /** Rows that came before. */
  readonly rows: number;
}

export async function describeReadError(error: unknown, read: FailedRead): Promise<DraculaError> {
  return atServer(await describe(error, read), read.settings.connection);
}

async function describe(error: unknown, read: FailedRead): Promise<DraculaError> {
  const { plan } = read.job;
  const table = formatTable(plan.table);
  if (isDraculaError(error, 'E_AWKWARD_VALUE') && !read.awkward.refutesGuess(error.facts))
    return awkwardValue(error, plan, await locateRow(read, error.facts.row ?? 0));
  if (isDraculaError(error, 'E_VALUE_TOO_LARGE')) return tooLarge(error, table, read.settings);
  if (isDraculaError(error)) return new DraculaError(error.code, error.message, { ...error.facts, table }, error.cause);
  const sqlstate = sqlstateOf(error);
  if (sqlstate !== undefined && isServerError(error) && error.routine === UNTRANSLATABLE_ROUTINE)
    return untranslatable(plan, read.rows, sqlstate, await locateRowAnew(read, read.rows));
  if (runsUserSql(plan) ? isSourceChangeFoundByParser(error) : isSourceChange(error)) {
    return new DraculaError(
      'E_SOURCE_CHANGED',
      `${await describeChange(read)} after the plan was made; nothing of ${table} is published.`,
      { table, ...(sqlstate === undefined ? {} : { sqlstate }) },
    );
  }
  return queryError(error, { table });
}

function awkwardValue(error: DraculaError, plan: TablePlan, location: RowLocation): DraculaError {
  const facts = { ...location, ...error.facts, table: formatTable(plan.table) };
  const what = `${error.message.replace(/\.$/, '')}${describeLocation(plan, facts)}`;
  return new DraculaError(error.code, `${what}. Nothing of this table is published.`, facts);
}

/** The server ends the read at such a character, so no policy applies. What it had sent by then came: the row is the next one. */
function untranslatable(plan: TablePlan, row: number, sqlstate: string, location: RowLocation): DraculaError {
  const facts = { table: formatTable(plan.table), row, ...location, sqlstate };
  const where = `row ${row + 1} of its chunk${describeLocation(plan, location)}`;
  return new DraculaError(
    'E_ENCODING',
    `${facts.table} holds a character that has no equivalent in UTF-8, in ${where}. The server ended the read there, whatever the policy for awkward values; nothing of this table is published.`,
    facts,
  );
}

function tooLarge(error: DraculaError, table: string, { sharing, maxRowBytes }: FailedRead['settings']): DraculaError {
  const { rowBytes, takesBytes = largeRowBytes(rowBytes ?? 0) } = error.facts;
  const least = Math.ceil(memoryForLargeRow(takesBytes, sharing) / 1e6);
  const alone = Math.ceil(memoryForLargeRow(takesBytes, { ...sharing, workers: 1 }) / 1e6);
  const orAlone = sharing.workers === 1 ? '' : `, or ${alone} MB with one connection`;
  const atLeast = rowBytes === undefined ? 'at least ' : '';
  const tooMuch =
    rowBytes === undefined
      ? `What came of ${table} in one piece takes ${takesBytes} bytes or more with its elements and texts; at most ${largeRowBytes(maxRowBytes)} fit `
      : `A row of ${table} has ${rowBytes} bytes; at most ${maxRowBytes} fit `;
  return new DraculaError(
    error.code,
    `${tooMuch}a connection's share of ${Math.floor(sharing.memoryBytes / 1e6)} MB of memory. It takes ${atLeast}${least} MB${orAlone}. Nothing of this table is published.`,
    { ...error.facts, table },
  );
}
