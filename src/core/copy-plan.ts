/**
 * What a run will do, decided before a row is read: tables, the relations they are read from, chunks, types.
 * Plain data: it crosses to the workers, is printed by --dry-run and is compared with what each chunk's Describe says.
 */
import type { TableSchema } from './table-schema.ts';

/** A table as the source names it. */
export interface TableName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * One bounded read in one transaction.
 * - `ctid`: the blocks from `fromBlock` (inclusive) to `toBlock` (exclusive; null = to the end, whatever that is by then);
 * - `relation`: all of it, in physical order where it has one (then the read also selects `ctid`, to go on from there);
 * - `key`: a range of one key column, as text in Postgres's own rendering; null = open; `nulls`: the rows where it is null.
 */
export type ChunkRange =
  | { readonly kind: 'ctid'; readonly fromBlock: number; readonly toBlock: number | null }
  | { readonly kind: 'relation' }
  | {
      readonly kind: 'key';
      readonly column: string;
      readonly from: string | null;
      readonly to: string | null;
      readonly nulls: boolean;
    };

export interface Chunk {
  /** Unique in the plan it was made with: with `--consistency table` each table has a plan of its own. */
  readonly id: number;
  /** Index into the table's `relations`. */
  readonly relation: number;
  readonly range: ChunkRange;
  readonly estimatedRows: number;
  readonly estimatedBytes: number;
}

/** What Describe must say of one bare column of the relation, in the order of the table's schema. */
export interface DescribedColumn {
  readonly tableOid: number;
  readonly attnum: number;
  readonly typeOid: number;
  readonly typmod: number;
}

/** A relation that is read by itself: a table, a leaf partition, a materialised view; or a view, a foreign table, a query. */
export interface RelationRead {
  /** 0 for a query. */
  readonly oid: number;
  readonly name: TableName;
  /** pg_class.relkind, or 'q' for a query. */
  readonly relkind: 'r' | 'p' | 'm' | 'v' | 'f' | 'q';
  /** True where `ctid` stands for a place in a heap, so that ctid ranges and going on after a ctid are exact. */
  readonly hasCtid: boolean;
  /** Blocks at planning time (0 where it has none). */
  readonly blocks: number;
  readonly estimatedRows: number;
  /** Bytes of its main fork and TOAST (0 where it has none). */
  readonly bytes: number;
  /** What the Describe of the bare columns must give. Empty for a relation without columns. */
  readonly expected: readonly DescribedColumn[];
}

/** Where rows go that are set aside: each column as text, behind some that say why. */
export interface QuarantinePlan {
  readonly dataset: string;
  readonly schema: TableSchema;
}

export interface TablePlan {
  readonly dataset: string;
  readonly table: TableName;
  readonly kind: 'table' | 'partitioned' | 'materialized view' | 'view' | 'foreign table' | 'query';
  readonly schema: TableSchema;
  readonly relations: readonly RelationRead[];
  readonly chunks: readonly Chunk[];
  readonly estimatedRows: number;
  /** Bytes in Postgres: main fork and TOAST of all relations. */
  readonly sourceBytes: number;
  /** SQL of `--where`, taken as it is; it goes into the reading query. */
  readonly where?: string;
  /** SQL of `--query`. */
  readonly query?: string;
  /**
   * Where reading it runs SQL of the user's (a condition, a query, what a view computes, a cast to json that `dims=json` asks): the search_path of the session that made the plan. Each of
   * its reads sets it, whatever an ALTER or a pooler gives their sessions. All else is read under `pg_catalog`.
   */
  readonly searchPath?: string;
  /** OIDs of the relations that the names in `where` or `query` meant when the plan was made, and that views among them were made of. */
  readonly namedOids?: readonly number[];
  /** OIDs of the composite types and enums in the columns, at any depth: the server sends their attributes and labels as they are when they are read. */
  readonly mutableTypeOids?: readonly number[];
  /** Names of the columns that are read as text, since no native form is known. */
  readonly textColumns: readonly string[];
  /** What the user should know of this table before it is read. */
  readonly notices: readonly string[];
  readonly comment?: string;
  /** Where a column has the policy `quarantine`. */
  readonly quarantine?: QuarantinePlan;
  /** The column of a single-column primary key of an integer type or uuid: it names a row in reports. */
  readonly rowKey?: string;
}

/** A table that cannot be read: reported, the others go on. */
export interface RefusedTable {
  readonly dataset: string;
  readonly table: TableName;
  readonly error: import('../errors.ts').SerializedError;
}

export interface CopyPlan {
  readonly serverVersion: string;
  /** server_version_num, e.g. 180004. */
  readonly serverVersionNum: number;
  readonly tables: readonly TablePlan[];
  readonly refused: readonly RefusedTable[];
}

/** SQL of the user's (a condition, a query, what a view computes, a cast to json) may read any table, lock it, and meet any type. */
export function runsUserSql({ searchPath }: Pick<TablePlan, 'searchPath'>): boolean {
  return searchPath !== undefined;
}
