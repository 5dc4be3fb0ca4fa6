/**
 * The SQL that shows a dataset's current parts as a view (pure).
 *
 * Every `read_parquet` names its columns by field id, so that a renamed or missing column is never another's, and turns
 * Hive partitions off: DuckDB would overwrite a column from the name of a folder. Types are those that the parts are
 * written with for all readers (uuid, time and json are text).
 */
import type { DatasetFiles } from '../core/dataset-files.ts';
import { quoteIdentifier } from '../core/identifiers.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';

const DUCKDB_TYPE: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'BOOLEAN',
  int16: () => 'SMALLINT',
  int32: () => 'INTEGER',
  int64: () => 'BIGINT',
  uint32: () => 'BIGINT',
  float32: () => 'FLOAT',
  float64: () => 'DOUBLE',
  decimal: (t) => `DECIMAL(${t.precision},${t.scale})`,
  text: () => 'VARCHAR',
  bytes: () => 'BLOB',
  uuid: () => 'VARCHAR',
  json: () => 'VARCHAR',
  date: () => 'DATE',
  time: () => 'VARCHAR',
  timestamp: (t) => (t.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP'),
  // Well-known binary, without the annotation that would make it DuckDB's GEOMETRY.
  geometry: () => 'BLOB',
  list: (t) => `${duckdbType(t.element)}[]`,
  struct: (t) =>
    `STRUCT(${t.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${duckdbType(type)}`).join(', ')})`,
  map: (t) => `MAP(VARCHAR, ${duckdbType(t.value)})`,
};

/** The type of a column in a view: `DECIMAL(15,2)`, `VARCHAR[]`, `STRUCT("x" DOUBLE, "y" DOUBLE)`. */
export function duckdbType(type: LogicalType): string {
  return (DUCKDB_TYPE[type.kind] as (t: LogicalType) => string)(type);
}

/** `'it''s'`. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path that `read_parquet` takes as it stands: `[`, `*` and `?` in it are no patterns. */
export function escapeGlob(path: string): string {
  return path.replace(/[[*?]/g, '[$&]');
}

/** A view named `name` over the dataset's parts; without parts, an empty one of the same columns. */
export function viewSql(name: string, files: DatasetFiles): string {
  return `CREATE VIEW ${quoteIdentifier(name)} AS ${files.parts.length === 0 ? emptySelect(files) : partsSelect(files)}`;
}

function partsSelect({ parts, columns }: DatasetFiles): string {
  const paths = parts.map((path) => quoteText(escapeGlob(path))).join(', ');
  const schema = columns.map(
    ({ name, fieldId, type }) =>
      `${fieldId}: {name: ${quoteText(name)}, type: ${quoteText(duckdbType(type))}, default_value: NULL}`,
  );
  return `SELECT * FROM read_parquet([${paths}], hive_partitioning = false, schema = MAP {${schema.join(', ')}})`;
}

function emptySelect({ columns }: DatasetFiles): string {
  const nulls = columns.map(({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${quoteIdentifier(name)}`);
  return `SELECT ${nulls.join(', ')} WHERE false`;
}
