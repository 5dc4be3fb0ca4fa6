/**
 * Whether what a transaction has locked is still what its snapshot and the plan know. A snapshot does not hold that: TRUNCATE and a
 * rewrite leave it nothing of the rows from before, and names and types are always those of now.
 */
import { type DescribedColumn, type RelationRead, runsUserSql, type TablePlan } from '../core/copy-plan.ts';
import { DraculaError, type ErrorCode } from '../errors.ts';
import { isServerError } from './server-error.ts';
import { changedRelations, changedTypes, otherwiseNamed, type ReadScope } from './source-changes-sql.ts';
import { queryError } from './sqlstate.ts';

/** A read, as far as its checks go. */
export interface CheckedRead {
  readonly scope: ReadScope;
  /** Composite types and enums, at any depth, of its columns: their attributes and labels must be those of the snapshot. */
  readonly mutableTypeOids: readonly number[];
  /** Relations that the names in the user's SQL meant when the plan was made: they must mean them still. */
  readonly namedOids?: readonly number[];
}

/** Of a relation of this plan. */
export function checkedRead(
  { oid, relkind }: Pick<RelationRead, 'oid' | 'relkind'>,
  plan: Pick<TablePlan, 'searchPath' | 'mutableTypeOids' | 'namedOids'>,
): CheckedRead {
  const { mutableTypeOids = [], namedOids = [] } = plan;
  const itsOwn = relkind === 'p' ? oid : 'itself';
  return { scope: runsUserSql(plan) ? 'anything' : itsOwn, mutableTypeOids, namedOids };
}

/** A column as a RowDescription names it. */
export interface DescribedField {
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

interface ChangesQuery {
  readonly text: string;
  readonly values: string[];
}

/** One row of one value, `changes`: what changed, and how, `public.orders was altered`; null where nothing did. To be asked under the read's locks, and under `pg_catalog`. */
export function changesQuery(read: CheckedRead): ChangesQuery {
  const { scope, namedOids: named = [] } = read;
  const relations = `(${changedRelations(scope)})`;
  const types = changedTypesQuery(read);
  if (types === null && named.length === 0) return { text: `SELECT ${relations} AS changes`, values: [] };
  const values = [...(types?.values ?? [])];
  // What was made anew is not told once more as what its name meant before.
  const others =
    named.length === 0 ? relations : `coalesce(${relations}, (${otherwiseNamed(`$${values.push(oids(named))}`)}))`;
  const all = [others, ...(types === null ? [] : [`(${types.text})`])];
  return { text: `SELECT nullif(pg_catalog.concat_ws(', ', ${all.join(', ')}), '') AS changes`, values };
}

/**
 * The same behind the last row: of types, which no lock holds while rows are read, and of everything where a function may have read, and
 * locked, what the plan does not know. Null where nothing could have changed.
 */
export function lastChangesQuery(read: CheckedRead): ChangesQuery | null {
  if (read.scope === 'anything') return changesQuery(read);
  const types = changedTypesQuery(read);
  return types && { ...types, text: `SELECT (${types.text}) AS changes` };
}

function changedTypesQuery({ scope, mutableTypeOids }: CheckedRead): ChangesQuery | null {
  if (mutableTypeOids.length === 0 && scope !== 'anything') return null;
  return { text: changedTypes(scope, '$1'), values: [oids(mutableTypeOids)] };
}

/** As an array in text. */
function oids(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}

/** Whether the Describe of the bare columns gives what the plan's did. */
export function areAsExpected(fields: readonly DescribedField[], expected: readonly DescribedColumn[]): boolean {
  return fields.length === expected.length && fields.every((field, i) => isAsExpected(field, expected[i]!));
}

function isAsExpected(field: DescribedField, expected: DescribedColumn): boolean {
  return (
    field.tableID === expected.tableOid &&
    field.columnID === expected.attnum &&
    field.dataTypeID === expected.typeOid &&
    field.dataTypeModifier === expected.typmod
  );
}

export const COLUMNS_CHANGED = 'Columns were renamed, dropped, added or changed their type after the plan was made';

/** `changes`: the answer of `changesQuery`. */
export function changedSinceSnapshot(changes: string, so?: string): DraculaError {
  return sourceChanged(`${changes} after the snapshot was taken`, so);
}

export function sourceChanged(what: string, so = 'nothing of this table is published'): DraculaError {
  return new DraculaError('E_SOURCE_CHANGED', `${what}; ${so}.`);
}

/** What ends a session, or its statement, just when it takes the snapshot says nothing of that. */
const ENDS_A_SESSION: ReadonlySet<ErrorCode> = new Set([
  'E_CONNECTION_LOST',
  'E_RECOVERY_CONFLICT',
  'E_QUERY_CANCELLED',
  'E_STATEMENT_TIMEOUT',
]);

/** The error of a SET TRANSACTION SNAPSHOT: the server does not know the snapshot any more, unless it ended something else. */
export function snapshotError(error: unknown): unknown {
  return isServerError(error) && !ENDS_A_SESSION.has(queryError(error).code) ? snapshotLost(error) : error;
}

export function snapshotLost(cause: unknown): DraculaError {
  return new DraculaError(
    'E_SNAPSHOT_LOST',
    'The snapshot of this run is gone; what was not read by now cannot be read any more.',
    {},
    cause,
  );
}
