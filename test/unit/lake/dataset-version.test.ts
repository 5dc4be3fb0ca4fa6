import { expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { type DatasetVersion, formatVersion, parseVersion } from '../../../src/lake/dataset-version.ts';

const VERSION: DatasetVersion = {
  formatVersion: 1,
  version: 3,
  commitId: 'c',
  runId: 'r',
  committedAt: '2026-11-22T00:00:00.000Z',
  dataset: 'visits',
  source: { table: null, serverVersion: '18.1', snapshot: null, consistency: 'run' },
  schema: {
    columns: [
      { name: 'at', fieldId: 1, type: { kind: 'time', below24h: true }, pgType: 'time', awkward: 'null' },
      { name: 'then', fieldId: 2, type: { kind: 'time' }, pgType: 'time', awkward: 'fail' },
      {
        name: 'g',
        fieldId: 3,
        type: { kind: 'geometry', geography: false, srid: 4326, basic: true },
        pgType: 'geometry',
      },
      { name: 'h', fieldId: 4, type: { kind: 'geometry', geography: true, srid: null }, pgType: 'geography' },
    ],
    readers: ['duckdb', 'pyarrow'],
  },
  parts: [],
  rows: 0,
  bytes: 0,
  summary: {},
};
const PLACE = { version: 3, dataset: 'visits' };

it('who reads a version, what became of awkward values, and which times and geometries it can hold, come back from its file', () => {
  expect(parseVersion(formatVersion(VERSION), 'v3.json', PLACE)).toEqual(VERSION);
});

it('a version without readers is for everybody: the file says nothing', () => {
  const { readers: _, ...schema } = VERSION.schema;
  expect(parseVersion(formatVersion({ ...VERSION, schema }), 'v3.json', PLACE).schema).toEqual(schema);
});

it.each([['clickhouse'], 'duckdb', [1]])('readers that are %j are damage', (readers) => {
  const text = JSON.stringify({ ...VERSION, schema: { ...VERSION.schema, readers } });
  let error: unknown;
  try {
    parseVersion(text, 'v3.json', PLACE);
  } catch (e) {
    error = e;
  }
  expect(isDraculaError(error, 'E_LAKE_CORRUPT') && error.message).toContain('"schema.readers" is not a list');
});
