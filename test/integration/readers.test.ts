/**
 * `readers`: every type copied in the richest forms that DuckDB and pyarrow share, and compared with Postgres; who reads a lake is
 * kept with its versions, and old and new forms are queried and verified alike.
 */
import { join } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { asyncBufferFromFile } from 'hyparquet/src/node.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_READERS } from '../../src/core/reader.ts';
import type { CopyOptions } from '../../src/index.ts';
import { verifyDatasets } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { runCli } from '../support/cli-process.ts';
import { copy, outcomes } from '../support/copied.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  copyAndCompare,
  createValueDatabase,
  EVERYTHING,
  filesOf,
  type ValueDatabase,
} from '../support/values/value-database.ts';

const NATIVE = ['duckdb', 'pyarrow'] as const;
const TABLES = `
  CREATE TABLE visits (id int, who uuid, at time, place jsonb, n int2);
  INSERT INTO visits SELECT i, md5(i::text)::uuid, time '00:00' + i * interval '7.000001 seconds', to_jsonb(i), i
    FROM generate_series(1, 1000) AS i;
  CREATE TABLE later (id int, who uuid);
  INSERT INTO later VALUES (1, '00000000-0000-0000-0000-00000000000a');
  CREATE TABLE split AS SELECT i AS id, i * 4294967296 + abs(hashint4(i)::int8) % 65536 * 65536 AS n, (abs(hashint4(i)::int8) * 65536.0)::numeric(30, 5) AS d,
    md5((i % 7)::text)::uuid AS who FROM generate_series(1, 5000) AS i;`;

let values: ValueDatabase;
let database: TestDatabase;
beforeAll(async () => {
  const server = await testServer();
  values = await createValueDatabase(server);
  database = await createDatabase(server, TABLES);
});
afterAll(async () => {
  await values?.database.drop();
  await database?.drop();
});

async function copyVisits(lake: string, options: Partial<CopyOptions> = {}) {
  const notices: string[] = [];
  const report = await copy({
    url: database.url,
    target: `${lake}/`,
    tables: ['visits'],
    ...options,
    onEvent: (event) => {
      if (event.type === 'planned') notices.push(...event.plan.tables.flatMap((table) => table.notices));
    },
  });
  return { report, notices };
}

async function readersIn(lake: string, dataset: string) {
  return (await (await openLake(lake, { create: false })).dataset(dataset).load())?.schema.readers;
}

async function formsIn(lake: string, dataset: string) {
  const [path] = await filesOf(`${lake}/`, dataset);
  const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(path!));
  return Object.fromEntries(schema.slice(1).map(({ name, type, logical_type }) => [name, logical_type?.type ?? type]));
}

const TEXT_FORMS = { id: 'INT32', who: 'STRING', at: 'STRING', place: 'STRING', n: 'INT32' };
const NATIVE_FORMS = { id: 'INT32', who: 'UUID', at: 'TIME', place: 'JSON', n: 'INTEGER' };

it('every value of every type arrives in the forms that DuckDB and pyarrow share', async () => {
  const target = `${await temporaryFolder('readers')}/`;
  const { report, differences, compared } = await copyAndCompare(values.client, {
    url: values.database.url,
    target,
    tables: ['public.*'],
    exclude: [EVERYTHING],
    readers: NATIVE,
    awkward: 'null',
  });
  expect(differences.slice(0, 5).join('\n')).toBe('');
  expect(report.exitCode).toBe(0);
  // 24:00:00, which a TIME has not: in the columns of times alone.
  const awkward = report.tables.flatMap((table) => table.awkward);
  expect(awkward.length).toBeGreaterThan(0);
  expect(awkward.map(({ reason }) => reason).filter((reason) => reason !== 'out of range')).toEqual([]);
  expect(report.tables.filter((table) => table.awkward.length > 0).map(({ dataset }) => dataset)).toContain('v_time');
  expect(compared).toBeGreaterThan(10_000);
  console.log(`readers.test.ts: ${compared.toLocaleString('en')} values compared with what Postgres says`);
});

it('all columns arrive in one file, from row groups of 3 rows and a stream in cuts of 5 bytes', async () => {
  const target = join(await temporaryFolder('readers'), `${EVERYTHING}.parquet`);
  const { differences, report } = await copyAndCompare(values.client, {
    url: values.database.url,
    target,
    tables: [EVERYTHING],
    readers: NATIVE,
    awkward: 'null',
    rowGroupRows: 3,
    env: { DRACULA_TEST_STREAM_CUT: '5' },
  });
  expect(differences.join('\n')).toBe('');
  expect(report.exitCode).toBe(0);
});

