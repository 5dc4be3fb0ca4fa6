import { describe, expect, it } from 'vitest';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import { formatParquetForm } from '../../../src/observe/parquet-form.ts';

const FORMS = {
  bool: [{ kind: 'bool' }, 'BOOLEAN'],
  int16: [{ kind: 'int16' }, 'INT32'],
  int32: [{ kind: 'int32' }, 'INT32'],
  int64: [{ kind: 'int64' }, 'INT64'],
  uint32: [{ kind: 'uint32' }, 'INT64'],
  float32: [{ kind: 'float32' }, 'FLOAT'],
  float64: [{ kind: 'float64' }, 'DOUBLE'],
  decimal: [{ kind: 'decimal', precision: 38, scale: 9 }, 'DECIMAL(38,9) on 16 bytes'],
  text: [{ kind: 'text' }, 'STRING'],
  bytes: [{ kind: 'bytes' }, 'BYTE_ARRAY'],
  uuid: [{ kind: 'uuid' }, 'STRING'],
  json: [{ kind: 'json' }, 'STRING'],
  date: [{ kind: 'date' }, 'DATE'],
  time: [{ kind: 'time' }, 'STRING'],
  timestamp: [{ kind: 'timestamp', utc: false }, 'TIMESTAMP(MICROS, local)'],
  list: [{ kind: 'list', element: { kind: 'decimal', precision: 9, scale: 2 } }, 'LIST<DECIMAL(9,2) on INT32>'],
  geometry: [{ kind: 'geometry', geography: false, srid: 4326 }, 'BYTE_ARRAY'],
  struct: [
    {
      kind: 'struct',
      fields: [
        { name: 'x', type: { kind: 'date' } },
        { name: 'ys', type: { kind: 'list', element: { kind: 'float64' } } },
      ],
    },
    'STRUCT<x DATE, ys LIST<DOUBLE>>',
  ],
  map: [{ kind: 'map', value: { kind: 'text' } }, 'MAP<STRING, STRING>'],
} as const satisfies { [K in LogicalKind]: readonly [LogicalTypeOf<K>, string] };

const NATIVE: readonly (readonly [LogicalType, string])[] = [
  [{ kind: 'int16' }, 'INT(16)'],
  [{ kind: 'uuid' }, 'UUID'],
  [{ kind: 'json', wellFormed: true }, 'JSON'],
  [{ kind: 'json' }, 'STRING'],
  [{ kind: 'time', below24h: true }, 'TIME(MICROS, local)'],
  [{ kind: 'time' }, 'STRING'],
  [{ kind: 'geometry', geography: false, srid: 4326, basic: true }, 'GEOMETRY'],
  [{ kind: 'geometry', geography: false, srid: 3857, basic: true }, 'GEOMETRY(srid:3857)'],
  [{ kind: 'geometry', geography: true, srid: null, basic: true }, 'GEOGRAPHY'],
  [{ kind: 'geometry', geography: false, srid: 4326 }, 'BYTE_ARRAY'],
  [{ kind: 'map', value: { kind: 'list', element: { kind: 'uuid' } } }, 'MAP<STRING, LIST<UUID>>'],
  [{ kind: 'struct', fields: [{ name: 'a', type: { kind: 'uuid' } }] }, 'STRUCT<a UUID>'],
];

describe('Parquet form', () => {
  it.each(NATIVE)('of %o for readers that share it is %s', (type, form) => {
    expect(formatParquetForm(type, ['duckdb', 'pyarrow'])).toBe(form);
  });

  it.each(Object.values(FORMS) as readonly (readonly [LogicalType, string])[])('of %o is %s', (type, form) => {
    expect(formatParquetForm(type)).toBe(form);
  });
});
