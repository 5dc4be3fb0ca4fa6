/**
 * Settings that change how Postgres prints values change nothing of a copy, wherever they are set: for the role, for the database or for
 * the server. What depends on them is in the tables: types that are read as text, values made of others, what views compute, rows set aside.
 * Only the search_path is of force in SQL of the user's (search-path.test.ts).
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes } from '../support/copied.ts';
import { queryDuckdbJson } from '../support/duckdb-reader.ts';
import { createDatabase, runSql, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { filesOf } from '../support/values/value-database.ts';

const server = await testServer();

const ODD: Readonly<Record<string, string>> = {
  DateStyle: "'German, DMY'",
  IntervalStyle: "'sql_standard'",
  TimeZone: "'Asia/Kathmandu'",
  bytea_output: "'escape'",
  extra_float_digits: "'-15'",
  standard_conforming_strings: 'off',
  escape_string_warning: 'off',
  backslash_quote: 'off',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  xmlbinary: "'hex'",
  xmloption: "'document'",
  search_path: "'odd', 'public'",
};

/** Each of these prints otherwise under some of the settings. */
const INNER = `ROW(date '2024-02-29', timestamptz '2024-02-29 12:34:56.789+00', interval '1 mon -2 days 03:04:05.6', '\\x00ff5c'::bytea, 0.1::float8 / 3, 1.1::float4 / 7, box '(0.1,0.2),(1e15,3)')::inner_row`;
const FIXTURE = `CREATE SCHEMA odd; CREATE TABLE odd.rendered (id int); CREATE FUNCTION odd.md5(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'odd' $$;
  CREATE FUNCTION odd.differ(text, text) RETURNS bool IMMUTABLE LANGUAGE sql AS $$ SELECT false $$; CREATE OPERATOR odd.= (LEFTARG = text, RIGHTARG = text, FUNCTION = odd.differ);
  CREATE DOMAIN odd.text AS int4; CREATE DOMAIN odd.int4 AS pg_catalog.text; CREATE TYPE odd.numeric AS ENUM ('a');
  SET search_path = public;
  CREATE TYPE inner_row AS (d date, at timestamptz, i interval, b bytea, f float8, g float4, x box);
  CREATE TABLE rendered (id int PRIMARY KEY, row inner_row, rows inner_row[], c circle, l line, g lseg, p path, y polygon, cs circle[], r regclass, o regtype, q tsquery,
    ch "char", span tstzrange, wide timestamptz[], n numeric, i interval, t time with time zone, e bytea, doc jsonb, d date, ns numeric[]);
  INSERT INTO rendered SELECT n, ${INNER}, ARRAY[NULL, ${INNER}], circle '((0.1,0.2),0.3)' , line '{0.1,-1,0.3}', lseg '(0.1,0.2),(0.3,1e-15)', path '((0.1,0.2))', polygon '((0.1,0.2))',
    ARRAY[circle '((0.1,0.2),0.3)'], 'rendered'::regclass, 'inner_row'::regtype, 'a & !b'::tsquery, '\\', tstzrange('2024-02-29 12:00+00', NULL), ARRAY[timestamptz 'epoch', NULL],
    1.10, '-1 year 2 days', '12:34:56.7+05:45', '\\x00ff5c', jsonb_build_object('at', timestamp 'epoch', 'f', 0.1::float8 / 3), CASE WHEN n % 4 = 0 THEN 'infinity' ELSE date 'epoch' END,
    ARRAY[1.10, NULL] FROM generate_series(1, 9) n;
  INSERT INTO rendered (id) VALUES (10); ANALYZE rendered (ns);
  CREATE VIEW computed AS SELECT id, (rendered.row).at::text AS at, i::text AS i, e::text AS e, ((rendered.row).f)::text AS f, format('%I', 'plain') AS q,
    to_json(rendered.row)::text AS j, 'a\\b' AS literal FROM rendered;`;
const XML = `CREATE VIEW documents AS SELECT id, xmlforest(e AS bytes)::text AS x, (t::text || '<a/><b/>')::xml AS content FROM rendered;`;

let database: TestDatabase;
let hasXml = true;
/** What a copy holds, dataset by dataset, under the defaults. */
let plain: Copied;
let printedPlain: unknown[];

interface Copied {
  readonly rows: Readonly<Record<string, unknown[][]>>;
  readonly textColumns: readonly string[];
  readonly types: readonly unknown[];
}

beforeAll(async () => {
  database = await createDatabase(server, FIXTURE);
  hasXml = await runSql(database.url, XML).then(
    () => true,
    () => false,
  );
  await runSql(
    database.url,
    'CREATE ROLE odd_one LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO odd_one; GRANT USAGE ON SCHEMA odd TO odd_one',
  );
});
afterAll(() => database?.drop());

