/**
 * The plan of one table: its columns and types, the relations that are read, their chunks; or the reason why not. Pure.
 *
 * Rights and policies are asked of the root first: a leaf read by itself would pass by the parent's policies. A partitioned
 * table is read leaf by leaf only where every leaf is a heap that this role may read; otherwise through its root, as one
 * chunk, for which the right on the root is enough.
 */
import type { RelationRead, TablePlan } from '../core/copy-plan.ts';
import { formatName, formatTable } from '../core/identifiers.ts';
import type { LogicalKind } from '../core/logical-type.ts';
import { type Reader, sharedFeatures } from '../core/reader.ts';
import { type Column, isReadAsText } from '../core/table-schema.ts';
import { inSqlAscii } from '../core/wire-form.ts';
import { DraculaError } from '../errors.ts';
import { planChunks } from '../extract/plan-chunks.ts';
import { columnType, isOpenNumeric } from '../introspect/logical-types.ts';
import { OPEN_NUMERIC_DECIMAL } from '../introspect/numeric-statistics.ts';
import type { ServerInfo } from '../introspect/server.ts';
import { mutableTypesIn } from '../introspect/source-parts.ts';
import type { SourceColumnFacts, SourceRelation, SourceTable } from '../introspect/source-table.ts';
import type { WhereFacts } from '../introspect/where-facts.ts';
import { columnOptionsOf } from './column-options.ts';
import { readersOf } from './dataset-readers.ts';
import { noticesOf } from './plan-notices.ts';
import type { PlanOptions } from './plan-options.ts';
import { planQuarantine } from './quarantine-plan.ts';
import { checkNames, isBroken } from './sql-ascii-names.ts';

/** Plans one table; its chunks are numbered from `firstId`. Throws the reason why it cannot be read. */
export function planTable(
  server: ServerInfo,
  table: SourceTable,
  dataset: string,
  firstId: number,
  options: PlanOptions,
): TablePlan {
  const chosen = chooseColumns(table, options.columns);
  checkNames(server, table, chosen);
  refuseEqualColumns(table, chosen);
  checkReadable(server, table, chosen);
  const where = options.whereFacts?.get(table.oid);
  if (where?.error) throw where.error;
  checkKeyCollation(table, options);
  const lake = options.lake ?? new Map();
  const readers = readersOf(dataset, options.readers, lake);
  const columns = chosen.map((column, i) => toColumn(server, table, column, i + 1, readers, options));
  const { sources, throughRoot } = relationsToRead(server, table);
  const relations = sources.map((source) => toRelationRead(server, table, source, chosen, columns));
  const quarantine = planQuarantine(table.name, dataset, { columns, readers }, relations);
  const mutableTypeOids = mutableTypesIn(chosen, table.types);
  const chunks = planChunks(relations, {
    serverVersionNum: server.versionNum,
    connections: options.connections,
    firstId,
    whereIsIndexed: where?.indexed ?? false,
    ...(options.chunkBy === undefined ? {} : { chunkBy: options.chunkBy }),
    ...(options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes }),
    ...(options.keyFacts === undefined ? {} : { keyBounds: options.keyFacts }),
  });
  return {
    dataset,
    table: table.name,
    kind: table.kind,
    schema: { columns, readers },
    relations,
    chunks,
    ...(mutableTypeOids.length === 0 ? {} : { mutableTypeOids }),
    estimatedRows: sum(relations.map((relation) => relation.estimatedRows)),
    sourceBytes: sum(relations.map((relation) => relation.bytes)),
    textColumns: columns.filter(isReadAsText).map(({ name }) => name),
    notices: noticesOf(server, table, {
      columns,
      numericDeclared: options.numeric !== undefined,
      sources,
      throughRoot,
      snapshotPerRead: options.consistency === 'chunk',
      chunkBy: options.chunkBy,
      keyFacts: options.keyFacts,
      readers,
      committed: lake.get(dataset) ?? undefined,
    }),
    ...(options.where === undefined ? {} : { where: options.where }),
    ...pathOfUserSql(
      server,
      { kind: table.kind, table: table.name, ...(options.where === undefined ? {} : { where: options.where }) },
      columns,
    ),
    ...namedBy(table, where),
    ...(table.query === undefined ? {} : { query: table.query.sql }),
    ...(table.comment === null ? {} : { comment: table.comment }),
    ...(quarantine === null ? {} : { quarantine }),
    ...rowKeyOf(table, columns),
  };
}

