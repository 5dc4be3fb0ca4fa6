/**
 * What readers of Parquet read back exactly beyond what all of them do: the one table behind `readers`.
 *
 * Everybody reads data pages of version 1, PLAIN, RLE_DICTIONARY, and the forms of `parquetForm` without features. A cell says
 * yes only where every release that is run reads it, in batches and row by row. Its evidence is a test that runs that reader (test/readers;
 * docs/reference/reader-results.md has the releases), or for one that no test can start, what documents say. `spark` is two lines of Spark and
 * Iceberg in each, `trino` is both Hive and Iceberg tables, but for forms that Hive has no column type for: the strictest of them counts.
 * The lane of the readers fails where a cell claims more than its test has run.
 */
import type { Reader } from './reader.ts';

/** Forms first, then encodings. Closed: the writer, the views and the reference page each have an entry for every one. */
export const FEATURES = [
  'INT16',
  'UUID',
  'TIME',
  'JSON',
  'GEOMETRY',
  'DATA_PAGE_V2',
  'RLE_BOOLEAN',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'BYTE_STREAM_SPLIT_FLOAT',
  'BYTE_STREAM_SPLIT_INTEGER',
  'BYTE_STREAM_SPLIT_FIXED',
] as const;
export type Feature = (typeof FEATURES)[number];

/** `test`: a file of test/readers that runs the reader. `documentation`: where it is said. */
export type Evidence =
  | { readonly kind: 'test'; readonly file: string }
  | { readonly kind: 'documentation'; readonly source: string };

export interface ReaderCell {
  readonly reads: boolean;
  readonly evidence: Evidence;
}

export interface FeatureRow {
  /** For people. */
  readonly what: string;
  readonly cells: Readonly<Record<Reader, ReaderCell>>;
}

const byTest = (reads: boolean, file: string): ReaderCell => ({ reads, evidence: { kind: 'test', file } });
const documented = (reads: boolean, source: string): ReaderCell => ({
  reads,
  evidence: { kind: 'documentation', source },
});

const tested = byTest(true, 'test/readers/features.test.ts');
const refused = byTest(false, 'test/readers/features.test.ts');
const spark = (reads: boolean): ReaderCell => byTest(reads, 'test/readers/jvm/spark-features.test.ts');
const trino = (reads: boolean): ReaderCell => byTest(reads, 'test/readers/jvm/trino-features.test.ts');

const ICEBERG_TYPES = 'Iceberg specification, appendix A, "Parquet": its types carry no such annotation';
const ATHENA_ENCODINGS =
  'Athena user guide: Iceberg 1.4.2; what Iceberg 1.9.2 in Spark does not read counts as not read';
const ATHENA_TYPES = 'Athena user guide, "Data types in Athena": no such column type';

const noIcebergType = documented(false, ICEBERG_TYPES);
const encoding = (sparkReads: boolean, trinoReads: boolean) => ({
  athena: documented(false, ATHENA_ENCODINGS),
  spark: spark(sparkReads),
  trino: trino(trinoReads),
});

export const READER_TABLE: Readonly<Record<Feature, FeatureRow>> = {
  INT16: {
    what: '`INT(16, signed)` on INT32 for `int16`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      athena: noIcebergType,
      spark: noIcebergType,
      trino: noIcebergType,
    },
  },
  UUID: {
    what: '`UUID` on 16 bytes for `uuid`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      athena: documented(false, ATHENA_TYPES),
      spark: spark(false),
      trino: trino(true),
    },
  },
  TIME: {
    what: '`TIME(MICROS, local)` on INT64 for `time`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      athena: documented(false, ATHENA_TYPES),
      spark: spark(false),
      trino: trino(true),
    },
  },
  JSON: {
    what: '`JSON` on BYTE_ARRAY for `json`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      athena: noIcebergType,
      spark: noIcebergType,
      trino: trino(false),
    },
  },
  GEOMETRY: {
    what: "`GEOMETRY` and `GEOGRAPHY` on BYTE_ARRAY, with GeoParquet's `geo` in the footer",
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      athena: noIcebergType,
      spark: spark(false),
      trino: trino(false),
    },
  },
  DATA_PAGE_V2: {
    what: 'data pages of version 2',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(true, true),
      athena: documented(false, 'Athena user guide: nothing says that it does'),
    },
  },
  RLE_BOOLEAN: {
    what: 'RLE for booleans',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, true),
    },
  },
  DELTA_BINARY_PACKED: {
    what: 'DELTA_BINARY_PACKED for INT32 and INT64',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, true),
    },
  },
  DELTA_LENGTH_BYTE_ARRAY: {
    what: 'DELTA_LENGTH_BYTE_ARRAY for BYTE_ARRAY',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, true),
    },
  },
  // Row by row parquet-java reads it in no file whose writer gives a version below 1.8.0, whoever that is (PARQUET-246): ours is.
  DELTA_BYTE_ARRAY: {
    what: 'DELTA_BYTE_ARRAY for BYTE_ARRAY',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, true),
    },
  },
  BYTE_STREAM_SPLIT_FLOAT: {
    what: 'BYTE_STREAM_SPLIT for FLOAT and DOUBLE',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, true),
    },
  },
  BYTE_STREAM_SPLIT_INTEGER: {
    what: 'BYTE_STREAM_SPLIT for INT32 and INT64',
    cells: {
      duckdb: refused,
      polars: tested,
      pyarrow: tested,
      ...encoding(false, false),
    },
  },
  BYTE_STREAM_SPLIT_FIXED: {
    what: 'BYTE_STREAM_SPLIT for FIXED_LEN_BYTE_ARRAY',
    cells: {
      duckdb: refused,
      polars: refused,
      pyarrow: tested,
      ...encoding(false, false),
    },
  },
};
