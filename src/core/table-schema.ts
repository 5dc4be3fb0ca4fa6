/**
 * The typed description of a table on its way: what Postgres says of each column and what it becomes.
 *
 * Every column is optional in Parquet, whatever NOT NULL says in the source: a constraint can be dropped, or (18) not yet
 * be validated, and a reader must never be told what the file does not hold.
 */
import type { LogicalType } from './logical-type.ts';
import { printedSql } from './printed-sql.ts';
import type { Reader } from './reader.ts';
import type { WireForm } from './wire-form.ts';

/** How the reading query names the column: as it is; as the text that a result prints; an array element by element, `col::text[]`, where no cast of the user's would make their texts; or as the JSON that `to_json` makes of it. */
export type ReadAs = 'binary' | 'text' | 'text[]' | 'json';

/** The same as SQL, of the column's quoted name. */
export const READ_AS = {
  binary: (x) => x,
  text: printedSql,
  'text[]': (x) => `${x}::pg_catalog.text[]`,
  json: (x) => `pg_catalog.textin(pg_catalog.json_out(pg_catalog.to_json(${x})))`,
} as const satisfies Record<ReadAs, (x: string) => string>;

/** What Postgres says of the parts of a type, seen through domains, arrays and ranges: for the footer. */
export interface SourceParts {
  /** Of a domain, or of elements or bounds that are one: the type that it restricts in the end, with its typmod. */
  readonly basePgType?: string;
  /** Of an enum, in their order. */
  readonly labels?: readonly string[];
  /** Of a composite: its attributes. */
  readonly fields?: readonly SourceField[];
}

export interface SourceField extends SourceParts {
  readonly name: string;
  readonly pgType: string;
  readonly comment?: string;
}

/** What Postgres says of the column. */
export interface SourceColumn extends SourceParts {
  /** `format_type`, for people and for the footer: `numeric(15,2)`, `character varying(44)`, `my_enum[]`. */
  readonly pgType: string;
  /** OID and typmod as a Describe of the bare column gives them (a domain is described as its base type). */
  readonly typeOid: number;
  readonly typmod: number;
  readonly readAs: ReadAs;
  /** Its text names tables, types or functions (`regclass` and its kin, at any depth), which the server prints by the search_path. */
  readonly namesObjects?: true;
  /** An array, though it is read as one text: a run that was told `dims=json` may have kept it as JSON. */
  readonly isArray?: true;
  /** `to_json` of it calls a cast of the user's, at some depth: of any column, since a version of the lake may have it as JSON. */
  readonly castsToJson?: true;
  /** The bytes in which the reading query's column comes. */
  readonly wire: WireForm;
}

/**
 * What becomes of a value that its column's type cannot hold: its table stops; it becomes null and is counted; or its whole row is set
 * aside, into a dataset of such rows.
 */
export type AwkwardPolicy = (typeof AWKWARD_POLICIES)[number];
export const AWKWARD_POLICIES = ['fail', 'null', 'quarantine'] as const;

export interface Column {
  readonly name: string;
  readonly type: LogicalType;
  /** Parquet field id, from 1, unique in the table, never used again for another column. */
  readonly fieldId: number;
  readonly source: SourceColumn;
  readonly comment?: string;
  /** Absent: `fail`. */
  readonly awkward?: AwkwardPolicy;
}

export interface TableSchema {
  readonly columns: readonly Column[];
  /** Who reads the files; absent: everybody (`DEFAULT_READERS`). It decides on the Parquet forms of the columns. */
  readonly readers?: readonly Reader[];
}

/** Whether the server prints its values, since no native form of them is known. */
export function isReadAsText({ source }: Column): boolean {
  return source.readAs === 'text' || source.readAs === 'text[]';
}
