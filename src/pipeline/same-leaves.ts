/** Without a shared snapshot, rows that move to partitions made since the plan are read nowhere. */
import type { Client } from 'pg';
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { readLeavesNow } from '../introspect/leaves-now.ts';
import { sourceChanged } from '../postgres/source-checks.ts';

/** To be asked when all is read. Throws E_SOURCE_CHANGED where a partitioned table that was read leaf by leaf has other leaves than the plan. */
export async function checkSameLeaves(client: Client, { table, kind, relations }: TablePlan): Promise<void> {
  if (kind !== 'partitioned' || relations.some(({ relkind }) => relkind === 'p')) return;
  const now = await readLeavesNow(client, table);
  if (now.size === relations.length && relations.every(({ oid }) => now.has(oid))) return;
  throw sourceChanged(`${formatTable(table)} was given other partitions while it was read`);
}