async function copied(url: string): Promise<Copied> {
  const target = `${await temporaryFolder('odd')}/`;
  const options = {
    url,
    target,
    verify: true,
    columnOptions: { 'public.rendered.d': { awkward: 'quarantine' } },
  } as const;
  const tables = ['public.rendered', 'public.computed', ...(hasXml ? ['public.documents'] : [])];
  const report = await copy({ ...options, tables });
  expect(outcomes(report)).toEqual({
    rendered: 'copied',
    computed: 'copied',
    ...(hasXml ? { documents: 'copied' } : {}),
  });
  const query = { name: 'asked', sql: "SELECT 1 AS id, '{1,NULL}'::pg_catalog.int4[] AS ns" };
  expect(outcomes(await copy({ url, target, query }))).toEqual({ asked: 'copied' });
  const rows: Record<string, unknown[][]> = {};
  const lake = await openLake(target, { create: false });
  const types: unknown[] = [];
  for (const dataset of ['rendered', 'rendered__quarantine', 'computed', 'asked', ...(hasXml ? ['documents'] : [])]) {
    const files = (await filesOf(target, dataset)).map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
    const without = dataset.endsWith('__quarantine') ? 'EXCLUDE (_dracula_run)' : '';
    rows[dataset] = await queryDuckdbJson(
      `SELECT * ${without} FROM read_parquet([${files}], hive_partitioning=false) ORDER BY id::INT`,
    );
    types.push((await lake.dataset(dataset).load())!.schema);
  }
  return { rows, types, textColumns: report.tables.flatMap(({ textColumns }) => textColumns).sort() };
}

/** What a session of this URL prints of the same rows. */
async function printed(url: string): Promise<unknown[]> {
  return rowsOf(
    url,
    'SELECT one::pg_catalog.text, two::pg_catalog.text AS two FROM public.rendered one JOIN public.computed two ON two.id OPERATOR(pg_catalog.=) one.id ORDER BY one.id',
  );
}

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const settings = (prefix: string) => Object.entries(ODD).map(([name, value]) => `${prefix} SET ${name} = ${value}`);

async function expectNothingChanged(url: string): Promise<void> {
  expect(await printed(url), 'the settings must be of force').not.toEqual(printedPlain);
  const odd = await copied(url);
  expect(odd).toEqual(plain);
}

it('what is copied is what depends on them', async () => {
  plain = await copied(database.url);
  printedPlain = await printed(database.url);
  expect(plain.textColumns).toEqual(['c', 'ch', 'cs', 'g', 'l', 'n', 'o', 'p', 'q', 'r', 'row', 'rows', 'y']);
  expect(Object.values(plain.rows).map((rows) => rows.length)).toEqual([8, 2, 10, 1, ...(hasXml ? [10] : [])]);
});

describe('odd settings change nothing', () => {
  it('of the role', async () => {
    for (const sql of settings('ALTER ROLE odd_one')) await runSql(server.url, sql);
    const url = new URL(database.url);
    url.username = 'odd_one';
    await expectNothingChanged(url.href);
  });

  it('of the database', async () => {
    for (const sql of settings(`ALTER DATABASE ${database.name}`)) await runSql(server.url, sql);
    await expectNothingChanged(database.url);
    await runSql(server.url, `ALTER DATABASE ${database.name} RESET ALL`);
  });

  it('of the server', async () => {
    for (const sql of settings('ALTER SYSTEM')) await runSql(server.url, sql);
    await reload('German, DMY');
    await expectNothingChanged(database.url);
    await runSql(server.url, 'ALTER SYSTEM RESET ALL');
    await reload('ISO, MDY');
  });
});

describe('limits of the role for its transactions', () => {
  it('end neither the snapshot nor a read that takes longer', async () => {
    await runSql(server.url, 'CREATE ROLE hurried LOGIN');
    // transaction_timeout came with PostgreSQL 17.
    const limits = await rowsOf(
      server.url,
      "SELECT name FROM pg_catalog.pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')",
    );
    for (const limit of limits)
      await runSql(server.url, `ALTER ROLE hurried SET ${(limit as { name: string }).name} = 700`);
    const url = new URL(database.url);
    url.username = 'hurried';
    const query = { name: 'slow', sql: 'SELECT 1 AS one FROM pg_sleep(2)' };
    const report = await copy({ url: url.href, query, target: `${await temporaryFolder('hurried')}/` });
    expect(outcomes(report)).toEqual({ slow: 'copied' });
  });
});

/** Until new sessions have the settings of the file. */
async function reload(dateStyle: string): Promise<void> {
  await runSql(server.url, 'SELECT pg_catalog.pg_reload_conf()');
  await vi.waitFor(async () => expect(await rowsOf(server.url, 'SHOW DateStyle')).toEqual([{ DateStyle: dateStyle }]));
}
