/**
 * What the catalogs say of one table: plain facts, from which the pipeline's plan decides what is read and how.
 *
 * A table is what becomes one dataset; its relations are what is read: the table itself, or the leaf partitions of a
 * partitioned root. OIDs, attnums and sizes are those of the moment; facts that need no lock only.
 */
import type { DescribedColumn, TableName } from '../core/copy-plan.ts';
import type { AttributeFacts, TypeTable } from './type-facts.ts';

export type RelationKind = 'r' | 'p' | 'm' | 'v' | 'f';

/** What the role may do with a relation, asked of the server. */
export interface Privileges {
  /** USAGE on the namespace. */
  readonly namespace: boolean;
  /** SELECT on the whole relation. */
  readonly select: boolean;
  /** Attnums that column grants let the role read, when `select` is false. */
  readonly columns: readonly number[];
}

/** A column is described as an attribute of a composite is. */
export interface SourceColumnFacts extends AttributeFacts {
  readonly attnum: number;
}

/** A relation that holds rows of the table. */
export interface SourceRelation {
  readonly oid: number;
  readonly name: TableName;
  readonly relkind: RelationKind | 'q';
  /** Name of the table access method; null where there is none (views, foreign tables, partitioned tables). */
  readonly accessMethod: string | null;
  readonly privileges: Privileges;
  /** `row_security_active`: policies would hide rows from this role. */
  readonly rowSecurity: boolean;
  readonly persistence: 'permanent' | 'unlogged';
  /** False for a materialised view that was never refreshed. */
  readonly populated: boolean;
  /** Blocks of the main fork now; `relpages` when somebody holds the relation exclusively. */
  readonly blocks: number;
  /** Bytes of the main fork and its TOAST now. */
  readonly bytes: number;
  /** The planner's estimate, scaled to the blocks of now; null where it knows nothing. */
  readonly estimatedRows: number | null;
  /** Blocks that the visibility map calls all-visible, as of the last VACUUM. */
  readonly allVisibleBlocks: number;
  /** The relation's attnum for each of the table's columns, in the table's order. */
  readonly attnums: readonly number[];
}

export interface SourceTable {
  readonly oid: number;
  readonly name: TableName;
  readonly kind: 'table' | 'partitioned' | 'materialized view' | 'view' | 'foreign table' | 'query';
  readonly comment: string | null;
  /** In attnum order, without dropped ones. */
  readonly columns: readonly SourceColumnFacts[];
  /** The table as a relation of its own: what is asked for rights and policies first. */
  readonly root: SourceRelation;
  /** Leaf partitions of a partitioned table in name order, possibly none; otherwise `root` alone. */
  readonly relations: readonly SourceRelation[];
  /** Partitions that a DETACH CONCURRENTLY is taking away: no longer part of the table. */
  readonly detaching: readonly TableName[];
  /** True for a plain inheritance parent, whose children are tables of their own. */
  readonly hasInheritors: boolean;
  /** Names of columns of numeric without precision for which the server's statistics fit decimal(38,18). */
  readonly statisticsFitDecimal: ReadonlySet<string>;
  /** The single column of the primary key, where there is one. */
  readonly keyColumn: string | null;
  /** Facts of all types in use, shared by the tables of one introspection. */
  readonly types: TypeTable;
  /** Of a query: its SQL, the relations that its names mean, and what Describe said of its columns. */
  readonly query?: {
    readonly sql: string;
    readonly named: readonly number[];
    readonly described: readonly DescribedColumn[];
  };
}
