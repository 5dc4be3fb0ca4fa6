/**
 * The catalog queries that describe tables. Each takes all tables at once, so that their number does not grow with the tables;
 * every name is qualified, so that no search_path changes what they mean. They work on PostgreSQL 12 to 18, see the
 * catalogs as of the transaction's snapshot, and lock nothing: the size functions, which would wait behind an ALTER or
 * TRUNCATE, are not asked about a relation that somebody holds or wants exclusively.
 */
import type { Client } from 'pg';
import type { RelationKind, SourceColumnFacts } from './source-table.ts';

export interface CandidateRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly relkind: RelationKind;
  readonly isPartition: boolean;
  readonly extensionOwned: boolean;
}

const CANDIDATES = `
  SELECT c.oid, n.nspname::pg_catalog.text AS "namespace", c.relname::pg_catalog.text AS "name",
         c.relkind::pg_catalog.text AS "relkind", c.relispartition AS "isPartition",
         EXISTS (SELECT FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
                   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e') AS "extensionOwned"
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ORDER BY n.nspname, c.relname`;

/** Every relation of the user's namespaces that has rows, in name order. */
export async function readCandidates(client: Client): Promise<CandidateRow[]> {
  return (await client.query<CandidateRow>(CANDIDATES)).rows;
}

export interface PartitionRow {
  readonly oid: number;
  readonly parentOid: number;
  /** A DETACH CONCURRENTLY has begun: queries of the parent no longer see it. */
  readonly detaching: boolean;
}

/** `to_jsonb` since `inhdetachpending` came with 14. */
const PARTITIONS = `
  SELECT i.inhrelid AS "oid", i.inhparent AS "parentOid",
         coalesce(pg_catalog.boolin(pg_catalog.textout(pg_catalog.to_jsonb(i) ->> 'inhdetachpending')), false) AS "detaching"
  FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')`;

/** Every partition with the table that it is a partition of. */
export async function readPartitions(client: Client): Promise<PartitionRow[]> {
  return (await client.query<PartitionRow>(PARTITIONS)).rows;
}

export interface RelationRow {
  readonly oid: number;
  readonly accessMethod: string | null;
  readonly namespaceUsage: boolean;
  readonly canSelect: boolean;
  readonly readableColumns: readonly number[];
  readonly rowSecurity: boolean;
  readonly unlogged: boolean;
  readonly populated: boolean;
  readonly hasInheritors: boolean;
  readonly comment: string | null;
  /** Bytes of the main fork; null where there is none, or when somebody holds or wants the relation exclusively. */
  readonly mainBytes: string | null;
  readonly toastBytes: string | null;
  readonly blockSize: number;
  readonly relpages: number;
  readonly reltuples: number;
  readonly relallvisible: number;
}

const RELATIONS = `
  WITH held AS MATERIALIZED (
    SELECT DISTINCT l.relation AS oid
    FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  )
  SELECT c.oid, am.amname::pg_catalog.text AS "accessMethod",
         coalesce(pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'), false) AS "namespaceUsage",
         coalesce(p.granted, false) AS "canSelect",
         CASE WHEN p.granted THEN '{}' ELSE ARRAY(
           SELECT a.attnum FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND NOT a.attisdropped
             AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1) END AS "readableColumns",
         pg_catalog.row_security_active(c.oid) AS "rowSecurity",
         c.relpersistence = 'u' AS "unlogged", c.relispopulated AS "populated",
         c.relhassubclass AND c.relkind <> 'p'
           AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS "hasInheritors",
         pg_catalog.obj_description(c.oid, 'pg_class') AS "comment",
         CASE WHEN c.relkind IN ('r', 'm') AND c.oid NOT IN (SELECT h.oid FROM held h)
           THEN pg_catalog.pg_relation_size(c.oid, 'main') END AS "mainBytes",
         CASE WHEN c.reltoastrelid <> 0 AND c.oid NOT IN (SELECT h.oid FROM held h)
                AND c.reltoastrelid NOT IN (SELECT h.oid FROM held h)
           THEN pg_catalog.pg_relation_size(c.reltoastrelid, 'main') END AS "toastBytes",
         pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('block_size'))) AS "blockSize",
         c.relpages, c.reltuples, c.relallvisible
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS wanted(oid)
  JOIN pg_catalog.pg_class c ON c.oid = wanted.oid
  LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
  CROSS JOIN LATERAL (SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT')) AS p(granted)`;

/** Rights, policies and sizes of these relations, by OID. */
export async function readRelations(client: Client, oids: readonly number[]): Promise<Map<number, RelationRow>> {
  const { rows } = await client.query<RelationRow>(RELATIONS, [oids]);
  return new Map(rows.map((row) => [row.oid, row]));
}

export interface ColumnRow extends SourceColumnFacts {
  readonly relationOid: number;
}

const COLUMNS = `
  SELECT a.attrelid AS "relationOid", a.attnum, a.attname::pg_catalog.text AS "name",
         a.atttypid AS "typeOid", a.atttypmod AS "typmod", a.attndims AS "dimensions",
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS "pgType", d.description AS "comment"
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS wanted(oid)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = wanted.oid
  LEFT JOIN pg_catalog.pg_description d
    ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  WHERE a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

/** The columns of these relations, dropped ones left out, in attnum order. */
export async function readColumns(client: Client, oids: readonly number[]): Promise<Map<number, ColumnRow[]>> {
  const { rows } = await client.query<ColumnRow>(COLUMNS, [oids]);
  return Map.groupBy(rows, (row) => row.relationOid);
}

const LEAF_ATTNUMS = `
  SELECT leaf.oid, a.attnum AS "rootAttnum", b.attnum
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS leaf(oid, root)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = leaf.root AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_attribute b ON b.attrelid = leaf.oid AND b.attname = a.attname
  WHERE a.attnum <> b.attnum`;

/** Where a leaf's column has another attnum than the root's column of that name: leaf OID to (root attnum to leaf attnum). */
export async function readMovedAttnums(
  client: Client,
  leaves: readonly { readonly oid: number; readonly rootOid: number }[],
): Promise<Map<number, Map<number, number>>> {
  const moved = new Map<number, Map<number, number>>();
  if (leaves.length === 0) return moved;
  const { rows } = await client.query<{ oid: number; rootAttnum: number; attnum: number }>(LEAF_ATTNUMS, [
    leaves.map((leaf) => leaf.oid),
    leaves.map((leaf) => leaf.rootOid),
  ]);
  for (const row of rows) {
    const ofLeaf = moved.get(row.oid) ?? new Map<number, number>();
    moved.set(row.oid, ofLeaf.set(row.rootAttnum, row.attnum));
  }
  return moved;
}

const KEY_COLUMNS = `
  SELECT i.indrelid AS "oid", a.attname::pg_catalog.text AS "name"
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = ANY ($1::pg_catalog.oid[]) AND i.indisprimary AND i.indisvalid AND i.indnkeyatts = 1`;

/** The column of each single-column primary key, by the table's OID. */
export async function readKeyColumns(client: Client, oids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(KEY_COLUMNS, [oids]);
  return new Map(rows.map((row) => [row.oid, row.name]));
}
