/**
 * SQL of the user's (a condition, a query, what a view computes) means what it means to the role in psql: names within its functions go by
 * the role's own search_path. What a column holds does not depend on whether such SQL chose its rows: a regclass, say, is printed alike.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CopyOptions, planTables, verifyDatasets } from '../../src/index.ts';
import { readServer } from '../../src/introspect/server.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import { resolveCopyOptions } from '../../src/pipeline/resolve-options.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { queryDuckdbJson } from '../support/duckdb-reader.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { filesOf } from '../support/values/value-database.ts';

const server = await testServer();

/** `looked_up` is in both: which one a name means is the path's. */
const FIXTURE = `CREATE SCHEMA app;
  CREATE TABLE app.looked_up (id int PRIMARY KEY, n int); INSERT INTO app.looked_up SELECT i, i * 10 FROM generate_series(1, 20) AS i;
  CREATE TABLE public.looked_up (id int PRIMARY KEY, n int); INSERT INTO public.looked_up SELECT i, i * 7 FROM generate_series(1, 20) AS i;
  SET search_path = app, public;
  CREATE FUNCTION app.look_up(given int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT n FROM looked_up WHERE id = given); END $$;
  CREATE FUNCTION app.look_up_sql(given int) RETURNS int STABLE LANGUAGE sql AS 'SELECT n FROM looked_up WHERE id = given';
  CREATE FUNCTION app.named(given text) RETURNS regclass STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN given; END $$;
  CREATE VIEW public.computed AS SELECT id, app.look_up(id) AS plpgsql, app.look_up_sql(id) AS sql, to_regclass('looked_up')::oid::int8 AS found,
    current_schema()::text AS here, 'app.looked_up'::regclass::text AS printed, (SELECT count(*)::int FROM app.looked_up WHERE app.look_up(looked_up.id) = looked_up.n) AS own FROM public.looked_up;
  CREATE VIEW public.failing AS SELECT id, app.named('gone' || id)::text AS r FROM public.looked_up;
  CREATE TABLE app.counted (id int); CREATE FUNCTION app.count_now() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM counted); END $$;
  CREATE VIEW public.folded AS SELECT app.count_now() AS n;
  CREATE DOMAIN app.relation AS regclass; CREATE TYPE app.mood AS ENUM ('ok');
  CREATE TYPE app.named_pair AS (of_class regclass, n int);
  CREATE OPERATOR app.<~> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
  CREATE TEXT SEARCH CONFIGURATION app.own_config (COPY = pg_catalog.simple);
  CREATE TEXT SEARCH DICTIONARY app.own_dictionary (TEMPLATE = pg_catalog.simple);
  CREATE TABLE public.names (id int PRIMARY KEY, of_class regclass, of_type regtype, of_proc regproc, of_procedure regprocedure, of_oper regoper,
    of_operator regoperator, of_config regconfig, of_dictionary regdictionary, of_domain app.relation, of_classes regclass[], of_types regtype[], pair app.named_pair,
    pairs app.named_pair[], open numeric, at date);
  INSERT INTO names SELECT i, 'app.looked_up', 'app.mood[]', 'app.look_up', 'app.look_up(int)', '<~>', '<~>(int,int)', 'own_config', 'own_dictionary', 'public.looked_up',
    '{app.looked_up,public.looked_up,NULL,pg_class,0}', '{app.mood,int4}', ROW('app.looked_up'::regclass, i)::app.named_pair, ARRAY[ROW('app.named_pair'::regclass, 1)::app.named_pair, NULL],
    i / 3.0, CASE WHEN i % 4 = 0 THEN 'infinity' ELSE date 'epoch' END FROM generate_series(1, 9) AS i;
  INSERT INTO names (id) VALUES (10); UPDATE names SET of_class = 4294967290, of_proc = 0, of_type = 'int4range' WHERE id = 9;
  CREATE VIEW public.names_view AS SELECT *, app.named('looked_up') AS found FROM names;
  CREATE TABLE public.split (id int, of_class regclass) PARTITION BY RANGE (id);
  CREATE TABLE public.split_one PARTITION OF split FOR VALUES FROM (0) TO (5); CREATE TABLE public.split_two PARTITION OF split FOR VALUES FROM (5) TO (20);
  INSERT INTO split SELECT id, of_class FROM names; ANALYZE;`;

let database: TestDatabase;
let psql: pg.Client;

beforeAll(async () => {
  database = await createDatabase(server, FIXTURE);
  psql = new pg.Client({ connectionString: database.url });
  await psql.connect();
  await psql.query(`ALTER DATABASE ${database.name} SET search_path = app, public; SET search_path = app, public`);
});
afterAll(async () => {
  await psql.end();
  await database.drop();
});

