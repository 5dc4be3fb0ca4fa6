/** Tables, columns, namespaces and attributes with names that SQL, paths, JSON and DuckDB could each take for something else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { datasetName, formatTable, queryName, quoteIdentifier } from '../../src/core/identifiers.ts';
import { verifyDatasets } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { runCli } from '../support/cli-process.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
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
  'a\ttab',
  '_',
  '-',
  '--lake',
  ' before',
  'behind ',
  '.before',
  'behind.',
  '.',
  '100%',
  '%s',
  'a,comma',
  'a:awkward=null',
  "'); DROP TABLE keep; --",
  // Names that are no files on Windows.
  'con',
  'NUL',
  'com1.txt',
  '\u202eright',
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
     CREATE TABLE odd.aside (${quoted.map((name) => `${name} date`).join(', ')});
     ${quoted.map((name) => `INSERT INTO odd.aside (${name}) VALUES ('infinity');`).join(' ')} INSERT INTO odd.aside DEFAULT VALUES;
     CREATE TABLE "a ""b"".c"."d.e" (id int); INSERT INTO "a ""b"".c"."d.e" VALUES (7);
     ANALYZE;`,
  );
});
afterAll(() => database?.drop());

it('are copied, queried and verified under their own names', async () => {
  const lake = await temporaryFolder('names');
  const report = await copy({ url: database.url, target: `${lake}/`, exclude: ['aside'] });
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

  const names = (await (await openLake(lake, { create: false })).datasets()).map(queryName);
  const views = NAMES.map((name) => names.find((each) => each === `odd__${name}`));
  expect(views).toEqual(NAMES.map((name) => `odd__${name}`));
  const sql = NAMES.map((name) => `select ${quoteIdentifier(name)} as n from ${quoteIdentifier(`odd__${name}`)}`);
  const { code, stdout, stderr } = await runCli([
    ...['query', '--lake', lake, '--format', 'json', `${sql.join(' union all ')} order by n`],
  ]);
  expect({ code, stderr, rows: JSON.parse(stdout) }).toEqual({
    code: 0,
    stderr: '',
    rows: NAMES.map((_, n) => ({ n })),
  });

  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake });
  expect(datasets.filter(({ status }) => status !== 'same')).toEqual([]);
  expect(datasets).toHaveLength(NAMES.length + 3);
  expect((await (await database.client()).query('SELECT FROM keep')).rowCount).toBe(0); // still there
});

it('select tables on the command line, quoted as Postgres quotes them', async () => {
  for (const name of ['a"quote', '; DROP TABLE keep; --', '--lake', LONG, '..']) {
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

it('choose columns on the command line, and say what holds for one of them', async () => {
  const file = join(await temporaryFolder('names'), 'some.parquet');
  const chosen = NAMES.filter((_, i) => i % 2 === 0);
  const settings = chosen.flatMap((name) => ['--column', `odd.aside.${quoteIdentifier(name)}:awkward=null`]);
  const columns = chosen.map(quoteIdentifier).join(',');
  const { code, stdout, stderr } = await runCli([
    'copy',
    database.url,
    '--table',
    'odd.aside',
    '--columns',
    columns,
    ...settings,
    file,
    '--json',
    '--quiet',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { awkward } = JSON.parse(stdout).tables[0] as { awkward: { column: string; count: number }[] };
  expect(awkward.map(({ column, count }) => [column, count]).sort()).toEqual(chosen.map((name) => [name, 1]).sort());
  const [row] = await queryDuckdb(`SELECT * FROM '${file}'`);
  expect(Object.keys(row!)).toEqual(chosen);
});

it('are set aside, listed, verified and asked for under their own names', async () => {
  const lake = await temporaryFolder('names');
  const tables = ['odd.aside', ...quoted.map((name) => `odd.${name}`)];
  const report = await copy({ url: database.url, target: `${lake}/`, tables, awkward: 'quarantine' });
  expect(Object.values(outcomes(report)).filter((outcome) => outcome !== 'copied')).toEqual([]);
  const aside = tableOf(report, 'odd__aside');
  expect({ rows: aside.rows, aside: aside.quarantine?.rows }).toEqual({ rows: 1, aside: NAMES.length });
  expect(aside.quarantine!.values.map(({ column }) => column).sort()).toEqual([...NAMES].sort());

  const isAwkward = quoted.map((name) => `${name} IS NOT DISTINCT FROM 'infinity'`);
  const isNamed = NAMES.map((name) => `_dracula_columns[1] = '${name.replaceAll("'", "''")}'`);
  const named = `count(*) filter (where [${isAwkward.join(', ')}] = [${isNamed.join(', ')}])`;
  const sql = `select count(*)::int as rows, ${named}::int as named from odd__aside__quarantine`;
  const query = await runCli(['query', '--lake', lake, '--format', 'json', sql]);
  expect({ ...query, stdout: JSON.parse(query.stdout) }).toMatchObject({
    ...{ code: 0, stderr: '', stdout: [{ rows: NAMES.length, named: NAMES.length }] },
  });

  const status = JSON.parse((await runCli(['status', '--json', '--lake', lake])).stdout) as {
    readonly problems: readonly unknown[];
    readonly datasets: readonly { readonly table: string }[];
  };
  expect(status.problems).toEqual([]);
  const listed = status.datasets.map(({ table }) => table);
  expect(NAMES.filter((name) => !listed.includes(formatTable({ namespace: 'odd', name })))).toEqual([]);

  const datasets = NAMES.map((name) => datasetName({ namespace: 'odd', name }));
  const verify = await runCli(['verify', '--url', database.url, '--lake', lake, '--json', ...datasets]);
  expect({ code: verify.code, stderr: verify.code === 0 ? '' : verify.stderr }).toEqual({ code: 0, stderr: '' });
  const verified = JSON.parse(verify.stdout) as { readonly datasets: readonly { dataset: string; status: string }[] };
  expect(verified.datasets.map(({ dataset, status: how }) => [dataset, how]).sort()).toEqual(
    datasets.map((dataset) => [dataset, 'same']).sort(),
  );
});
