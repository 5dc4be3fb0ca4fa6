/** `verify`: a dataset beside its source as it is now. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyDatasets } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { MAX_COLUMNS_PER_PASS } from '../../src/verify/column-checks.ts';
import { runCli } from '../support/cli-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { PEOPLE, ROWS, verifySource } from '../support/verify-source.ts';

const source = verifySource();
const { copyAll, verify, sql, freshCopy } = source;

it('finds a fresh copy the same: tables, partitions, empty tables', async () => {
  await freshCopy();
  const found = await verify();
  expect(
    Object.values(found).map(({ dataset, status, sourceRows, lakeRows }) => [dataset, status, sourceRows, lakeRows]),
  ).toEqual([
    ['empty', 'same', 0, 0],
    ['parted', 'same', 150, 150],
    ['people', 'same', ROWS, ROWS],
  ]);
});

it.each([
  ['text', `name = 'other'`, 'name', ['values']],
  ['a null', `marks = NULL`, 'marks', ['nulls', 'values']],
  ['a decimal', `price = price + 0.01`, 'price', ['values', 'sum']],
  ['a float in its last bits', `ratio = ratio * (1 + 3e-16)`, 'ratio', ['values']],
  ['a microsecond', `at = at + interval '1 microsecond'`, 'at', ['values']],
  ['a part of a composite', `home.houses = array[1]`, 'home', ['values']],
])('names the column and the row of a change of %s', async (_what, set, column, measures) => {
  await freshCopy();
  await sql(`UPDATE people SET ${set} WHERE id = 77`);
  const { people } = await verify({ datasets: ['people'] });
  expect(people).toMatchObject({ status: 'different', columns: [{ column, measures }] });
  expect(people!.rows).toEqual(
    expect.arrayContaining([
      { side: 'source', ctid: expect.stringMatching(/^\(\d+,\d+\)$/), relation: null, key: '77' },
      { side: 'lake', ctid: null, relation: null, key: '77' },
    ]),
  );
  expect(people!.rows).toHaveLength(2);
});

it('finds values that stand in other rows than theirs, though each column has all of its own', async () => {
  await freshCopy();
  await sql(`UPDATE people SET name = 'name ' || 13 - id WHERE id IN (6, 7)`);
  const { people } = await verify({ datasets: ['people'] });
  expect(people).toMatchObject({ status: 'different', columns: [], isMixed: true, sourceRows: ROWS, lakeRows: ROWS });
  expect(people!.rows.map(({ side, key }) => `${side} ${key}`).sort()).toEqual([
    'lake 6',
    'lake 7',
    'source 6',
    'source 7',
  ]);
});

it.each([
  ['the first pass', 'id int, ', '', 0],
  ['a later pass than the first column', 'id int, ', '', MAX_COLUMNS_PER_PASS],
  ['the first pass, the key in the last', '', ', id int PRIMARY KEY', 0],
])('finds them also in one of several passes: in %s', async (_, before, after, from) => {
  const columns = Array.from({ length: MAX_COLUMNS_PER_PASS + 20 }, (_, i) => `c${i}`);
  await sql(`CREATE TABLE wide (${before}${columns.map((name) => `${name} int`).join(', ')}${after});
    INSERT INTO wide (id, ${columns.join(', ')}) SELECT i, ${columns.map((_, i) => `i + ${i}`).join(', ')} FROM generate_series(1, 20) AS i`);
  await copyAll({ tables: ['wide'] });
  expect((await verify())['wide']).toMatchObject({ status: 'same', isMixed: false });
  const moved = columns.slice(from, from + MAX_COLUMNS_PER_PASS).map((name) => `${name} = ${name} + 13 - 2 * id`);
  await sql(`UPDATE wide SET ${moved.join(', ')} WHERE id IN (6, 7)`);
  expect((await verify())['wide']).toMatchObject({ status: 'different', columns: [], isMixed: true });
});

it('a dataset that cannot be read spoils the comparison of no other', async () => {
  await sql(`CREATE TABLE also AS SELECT i AS id, md5(i::text) AS t FROM generate_series(1, 100000) AS i`);
  await copyAll();
  const [part] = globSync('also/data/*/*.parquet', { cwd: source.lake });
  const bytes = readFileSync(join(source.lake, part!));
  writeFileSync(join(source.lake, part!), bytes.fill(0, bytes.length - 1000, bytes.length - 8));
  const { also, people, parted } = await verify({ datasets: ['also', 'people', 'parted'] });
  expect(also).toMatchObject({ status: 'failed', error: { code: 'E_PART_DAMAGED' } });
  expect([people!.status, parted!.status]).toEqual(['same', 'same']);
});

