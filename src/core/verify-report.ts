/**
 * What a verification found: a dataset of the lake beside its source. Names, counts and places only, never a value, except
 * keys that are integers or uuids.
 */
import type { SerializedError } from '../errors.ts';

/** What can differ between the two sides of a column; `gone`: the source has no column of this name any more. */
export type Measure = 'nulls' | 'values' | 'min' | 'max' | 'sum' | 'type' | 'gone';

export interface ColumnDifference {
  readonly column: string;
  readonly measures: readonly Measure[];
}

/** A row that the two sides do not have alike. */
export interface DifferingRow {
  readonly side: 'source' | 'lake';
  /** Where it lies in the source's table; null in the lake, and where the relation has no ctids. */
  readonly ctid: string | null;
  /** The partition that it lies in, `namespace.name`; null where there is but one relation, and in the lake. */
  readonly relation: string | null;
  /** Of a single-column primary key that is an integer or a uuid. */
  readonly key: string | null;
}

export interface DatasetVerification {
  readonly dataset: string;
  /** `namespace.name` in the source; null for a query. */
  readonly table: string | null;
  readonly version: number | null;
  /** `skipped`: it cannot be compared, for the reason in `error`; `failed`: the comparison broke. */
  readonly status: 'same' | 'different' | 'skipped' | 'failed';
  /** Rows of each side; of a sample, those taken and those of them that the lake has. */
  readonly sourceRows: number;
  readonly lakeRows: number;
  /** Whether a sample was compared: rows that were set aside, and a relation without blocks, are compared whole. */
  readonly isSample: boolean;
  /** Rows of the source that are in the dataset's quarantine instead, and no part of `sourceRows`. */
  readonly asideRows: number;
  /** What lies now where those rows lay is not what the quarantine has: some were mended, moved or removed. */
  readonly asideDiffers: boolean;
  /** Empty where the numbers of rows differ: then nearly all columns do. */
  readonly columns: readonly ColumnDifference[];
  /** Each column has the same values as in the source, but some stand in other rows. */
  readonly isMixed: boolean;
  /** The dataset holds the rows of a condition, and was compared with the whole table, since no condition was given. */
  readonly lacksWhere: boolean;
  /** Up to ten. */
  readonly rows: readonly DifferingRow[];
  readonly seconds: number;
  readonly error: SerializedError | null;
}

export interface VerifyReport {
  /** Version of this structure: fields may be added, none change. */
  readonly format: 1;
  readonly lake: string;
  readonly server: string;
  /** Share of each table's blocks that was compared, in percent; null: all. */
  readonly samplePercent: number | null;
  readonly datasets: readonly DatasetVerification[];
  readonly seconds: number;
  readonly exitCode: number;
}
