/**
 * Reads what the catalogs say of the selected tables, in a constant number of queries.
 *
 * It runs in the caller's transaction and keeps no lock in it: partitions are listed as of its snapshot, while sizes are
 * the latest (the server reads them from the files), which is wanted. Nothing depends on the session's search_path. A
 * partition's columns are matched to the root's by name.
 */
import type { Client } from 'pg';
import {
  type CandidateRow,
  type RelationRow,
  readCandidates,
  readColumns,
  readKeyColumns,
  readMovedAttnums,
  readPartitions,
  readRelations,
} from './catalog.ts';
import { isOpenNumeric } from './logical-types.ts';
import { readNumericFits } from './numeric-statistics.ts';
import { PartitionTree } from './partition-tree.ts';
import { probe } from './probe.ts';
import { selectTables, type TableSelection } from './selection.ts';
import type { RelationKind, SourceRelation, SourceTable } from './source-table.ts';
import { readTypes } from './type-facts.ts';

const KIND = {
  r: 'table',
  p: 'partitioned',
  m: 'materialized view',
  v: 'view',
  f: 'foreign table',
} as const satisfies Record<RelationKind, SourceTable['kind']>;

/**
 * The selected tables in name order. `client` is in a REPEATABLE READ transaction.
 * E_TABLE_NOT_FOUND, E_TABLE_AMBIGUOUS and E_USAGE for a selection that does not fit the database.
 */
export async function introspectTables(client: Client, selection: TableSelection): Promise<SourceTable[]> {
  return probe(client, 'pg_catalog', async () => {
    const rows = await readCandidates(client);
    const tree = new PartitionTree(rows, await readPartitions(client));
    const candidates = rows.map((row) => ({ ...row, name: tableName(row), ancestors: tree.ancestors(row.oid) }));
    const selected = new Set(selectTables(candidates, selection).map(({ oid }) => oid));
    const roots = rows.filter(({ oid }) => selected.has(oid));
    return roots.length === 0 ? [] : withNumericFits(client, await readTables(client, roots, tree));
  });
}

async function readTables(client: Client, roots: readonly CandidateRow[], tree: PartitionTree): Promise<SourceTable[]> {
  const rootOids = roots.map(({ oid }) => oid);
  const below = new Map(roots.filter(({ relkind }) => relkind === 'p').map(({ oid }) => [oid, tree.below(oid)]));
  const leaves = [...below].flatMap(([rootOid, { leaves }]) => leaves.map(({ oid }) => ({ oid, rootOid })));

  const columns = await readColumns(client, rootOids);
  const moved = await readMovedAttnums(client, leaves);
  const relations = await readRelations(client, [...new Set([...rootOids, ...leaves.map(({ oid }) => oid)])]);
  const keys = await readKeyColumns(client, rootOids);
  const allColumns = [...columns.values()].flat();
  const types = await readTypes(
    client,
    allColumns.map(({ typeOid }) => typeOid),
  );

  return roots.map((row): SourceTable => {
    const own = columns.get(row.oid) ?? [];
    const attnums = own.map(({ attnum }) => attnum);
    const facts = relations.get(row.oid)!; // read in the same snapshot
    const root = toRelation(row, facts, attnums);
    const partitions = below.get(row.oid);
    const toLeaf = (leaf: CandidateRow) =>
      toRelation(
        leaf,
        relations.get(leaf.oid)!,
        attnums.map((attnum) => moved.get(leaf.oid)?.get(attnum) ?? attnum),
      );
    return {
      oid: row.oid,
      name: tableName(row),
      kind: KIND[row.relkind],
      comment: facts.comment,
      columns: own.map(({ relationOid: _, ...column }) => column),
      root,
      relations: partitions ? partitions.leaves.map(toLeaf) : [root],
      detaching: partitions?.detaching.map(tableName) ?? [],
      hasInheritors: facts.hasInheritors,
      statisticsFitDecimal: new Set(),
      keyColumn: keys.get(row.oid) ?? null,
      types,
    };
  });
}

function tableName(row: CandidateRow) {
  return { namespace: row.namespace, name: row.name };
}

function toRelation(row: CandidateRow, facts: RelationRow, attnums: readonly number[]): SourceRelation {
  const hasFile = row.relkind === 'r' || row.relkind === 'm';
  const mainBytes = hasFile ? Number(facts.mainBytes ?? facts.relpages * facts.blockSize) : 0;
  const blocks = Math.ceil(mainBytes / facts.blockSize);
  return {
    oid: row.oid,
    name: tableName(row),
    relkind: row.relkind,
    accessMethod: facts.accessMethod,
    privileges: { namespace: facts.namespaceUsage, select: facts.canSelect, columns: facts.readableColumns },
    rowSecurity: facts.rowSecurity,
    persistence: facts.unlogged ? 'unlogged' : 'permanent',
    populated: facts.populated,
    blocks,
    bytes: mainBytes + Number(facts.toastBytes ?? 0),
    estimatedRows: estimateRows(row.relkind, facts, blocks),
    allVisibleBlocks: facts.relallvisible,
    attnums,
  };
}

/** As the planner does: the density at the last ANALYZE or VACUUM, times the blocks of now. */
function estimateRows(relkind: RelationKind, { relpages, reltuples }: RelationRow, blocks: number): number | null {
  if (relkind === 'v') return null;
  if (relkind === 'p' || relkind === 'f') return reltuples > 0 ? Math.round(reltuples) : null;
  if (blocks === 0) return 0;
  return relpages > 0 && reltuples >= 0 ? Math.round((reltuples / relpages) * blocks) : null;
}

/** Adds which numerics without precision fit a decimal: every relation that holds rows must say so. */
async function withNumericFits(client: Client, tables: readonly SourceTable[]): Promise<SourceTable[]> {
  const openNumerics = (table: SourceTable) => table.columns.filter((column) => isOpenNumeric(column, table.types));
  const fits = await readNumericFits(
    client,
    tables.flatMap((table) =>
      openNumerics(table).flatMap((column) =>
        table.relations.map(({ oid }) => ({ relationOid: oid, name: column.name })),
      ),
    ),
  );
  return tables.map((table) => {
    const withRows = table.relations.filter(({ blocks, relkind }) => blocks > 0 || relkind === 'f');
    const fitting = openNumerics(table)
      .map(({ name }) => name)
      .filter((name) => withRows.length > 0 && withRows.every(({ oid }) => fits.get(oid)?.has(name)));
    return { ...table, statisticsFitDecimal: new Set(fitting) };
  });
}