it('finds a value that no dataset could hold where the copy had a null', async () => {
  await freshCopy();
  await sql(`UPDATE people SET day = 'infinity' WHERE id = 0`);
  const { people } = await verify({ datasets: ['people'] });
  expect(people).toMatchObject({ status: 'different', columns: [{ column: 'day' }] });
  expect(people!.rows).toContainEqual({ side: 'source', ctid: expect.any(String), relation: null, key: '0' });
});

it('names rows that one side lacks, and no columns then', async () => {
  await freshCopy();
  await sql(`DELETE FROM people WHERE id IN (5, 6); INSERT INTO people (id) VALUES (-1)`);
  const { people } = await verify();
  expect(people).toMatchObject({ status: 'different', sourceRows: PEOPLE, lakeRows: ROWS, columns: [] });
  expect(people!.rows.map(({ side, key }) => `${side} ${key}`).sort()).toEqual(['lake 5', 'lake 6', 'source -1']);
});

it('names at most ten rows', async () => {
  await freshCopy();
  await sql(`UPDATE people SET name = name || '!'`);
  expect((await verify({ datasets: ['people'] }))['people']!.rows).toHaveLength(10);
});

it('tells of columns that are gone or have another type, and compares the rest', async () => {
  await freshCopy();
  await sql(`ALTER TABLE people DROP COLUMN name; ALTER TABLE people ALTER COLUMN day TYPE text`);
  expect((await verify())['people']).toMatchObject({
    status: 'different',
    columns: [
      { column: 'name', measures: ['gone'] },
      { column: 'day', measures: ['type'] },
    ],
  });
});

it.each(['text', { precision: 38, scale: 18 }] as const)(
  'compares domains over numeric in the form that their copy gave them: %j',
  async (numeric) => {
    await sql(`DROP TABLE IF EXISTS domained; DROP DOMAIN IF EXISTS amount; CREATE DOMAIN amount AS numeric;
      CREATE TABLE domained (id int, n amount, many amount[]);
      INSERT INTO domained SELECT i, i / 4.0, array[i, null] FROM generate_series(1, 100) AS i;
      ${numeric === 'text' ? 'ANALYZE domained;' : ''}`);
    await copyAll({ tables: ['domained'], numeric });
    expect((await verify())['domained']).toMatchObject({ status: 'same', columns: [], sourceRows: 100 });
    await sql(`UPDATE domained SET n = n + 1, many = array[1] WHERE id = 3`);
    expect((await verify())['domained']!.columns.map(({ column }) => column)).toEqual(['n', 'many']);
  },
);

it('compares arrays in the form that their copy gave them', async () => {
  await sql(`CREATE TABLE lists (id int, n numeric[], m int[]);
    INSERT INTO lists SELECT i, array[i, null], array[[i, 2], [3, 4]] FROM generate_series(1, 1000) AS i;
    ANALYZE lists;
    INSERT INTO lists VALUES (0, array[1::numeric(40, 30) / 3], null);`);
  await copyAll({ tables: ['lists'], columnOptions: { 'lists.m': { dims: 2 } } });
  expect((await verify())['lists']).toMatchObject({ status: 'same', sourceRows: 1001 });
  await sql(`UPDATE lists SET n = n || 1.5, m = array[[1, 2, 3, 4]] WHERE id = 3`);
  expect((await verify())['lists']!.columns).toEqual([
    { column: 'n', measures: ['values'] },
    { column: 'm', measures: ['values'] },
  ]);
  await sql(`ALTER TABLE lists ALTER COLUMN m TYPE text[]`);
  expect((await verify())['lists']!.columns).toContainEqual({ column: 'm', measures: ['type'] });
});

