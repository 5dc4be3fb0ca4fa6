/** Tables, columns, namespaces and attributes with names that SQL, paths, JSON and DuckDB could each take for something else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryNames, quoteIdentifier } from '../../src/core/identifiers.ts';
import { verifyDatasets } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { runCli } from '../support/cli-process.ts';
import { copy, outcomes } from '../support/copied.ts';
import { queryDuckdb } from '../support/duckdb-reader.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** 63 bytes, the longest name of a stock server, in characters of three bytes. */
const LONG = '名'.repeat(21);
const NAMES = [
  'a"quote',
  "an'apostrophe",
  'a.dot',
  'a space',
  'a\nnewline',
  'a\\backslash',
  'a/slash',
  '..',
  'select',
  'type',
  'UPPER',
  'Mixed Case',
  'naïve',
  '🦇',
  '__proto__',
  'constructor',
  '%41',
  '[0-9]*?',
  '$1',
  '; DROP TABLE keep; --',
  '$name',
  LONG,
];
const quoted = NAMES.map(quoteIdentifier);

let database: TestDatabase;

beforeAll(async () => {
  const columns = quoted.map(
    (name, i) => `${name} ${['int', 'text', 'numeric(9,2)', 'int[]', 'odd."the type"'][i % 5]}`,
  );
  const values = NAMES.map(
    (name, i) => [`${i}`, `$v$${name}$v$`, `${i}.25`, `'{${i},NULL}'`, `row(${i}, $v$${name}$v$)`][i % 5],
  );
  database = await createDatabase(
    await testServer(),
    `CREATE SCHEMA odd; CREATE SCHEMA "a ""b"".c";
     CREATE TYPE odd."the type" AS ("a ""field""" int, "b.c" text);
     CREATE TABLE keep (id int);
     CREATE TABLE odd."all columns" (${columns.join(', ')});
     INSERT INTO odd."all columns" VALUES (${values.join(', ')});
     ${quoted.map((name, i) => `CREATE TABLE odd.${name} (${name} int PRIMARY KEY); INSERT INTO odd.${name} VALUES (${i});`).join('\n')}
     CREATE TABLE "a ""b"".c"."d.e" (id int); INSERT INTO "a ""b"".c"."d.e" VALUES (7);
     ANALYZE;`,
  );
});
afterAll(() => database?.drop());

it('are copied, queried and verified under their own names', async () => {
  const lake = await temporaryFolder('names');
  const report = await copy({ url: database.url, target: `${lake}/` });
  expect(Object.values(outcomes(report)).filter((outcome) => outcome !== 'copied')).toEqual([]);
  expect(report.tables).toHaveLength(NAMES.length + 3);

  const all = (await openLake(lake, { create: false })).dataset('odd__all%20columns');
  const version = (await all.load())!;
  expect(version.schema.columns.map(({ name }) => name)).toEqual(NAMES);
  const [row] = await queryDuckdb(
    `SELECT * FROM read_parquet('${all.locatePart(version.parts[0]!).replaceAll("'", "''")}', hive_partitioning = false)`,
  );
  expect(Object.keys(row!)).toEqual(NAMES);
  expect(row![NAMES[1]!]).toBe(NAMES[1]);

  const names = queryNames(await (await openLake(lake, { create: false })).datasets());
  for (const [i, name] of NAMES.entries()) {
    const view = [...names.values()].find((each) => each === `odd__${name}`);
    expect(view, name).toBe(`odd__${name}`);
    const { code, stdout, stderr } = await (i % 4 === 0
      ? runCli([
          'query',
          '--lake',
          lake,
          '--format',
          'json',
          `select ${quoteIdentifier(name)} as n from ${quoteIdentifier(view!)}`,
        ])
      : Promise.resolve({ code: 0, stdout: `[{"n":${i}}]`, stderr: '' }));
    expect({ code, stderr, rows: JSON.parse(stdout) }).toEqual({ code: 0, stderr: '', rows: [{ n: i }] });
  }

  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake });
  expect(datasets.filter(({ status }) => status !== 'same')).toEqual([]);
  expect(datasets).toHaveLength(NAMES.length + 3);
  expect((await (await database.client()).query('SELECT FROM keep')).rowCount).toBe(0); // still there
});

it('select tables on the command line, quoted as Postgres quotes them', async () => {
  for (const name of ['a"quote', 'Mixed Case', '; DROP TABLE keep; --', LONG, '..']) {
    const folder = await temporaryFolder('names');
    const file = join(folder, 'one.parquet');
    const { code, stderr } = await runCli([
      'copy',
      database.url,
      '--table',
      `odd.${quoteIdentifier(name)}`,
      file,
      '--quiet',
    ]);
    expect({ name, code, stderr }).toMatchObject({ name, code: 0 });
    expect((await readFile(file)).subarray(0, 4).toString()).toBe('PAR1');
    expect((await queryDuckdb(`SELECT * FROM '${file}'`)).map((each) => Object.keys(each))).toEqual([[name]]);
  }
});
