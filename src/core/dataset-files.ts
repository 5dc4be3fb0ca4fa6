/**
 * The files of one committed state of a dataset: what the lake tells and the engine reads.
 */
import type { LogicalType } from './logical-type.ts';
import type { Reader } from './reader.ts';

export interface DatasetFiles {
  readonly dataset: string;
  /** In the order of the table. Field ids are those in the Parquet files. */
  readonly columns: readonly { readonly name: string; readonly fieldId: number; readonly type: LogicalType }[];
  /** Absolute paths. */
  readonly parts: readonly string[];
  readonly rows: number;
  /** For whom they were written; absent: for everybody. */
  readonly readers?: readonly Reader[];
}
