/**
 * The SQL that shows a dataset's current parts as a view (pure).
 *
 * Every `read_parquet` names its columns by field id, so that a renamed or missing column is never another's, and turns
 * Hive partitions off: DuckDB would overwrite a column from the name of a folder. Types are those that the parts are
 * written with for the version's readers: a uuid is UUID or text. (It is cast where a part has the other form, so a view is right
 * whatever table of readers an older program had.)
 */
import type { DatasetFiles } from '../core/dataset-files.ts';
import { quoteIdentifier } from '../core/identifiers.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import { type Reader, sharedFeatures } from '../core/reader.ts';
import type { Feature } from '../core/reader-table.ts';

type Features = ReadonlySet<Feature>;

const DUCKDB_TYPE: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>, features: Features) => string } = {
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
  uuid: (_t, f) => (f.has('UUID') ? 'UUID' : 'VARCHAR'),
  json: () => 'VARCHAR',
  date: () => 'DATE',
  time: (t, f) => (t.below24h && f.has('TIME') ? 'TIME' : 'VARCHAR'),
  timestamp: (t) => (t.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP'),
  // Well-known binary, unless it carries the annotation that makes it DuckDB's own.
  geometry: (t, f) => (t.basic && f.has('GEOMETRY') ? 'GEOMETRY' : 'BLOB'),
  list: (t, f) => `${typeFor(t.element, f)}[]`,
  struct: (t, f) =>
    `STRUCT(${t.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${typeFor(type, f)}`).join(', ')})`,
  map: (t, f) => `MAP(VARCHAR, ${typeFor(t.value, f)})`,
};

/** The type of a column in a view: `DECIMAL(15,2)`, `VARCHAR[]`, `STRUCT("x" DOUBLE, "y" DOUBLE)`. */
export function duckdbType(type: LogicalType, readers?: readonly Reader[]): string {
  return typeFor(type, sharedFeatures(readers));
}

function typeFor(type: LogicalType, features: Features): string {
  return (DUCKDB_TYPE[type.kind] as (t: LogicalType, f: Features) => string)(type, features);
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

function partsSelect({ parts, columns, readers }: DatasetFiles): string {
  const paths = parts.map((path) => quoteText(escapeGlob(path))).join(', ');
  const schema = columns.map(
    ({ name, fieldId, type }) =>
      `${fieldId}: {name: ${quoteText(name)}, type: ${quoteText(duckdbType(type, readers))}, default_value: NULL}`,
  );
  return `SELECT * FROM read_parquet([${paths}], hive_partitioning = false, schema = MAP {${schema.join(', ')}})`;
}

function emptySelect({ columns, readers }: DatasetFiles): string {
  const nulls = columns.map(
    ({ name, type }) => `CAST(NULL AS ${duckdbType(type, readers)}) AS ${quoteIdentifier(name)}`,
  );
  return `SELECT ${nulls.join(', ')} WHERE false`;
}
