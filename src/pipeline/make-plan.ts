/** Asks the source what there is, inside the transaction that holds the snapshot, and has the plan made of it. */
import type { Client } from 'pg';
import type { CopyPlan } from '../core/copy-plan.ts';
import { readKeyFacts } from '../introspect/key-facts.ts';
import { describeQuery } from '../introspect/query-columns.ts';
import type { SourceTable } from '../introspect/source-table.ts';
import { introspectTables } from '../introspect/source-tables.ts';
import { readWhereFacts } from '../introspect/where-facts.ts';
import { type Setting, settingsQuery } from '../postgres/read-opening.ts';
import { queryError } from '../postgres/sqlstate.ts';
import { checkColumnOptions } from './column-options.ts';
import type { CopyRun } from './copy-run.ts';
import { planCopy } from './plan.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/**
 * The plan of all selected tables, or of these patterns only; with the columns of the options, or with those of `known` that there are.
 * `client` is in a REPEATABLE READ transaction.
 */
export async function makePlan(
  client: Client,
  { server, options, lake }: Pick<CopyRun, 'server' | 'options' | 'lake'>,
  only?: readonly string[],
  known?: readonly string[],
): Promise<CopyPlan> {
  try {
    await client.query(settingsQuery(settingsOf(server)));
    const tables = await sourceTables(client, options, only);
    const { where, chunkBy, numeric, awkward, columnOptions, readers, consistency, connections } = options;
    const isThere = (name: string) => tables.some((table) => table.columns.some((column) => column.name === name));
    const columns = known === undefined ? options.columns : known.filter(isThere);
    if (only === undefined) checkColumnOptions(tables, options);
    return planCopy(server, tables, {
      connections,
      consistency,
      lake,
      awkward,
      ...(columnOptions === undefined ? {} : { columnOptions }),
      ...(readers === undefined ? {} : { readers }),
      ...(columns === undefined ? {} : { columns }),
      ...(numeric === undefined ? {} : { numeric }),
      ...(chunkBy === undefined ? {} : { chunkBy }),
      ...(where === undefined ? {} : { where, whereFacts: await readWhereFacts(client, tables, where, columns) }),
      ...(chunkBy === 'key' ? { keyFacts: await readKeyFacts(client, server.versionNum, tables) } : {}),
    });
  } catch (error) {
    throw queryError(error);
  }
}

/** SQL of the user's is parsed as it will be read. A pooler's session may have another path than the run's. */
function settingsOf({ searchPath }: CopyRun['server']): Setting[] {
  return [['array_nulls', 'on'], ...(searchPath === null ? [] : [['search_path', searchPath] as const])];
}

async function sourceTables(
  client: Client,
  { query, tables, exclude }: ResolvedOptions,
  only: readonly string[] | undefined,
): Promise<SourceTable[]> {
  if (query !== undefined) return [await describeQuery(client, query)];
  const selection =
    only === undefined
      ? { ...(tables === undefined ? {} : { tables }), ...(exclude === undefined ? {} : { exclude }) }
      : { tables: only };
  return introspectTables(client, selection);
}