it('arrays of any dimensions as JSON: each is what to_json makes of it, and a verification finds the same and what differs', async () => {
  await sql(`CREATE DOMAIN tags AS text[]; CREATE TABLE ragged (id int PRIMARY KEY, m int[], t tags, j json[], ts timestamptz[][]);
    INSERT INTO ragged VALUES (1, '{1,null,3}', '{a,"b \\"c"}', array['{"a" :  1.50}'::json, null], array[array[timestamptz '2024-02-29 12:00+02']]),
      (2, '{{1,2},{3,4}}', '{{x},{null}}', '{}', '{infinity}'), (3, '[2:3]={7,8}', null, null, null), (4, '{}', '{}', null, '{}');`);
  const json = { dims: 'json' } as const;
  const columnOptions = { 'ragged.m': json, 'ragged.t': json, 'ragged.j': json, 'ragged.ts': json };
  const report = await copyAll({ tables: ['ragged'], columnOptions, verify: true });
  expect(report.tables).toMatchObject([{ status: 'copied', rows: 4, awkward: [], textColumns: [] }]);
  const client = await source.database.client();
  await client.query('SET TIME ZONE UTC');
  const printed = await client.query({
    text: 'SELECT id::text, to_json(m)::text, to_json(t)::text, to_json(j)::text, to_json(ts)::text FROM ragged ORDER BY id',
    rowMode: 'array',
  });
  const sqlOfLake = 'SELECT id::VARCHAR AS id, m, t, j, ts FROM ragged ORDER BY ragged.id';
  const { stdout } = await runCli(['query', '--lake', source.lake, sqlOfLake, '--format', 'json']);
  expect(JSON.parse(stdout).map(Object.values)).toEqual(printed.rows);
  expect((await verify())['ragged']).toMatchObject({ status: 'same', sourceRows: 4 });
  await sql(`UPDATE ragged SET m = '{{1,2},{3,5}}' WHERE id = 2`);
  expect((await verify())['ragged']).toMatchObject({
    status: 'different',
    columns: [{ column: 'm', measures: ['values'] }],
  });
});

it('a lake without datasets proves nothing', async () => {
  const lake = await temporaryFolder('nothing');
  await openLake(lake, { create: true });
  await expect(verifyDatasets({ url: source.database.url, env: {}, lake })).rejects.toMatchObject({
    code: 'E_DATASET_NOT_FOUND',
  });
});

it('finds the same, and a row that differs, whatever columns and tables are called that its own SQL calls so too', async () => {
  const types = {
    hstore: 'k=>v, l=>NULL',
    'int[]': '{1,NULL}',
    'place[]': '{"(a,\\"{1,2}\\")"}',
    int4range: '[1,3)',
  };
  const own = 'E0 e1 f0 c0 d k v o h r at key cells'.split(' ');
  const created = Object.entries(types).map(([type, value], i) => {
    const columns = own.map((name) => `"${name}" ${type}`);
    const values = own.map((_, column) => (column % 7 === 0 ? 'NULL' : `'${value}'`));
    return `CREATE TABLE ${own[i]} (id int PRIMARY KEY, ${columns}); INSERT INTO ${own[i]} SELECT i, ${values} FROM generate_series(1, 3) AS i;`;
  });
  await sql(`CREATE EXTENSION hstore; ${created.join('')}`);
  await copyAll({ verify: true });
  const names = own.slice(0, created.length).map((name) => name.toLowerCase());
  const found = await verify();
  expect(names.map((name) => [name, found[name]!.status, found[name]!.error])).toEqual(
    names.map((name) => [name, 'same', null]),
  );
  for (const name of names) await sql(`UPDATE ${name} SET "E0" = "e1", "e1" = NULL WHERE id = 2`);
  const changed = await verify();
  for (const name of names) {
    expect(changed[name]!.columns.map(({ column }) => column)).toEqual(['E0', 'e1']);
    expect(changed[name]!.rows.map(({ side, key }) => [side, key])).toEqual([
      ['source', '2'],
      ['lake', '2'],
    ]);
  }
  expect((await verify({ samplePercent: 100 }))[names[0]!]!.lakeRows).toBe(2);
});

it('compares a sample of the blocks row by row', async () => {
  await freshCopy();
  expect((await verify({ samplePercent: 100 }))['people']).toMatchObject({ status: 'same', sourceRows: ROWS });
  await sql(`UPDATE people SET ok = NOT ok WHERE id = 9`);
  const { people } = await verify({ samplePercent: 100 });
  expect(people).toMatchObject({ status: 'different', sourceRows: ROWS, lakeRows: PEOPLE });
  expect(people!.rows).toEqual([{ side: 'source', ctid: expect.any(String), relation: null, key: '9' }]);
});

it('compares the number of rows of a table without columns, and a view whole, a sample or not', async () => {
  await sql(
    'CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; CREATE VIEW people_view AS SELECT id, name FROM people',
  );
  await copyAll({ tables: ['bare', 'people_view'] });
  for (const options of [{}, { samplePercent: 1 }]) {
    const { bare, people_view } = await verify(options);
    expect(bare).toMatchObject({ status: 'same', sourceRows: 1, lakeRows: 1 });
    expect(people_view).toMatchObject({ status: 'same', sourceRows: ROWS, lakeRows: ROWS });
  }
  await sql('INSERT INTO bare DEFAULT VALUES');
  expect((await verify({ datasets: ['bare'] }))['bare']).toMatchObject({ status: 'different', sourceRows: 2 });
});

