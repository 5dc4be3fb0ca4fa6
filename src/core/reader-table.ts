/**
 * What readers of Parquet read back exactly beyond what all of them do: the one table behind `readers`.
 *
 * Everybody reads data pages of version 1, PLAIN, RLE_DICTIONARY, and the forms of `parquetForm` without features. A cell says
 * yes only where every release that was looked at reads it, vectorised or not, and its evidence is a test that runs that reader
 * (test/readers), or what documents say of one that no test starts. A `spark` or `athena` reads through Iceberg too, so the
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

const FEATURES_TEST: Evidence = { kind: 'test', file: 'test/readers/features.test.ts' };
const tested: ReaderCell = { reads: true, evidence: FEATURES_TEST };
const refused: ReaderCell = { reads: false, evidence: FEATURES_TEST };
const documented = (reads: boolean, source: string): ReaderCell => ({
  reads,
  evidence: { kind: 'documentation', source },
});

const ICEBERG_TYPES = 'Iceberg specification, appendix A, "Parquet": no such type or annotation';
const ATHENA_ICEBERG = 'Athena user guide: Iceberg 1.4.2, whose vectorised reader lacks it';
const ATHENA_TYPES = 'Athena user guide, "Data types": no such column type';
const SPARK_ICEBERG = 'Iceberg 1.9, VectorizedPageIterator: "Cannot support vectorized reads" for it';
const SPARK_TYPES = 'Spark 4.0, ParquetSchemaConverter: illegal Parquet type';
const TRINO_TYPES = 'Trino 476, Iceberg connector: reads the types of Iceberg';
const TRINO_ENCODINGS = 'Trino 476, lib/trino-parquet, ValueDecoders';

/** For the three that no test of this lane starts. */
const java = (
  athena: readonly [boolean, string],
  spark: readonly [boolean, string],
  trino: readonly [boolean, string],
) => ({ athena: documented(...athena), spark: documented(...spark), trino: documented(...trino) });

export const READER_TABLE: Readonly<Record<Feature, FeatureRow>> = {
  INT16: {
    what: '`INT(16, signed)` on INT32 for `int16`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ICEBERG_TYPES], [false, ICEBERG_TYPES], [false, ICEBERG_TYPES]),
    },
  },
  UUID: {
    what: '`UUID` on 16 bytes for `uuid`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...java([false, ATHENA_TYPES], [false, SPARK_TYPES], [true, TRINO_TYPES]),
    },
  },
  TIME: {
    what: '`TIME(MICROS, local)` on INT64 for `time`',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ATHENA_TYPES], [false, SPARK_TYPES], [true, TRINO_TYPES]),
    },
  },
  JSON: {
    what: '`JSON` on BYTE_ARRAY for `json`',
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...java([false, ICEBERG_TYPES], [false, ICEBERG_TYPES], [false, ICEBERG_TYPES]),
    },
  },
  GEOMETRY: {
    what: "`GEOMETRY` and `GEOGRAPHY` on BYTE_ARRAY, with GeoParquet's `geo` in the footer",
    cells: {
      duckdb: tested,
      polars: refused,
      pyarrow: tested,
      ...java([false, ATHENA_TYPES], [false, SPARK_TYPES], [false, TRINO_TYPES]),
    },
  },
  DATA_PAGE_V2: {
    what: 'data pages of version 2',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java(
        [false, 'Athena user guide: nothing is said of it'],
        [true, 'Spark 3.5, VectorizedColumnReader'],
        [true, TRINO_ENCODINGS],
      ),
    },
  },
  RLE_BOOLEAN: {
    what: 'RLE for booleans',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ATHENA_ICEBERG], [false, SPARK_ICEBERG], [true, TRINO_ENCODINGS]),
    },
  },
  DELTA_BINARY_PACKED: {
    what: 'DELTA_BINARY_PACKED for INT32 and INT64',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ATHENA_ICEBERG], [false, SPARK_ICEBERG], [true, TRINO_ENCODINGS]),
    },
  },
  DELTA_LENGTH_BYTE_ARRAY: {
    what: 'DELTA_LENGTH_BYTE_ARRAY for BYTE_ARRAY',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ATHENA_ICEBERG], [false, SPARK_ICEBERG], [true, TRINO_ENCODINGS]),
    },
  },
  DELTA_BYTE_ARRAY: {
    what: 'DELTA_BYTE_ARRAY for BYTE_ARRAY',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java([false, ATHENA_ICEBERG], [false, SPARK_ICEBERG], [true, TRINO_ENCODINGS]),
    },
  },
  BYTE_STREAM_SPLIT_FLOAT: {
    what: 'BYTE_STREAM_SPLIT for FLOAT and DOUBLE',
    cells: {
      duckdb: tested,
      polars: tested,
      pyarrow: tested,
      ...java(
        [false, ATHENA_ICEBERG],
        [false, 'Spark 4.1, VectorizedColumnReader: unsupported encoding'],
        [true, TRINO_ENCODINGS],
      ),
    },
  },
  BYTE_STREAM_SPLIT_INTEGER: {
    what: 'BYTE_STREAM_SPLIT for INT32 and INT64',
    cells: {
      duckdb: refused,
      polars: tested,
      pyarrow: tested,
      ...java(
        [false, ATHENA_ICEBERG],
        [false, 'Spark 4.1, VectorizedColumnReader: unsupported encoding'],
        [false, TRINO_ENCODINGS],
      ),
    },
  },
  BYTE_STREAM_SPLIT_FIXED: {
    what: 'BYTE_STREAM_SPLIT for FIXED_LEN_BYTE_ARRAY',
    cells: {
      duckdb: refused,
      polars: refused,
      pyarrow: tested,
      ...java(
        [false, ATHENA_ICEBERG],
        [false, 'Spark 4.1, VectorizedColumnReader: unsupported encoding'],
        [false, TRINO_ENCODINGS],
      ),
    },
  },
};