async function copied(options: Partial<CopyOptions>) {
  const target = `${await temporaryFolder('path')}/`;
  const report = await copy({ url: database.url, target, verify: true, ...options });
  return { report, target };
}

async function rowsOf(target: string, dataset: string, columns = '*'): Promise<unknown[][]> {
  const files = (await filesOf(target, dataset)).map((path) => `'${path}'`).join(', ');
  return queryDuckdbJson(`SELECT ${columns} FROM read_parquet([${files}], hive_partitioning=false) ORDER BY id::INT`);
}

async function statusOf(lake: string, where: string | undefined): Promise<string[]> {
  const { datasets } = await verifyDatasets({
    url: database.url,
    env: {},
    lake,
    ...(where === undefined ? {} : { where }),
  });
  return datasets.map(({ status }) => status);
}

const WAYS: readonly (readonly [string, Partial<CopyOptions>])[] = [
  ['a view', { tables: ['public.computed'] }],
  ['a view with a condition', { tables: ['public.computed'], where: 'look_up(id) = id * 10' }],
  ['a query', { query: { name: 'computed', sql: 'SELECT * FROM computed' } }],
];

describe('functions look names up on the path of the role', () => {
  it.each(WAYS)('%s', async (_, options) => {
    const { report, target } = await copied(options);
    expect(outcomes(report)).toEqual({ computed: 'copied' });
    const { rows } = await psql.query({ text: 'SELECT * FROM public.computed ORDER BY id', rowMode: 'array' });
    expect(rows[0]).toEqual([1, 10, 10, expect.any(String), 'app', 'looked_up', 20]);
    expect(await rowsOf(target, 'computed')).toEqual(
      rows.map((row) => row.map((cell) => JSON.parse(JSON.stringify(cell)))),
    );
    expect(await statusOf(target, options.where)).toEqual([options.query ? 'skipped' : 'same']);
  });

  it('and that is the path under which the run was planned, whatever the sessions of its readers get', async () => {
    const { report, target } = await copied({
      tables: ['public.computed'],
      onEvent: ({ type }) => {
        if (type === 'planned') runSqlNow(server.url, [`ALTER DATABASE ${database.name} SET search_path = public`]);
      },
    });
    await psql.query(`ALTER DATABASE ${database.name} SET search_path = app, public`);
    expect(outcomes(report)).toEqual({ computed: 'copied' });
    const { rows } = await psql.query('SELECT plpgsql, here FROM public.computed ORDER BY id');
    expect(await rowsOf(target, 'computed', 'plpgsql, here')).toEqual(rows.map(Object.values));
  });

  it('a plan is made under it too, where a pooler gives a session with another', async () => {
    const pooled = await database.client();
    await pooled.query('SET search_path = public; BEGIN ISOLATION LEVEL REPEATABLE READ');
    const server = { ...(await readServer(psql)), searchPath: 'app, public' };
    const where = 'id IN (SELECT looked_up.id FROM looked_up)';
    const options = resolveCopyOptions({ target: 'x/', tables: ['public.split'], where });
    const { tables } = await makePlan(pooled, { server, options, lake: new Map() });
    const { rows } = await psql.query("SELECT 'app.looked_up'::regclass::oid::int8 AS oid");
    expect(tables).toMatchObject([{ searchPath: 'app, public', namedOids: [Number(rows[0].oid)] }]);
    await pooled.query('ROLLBACK');
  });

  it('a name that one does not find is no change of the source', async () => {
    const { report } = await copied({ tables: ['public.failing'] });
    expect(outcomes(report)).toEqual({ failing: 'E_QUERY' });
    expect(tableOf(report, 'failing').error!.facts).toMatchObject({ sqlstate: '42P01' });
    const { target } = await copied({ tables: ['public.folded'] });
    await psql.query('ALTER TABLE app.counted RENAME TO counted_before');
    const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake: target });
    await psql.query('ALTER TABLE app.counted_before RENAME TO counted');
    expect(datasets).toMatchObject([{ status: 'failed', error: { code: 'E_QUERY' } }]);
  });
});