it('compares what was copied with a condition when it is told the condition', async () => {
  await copyAll({ tables: ['people'], where: 'id < 100' });
  expect((await verify())['people']).toMatchObject({ status: 'different', lacksWhere: true });
  const same = { status: 'same', sourceRows: 100, lacksWhere: false };
  expect((await verify({ where: 'id < 100' }))['people']).toMatchObject(same);
  await copyAll({ tables: ['people'] });
  expect((await verify())['people']).toMatchObject({ status: 'same', lacksWhere: false });
});

it('skips what comes from a query, and fails only the dataset whose table is gone', async () => {
  await copyAll();
  await copyAll({ query: { sql: 'SELECT 1 AS one', name: 'asked' } });
  await sql('DROP TABLE empty');
  const { datasets, exitCode } = await verifyDatasets({ url: source.database.url, env: {}, lake: source.lake });
  expect(datasets.map(({ dataset, status, error }) => [dataset, status, error?.code])).toEqual([
    ['asked', 'skipped', 'E_USAGE'],
    ['empty', 'failed', 'E_TABLE_NOT_FOUND'],
    ['parted', 'same', undefined],
    ['people', 'same', undefined],
  ]);
  expect(exitCode).toBe(2);
});

it('tells how far it is, of each dataset from its beginning to its end', async () => {
  await freshCopy();
  const seen = new Map<string, number[]>();
  await verify({
    onEvent: (event) => {
      if (event.type !== 'verify-progress') return;
      seen.set(event.dataset, [...(seen.get(event.dataset) ?? []), event.fraction]);
    },
  });
  expect([...seen.keys()]).toEqual(['empty', 'parted', 'people']);
  for (const fractions of seen.values()) {
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
  }
});

it('refuses a dataset that there is not, a sample of nothing', async () => {
  await copyAll({ tables: ['empty'] });
  await expect(verify({ datasets: ['nothing'] })).rejects.toMatchObject({
    code: 'E_DATASET_NOT_FOUND',
    message: expect.stringContaining('It has: empty.'),
  });
  await expect(verify({ samplePercent: 0 })).rejects.toMatchObject({ code: 'E_USAGE' });
});

it('ends with 0 for a difference, with 5 under --strict, and prints no value', async () => {
  await freshCopy();
  await sql(`UPDATE people SET name = 'secret' WHERE id = 3`);
  const places = ['--lake', source.lake, '--url', source.database.url];
  const plain = await runCli(['verify', ...places]);
  expect(plain).toMatchObject({ code: 0, stderr: expect.not.stringContaining('secret') });
  expect(plain.stdout).toMatch(
    /people: differs now\n {2}name: values\n {2}for example: ctid \(\d+,\d+\), key 3 only in the source; key 3 only in the lake/,
  );
  const strict = await runCli(['verify', 'people', '--strict', '--json', ...places]);
  expect(strict.code).toBe(5);
  expect(JSON.parse(strict.stdout)).toMatchObject({
    format: 1,
    exitCode: 5,
    datasets: [{ dataset: 'people', status: 'different' }],
  });
  expect(strict.stdout).not.toContain('secret');
});

it('what a role with rights on some columns has copied it can verify too, also when the source got others since', async () => {
  const role = `columns_only_${process.pid}`;
  await sql(
    `CREATE ROLE ${role} LOGIN; REVOKE ALL ON people FROM ${role}; GRANT SELECT (id, name, price) ON people TO ${role}`,
  );
  try {
    const url = new URL(source.database.url);
    url.username = role;
    const asRole = { url: url.href };
    await copyAll({ ...asRole, tables: ['public.people'], columns: ['id', 'name', 'price'] });
    expect((await verify(asRole))['people']).toMatchObject({ status: 'same', sourceRows: ROWS });
    await sql('ALTER TABLE people ADD COLUMN secret text; ALTER TABLE people RENAME price TO cost');
    expect((await verify(asRole))['people']).toMatchObject({
      status: 'different',
      columns: [{ column: 'price', measures: ['gone'] }],
    });
  } finally {
    await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

it('columns that cannot be read beside those of the dataset do not matter', async () => {
  await sql(
    'CREATE TABLE twice ("A" int, a int, b int); INSERT INTO twice SELECT i, i, i FROM generate_series(1, 9) AS i',
  );
  await copyAll({ tables: ['public.twice'], columns: ['A', 'b'] });
  expect((await verify())['twice']).toMatchObject({ status: 'same', sourceRows: 9 });
});