/** The search_path for SQL of the user's, where reading these columns of the table runs any. Throws E_ENCODING where that path is not known. */
export function pathOfUserSql(
  { searchPath }: ServerInfo,
  { kind, where, table }: Pick<TablePlan, 'kind' | 'where' | 'table'>,
  columns: readonly Column[],
): Pick<TablePlan, 'searchPath'> {
  const runsAny =
    where !== undefined ||
    kind === 'query' ||
    kind === 'view' ||
    columns.some(({ source }) => source.readAs === 'json' && source.castsToJson);
  if (!runsAny) return {};
  if (searchPath !== null) return { searchPath };
  throw new DraculaError(
    'E_ENCODING',
    `The search_path of this session is not UTF-8, so that what ${formatTable(table)} computes cannot be read under it in every session. Nothing of it was read.`,
    { table: formatTable(table) },
  );
}

/** A condition is parsed with the query that it filters. */
function namedBy({ query }: SourceTable, where: WhereFacts | undefined): Pick<TablePlan, 'namedOids'> {
  const named = where?.named ?? query?.named ?? [];
  return named.length === 0 ? {} : { namedOids: named };
}

function chooseColumns(table: SourceTable, names: readonly string[] | undefined): readonly SourceColumnFacts[] {
  if (names === undefined) return table.columns;
  return names.map((name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column) return column;
    throw new DraculaError(
      'E_COLUMN_NOT_FOUND',
      `${formatTable(table.name)} has no column ${formatName(name)}. It has: ${table.columns.map((c) => formatName(c.name)).join(', ')}.`,
      { table: formatTable(table.name), column: name },
    );
  });
}

/** Throws E_COLUMN_COLLISION: SQL over the lake, like Glue, folds case, and a file with such columns is damaged to it. */
function refuseEqualColumns(table: SourceTable, columns: readonly SourceColumnFacts[]): void {
  const [equal] = [...Map.groupBy(columns, (column) => column.name.toLowerCase()).values()].filter((c) => c.length > 1);
  if (equal === undefined) return;
  const names = equal.map((column) => formatName(column.name)).join(' and ');
  throw new DraculaError(
    'E_COLUMN_COLLISION',
    `${formatTable(table.name)} has the columns ${names}, and SQL over the lake cannot tell their names apart, since it folds case. Nothing of it was read.`,
    { table: formatTable(table.name), column: equal[1]!.name },
  );
}

/** Throws why the table as a whole cannot be read by this role or on this server. */
function checkReadable(server: ServerInfo, table: SourceTable, columns: readonly SourceColumnFacts[]): void {
  const name = formatTable(table.name);
  const { root } = table;
  if (!root.privileges.namespace) {
    throw new DraculaError(
      'E_PERMISSION',
      `Role ${formatName(server.role)} has no USAGE right on namespace ${formatName(table.name.namespace)}.`,
      {
        table: name,
      },
    );
  }
  if (!root.privileges.select) {
    const denied = columns.filter(({ attnum }) => !root.privileges.columns.includes(attnum));
    if (denied.length > 0 || root.privileges.columns.length === 0) {
      const what =
        root.privileges.columns.length === 0
          ? name
          : `${denied.map((column) => formatName(column.name)).join(', ')} of ${name}`;
      throw new DraculaError('E_PERMISSION', `Role ${formatName(server.role)} has no SELECT right on ${what}.`, {
        table: name,
      });
    }
  }
  if (root.rowSecurity) {
    throw new DraculaError(
      'E_ROW_SECURITY',
      `Row-level security would hide rows of ${name} from role ${formatName(server.role)}.`,
      {
        table: name,
      },
    );
  }
  if (!root.populated) {
    throw new DraculaError('E_NOT_POPULATED', `The materialised view ${name} was never filled.`, { table: name });
  }
  if (server.isStandby && root.persistence === 'unlogged') {
    throw new DraculaError('E_STANDBY', `${name} is unlogged, so that this standby has no rows of it.`, {
      table: name,
    });
  }
}

function checkKeyCollation(table: SourceTable, { chunkBy, keyFacts }: PlanOptions): void {
  if (chunkBy !== 'key' || !table.relations.some(({ oid }) => keyFacts?.get(oid)?.collationMismatch)) return;
  throw new DraculaError(
    'E_CHUNK_BY',
    `\`chunkBy: key\` is unsafe on ${formatTable(table.name)}: the collation of ${table.keyColumn} has changed its version since ` +
      'its indexes were built, and a range of the key could miss rows. REINDEX and ALTER COLLATION … REFRESH VERSION mend it.',
    { table: formatTable(table.name) },
  );
}

