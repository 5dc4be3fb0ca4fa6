/**
 * An Iceberg table over Parquet files that are there, whose columns its readers find by field id.
 *
 * Its metadata is written here, with the files' own field ids (a column's own, then 1,000,000 more for each node below it, depth first) and no
 * snapshot; then the reader adds the files itself.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';

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
} as const satisfies {
  readonly [K in Exclude<LogicalKind, 'list' | 'struct' | 'map'>]: (type: LogicalTypeOf<K>) => string;
};

const NESTED_ID_STEP = 1_000_000;

/** Of files for readers that share the native forms. */
const NATIVE_LEAVES: Readonly<Record<string, string>> = { uuid: 'uuid', time: 'time' };

/** What of a column its field in the table is made of. */
type IcebergColumn = Pick<Column, 'name' | 'type' | 'fieldId'>;

export interface IcebergTable {
  /** Where its `metadata` is written. */
  readonly folder: string;
  /** What its reader calls that folder. */
  readonly location: string;
  readonly columns: readonly IcebergColumn[];
  readonly native?: boolean;
}

/** Writes the metadata of an empty table, its first version. */
export async function writeIcebergTable({ folder, location, columns, native = false }: IcebergTable): Promise<void> {
  const fields = columns.map((column) => icebergField(column, native));
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
  await writeFile(join(folder, 'metadata', 'version-hint.text'), '1');
}

function icebergField(
  { name, type, fieldId }: IcebergColumn,
  native: boolean,
): { readonly field: object; readonly lastId: number } {
  let lastId = fieldId;
  const nextId = () => {
    lastId += NESTED_ID_STEP;
    return lastId;
  };
  return { field: { id: fieldId, name, required: false, type: icebergType(type, nextId, native) }, lastId };
}

function icebergType(type: LogicalType, nextId: () => number, native: boolean): unknown {
  switch (type.kind) {
    case 'list': {
      const id = nextId();
      return {
        type: 'list',
        'element-id': id,
        'element-required': false,
        element: icebergType(type.element, nextId, native),
      };
    }
    case 'map': {
      const [key, value] = [nextId(), nextId()];
      return {
        type: 'map',
        ...{ 'key-id': key, key: 'string' },
        ...{ 'value-id': value, 'value-required': false, value: icebergType(type.value, nextId, native) },
      };
    }
    case 'struct': {
      const fields = type.fields.map((field) => {
        const id = nextId();
        return { id, name: field.name, required: false, type: icebergType(field.type, nextId, native) };
      });
      return { type: 'struct', fields };
    }
    default:
      return (native && NATIVE_LEAVES[type.kind]) || (ICEBERG_LEAVES[type.kind] as (t: LogicalType) => string)(type);
  }
}
