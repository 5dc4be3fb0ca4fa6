/**
 * What readers of Parquet read back exactly beyond what all of them do: the one table behind `readers`.
 *
 * Everybody reads data pages of version 1, PLAIN, RLE_DICTIONARY, and the forms of `parquetForm` without features. A cell says
 * yes only where every release that was looked at reads it, vectorised or not. Its evidence is a test that runs that reader
 * (test/readers), or for one that no test starts, a measurement or what documents say. A `spark` or `athena` reads through Iceberg too, so the
 * stricter of both counts.
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

/**
 * `test`: a file of test/readers that runs the reader. `measurement`: it was run once on files of every encoding (by pyarrow, V1 and V2
 * pages, with nulls, every value compared), in these releases. `documentation`: where it is said.
 */
export type Evidence =
  | { readonly kind: 'test'; readonly file: string }
  | { readonly kind: 'measurement'; readonly releases: string }
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

const FEATURES_TEST: Evidence = { kind: 'test', file: 'test/readers/features.test.ts' };
const tested: ReaderCell = { reads: true, evidence: FEATURES_TEST };
const refused: ReaderCell = { reads: false, evidence: FEATURES_TEST };
const documented = (reads: boolean, source: string): ReaderCell => ({
  reads,
  evidence: { kind: 'documentation', source },
});
const measured = (reads: boolean, releases: string): ReaderCell => ({
  reads,
  evidence: { kind: 'measurement', releases },
});

const SPARK = 'Spark 3.5.9 and 4.1.4, Iceberg-Spark 1.9.2 and 1.12, vectorised (2026-11)';
const TRINO = 'Trino 476 (2026-11)';
const ICEBERG_TYPES = 'Iceberg specification, appendix A, "Parquet": its types carry no such annotation';
const ATHENA_ENCODINGS = 'Athena user guide: Iceberg 1.4.2; what Iceberg-Spark 1.9.2 does not read counts as not read';
const ATHENA_TYPES = 'Athena user guide, "Data types in Athena": no such column type';
const TRINO_TYPES = 'Trino documentation, Iceberg connector, "Type mapping"';

/** Of forms that Iceberg's own types have not. */
const noIcebergType = {
  athena: documented(false, ICEBERG_TYPES),
  spark: documented(false, ICEBERG_TYPES),
  trino: documented(false, ICEBERG_TYPES),
};
/** Of forms that Iceberg has, and Spark and Athena have not. */
const trinoAlone = {
  athena: documented(false, ATHENA_TYPES),
  spark: measured(false, SPARK),
  trino: documented(true, TRINO_TYPES),
};
const encoding = (spark: boolean, trino: boolean) => ({
  athena: documented(false, ATHENA_ENCODINGS),
  spark: measured(spark, SPARK),
  trino: measured(trino, TRINO),
});

export const READER_TABLE: Readonly<Record<Feature, FeatureRow>> = {
  INT16: {
    what: '`INT(16, signed)` on INT32 for `int16`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...noIcebergType,
    },
  },
  UUID: {
    what: '`UUID` on 16 bytes for `uuid`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...trinoAlone,
    },
  },
  TIME: {
    what: '`TIME(MICROS, local)` on INT64 for `time`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...trinoAlone,
    },
  },
  JSON: {
    what: '`JSON` on BYTE_ARRAY for `json`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...noIcebergType,
    },
  },
  GEOMETRY: {
    what: "`GEOMETRY` and `GEOGRAPHY` on BYTE_ARRAY, with GeoParquet's `geo` in the footer",
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...noIcebergType,
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