it('a lake keeps who reads it: later runs and new datasets go by it, until one says otherwise', async () => {
  const lake = await temporaryFolder('readers');
  expect((await copyVisits(lake)).notices).toEqual([]);
  expect(await readersIn(lake, 'visits')).toEqual(DEFAULT_READERS);
  expect(await formsIn(lake, 'visits')).toEqual(TEXT_FORMS);

  const changed = await copyVisits(lake, { readers: ['pyarrow', 'duckdb'] });
  expect(changed.notices).toEqual([
    'The form changes for the readers duckdb, pyarrow: who from STRING to UUID; at from STRING to TIME(MICROS, local); ' +
      'place from STRING to JSON; n from INT32 to INT(16).',
  ]);
  expect(await readersIn(lake, 'visits')).toEqual(NATIVE);
  expect(await formsIn(lake, 'visits')).toEqual(NATIVE_FORMS);

  expect((await copyVisits(lake, { tables: ['visits', 'later'] })).notices).toEqual([]);
  expect(await readersIn(lake, 'visits')).toEqual(NATIVE);
  expect(await readersIn(lake, 'later')).toEqual(NATIVE);

  expect((await copyVisits(lake, { readers: DEFAULT_READERS })).notices).toHaveLength(1);
  expect(await formsIn(lake, 'visits')).toEqual(TEXT_FORMS);
});

it.each([
  ['everybody', DEFAULT_READERS],
  ['DuckDB and pyarrow', NATIVE],
  ['pyarrow', ['pyarrow']],
] as const)('what is written for %s is verified within the copy, and afterwards', async (_, readers) => {
  const lake = await temporaryFolder('readers');
  const { report } = await copyVisits(lake, { readers, tables: ['visits', 'later', 'split'], verify: true });
  expect(outcomes(report)).toEqual({ visits: 'copied', later: 'copied', split: 'copied' });
  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake });
  expect(datasets.map(({ dataset, status }) => [dataset, status])).toEqual([
    ['later', 'same'],
    ['split', 'same'],
    ['visits', 'same'],
  ]);
});

it('a 24:00:00 that became null is no difference to the source, and a time below it that changed is one', async () => {
  const lake = await temporaryFolder('readers');
  const client = await database.client();
  await client.query(`CREATE TABLE shifts AS SELECT i AS id, time '24:00' AS until FROM generate_series(1, 3) AS i`);
  await client.query(`INSERT INTO shifts VALUES (4, '23:59:59.999999')`);
  const options = { readers: NATIVE, tables: ['shifts'], awkward: 'null', verify: true } as const;
  const { report } = await copyVisits(lake, options);
  expect(report.tables[0]!.awkward).toEqual([{ column: 'until', reason: 'out of range', count: 3 }]);
  const verify = async () => (await verifyDatasets({ url: database.url, env: {}, lake })).datasets[0]!.status;
  expect(await verify()).toBe('same');
  await client.query(`UPDATE shifts SET until = '23:59:59.999998' WHERE id = 4`);
  expect(await verify()).toBe('different');
});

it('a query gives uuids and times in either form', async () => {
  const sql = `SELECT who, "at" FROM visits WHERE who = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'`;
  const answers: string[] = [];
  for (const readers of [DEFAULT_READERS, NATIVE]) {
    const lake = await temporaryFolder('readers');
    await copyVisits(lake, { readers });
    const { code, stdout, stderr } = await runCli(['query', sql, '--lake', lake, '--format', 'json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    answers.push(stdout);
  }
  expect(answers[1]).toBe(answers[0]);
  expect(JSON.parse(answers[0]!)).toEqual([{ who: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b', at: '00:00:07.000001' }]);
});

it('24:00:00 stops a table whose readers have a TIME, and is kept for the others', async () => {
  const query = { sql: `SELECT time '24:00' AS at`, name: 'midnight' };
  const target = (name: string) => join(name, 'midnight.parquet');
  const base = { url: database.url, query };
  const native = await copy({ ...base, readers: NATIVE, target: target(await temporaryFolder('readers')) });
  expect(outcomes(native)).toEqual({ midnight: 'E_AWKWARD_VALUE' });
  const text = await copy({ ...base, target: target(await temporaryFolder('readers')) });
  expect(outcomes(text)).toEqual({ midnight: 'copied' });
});

it('a reader that nobody knows is refused before anything is read', async () => {
  const { code, stderr } = await runCli(['copy', database.url, './nowhere/', '--readers', 'duckdb,hive']);
  expect(code).toBe(2);
  expect(stderr).toContain('athena, duckdb, polars, pyarrow, spark, trino');
});
