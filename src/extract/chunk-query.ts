/**
 * The SELECT that reads one chunk, and the one whose Describe proves that the columns are still those of the plan.
 *
 * Everything generated is qualified, operators too, so that it means the same under search_path = pg_catalog and under the
 * role's own path, which SQL of the user's (a condition, a query, a view) needs. Values are parameters, in text form. User text stands
 * on lines of its own in parentheses, so that a `--` comment in it ends there.
 *
 * Plans that this expects: with ctid bounds (and the settings that keep the planner from anything else) a Tid Range Scan;
 * a whole relation with `ctid` selected a Seq Scan, whose order is ctid order, so that it can go on after a ctid: no index
 * holds a ctid to return, so that an Index Only Scan is out.
 */
import type { Chunk, RelationRead, TablePlan } from '../core/copy-plan.ts';
import { quoteIdentifier, quoteTable } from '../core/identifiers.ts';
import { printedSql } from '../core/printed-sql.ts';
import { type Column, READ_AS } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import { givenRows } from './given-rows.ts';

/** A statement and its parameters in text form. */
export interface ParameterisedQuery {
  readonly text: string;
  readonly values: readonly string[];
}

export interface ChunkQuery {
  readonly read: ParameterisedQuery;
  /** The columns without casts, to be described and never executed. Without columns it describes none. */
  readonly bare: string;
  /** True when the first field of each row is the ctid, which is not a column of the table. */
  readonly selectsCtid: boolean;
  /** True when the rows come in ctid order, so that the read can go on after one of them. Then it selects the ctid. */
  readonly inCtidOrder: boolean;
  /** True when the read has ctid bounds: `enable_seqscan`, `enable_indexscan` and `enable_bitmapscan` are then to be off. */
  readonly usesCtidRange: boolean;
  /** Under which it is to run: `pg_catalog`, or the role's own where SQL of the user's is in it. */
  readonly searchPath: string;
}

/** A share of a relation's blocks; the same seed takes the same ones. */
export interface BlockSample {
  readonly percent: number;
  readonly seed: number;
}

/** The query of a chunk from its beginning. */
export function chunkQuery(table: TablePlan, chunk: Chunk): ChunkQuery {
  return buildQuery(table, chunk, null);
}

/**
 * The query of the rest of a chunk after the row at this ctid, `(block,offset)`: only for a chunk whose query is in ctid order.
 * Exact in the same snapshot only. It has a ctid bound, and selects the ctid again.
 */
export function continueAfter(table: TablePlan, chunk: Chunk, ctid: string): ChunkQuery {
  if (!inCtidOrder(table, chunk)) {
    throw new DraculaError('E_INTERNAL', `Chunk ${chunk.id} of ${table.dataset} has no order to go on in.`);
  }
  return buildQuery(table, chunk, ctid);
}

/**
 * Where a row lies: a query of `ctid`, and of `key` where the table has one that may be told, for the row with this ordinal (from 0) in the chunk's read, or in the rest
 * after `after`. It finds the same row only in the same snapshot and under the same settings. Null where the order of
 * the read is not that of ctids, so that an ordinal says nothing.
 */
export function rowLocationQuery(
  table: TablePlan,
  chunk: Chunk,
  after: string | null,
  ordinal: number,
): ParameterisedQuery | null {
  if (chunk.range.kind !== 'ctid' && !inCtidOrder(table, chunk)) return null;
  const { values, parameter } = collectParameters();
  const from = `${fromClause(table, chunk)}${whereClause(table, chunk, after, parameter)}`;
  const offset = parameter(String(ordinal));
  const key = table.rowKey === undefined ? '' : `, ${printedSql(quoteIdentifier(table.rowKey))} AS "key"`;
  return {
    text: `SELECT ctid${key} ${from} LIMIT 1 OFFSET ${offset}::pg_catalog.int8`,
    values,
  };
}

/** Which of a chunk's rows another question is about. */
export interface RowChoice {
  /** Only so many percent of its blocks. */
  readonly sample?: BlockSample | undefined;
  /** Not the rows at these ctids, `(block,offset)`: the relation must have them. */
  readonly without?: readonly string[] | undefined;
  /** Only the rows at these ctids. */
  readonly only?: readonly string[] | undefined;
}

export interface ChunkRows {
  /** FROM and WHERE: it gives the table's columns, and the ctid where the relation has one. */
  readonly from: string;
  /** The table's columns without casts of the same rows, to be described. */
  readonly bare: string;
  readonly values: readonly string[];
}

/** A chunk's rows, for another question about them. `columnsAsRead`: those that the question reads in another way than the plan does. */
export function chunkRows(
  table: TablePlan,
  chunk: Chunk,
  { sample, without = [], only }: RowChoice = {},
  columnsAsRead: readonly Column[] = [],
): ChunkRows {
  const { values, parameter } = collectParameters();
  const method =
    sample === undefined
      ? ''
      : ` TABLESAMPLE pg_catalog.system (${parameter(String(sample.percent))}) REPEATABLE (${parameter(String(sample.seed))})`;
  const where = whereClause(table, chunk, null, parameter, placeConditions({ without, only }, parameter));
  const rows = `${fromClause(table, chunk)}${method}${where}`;
  const columns = table.schema.columns.map(
    (column) => columnsAsRead.find(({ name }) => name === column.name) ?? column,
  );
  return {
    from: givenRows(table, rows, columns, relationOf(table, chunk).hasCtid),
    bare: bareColumns(table, rows),
    values,
  };
}

