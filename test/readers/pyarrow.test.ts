/**
 * pyarrow, an implementation of Parquet that nobody here wrote and that is not DuckDB's: every type at its extremes, null,
 * random, in domains and in arrays, value by value against Postgres's own text; filters at and around the bounds against a full
 * scan; and what the footers say. Run by `npm run test:readers`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Column } from '../../src/core/table-schema.ts';
import { copyTables, planTables } from '../../src/index.ts';
import { testServer } from '../support/postgres.ts';
import { temporaryFolderOfSuite } from '../support/temporary-folder.ts';
import { expectSameValues, valuesOfSource } from '../support/values/compare-values.ts';
import { createValueDatabase, EVERYTHING, type ValueDatabase } from '../support/values/value-database.ts';
import { arrowType, valuesOfPyarrow } from './arrow-values.ts';
import { ask } from './ask-pyarrow.ts';
import { samePair } from './nan-answers.ts';
import { recordReadings } from './reader-results.ts';

const required = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8');

interface Filters {
  readonly compared: number;
  /** Of them on a field of a struct. */
  readonly belowStructs: number;
  readonly wrong: readonly string[];
  readonly prunedRowGroups: number;
  readonly nan: readonly (readonly [boolean, boolean])[];
  /** Paths that no filter can name, by the reason. */
  readonly skipped: Readonly<Record<string, readonly string[]>>;
}
interface Metadata {
  readonly problems: readonly string[];
  readonly rowGroups: number;
  readonly withBounds: number;
}

let source: ValueDatabase;
let columns: readonly Column[];
const folder = temporaryFolderOfSuite('readers');
let file: string;
let smallGroups: string;
let pyarrowVersion: string;
let values = 0;

beforeAll(async () => {
  source = await createValueDatabase(await testServer());
  file = join(folder(), 'everything.parquet');
  smallGroups = join(folder(), 'small-groups.parquet');
  const options = { url: source.database.url, tables: [EVERYTHING], env: {} };
  const plan = await planTables({ ...options, target: file });
  columns = plan.tables[0]!.schema.columns;
  const reports = [
    await copyTables({ ...options, target: file }),
    await copyTables({ ...options, target: smallGroups, rowGroupRows: 8, compression: 'snappy' }),
  ];
  expect(reports.flatMap(({ tables }) => tables.map(({ error }) => error))).toEqual([null, null]);
});
afterAll(() => source?.database.drop());

test('the required readers are there, in the versions that are pinned', async () => {
  const { pyarrow, codecs } = await ask<{ pyarrow: string; codecs: string[] }>({ do: 'version' });
  expect(required).toContain(`pyarrow==${pyarrow}\n`);
  pyarrowVersion = pyarrow;
  expect(codecs).toEqual(['zstd', 'snappy', 'gzip']);
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const [[version]] = (await duckdb.runAndReadAll('SELECT version()')).getRows() as [[string]];
  expect(version).toMatch(/^v1\./);
  console.log(`readers: pyarrow ${pyarrow}, DuckDB ${version}`);
});

test.each(['one row group', 'row groups of 8 rows'])('every value is what Postgres prints: %s', async (form) => {
  const path = form === 'one row group' ? file : smallGroups;
  const { types, rows } = await valuesOfPyarrow([path], columns);

  expect(types).toEqual(columns.map(({ type }) => arrowType(type)));
  const expected = await valuesOfSource(source.client, EVERYTHING, columns);
  const compared = expectSameValues('pyarrow', columns, expected, rows);
  console.log(`pyarrow: ${compared.toLocaleString('en')} values of ${columns.length} columns in ${form}`);
  expect(compared).toBeGreaterThan(10_000);
  values += compared;
});

test('every value is what Postgres prints, in the forms that DuckDB and pyarrow share', async () => {
  const readers = ['duckdb', 'pyarrow'] as const;
  const target = join(folder(), 'native.parquet');
  const options = { url: source.database.url, tables: [EVERYTHING], env: {}, readers, target };
  const plan = await planTables(options);
  const native = plan.tables[0]!.schema.columns;
  // 24:00:00 is null in a TIME.
  const report = await copyTables({ ...options, awkward: 'null' });
  expect(report.exitCode).toBe(0);
  const { types, rows } = await valuesOfPyarrow([target], native);
  const typeOf = (name: string) => types[native.findIndex((column) => column.name === name)];
  expect(['uuid_v', 'time_v', 'int2_v', 'jsonb_v'].map(typeOf)).toEqual([
    'extension<arrow.uuid>',
    'time64[us]',
    'int16',
    'extension<arrow.json>',
  ]);
  const expected = await valuesOfSource(source.client, EVERYTHING, native);
  const compared = expectSameValues('pyarrow', native, expected, rows);
  console.log(`pyarrow: ${compared.toLocaleString('en')} values of ${native.length} columns in native forms`);
});

test('a filter at min, at max and just beside them finds what a full scan finds', { timeout: 400_000 }, async () => {
  const bounded = columns.filter(({ name }) => !/_(d|da)$/.test(name)); // a domain is its base type
  const { compared, belowStructs, wrong, prunedRowGroups, skipped, nan } = await ask<Filters>({
    do: 'filters',
    files: [smallGroups],
    columns: bounded.map(({ name }) => name),
  });
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(1_000);
  expect(belowStructs).toBeGreaterThan(100);
  expect(prunedRowGroups, 'row groups that statistics ruled out').toBeGreaterThan(100);
  recordReadings('pyarrow', [
    {
      ...{ reader: 'pyarrow', version: pyarrowVersion, files: 2, columns: 2 * columns.length, values, differences: 0 },
      ...{ filters: { compared, wrong: wrong.length }, nan: samePair(nan), limits: [] },
    },
  ]);
  expect(Object.keys(skipped)).toEqual(["no expression of pyarrow's names elements of a list or entries of a map"]);
  const left = Object.values(skipped).flat().length;
  console.log(
    `pyarrow: ${compared} filters, ${belowStructs} of them below structs, ${prunedRowGroups} row groups left out by statistics; ` +
      `${left} lists and maps cannot be filtered`,
  );
});

test('the footers say nothing that cannot be', async () => {
  const { problems, rowGroups, withBounds } = await ask<Metadata>({ do: 'metadata', files: [file, smallGroups] });
  expect(problems).toEqual([]);
  expect(rowGroups).toBeGreaterThan(5);
  expect(withBounds).toBeGreaterThan(columns.length);
});
