/**
 * What the server makes of a `--where` on each table: whether it is valid there, and whether an index serves it.
 *
 * By EXPLAIN, which plans and does not execute. The condition is also parsed where only a complete expression fits: one like
 * `a) OR (b`, valid between parentheses, would undo the chunk's own bounds and read rows twice.
 */
import type { Client } from 'pg';
import { formatTable, quoteIdentifier, quoteTable } from '../core/identifiers.ts';
import type { DraculaError } from '../errors.ts';
import { describeGiven } from './describe-statement.ts';
import { givenSqlError } from './given-sql.ts';
import { probe } from './probe.ts';
import type { SourceTable } from './source-table.ts';

export interface WhereFacts {
  /** True when the planner would find the rows by an index, so that the relation is not read as a whole. */
  readonly indexed: boolean;
  /** OIDs of the relations that its names mean, and that views among them are made of, but for the table itself. */
  readonly named: readonly number[];
  /** Why the server refuses the condition on this table; null where it does not. */
  readonly error: DraculaError | null;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const INDEX_NODES: ReadonlySet<string> = new Set(['Index Scan', 'Index Only Scan', 'Bitmap Heap Scan', 'Tid Scan']);

/** By table OID. `client` is in a transaction; the session's own search_path applies. `columns`: those that will be read, which may be all that the role may read. */
export async function readWhereFacts(
  client: Client,
  tables: readonly SourceTable[],
  where: string,
  columns?: readonly string[],
): Promise<ReadonlyMap<number, WhereFacts>> {
  const facts = new Map<number, WhereFacts>();
  for (const table of tables) facts.set(table.oid, await factsOf(client, table, where, columns));
  return facts;
}

async function factsOf(
  client: Client,
  table: SourceTable,
  where: string,
  columns: readonly string[] | undefined,
): Promise<WhereFacts> {
  try {
    const { plan, named } = await probe(client, 'session', () => explain(client, table, where, columns));
    return { indexed: usesIndex(plan, table), named: named.filter((oid) => oid !== table.oid), error: null };
  } catch (e) {
    const name = formatTable(table.name);
    const refused = `The condition (\`where\`) is refused for ${name}`;
    const error = givenSqlError(e, { refused, before: BEFORE_CONDITION, sql: where, facts: { table: name } });
    if (error.code === 'E_CONNECTION_LOST') throw error;
    return { indexed: false, named: [], error };
  }
}

const BEFORE_CONDITION = 'SELECT CASE WHEN\n';

async function explain(client: Client, table: SourceTable, where: string, columns: readonly string[] = []) {
  const from = sourceClause(table);
  const { named } = await describeGiven(client, `${BEFORE_CONDITION}${where}\nTHEN 1 END FROM ${from}`);
  const known = columns.filter((name) => table.columns.some((column) => column.name === name));
  const read = known.length === 0 ? '*' : known.map(quoteIdentifier).join(', ');
  const text = `EXPLAIN (VERBOSE, FORMAT JSON) SELECT ${read} FROM ${from} WHERE (\n${where}\n)`;
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(text);
  return { plan: rows[0]!['QUERY PLAN'][0]!.Plan, named };
}

/** As in the reading queries, where a partition goes by its table's name, which hides the namespace. */
function sourceClause(table: SourceTable): string {
  const name = quoteTable(table.name);
  switch (table.kind) {
    case 'query':
      return `(\n${table.query?.sql}\n) AS query`;
    case 'partitioned':
      return `${name} AS ${quoteIdentifier(table.name.name)}`;
    case 'view':
      return name;
    case 'table':
    case 'materialized view':
    case 'foreign table':
      return `ONLY ${name}`;
  }
}

/** Looks at the scans of the table and its partitions only: a subquery of the condition may use an index as it likes. */
function usesIndex(node: PlanNode, table: SourceTable): boolean {
  const isOwn = [table.root, ...table.relations].some(
    ({ name }) => name.namespace === node.Schema && name.name === node['Relation Name'],
  );
  if (isOwn && INDEX_NODES.has(node['Node Type'])) return true;
  return (node.Plans ?? []).some((child) => usesIndex(child, table));
}
