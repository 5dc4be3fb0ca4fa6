/**
 * Whether what a transaction has locked is still what its snapshot and the plan know. A snapshot does not hold that: TRUNCATE and a
 * rewrite leave it nothing of the rows from before, and names and types are always those of now.
 */
import type { DescribedColumn, RelationRead, TablePlan } from '../core/copy-plan.ts';
import { DraculaError } from '../errors.ts';

/** What of a read no snapshot holds, beside the relations that it locks. */
export interface Mutable {
  /** Composite types and enums whose attributes and labels must be those of the snapshot. */
  readonly mutableTypeOids: readonly number[];
  readonly children: CheckedChildren;
}

/** A column as a RowDescription names it. */
export interface DescribedField {
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/**
 * Under the read's locks: every relation that this transaction has locked but that is not what the snapshot knows: not there, with other
 * storage (TRUNCATE, a rewriting ALTER, VACUUM FULL, REFRESH), with another expression of a column that is computed when it is read, with other
 * partitions or heirs (tables that inherit from it), or a view with another definition. The names are those of now. An index made meanwhile
 * is locked by the planner too; it holds no rows of its own and is let pass.
 *
 * Of a rule, an attribute and a label the snapshot has the row of then, and `currtid2` follows that row to its newest version (it also does so
 * after a VACUUM FULL of the catalog); an expression and an inheritance are deleted, which only `xmax` tells. Which partitions there are
 * `pg_partition_tree` says as the planner sees it, which is now, less those whose DETACH CONCURRENTLY the snapshot knows to be under way (14+);
 * it locks them, as a read of the whole table does.
 */
const changedRelations = (
  children: CheckedChildren,
): string => `SELECT pg_catalog.string_agg(coalesce(i.identity, l.relation::pg_catalog.text), ', ') FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation,
  LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, l.relation, 0) i
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND (CASE WHEN c.oid IS NULL THEN pg_catalog.pg_get_indexdef(l.relation) IS NULL
   WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_filenode(l.relation) IS DISTINCT FROM c.relfilenode
   WHEN c.relkind = 'p' THEN ${changedPartitions(children)}
   WHEN c.relkind = 'v' THEN EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = l.relation
    AND pg_catalog.currtid2('pg_catalog.pg_rewrite', w.ctid) OPERATOR(pg_catalog.<>) w.ctid)
   ELSE false END
  OR EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = l.relation AND a.attgenerated = 'v' AND ${deletedSince('d')})
  ${children === 'all' ? `OR ${CHANGED_INHERITANCE}` : ''})`;

/**
 * Of which relations the partitions and the heirs must be the snapshot's: of the partitioned table with this oid and those below it, of all that
 * are locked (a view, a query or a condition may read anything as a whole), or of none, for a table that is read by itself.
 */
export type CheckedChildren = number | 'all' | 'none';

export function checkedChildren(
  { oid, relkind }: Pick<RelationRead, 'oid' | 'relkind'>,
  { where }: Pick<TablePlan, 'where'>,
): CheckedChildren {
  if (relkind === 'v' || relkind === 'q' || where !== undefined) return 'all';
  return relkind === 'p' ? oid : 'none';
}

function changedPartitions(children: CheckedChildren): string {
  if (children === 'none') return 'false';
  const differ = `EXISTS (
    SELECT FROM (SELECT h.inhrelid AS relid FROM pg_catalog.pg_inherits h WHERE h.inhparent = l.relation
      AND (pg_catalog.to_jsonb(h) OPERATOR(pg_catalog.->>) 'inhdetachpending') IS DISTINCT FROM 'true') AS was
    FULL JOIN (SELECT t.relid::pg_catalog.oid AS relid FROM pg_catalog.pg_partition_tree(l.relation) t WHERE t.level = 1) AS now USING (relid)
    WHERE was.relid IS NULL OR now.relid IS NULL)`;
  if (children === 'all') return differ;
  const ancestors = `SELECT a.relid::pg_catalog.oid FROM pg_catalog.pg_partition_ancestors(l.relation) a(relid)`;
  return `${children} IN (${ancestors}) AND ${differ}`;
}

/** A row of the snapshot that a transaction deleted, or tried to, which the snapshot does not know as ended. */
function deletedSince(row: string): string {
  return `pg_catalog.age(${row}.xmax) OPERATOR(pg_catalog.<=) pg_catalog.age(pg_catalog.mod(
    pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()), 4294967296)::pg_catalog.text::pg_catalog.xid)`;
}

/**
 * A table from which one of then does not inherit any more. Or one that is locked with others, of which one has heirs, and whose columns were
 * altered, as those are of a table that is made to inherit. No function says who inherits now, as `pg_partition_tree` does of partitions.
 */
const CHANGED_INHERITANCE = `(c.relkind IN ('r', 'f') AND (EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = l.relation
   AND ${deletedSince('h')})
  OR (EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = l.relation AND a.attnum > 0
    AND pg_catalog.currtid2('pg_catalog.pg_attribute', a.ctid) OPERATOR(pg_catalog.<>) a.ctid)
   AND EXISTS (SELECT FROM pg_catalog.pg_locks o JOIN pg_catalog.pg_class p ON p.oid = o.relation
    WHERE o.pid = l.pid AND o.locktype = 'relation' AND o.relation <> l.relation AND p.relkind IN ('r', 'f')
    AND (p.relhassubclass OR pg_catalog.currtid2('pg_catalog.pg_class', p.ctid) OPERATOR(pg_catalog.<>) p.ctid)))))`;

/**
 * The composite types of which an attribute was dropped or renamed, and the enums of which a label was renamed. The server sends attributes and
 * labels as they are now, whatever the snapshot, and nothing holds a type: one dropped and one added look the same on the wire. A view may
 * have made text of the enums of any columns below it.
 */
function changedTypes(children: CheckedChildren): string {
  const ofColumns = `t.typtype = 'e' AND EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_attribute a ON a.attrelid = l.relation
    WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND a.atttypid IN (t.oid, t.typarray))`;
  const chosen = `t.oid = ANY ($1::pg_catalog.oid[])${children === 'all' ? ` OR ${ofColumns}` : ''}`;
  return `SELECT pg_catalog.string_agg(coalesce(i.identity, t.oid::pg_catalog.text), ', ') FROM pg_catalog.pg_type t,
  LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0) i
  WHERE (${chosen})
  AND (EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_catalog.currtid2('pg_catalog.pg_attribute', a.ctid) OPERATOR(pg_catalog.<>) a.ctid)
   OR EXISTS (SELECT FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid
    AND pg_catalog.currtid2('pg_catalog.pg_enum', e.ctid) OPERATOR(pg_catalog.<>) e.ctid))`;
}

interface ChangesQuery {
  readonly text: string;
  readonly values: string[];
}

/** One row of one value: the names of what changed, null where nothing did. To be asked under the read's locks. */
export function changesQuery(mutable: Mutable): ChangesQuery {
  const relations = changedRelations(mutable.children);
  const types = changedTypesQuery(mutable);
  if (types === null) return { text: relations, values: [] };
  return {
    text: `SELECT nullif(pg_catalog.concat_ws(', ', (${relations}), (${types.text})), '')`,
    values: types.values,
  };
}

/**
 * The same behind the last row: of types, which no lock holds while rows are read, and of everything where a function may have read, and
 * locked, what the plan does not know. Null where nothing could have changed.
 */
export function lastChangesQuery(mutable: Mutable): ChangesQuery | null {
  return mutable.children === 'all' ? changesQuery(mutable) : changedTypesQuery(mutable);
}

function changedTypesQuery({ mutableTypeOids, children }: Mutable): ChangesQuery | null {
  if (mutableTypeOids.length === 0 && children !== 'all') return null;
  return { text: changedTypes(children), values: [`{${mutableTypeOids.join(',')}}`] };
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

/** `names`: the answer of `changesQuery`. */
export function relationsChanged(names: string): string {
  return `${names} was truncated, rewritten, refreshed, redefined, made anew or given other partitions or heirs after the snapshot was taken`;
}

export function sourceChanged(what: string, so = 'nothing of this table is published'): DraculaError {
  return new DraculaError('E_SOURCE_CHANGED', `${what}; ${so}.`);
}

export function snapshotLost(cause: unknown): DraculaError {
  return new DraculaError(
    'E_SNAPSHOT_LOST',
    'The snapshot of this run is gone; what was not read by now cannot be read any more.',
    {},
    cause,
  );
}