function toColumn(
  { moneyScale, encoding }: ServerInfo,
  table: SourceTable,
  facts: SourceColumnFacts,
  fieldId: number,
  readers: readonly Reader[],
  options: PlanOptions,
): Column {
  const openNumeric = openNumericForm(table, facts, options);
  const { dims, awkward = options.awkward ?? 'fail' } = columnOptionsOf(table, facts.name, options.columnOptions);
  const context = { openNumeric, moneyScale, features: sharedFeatures(readers), encoding };
  const { type, source } = columnType(facts, table.types, context, dims);
  return {
    name: facts.name,
    type,
    fieldId,
    source: encoding === 'SQL_ASCII' ? { ...source, wire: inSqlAscii(source.wire) } : source,
    ...(facts.comment === null ? {} : { comment: facts.comment }),
    ...(awkward === 'fail' ? {} : { awkward }),
  };
}

function openNumericForm(table: SourceTable, column: SourceColumnFacts, { numeric }: PlanOptions) {
  if (numeric !== undefined || !isOpenNumeric(column, table.types)) return numeric ?? 'text';
  return table.statisticsFitDecimal.has(column.name) ? OPEN_NUMERIC_DECIMAL : 'text';
}

/** The relations that are read, and why a partitioned table is read through its root, where it is. */
function relationsToRead(server: ServerInfo, table: SourceTable) {
  if (table.kind !== 'partitioned') return { sources: table.relations, throughRoot: null };
  const reason = table.relations.map((leaf) => whyNotAlone(server, leaf)).find((why) => why !== null) ?? null;
  const throughRoot = table.relations.length === 0 ? null : reason;
  const throughLeaves = table.relations.length > 0 && reason === null;
  return { sources: throughLeaves ? table.relations : [rootOf(table)], throughRoot };
}

/** The root with what its partitions hold. */
function rootOf(table: SourceTable): SourceRelation {
  const rows = table.relations.map((leaf) => leaf.estimatedRows);
  return {
    ...table.root,
    bytes: sum(table.relations.map((leaf) => leaf.bytes)),
    estimatedRows: rows.includes(null) ? null : sum(rows.map(Number)),
  };
}

function whyNotAlone(server: ServerInfo, leaf: SourceRelation): string | null {
  const name = formatTable(leaf.name);
  if (isBroken(server, leaf.name.namespace) || isBroken(server, leaf.name.name)) return `the name ${name} is not UTF-8`;
  if (leaf.relkind !== 'r') return `${name} is a foreign table`;
  if (leaf.accessMethod !== 'heap') return `${name} is not a heap`;
  if (!leaf.privileges.namespace || !leaf.privileges.select)
    return `role ${formatName(server.role)} has no SELECT right on ${name}`;
  if (leaf.rowSecurity) return `${name} has row-level security of its own`;
  return null;
}

function toRelationRead(
  server: ServerInfo,
  table: SourceTable,
  source: SourceRelation,
  chosen: readonly SourceColumnFacts[],
  columns: readonly Column[],
): RelationRead {
  const described = chosen.map((facts, i) => {
    const position = table.columns.indexOf(facts);
    const { typeOid, typmod } = columns[i]!.source;
    return (
      table.query?.described[position] ?? { tableOid: source.oid, attnum: source.attnums[position]!, typeOid, typmod }
    );
  });
  return {
    oid: source.oid,
    name: source.name,
    relkind: source.relkind,
    hasCtid:
      source.accessMethod === 'heap' && (source.relkind === 'r' || source.relkind === 'm') && source.privileges.select,
    blocks: source.blocks,
    estimatedRows: source.estimatedRows ?? guessRows(server, source, table.columns.length),
    bytes: source.bytes,
    expected: described,
  };
}

/** For a relation that was never analysed: rows of 16 bytes a column behind a header of 28. */
function guessRows(server: ServerInfo, { blocks }: SourceRelation, columns: number): number {
  return Math.round((blocks * server.blockSize) / (28 + 16 * columns));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

const KEY_KINDS: ReadonlySet<LogicalKind> = new Set(['int16', 'int32', 'int64', 'uuid']);

/** Other keys are values, which are never told. */
function rowKeyOf(table: SourceTable, columns: readonly Column[]): { readonly rowKey?: string } {
  const key = columns.find(({ name }) => name === table.keyColumn);
  return key !== undefined && KEY_KINDS.has(key.type.kind) ? { rowKey: key.name } : {};
}
