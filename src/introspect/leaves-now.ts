/** The leaves of a partitioned table as they are now: relations that hold rows, but for those that a DETACH CONCURRENTLY is taking away. */
import type { Client } from 'pg';
import type { TableName } from '../core/copy-plan.ts';

const LEAVES_NOW = `WITH RECURSIVE below(oid) AS (
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
   WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.name
  UNION ALL SELECT h.inhrelid FROM below b JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) b.oid
   WHERE coalesce(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(h), 'inhdetachpending'), '') OPERATOR(pg_catalog.<>) 'true')
 SELECT pg_catalog.textin(pg_catalog.oidout(c.oid)) AS oid FROM below b JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) b.oid
  WHERE c.relkind OPERATOR(pg_catalog.<>) 'p' AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)`;

/** Their OIDs. None of a table that is not there. */
export async function readLeavesNow(client: Client, { namespace, name }: TableName): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ readonly oid: string }>(LEAVES_NOW, [namespace, name]);
  return new Set(rows.map(({ oid }) => Number(oid)));
}