describe('names of objects are printed with their namespace', () => {
  const columnOptions = {
    'public.names.pairs': { dims: 'json' },
    'public.names.at': { awkward: 'quarantine' },
  } as const;
  const CHOSEN: readonly (readonly [string, Partial<CopyOptions>])[] = [
    ['a condition', { where: 'look_up(id) = id * 10' }],
    ['a condition, by key ranges', { where: 'look_up(id) = id * 10', chunkBy: 'key' }],
    [
      'a condition on such a name, a snapshot for each table',
      { where: "of_class IS NULL OR of_class::text <> ''", consistency: 'table' },
    ],
  ];

  it.each(CHOSEN)('%s changes none of them', async (_, options) => {
    const tables = ['public.names', 'public.split'];
    const plain = await copied({ tables: [...tables], columnOptions });
    const chosen = await copied({ tables: [...tables], columnOptions, ...options });
    for (const { report } of [plain, chosen]) expect(outcomes(report)).toEqual({ names: 'copied', split: 'copied' });
    for (const dataset of ['names', 'split', 'names__quarantine']) {
      const columns = dataset === 'names__quarantine' ? '* EXCLUDE (_dracula_run)' : '*';
      const rows = await rowsOf(plain.target, dataset, columns);
      expect(rows.length).toBe({ names: 8, split: 10, names__quarantine: 2 }[dataset]);
      expect(await rowsOf(chosen.target, dataset, columns)).toEqual(rows);
    }
    for (const [{ target }, where] of [
      [plain, options.where],
      [chosen, options.where],
      [chosen, undefined],
    ] as const)
      expect(await statusOf(target, where)).toEqual(['same', 'same', 'same']);
  });

  const PRINTED =
    'id, of_class, of_type, of_proc, of_procedure, of_oper, of_operator, of_config, of_dictionary, of_domain, of_classes, of_types, pair, pairs::VARCHAR';
  it.each([
    ['a view', { tables: ['public.names_view'] }, 'names_view'],
    ['a query', { query: { name: 'asked', sql: "SELECT *, named('looked_up') AS found FROM names" } }, 'asked'],
  ] as const)('%s gives those of the table', async (_, options, dataset) => {
    const plain = await copied({ tables: ['public.names'], columnOptions: { 'public.names.at': { awkward: 'null' } } });
    const key = dataset === 'asked' ? 'asked.at' : 'public.names_view.at';
    const given = await copied({ ...options, columnOptions: { [key]: { awkward: 'null' } } } as Partial<CopyOptions>);
    expect(outcomes(given.report)).toEqual({ [dataset]: 'copied' });
    const rows = await rowsOf(plain.target, 'names', PRINTED);
    expect(rows[0]).toEqual([
      1,
      'app.looked_up',
      'app.mood[]',
      'app.look_up',
      'app.look_up(integer)',
      'app.<~>',
      'app.<~>(integer,integer)',
      'app.own_config',
      'app.own_dictionary',
      'public.looked_up',
      ['app.looked_up', 'public.looked_up', null, 'pg_class', '-'],
      ['app.mood', 'integer'],
      '(app.looked_up,1)',
      expect.any(String),
    ]);
    expect(await rowsOf(given.target, dataset, PRINTED)).toEqual(rows);
    expect(await rowsOf(given.target, dataset, 'found')).toEqual(rows.map(() => ['app.looked_up']));
  });

  it('under a path of any names, however strings are written', async () => {
    const odd = String.raw`o'dd\ "na,me`;
    await psql.query(`CREATE SCHEMA ${pg.escapeIdentifier(odd)}`);
    const settings = [
      `search_path = ${pg.escapeIdentifier(odd)}, app, public`,
      'standard_conforming_strings = off',
      'backslash_quote = off',
    ];
    for (const setting of settings) await psql.query(`ALTER DATABASE ${database.name} SET ${setting}`);
    const tables = {
      tables: ['public.names_view'],
      columnOptions: { 'public.names_view.at': { awkward: 'null' } },
    } as const;
    const { report, target } = await copied(tables);
    for (const name of ['standard_conforming_strings', 'backslash_quote'])
      await psql.query(`ALTER DATABASE ${database.name} RESET ${name}`);
    await psql.query(`ALTER DATABASE ${database.name} SET search_path = app, public`);
    expect(outcomes(report)).toEqual({ names_view: 'copied' });
    expect((await rowsOf(target, 'names_view', 'found, of_class'))[0]).toEqual(['app.looked_up', 'app.looked_up']);
  });

  it('every type of the server whose text is a name that a path may shorten is known', async () => {
    const { rows } = await psql.query(
      "SELECT typname, typname IN ('regrole', 'regnamespace', 'regdatabase') AS whole FROM pg_type WHERE typname ~ '^reg' AND typtype = 'b' AND typelem = 0 AND typnamespace = 'pg_catalog'::regnamespace",
    );
    expect(rows.length).toBeGreaterThanOrEqual(10);
    await psql.query(`CREATE TABLE public.kinds (${rows.map(({ typname }) => `${typname} ${typname}`).join(', ')})`);
    const { tables } = await planTables({ url: database.url, env: {}, target: './lake/', tables: ['public.kinds'] });
    await psql.query('DROP TABLE public.kinds');
    const known = tables[0]!.schema.columns.map(({ name, source }) => [name, source.namesObjects === true]);
    expect(known).toEqual(rows.map(({ typname, whole }) => [typname, !whole]));
  });
});
