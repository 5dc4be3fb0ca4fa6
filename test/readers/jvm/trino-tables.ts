/**
 * Tables of Trino over Parquet files that are there: a Hive table, whose columns Trino finds by name, and an Iceberg table, whose
 * columns it finds by field id.
 *
 * The Iceberg table is registered from metadata that is written here, with the files' own field ids (a column's own, then 1,000,000
 * more for each node below it, depth first) and no snapshot; then Trino adds the files itself.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
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

function trinoType(type: LogicalType): string {
  return (TRINO[type.kind] as (t: LogicalType) => string)(type);
}

export function hiveTableSql({ name, columns }: ValueTable, location: string): string {
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${trinoType(column.type)}`);
  return `CREATE TABLE hive.v.${name} (${list.join(', ')}) WITH (external_location = '${location}', format = 'PARQUET')`;
}

const ICEBERG_LEAVES = {
  bool: () => 'boolean',
  int16: () => 'int',
  int32: () => 'int',
  int64: () => 'long',
  uint32: () => 'long',
  float32: () => 'float',
  float64: () => 'double',
  decimal: ({ precision, scale }) => `decimal(${precision}, ${scale})`,
  text: () => 'string',
  bytes: () => 'binary',
  uuid: () => 'string',
  json: () => 'string',
  date: () => 'date',
  time: () => 'string',
  timestamp: ({ utc }) => (utc ? 'timestamptz' : 'timestamp'),
  geometry: () => 'binary',
} as const satisfies Omit<Named<string>, 'list' | 'struct' | 'map'>;

const NESTED_ID_STEP = 1_000_000;

/** Writes `<folder>/metadata/v1.metadata.json` of an empty table of these columns that lies at `location`. */
export async function writeIcebergMetadata(
  folder: string,
  location: string,
  columns: readonly Column[],
): Promise<void> {
  const fields = columns.map(icebergField);
  const metadata = {
    'format-version': 2,
    'table-uuid': crypto.randomUUID(),
    location,
    'last-sequence-number': 0,
    'last-updated-ms': Date.now(),
    'last-column-id': Math.max(...fields.map(({ lastId }) => lastId)),
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields: fields.map(({ field }) => field) }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [] }],
    'last-partition-id': 999,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { 'write.format.default': 'PARQUET' },
    'current-snapshot-id': -1,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
  await mkdir(join(folder, 'metadata'), { recursive: true });
  await writeFile(join(folder, 'metadata', 'v1.metadata.json'), JSON.stringify(metadata));
}

function icebergField({ name, type, fieldId }: Column): { readonly field: object; readonly lastId: number } {
  let lastId = fieldId;
  const nextId = () => {
    lastId += NESTED_ID_STEP;
    return lastId;
  };
  return { field: { id: fieldId, name, required: false, type: icebergType(type, nextId) }, lastId };
}

function icebergType(type: LogicalType, nextId: () => number): unknown {
  switch (type.kind) {
    case 'list': {
      const id = nextId();
      return { type: 'list', 'element-id': id, 'element-required': false, element: icebergType(type.element, nextId) };
    }
    case 'map': {
      const [key, value] = [nextId(), nextId()];
      return {
        type: 'map',
        ...{ 'key-id': key, key: 'string' },
        ...{ 'value-id': value, 'value-required': false, value: icebergType(type.value, nextId) },
      };
    }
    case 'struct': {
      const fields = type.fields.map((field) => {
        const id = nextId();
        return { id, name: field.name, required: false, type: icebergType(field.type, nextId) };
      });
      return { type: 'struct', fields };
    }
    default:
      return (ICEBERG_LEAVES[type.kind] as (t: LogicalType) => string)(type);
  }
}
