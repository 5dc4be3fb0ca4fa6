/**
 * SQL that tells what became of relations and types since the transaction's snapshot. Whatever the snapshot, the server plans by the catalog of
 * now: by its names, types, constraints, indexes, partitions and heirs.
 *
 * Of what was altered the snapshot still has the row of then, and `currtid2` follows it to its newest version (also after a VACUUM FULL of
 * the catalog); of what was deleted only `xmax` tells. What is costly stands behind a CASE: the planner would ask it of every row of the catalog.
 * All of it is asked under `pg_catalog`, where no operator or type of a user's is taken for the server's; LOCKED is asked under the role's own path too.
 */

/**
 * What a read takes from: a table by `'itself'`, whose columns the Describe of the read names; a partitioned table, by its oid, with the
 * partitions below it; or `'anything'`, for a view, a query, a condition or a cast to json: which columns, functions and types those use nobody says.
 */
export type ReadScope = 'itself' | number | 'anything';

/** Of a row `l` of pg_locks: a relation of users that this transaction has locked. */
export const LOCKED = `l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND l.locktype OPERATOR(pg_catalog.=) 'relation'
  AND l.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())`;

/** The names, which are those of now, and what happened. */
export function changedRelations(scope: ReadScope): string {
  return `SELECT pg_catalog.string_agg(coalesce(i.identity, ${printedOid('r.relation')}) || r.change, ', ') FROM (
  SELECT l.relation, CASE
   WHEN c.oid IS NULL THEN ${absentFromSnapshot(scope)}
   WHEN c.relkind IN ('r', 'm') AND pg_catalog.pg_relation_filenode(l.relation) IS DISTINCT FROM c.relfilenode
    THEN ' was truncated, rewritten, refreshed or dropped'
   WHEN c.relkind = 'v' AND EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = l.relation AND ${updated('w', 'pg_rewrite')})
    THEN ' was redefined'
   WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = l.relation AND a.attgenerated = 'v' AND ${deleted('d')}) THEN ' had a virtual column redefined'
   ${scope === 'itself' ? '' : otherChildren(scope)}
   ${scope === 'anything' ? `WHEN ${ALTERED} THEN ' was altered'` : ''} END AS change
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation WHERE ${LOCKED}) r,
 LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, r.relation, 0) i
 WHERE r.change IS NOT NULL`;
}

/**
 * Of the relations with these OIDs (a parameter) those that are not locked, by their names in the snapshot: a name in the user's SQL means another
 * now, or a view is made of others. One that was dropped before the snapshot, as under `--consistency chunk`, has no name any more.
 */
export function otherwiseNamed(namedOids: string): string {
  const name = `CASE WHEN c.oid IS NULL THEN 'relation ' || ${printedOid('o.oid')} ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END`;
  return `SELECT pg_catalog.string_agg(${name} || ' was dropped, or its name meant another relation', ', ')
  FROM pg_catalog.unnest(${namedOids}::pg_catalog.oid[]) o(oid) LEFT JOIN pg_catalog.pg_class c ON c.oid = o.oid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = o.oid AND ${LOCKED})`;
}

/** The planner locks indexes made meanwhile too. They hold no rows of their own; but by a unique one it leaves out joins and groups. */
function absentFromSnapshot(scope: ReadScope): string {
  const unique = `WHEN pg_catalog.starts_with(pg_catalog.pg_get_indexdef(l.relation), 'CREATE UNIQUE') THEN ' was made'`;
  return `CASE WHEN pg_catalog.pg_get_indexdef(l.relation) IS NULL THEN ' was made anew' ${scope === 'anything' ? unique : ''} END`;
}

/**
 * Partitions and heirs (tables that inherit) that left or, partitions, got other bounds. Those whose DETACH CONCURRENTLY the snapshot knows to be
 * under way (14+) are none already; where it is under way since, the snapshot still has them. One that came is locked, and was altered; of a
 * root that is read without a condition it is looked for.
 */
function otherChildren(scope: number | 'anything'): string {
  const left = `EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = l.relation
    AND (pg_catalog.to_jsonb(h) ->> 'inhdetachpending') IS DISTINCT FROM 'true' AND ${deleted('h')} AND NOT ${updated('h', 'pg_inherits')})`;
  if (scope === 'anything') return `WHEN ${left} THEN ' was given other partitions or heirs'`;
  const below = `${scope}::pg_catalog.oid IN (SELECT a.relid::pg_catalog.oid FROM pg_catalog.pg_partition_ancestors(l.relation) a(relid))`;
  const came = `l.relation <> ${scope}::pg_catalog.oid AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = l.relation)`;
  return `WHEN ${below} AND ${left} THEN ' was given other partitions'
   WHEN ${below} AND ${came} THEN ' became a partition'`;
}