function placeConditions(
  { without = [], only }: Pick<RowChoice, 'without' | 'only'>,
  parameter: (value: string) => string,
): string[] {
  if (only !== undefined)
    return [`ctid OPERATOR(pg_catalog.=) ANY (${parameter(placesLiteral(only))}::pg_catalog.tid[])`];
  if (without.length === 0) return [];
  // An anti-join, which Postgres hashes or sorts: a list would be looked through for every row.
  const places = `pg_catalog.unnest(${parameter(placesLiteral(without))}::pg_catalog.tid[]) AS aside(place)`;
  return [`NOT EXISTS (SELECT FROM ${places} WHERE aside.place OPERATOR(pg_catalog.=) ctid)`];
}

/** Under which a table is read. */
export function searchPathOf({ searchPath }: Pick<TablePlan, 'searchPath'>): string {
  return searchPath ?? 'pg_catalog';
}

function bareColumns({ schema }: TablePlan, from: string): string {
  return `${selectClause(schema.columns.map(({ name }) => quoteIdentifier(name)))} ${from}`;
}

function placesLiteral(ctids: readonly string[]): string {
  return `{${ctids.map((ctid) => `"${ctid}"`).join(',')}}`;
}

function buildQuery(table: TablePlan, chunk: Chunk, after: string | null): ChunkQuery {
  const { values, parameter } = collectParameters();
  const { columns } = table.schema;
  const ordered = inCtidOrder(table, chunk);
  const withCtid = ordered || setsRowsAside(table);
  const from = fromClause(table, chunk);
  const rows = `${from}${whereClause(table, chunk, after, parameter)}`;
  const expressions = [...(withCtid ? ['ctid'] : []), ...columns.map(readExpression)];
  return {
    read: { text: `${selectClause(expressions)} ${givenRows(table, rows, columns, withCtid)}`, values },
    bare: bareColumns(table, from),
    selectsCtid: withCtid,
    inCtidOrder: ordered,
    usesCtidRange: after !== null || chunk.range.kind === 'ctid',
    searchPath: searchPathOf(table),
  };
}

/** Gives each value the next `$n`. */
function collectParameters() {
  const values: string[] = [];
  return { values, parameter: (value: string) => `$${values.push(value)}` };
}

function whereClause(
  table: TablePlan,
  chunk: Chunk,
  after: string | null,
  parameter: (value: string) => string,
  more: readonly string[] = [],
): string {
  const conditions = [
    ...(after === null ? [] : [`ctid OPERATOR(pg_catalog.>) ${parameter(after)}::pg_catalog.tid`]),
    ...rangeConditions(chunk, parameter),
    ...(table.where === undefined ? [] : [`(\n${table.where}\n)`]),
    ...more,
  ];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

/** A whole heap is read in ctid order, unless a `where` lets the planner take an index. */
function inCtidOrder(table: TablePlan, chunk: Chunk): boolean {
  return chunk.range.kind === 'relation' && relationOf(table, chunk).hasCtid && table.where === undefined;
}

/** Rows that are set aside are told by their ctid. */
function setsRowsAside({ schema }: TablePlan): boolean {
  return schema.columns.some(({ awkward }) => awkward === 'quarantine');
}

function relationOf(table: TablePlan, chunk: Chunk): RelationRead {
  const relation = table.relations[chunk.relation];
  if (!relation) throw new DraculaError('E_INTERNAL', `Chunk ${chunk.id} of ${table.dataset} has no relation.`);
  return relation;
}

function selectClause(expressions: readonly string[]): string {
  return expressions.length === 0 ? 'SELECT' : `SELECT ${expressions.join(', ')}`;
}

/**
 * FROM of the chunk's relation. ONLY keeps children and partitions out; a partitioned root, which has no rows of its own, is read with all of them. A
 * partition goes by its table's name, which a `where` may use.
 */
export function fromClause(table: TablePlan, chunk: Chunk): string {
  const { relkind, name } = relationOf(table, chunk);
  const alias =
    table.kind === 'partitioned' && table.where !== undefined ? ` AS ${quoteIdentifier(table.table.name)}` : '';
  switch (relkind) {
    case 'q':
      return `FROM (\n${table.query ?? ''}\n) AS query`;
    case 'p':
    case 'v':
      return `FROM ${quoteTable(name)}${alias}`;
    case 'r':
    case 'm':
    case 'f':
      return `FROM ONLY ${quoteTable(name)}${alias}`;
  }
}

function readExpression({ name, source }: Column): string {
  return READ_AS[source.readAs](quoteIdentifier(name));
}

function rangeConditions({ range }: Chunk, parameter: (value: string) => string): string[] {
  switch (range.kind) {
    case 'relation':
      return [];
    case 'ctid': {
      const from = `ctid OPERATOR(pg_catalog.>=) ${parameter(`(${range.fromBlock},0)`)}::pg_catalog.tid`;
      return range.toBlock === null
        ? [from]
        : [from, `ctid OPERATOR(pg_catalog.<) ${parameter(`(${range.toBlock},0)`)}::pg_catalog.tid`];
    }
    case 'key': {
      const column = quoteIdentifier(range.column);
      if (range.nulls) return [`${column} IS NULL`];
      // Without a cast: the server takes a bound for a value of the key's own type, a domain's base type included.
      return [
        ...(range.from === null ? [] : [`${column} OPERATOR(pg_catalog.>=) ${parameter(range.from)}`]),
        ...(range.to === null ? [] : [`${column} OPERATOR(pg_catalog.<) ${parameter(range.to)}`]),
      ];
    }
  }
}
