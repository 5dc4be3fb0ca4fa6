/** What a copy can be told: the same for the CLI's flags and for `copyTables`. Defaults are filled in by `resolveCopyOptions`. */
import { availableParallelism } from 'node:os';
import type { Compression } from '../core/compression.ts';
import type { Reader } from '../core/reader.ts';
import type { RunEventListener } from '../core/run-event.ts';
import type { AwkwardPolicy } from '../core/table-schema.ts';

export type Consistency = 'run' | 'table' | 'chunk';
export type ChunkBy = 'ctid' | 'key' | 'relation';

/** What becomes of a numeric without precision: text, or a decimal. */
export type NumericForm = 'text' | { readonly precision: number; readonly scale: number };

/** What is said of one column. */
export interface ColumnOptions {
  /**
   * Of an array: its number of dimensions, 1 to 6, whatever its declaration says (Postgres does not enforce that one), or `'json'`: arrays of
   * any dimensions, each as the text that `to_json` makes of it.
   */
  readonly dims?: number | 'json';
  /** Instead of the run's policy. */
  readonly awkward?: AwkwardPolicy;
}

export interface CopyOptions {
  /** `postgresql://…`. Default: `$DATABASE_URL`, else `PG*` and `~/.pgpass`. */
  readonly url?: string;
  /** A lake folder, or one `….parquet` file when one table or query is named. */
  readonly target: string;
  /** Table names or globs: `orders`, `billing.*`, `"Mixed Case"`. Default: every table of the user's namespaces. */
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  /** A SELECT instead of tables; `name` is its dataset. */
  readonly query?: { readonly sql: string; readonly name: string };
  /** Only these columns, in this order (one table, or all tables that have them). */
  readonly columns?: readonly string[];
  /** SQL condition, given to each reading query as it is. */
  readonly where?: string;
  /** Reading connections. Default min(4, cores). */
  readonly connections?: number;
  readonly chunkBy?: ChunkBy;
  readonly compression?: Compression;
  /** Default for zstd 1 to 3, by what a page holds; for gzip 6. */
  readonly compressionLevel?: number;
  /** Default 131,072, fewer for wide rows. */
  readonly rowGroupRows?: number;
  /** Default 128 MiB. */
  readonly partBytes?: number;
  /**
   * The most memory of the whole process in bytes, kept within about 5 %. Default 512 MiB, less in a smaller cgroup. A connection's
   * share bounds the rows that it can take: E_VALUE_TOO_LARGE says what would hold a longer one.
   */
  readonly memoryBytes?: number;
  /** Default `run`: one snapshot for all tables. Never weakened unasked. */
  readonly consistency?: Consistency;
  /** Default 30 minutes. */
  readonly maxSnapshotAgeMs?: number;
  /** How long somebody may wait for a lock of ours before the chunk is given back. Default 1,000. */
  readonly maxBlockMs?: number;
  /** Per slice of a read. Default 60,000. */
  readonly statementTimeoutMs?: number;
  /** For numeric without precision. Default: decimal(38,18) where the server's statistics fit it, else text. */
  readonly numeric?: NumericForm;
  /**
   * Who reads the files: each column takes the richest form of Parquet that all of them read back exactly. DuckDB is one of them,
   * named or not. Default: those of the dataset's last version, else athena, duckdb, pyarrow, spark and trino.
   */
  readonly readers?: readonly Reader[];
  /**
   * Default `fail`: the table stops. `null`: such values become null and are counted. `quarantine`: their rows are set aside as text, in
   * the dataset `<dataset>__quarantine`, and counted.
   */
  readonly awkward?: AwkwardPolicy;
  /** With more rows of a table set aside than so many, or than this share of its rows, `'1%'`, the table fails. Default: no limit. */
  readonly maxQuarantined?: number | `${number}%`;
  /** By column, `namespace.table.column` or `table.column`, quoted as in `tables`: `{ 'public.events.tags': { dims: 2 } }`. */
  readonly columnOptions?: Readonly<Record<string, ColumnOptions>>;
  /**
   * Before a table is committed, compare what was written with the source, in the same snapshot: another pass over the table in
   * Postgres, and one over the files in DuckDB.
   */
  readonly verify?: boolean;
  /** Stop everything at the first table that fails. */
  readonly failFast?: boolean;
  /** Replace an existing single file. */
  readonly force?: boolean;
  /** Environment for `DATABASE_URL` and `PG*`; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onEvent?: RunEventListener;
}

/** The number of reading connections when nobody says. */
export function defaultConnections(): number {
  return Math.min(4, availableParallelism());
}
