/** A Hive table of Trino over Parquet files that are there, whose columns Trino finds by name. */
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import type { ValueTable } from '../value-files.ts';

type Named<R> = { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => R };

/** As a Hive table over these files declares them. `timestamp` has the precision of the session. */
const TRINO: Named<string> = {
  bool: () => 'boolean',
  int16: () => 'integer',
  int32: () => 'integer',
  int64: () => 'bigint',
  uint32: () => 'bigint',
  float32: () => 'real',
  float64: () => 'double',
  decimal: ({ precision, scale }) => `decimal(${precision}, ${scale})`,
  text: () => 'varchar',
  bytes: () => 'varbinary',
  uuid: () => 'varchar',
  json: () => 'varchar',
  date: () => 'date',
  time: () => 'varchar',
  timestamp: () => 'timestamp(3)',
  geometry: () => 'varbinary',
  list: ({ element }) => `array(${trinoType(element)})`,
  struct: ({ fields }) => `row(${fields.map((f) => `${quoteIdentifier(f.name)} ${trinoType(f.type)}`).join(', ')})`,
  map: ({ value }) => `map(varchar, ${trinoType(value)})`,
};

export function trinoType(type: LogicalType): string {
  return (TRINO[type.kind] as (t: LogicalType) => string)(type);
}

export function hiveTableSql({ name, columns }: ValueTable, location: string): string {
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${trinoType(column.type)}`);
  return `CREATE TABLE hive.v.${name} (${list.join(', ')}) WITH (external_location = '${location}', format = 'PARQUET')`;
}
