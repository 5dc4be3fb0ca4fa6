/** Without a shared snapshot, rows that move to partitions made since the plan are read nowhere. */
import type { Client } from 'pg';
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { sourceChanged } from '../postgres/source-checks.ts';

const LEAVES_NOW = `WITH RECURSIVE below(oid) AS (
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
  UNION ALL SELECT h.inhrelid FROM below b JOIN pg_catalog.pg_inherits h ON h.inhparent = b.oid
   WHERE (pg_catalog.to_jsonb(h) ->> 'inhdetachpending') IS DISTINCT FROM 'true')
 SELECT c.oid::pg_catalog.int8::pg_catalog.text AS oid FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.oid
  WHERE c.relkind <> 'p' AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)`;

/** To be asked when all is read. Throws E_SOURCE_CHANGED where a partitioned table that was read leaf by leaf has other leaves than the plan. */
export async function checkSameLeaves(client: Client, { table, kind, relations }: TablePlan): Promise<void> {
  if (kind !== 'partitioned' || relations.some(({ relkind }) => relkind === 'p')) return;
  const { rows } = await client.query<{ readonly oid: string }>(LEAVES_NOW, [table.namespace, table.name]);
  const now = new Set(rows.map(({ oid }) => Number(oid)));
  if (now.size === relations.length && relations.every(({ oid }) => now.has(oid))) return;
  throw sourceChanged(`${formatTable(table)} was given other partitions while it was read`);
}
