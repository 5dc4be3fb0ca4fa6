/** What became of a relation that the server no longer reads as it was planned, as far as its catalog can tell now. */
import { type RelationRead, runsUserSql, type TableName } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import type { StoppedRead } from './locate-row.ts';

/** The beginning of a sentence: `public.orders was renamed to public.sales`. Leaves a transaction open, for the caller to end. */
export async function describeChange({ job, chunk, connection }: StoppedRead): Promise<string> {
  const relation = job.plan.relations[chunk.relation]!;
  const name = formatTable(relation.name);
  if (relation.relkind === 'q') return `What ${name} reads was dropped, renamed or altered`;
  const now = await lookUp(relation, connection);
  if (now === 'unknown') return `${name} was dropped or renamed, or its columns were altered,`;
  if (now === 'gone') return `${name} was dropped`;
  if (formatTable(now) !== name) return `${name} was renamed to ${formatTable(now)}`;
  return runsUserSql(job.plan)
    ? `${name}, or what is read with it, was altered`
    : `The columns of ${name} were altered`;
}

const NAME_OF = `SELECT n.nspname AS namespace, c.relname AS name FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) $1`;

/** Its name now. The failed transaction takes no question: one without its snapshot is begun in its place. */
async function lookUp({ oid }: RelationRead, connection: ReaderConnection): Promise<TableName | 'gone' | 'unknown'> {
  try {
    await connection.query('ROLLBACK AND CHAIN');
    const [row] = await connection.query<TableName & { [column: string]: unknown }>(NAME_OF, [oid]);
    return row ?? 'gone';
  } catch {
    return 'unknown'; // the first error tells more
  }
}