/**
 * Anything but its statistics: a name (of its namespace too), a type, NOT NULL, a constraint, whose child it is, an index that became valid, also
 * a right. A REFRESH CONCURRENTLY leaves the snapshot its rows and gives the materialised view a new row of `pg_class`.
 */
const ALTERED = `c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (c.relkind <> 'm' AND ${updated('c', 'pg_class')}
    OR EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = c.relnamespace AND ${updated('n', 'pg_namespace')})
    OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = l.relation AND a.attnum > 0::pg_catalog.int2 AND ${updated('a', 'pg_attribute')})
    OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = l.relation AND ${updated('k', 'pg_constraint')})
    OR EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = l.relation AND ${updated('x', 'pg_index')}))`;

/**
 * The composite types of which an attribute was added, dropped or renamed, and the enums of which a label was renamed: those with these OIDs (a
 * parameter), and where anything is read those of the locked columns and of constants in views, since text or json may be made of them. The server sends attributes
 * and labels as they are now, and nothing holds a type.
 */
export function changedTypes(scope: ReadScope, typeOids: string): string {
  const isUsed = (oid: string) =>
    `(${oid} = ANY (${typeOids}::pg_catalog.oid[])${scope === 'anything' ? ` OR ${oid} IN (SELECT u.oid FROM used u)` : ''})`;
  return `${scope === 'anything' ? USED_TYPES : ''}
 SELECT pg_catalog.string_agg(coalesce(i.identity, ${printedOid('t.oid')}) || ' was redefined', ', ') FROM (
  SELECT e.enumtypid FROM pg_catalog.pg_enum e WHERE CASE WHEN ${isUsed('e.enumtypid')} THEN ${updated('e', 'pg_enum')} END
  UNION SELECT c.reltype FROM pg_catalog.pg_class c WHERE CASE WHEN ${isUsed('c.reltype')} THEN
    ${HAS_OTHER_ATTRIBUTES} OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::pg_catalog.int2 AND NOT a.attisdropped
    AND ${updated('a', 'pg_attribute')}) END) t(oid),
 LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0) i`;
}

/**
 * One may have been added, which has no row in the snapshot. What else is told of a table in its row of `pg_class` does no harm to its row type; before
 * 14 an attribute that is not there cannot be asked for without an error.
 */
const HAS_OTHER_ATTRIBUTES = `${updated('c', 'pg_class')} AND CASE
   WHEN c.relkind = 'c' OR pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('server_version_num'))) < 140000 THEN true
   ELSE (SELECT b.identity FROM pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnatts::pg_catalog.int4 + 1) b) IS NOT NULL END`;

/** The types of locked columns and of constants in locked views, and what these are made of. */
const USED_TYPES = `WITH RECURSIVE used(oid) AS (
  SELECT n.oid FROM pg_catalog.pg_locks l, LATERAL (
    SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = l.relation AND a.attnum > 0::pg_catalog.int2
    UNION ALL SELECT d.refobjid FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_depend d ON d.objid = w.oid
     WHERE w.ev_class = l.relation AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid
     AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid) n(oid) WHERE ${LOCKED} AND n.oid <> 0::pg_catalog.oid
  UNION SELECT n.oid FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid, LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid
    UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g
     WHERE g.rngtypid = t.oid OR (pg_catalog.to_jsonb(g) ->> 'rngmultitypid') = ${printedOid('t.oid')}) n(oid) WHERE n.oid <> 0::pg_catalog.oid)`;

/** By its output function: there is no cast of the server's from oid to text, so that a user's would be taken. */
function printedOid(oid: string): string {
  return `pg_catalog.textin(pg_catalog.oidout(${oid}))`;
}

/** A row of this catalog has a newer version, which is committed. */
function updated(row: string, catalog: string): string {
  return `pg_catalog.currtid2('pg_catalog.${catalog}', ${row}.ctid) <> ${row}.ctid`;
}

/** A row of a catalog was deleted by a transaction that has committed since. */
function deleted(row: string): string {
  const snapshotXmin = 'pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())';
  const epoch = '4294967296';
  const low = (xid: string) => `pg_catalog.mod(${xid}, ${epoch})`;
  const isSince = `pg_catalog.age(${row}.xmax) <= pg_catalog.age(pg_catalog.xidin(pg_catalog.int8out(${low(snapshotXmin)})))`;
  const ahead = low(`pg_catalog.int8in(pg_catalog.xidout(${row}.xmax)) - ${low(snapshotXmin)} + ${epoch}`);
  return `CASE WHEN ${isSince} THEN pg_catalog.txid_status(${snapshotXmin} + ${ahead}) = 'committed' ELSE false END`;
}
