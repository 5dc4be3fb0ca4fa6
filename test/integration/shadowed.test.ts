/**
 * What users define changes neither values nor proofs: casts to text, and operators and types of the same names as the server's own, on a
 * search_path that has them first. No read, check or verification of ours takes one of theirs for the server's.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatLogicalType } from '../../src/core/logical-type.ts';
import { type CopyOptions, verifyDatasets } from '../../src/index.ts';
import { readKeyFacts } from '../../src/introspect/key-facts.ts';
import { readServer } from '../../src/introspect/server.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { queryDuckdbJson } from '../support/duckdb-reader.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { filesOf } from '../support/values/value-database.ts';

const server = await testServer();

let database: TestDatabase;
afterAll(() => database?.drop());

async function copied(options: Partial<CopyOptions>) {
  const target = `${await temporaryFolder('shadowed')}/`;
  const report = await copy({ url: database.url, target, verify: true, ...options });
  return { report, target };
}

async function statusOf(lake: string, where?: string): Promise<string[]> {
  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake, ...(where ? { where } : {}) });
  return datasets.map(({ status }) => status);
}

async function typesIn(target: string, dataset: string): Promise<Record<string, string>> {
  const version = await (await openLake(target, { create: false })).dataset(dataset).load();
  return Object.fromEntries(version!.schema.columns.map(({ name, type }) => [name, formatLogicalType(type)]));
}

describe('casts to text', () => {
  const CASTS = `CREATE TYPE price AS (amount box, currency text); CREATE TABLE rates (n int); INSERT INTO rates VALUES (7);
    CREATE FUNCTION price_text(price) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT ($1).currency || ' cast' $$; CREATE CAST (price AS text) WITH FUNCTION price_text(price);
    CREATE FUNCTION box_text(box) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'a box' $$; CREATE CAST (box AS text) WITH FUNCTION box_text(box);
    CREATE FUNCTION short(numeric) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT format('%s', round($1, 2)) $$; CREATE CAST (numeric AS text) WITH FUNCTION short(numeric);
    CREATE FUNCTION looked_up(tsquery) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT n FROM rates); END $$; CREATE CAST (tsquery AS text) WITH FUNCTION looked_up(tsquery);
    CREATE CAST (int4 AS text) WITH INOUT AS IMPLICIT; CREATE CAST (int8 AS text) WITH INOUT AS IMPLICIT;
    CREATE CAST (lseg AS text) WITH INOUT; CREATE DOMAIN dear AS price; CREATE TYPE spot AS (at box);
    CREATE FUNCTION lost(spot[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$ SELECT ARRAY['lost'] $$; CREATE CAST (spot[] AS text[]) WITH FUNCTION lost(spot[]);
    CREATE FUNCTION lost(text) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$ SELECT 0::int8 $$; CREATE CAST (text AS int8) WITH FUNCTION lost(text);
    CREATE FUNCTION parts(text) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$ SELECT regexp_split_to_array($1, ',') $$; CREATE CAST (text AS text[]) WITH FUNCTION parts(text);
    CREATE FUNCTION gone(text) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT 0.5::numeric $$; CREATE CAST (text AS numeric) WITH FUNCTION gone(text);
    CREATE FUNCTION bits(text) RETURNS bit IMMUTABLE LANGUAGE sql AS $$ SELECT B'1' $$; CREATE CAST (text AS bit) WITH FUNCTION bits(text);
    CREATE FUNCTION json_text(json) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'lost' $$; CREATE CAST (json AS text) WITH FUNCTION json_text(json);
    CREATE TABLE priced (id int PRIMARY KEY, p price, ps price[], ds dear[], b box, bs box[], n numeric, ns numeric[], q tsquery, a int[], spots spot[], js int[], m numeric(9,2), big int8[], segments lseg[], at date);
    INSERT INTO priced SELECT i, ROW('(1,2),(3,4)', 'eur')::price, ARRAY[ROW('(1,2),(3,4)', 'eur')::price, NULL], ARRAY[ROW('(1,2),(3,4)', 'usd')::price::dear], '(1,2),(3,4)',
      ARRAY[box '(1,2),(3,4)'], 1.23456789, ARRAY[1.23456789], 'a & b', ARRAY[i, NULL], ARRAY[ROW(box '(1,2),(3,4)')::spot], ARRAY[i], i / 3.0, ARRAY[i], ARRAY[lseg '[(1,2),(3,4)]'], CASE WHEN i = 3 THEN 'infinity' ELSE date 'epoch' END FROM generate_series(1, 3) AS i;
    CREATE VIEW priced_view AS SELECT * FROM priced;`;
  const TEXTS = ['p', 'ps', 'ds', 'b', 'bs', 'n', 'q', 'spots'];

  beforeAll(async () => {
    database = await createDatabase(server, CASTS);
  });

  it.each<[string, Partial<CopyOptions>, string]>([
    ['a table', { tables: ['public.priced'] }, 'priced'],
    ['a condition', { tables: ['public.priced'], where: 'true' }, 'priced'],
    [
      'a view',
      {
        tables: ['public.priced_view'],
        columnOptions: { 'public.priced_view.at': { awkward: 'null' }, 'public.priced_view.js': { dims: 'json' } },
      },
      'priced_view',
    ],
  ])('%s: each value is what the server prints, and a verification finds the same', async (_, options, dataset) => {
    const columnOptions = {
      'public.priced.at': { awkward: 'quarantine' },
      'public.priced.js': { dims: 'json' },
    } as const;
    const { report, target } = await copied({
      numeric: 'text',
      ...(dataset === 'priced' ? { columnOptions } : {}),
      ...options,
    });
    expect(outcomes(report)).toEqual({ [dataset]: 'copied' });
    const client = await database.client();
    const printed = async (js: string) => {
      const texts = ['id', ...TEXTS, js].map((name, i) => `format('%s', ${name}) AS c${i}`);
      const { rows } = await client.query(`SELECT ${texts.join(', ')} FROM priced ORDER BY id`);
      return rows.map((row) => Object.values(row));
    };
    const read = async (name: string) => {
      const files = (await filesOf(target, name)).map((path) => `'${path}'`).join(', ');
      return queryDuckdbJson(`SELECT id::VARCHAR, ${TEXTS.join(', ')}, js FROM read_parquet([${files}]) ORDER BY 1`);
    };
    const expected = await printed('to_json(js)');
    // A cast that is the output function by another name changes nothing.
    expect(await typesIn(target, dataset)).toMatchObject({ segments: 'list<text>', bs: 'text', ps: 'text' });
    if (dataset === 'priced') {
      expect(await read(dataset)).toEqual(expected.slice(0, 2));
      const files = (await filesOf(target, 'priced__quarantine')).map((path) => `'${path}'`).join(', ');
      const told = await queryDuckdbJson(`SELECT _dracula_columns, _dracula_reasons FROM read_parquet([${files}])`);
      expect(told).toEqual([[['at'], ['infinity']]]);
      expect(await read('priced__quarantine')).toEqual((await printed('js')).slice(2));
    } else expect(await read(dataset)).toEqual(expected);
    expect([...new Set(await statusOf(target, options.where))]).toEqual(['same']);
  });

  it('bounds of keys are those of the statistics, whatever casts there are', async () => {
    const client = await database.client();
    await client.query(`CREATE TABLE keyed (id text COLLATE "C" PRIMARY KEY); ALTER TABLE keyed ALTER id SET STATISTICS 5;
      INSERT INTO keyed SELECT concat('k,"', i) FROM generate_series(1, 9000) AS i; ANALYZE keyed`);
    const bounds = "SELECT array_to_json(histogram_bounds) AS bounds FROM pg_stats WHERE tablename = 'keyed'";
    const [expected] = (await client.query(bounds)).rows;
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const tables = await introspectTables(client, { tables: ['public.keyed'] });
    const facts = await readKeyFacts(client, (await readServer(client)).versionNum, tables);
    await client.query('ROLLBACK');
    expect(expected.bounds).toHaveLength(6);
    expect([...facts.values()].map(({ values }) => values)).toEqual([expected.bounds]);
  });

  it('an array that was kept as JSON is verified as that', async () => {
    const columnOptions = { 'public.priced.at': { awkward: 'null' }, 'public.priced.bs': { dims: 'json' } } as const;
    const { report, target } = await copied({ tables: ['public.priced'], columnOptions });
    expect(outcomes(report)).toEqual({ priced: 'copied' });
    expect(await statusOf(target)).toEqual(['same']);
  });
});

describe('casts to json, which dims=json asks', () => {
  const CASTS = `CREATE SCHEMA app; CREATE TABLE app.rates (n int); INSERT INTO app.rates VALUES (7); CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE place AS (m mood);
    CREATE FUNCTION counted(mood) RETURNS json STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT format('{"\\ud83d":%s,"path":"%s"}', count(*), 'app.rates'::regclass)::json FROM rates); END $$;
    CREATE CAST (mood AS json) WITH FUNCTION counted(mood);
    CREATE TABLE moods (id int PRIMARY KEY, m mood[], p place[]); INSERT INTO moods SELECT i, '{ok}', ARRAY[ROW('ok')::place] FROM generate_series(1, 3) AS i;`;
  const DIMS = {
    tables: ['public.moods'],
    columnOptions: { 'public.moods.m': { dims: 'json' }, 'public.moods.p': { dims: 'json' } },
  } as const;

  beforeAll(async () => {
    await database?.drop();
    database = await createDatabase(server, CASTS);
    const client = await database.client();
    await client.query(`ALTER DATABASE ${database.name} SET search_path = app, public`);
  });

  it('they run on the path of the role, and make the same with a condition and without', async () => {
    for (const where of [undefined, 'true']) {
      const { report, target } = await copied({ ...DIMS, readers: ['duckdb'], ...(where ? { where } : {}) });
      expect(outcomes(report)).toEqual({ moods: 'copied' });
      const files = (await filesOf(target, 'moods')).map((path) => `'${path}'`).join(', ');
      const rows = await queryDuckdbJson(`SELECT m::VARCHAR, p::VARCHAR FROM read_parquet([${files}])`);
      const made = '{"\\ud83d":1,"path":"rates"}';
      expect(rows).toEqual(Array(3).fill([`[${made}]`, `[{"m":${made}}]`]));
      expect(await statusOf(target, where)).toEqual(['same']);
      expect(await statusOf(target)).toEqual(['same']);
    }
  });

  it('beside names of objects too', async () => {
    const client = await database.client();
    await client.query(`CREATE TYPE both_kinds AS (m public.mood, c regclass); CREATE TABLE public.mixed (id int PRIMARY KEY, b both_kinds[]);
      INSERT INTO public.mixed VALUES (1, ARRAY[ROW('ok', 'app.rates')::both_kinds])`);
    for (const where of [undefined, 'true']) {
      const columnOptions = { 'public.mixed.b': { dims: 'json' } } as const;
      const { report, target } = await copied({ tables: ['public.mixed'], columnOptions, ...(where ? { where } : {}) });
      expect(outcomes(report)).toEqual({ mixed: 'copied' });
      const files = (await filesOf(target, 'mixed')).map((path) => `'${path}'`).join(', ');
      const made = '[{"m":{"\\ud83d":1,"path":"rates"},"c":"rates"}]';
      expect(await queryDuckdbJson(`SELECT b::VARCHAR FROM read_parquet([${files}])`)).toEqual([[made]]);
    }
  });

  it('one that is made during the run leaves a file that DuckDB reads', async () => {
    const client = await database.client();
    await client.query(`CREATE TYPE public.colour AS ENUM ('red'); CREATE TABLE public.colours (id int, c public.colour[]); INSERT INTO public.colours VALUES (1, '{red}');
      CREATE FUNCTION public.broken(public.colour) RETURNS json IMMUTABLE LANGUAGE sql AS $$ SELECT '"\\ud83d"'::json $$`);
    const columnOptions = { 'public.colours.c': { dims: 'json' } } as const;
    const { report, target } = await copied({
      ...{ tables: ['public.colours'], columnOptions, readers: ['duckdb'], verify: false },
      onEvent: ({ type }) => {
        if (type === 'planned')
          runSqlNow(database.url, ['CREATE CAST (public.colour AS json) WITH FUNCTION public.broken(public.colour)']);
      },
    });
    expect(outcomes(report)).toEqual({ colours: 'copied' });
    const files = (await filesOf(target, 'colours')).map((path) => `'${path}'`).join(', ');
    expect(await queryDuckdbJson(`SELECT c::VARCHAR FROM read_parquet([${files}])`)).toEqual([['["\\ud83d"]']]);
  });

  it('what they read is checked behind the last row', async () => {
    const { report } = await copied({
      ...DIMS,
      onEvent: ({ type }) => {
        if (type === 'planned') runSqlNow(database.url, ['TRUNCATE app.rates']);
      },
    });
    expect(outcomes(report)).toEqual({ moods: 'E_SOURCE_CHANGED' });
  });
});

describe('operators and types', () => {
  /** Each operator of the server's of two operands once more: it says so when it is called. */
  const EVIL = `CREATE SCHEMA evil;
    CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TYPE place AS (street text, rooms int[], at box);
    CREATE TABLE everything (id int PRIMARY KEY, t text, n numeric(9,2), open numeric, big int8, small int2, f float8, r float4, d date, at timestamptz, local timestamp, i interval, tm time, ok bool, u uuid,
      j jsonb, bytes bytea, m mood, p place, ps place[], a int[], aa text[], rng int4range, dates daterange, pt point, b box, v varbit, money money, o oid, c regclass);
    INSERT INTO everything SELECT i, 'text ' || i, i / 3.0, i / 7.0, i, i, i / 3.0, i / 3.0, date 'epoch' + i, timestamptz 'epoch' + i * interval '1 day', timestamp 'epoch' + i * interval '1 hour', i * interval '1 month 2 days 3.5 s',
      time '12:34:56', i % 2 = 0, md5(i::text)::uuid, jsonb_build_object('a', i), '\\x00ff', 'sad', ROW('x', ARRAY[i], box '(1,2),(3,4)')::place, ARRAY[ROW('x', ARRAY[i], NULL)::place, NULL], ARRAY[i, NULL], ARRAY['a', NULL],
      int4range(i, i + 5), daterange('2024-01-01', '2024-02-01'), point(i, 2), box '(1,2),(3,4)', B'1010', i, i, 'everything' FROM generate_series(1, 50) AS i;
    CREATE VIEW seen AS SELECT * FROM everything;
    CREATE TABLE split (id int, n int) PARTITION BY RANGE (id); CREATE TABLE split_one PARTITION OF split FOR VALUES FROM (0) TO (30); CREATE TABLE split_two PARTITION OF split FOR VALUES FROM (30) TO (99);
    INSERT INTO split SELECT i, i FROM generate_series(1, 50) AS i;
    CREATE TABLE late (id int PRIMARY KEY, n int); INSERT INTO late SELECT i, i FROM generate_series(1, 100) AS i;
    CREATE FUNCTION look_up(given int) RETURNS int LANGUAGE plpgsql SET search_path = public AS $$ BEGIN
      PERFORM pg_sleep(0.02); RETURN CASE WHEN given > 90 THEN (SELECT n FROM late WHERE id = given) END; END $$;
    CREATE VIEW slow AS SELECT s.id, look_up(s.id) AS n FROM generate_series(1, 100) AS s(id);
    DO $$ DECLARE o record; i int := 0; BEGIN
      FOR o IN SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result FROM pg_operator
          WHERE oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace AND 'internal'::regtype NOT IN (oprleft, oprright) LOOP
        i := i + 1;
        BEGIN
          EXECUTE format('CREATE FUNCTION evil.f%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN RAISE ''evil %s was called''; END $f$', i, o.l, o.r, o.result, o.oprname);
          EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.f%s)', o.oprname, o.l, o.r, i);
        EXCEPTION WHEN invalid_function_definition OR syntax_error OR datatype_mismatch OR feature_not_supported OR invalid_object_definition THEN NULL; -- of pseudo-types that give no result
        END;
      END LOOP;
      FOREACH o.oprname IN ARRAY '{date,timestamp,timestamptz,time,interval,text,name,int2,int4,int8,oid,tid,numeric,float4,float8,bool,uuid,json,jsonb,bytea,bit,regclass}'::name[] LOOP
        EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.varchar CHECK (false)', o.oprname);
      END LOOP;
    END $$;`;
  /** A closer match than the server's own, on the path that everybody has. */
  const CLOSER = `CREATE FUNCTION joined(int, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'joined was called'; END $$; CREATE OPERATOR || (LEFTARG = int, RIGHTARG = text, FUNCTION = joined);
    CREATE FUNCTION joined(int, int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'joined was called'; END $$; CREATE OPERATOR || (LEFTARG = int, RIGHTARG = int, FUNCTION = joined);`;
  /** Where the server has no cast of its own, and goes by the output and the input function. */
  const CASTS = `DO $$ DECLARE c text[]; BEGIN
      FOREACH c SLICE 1 IN ARRAY '{{oid,text},{int8,text},{int4,text},{tid,text},{xid,text},{text,oid},{text,int4},{text,int8},{text,bool},{text,tid},{text,bit},{text,numeric},{text,numeric[]},{text,text[]}}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION evil."cast_%s_%s"(%s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN RAISE ''evil cast of %s to %s''; END $f$', c[1], c[2], c[1], c[2], c[1], c[2]);
        EXECUTE format('CREATE CAST (%s AS %s) WITH FUNCTION evil."cast_%s_%s"(%s)', c[1], c[2], c[1], c[2], c[1]);
      END LOOP;
    END $$;`;

  beforeAll(async () => {
    database = await createDatabase(server, EVIL + CLOSER);
    const client = await database.client();
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace",
    );
    expect(rows[0].n).toBeGreaterThan(600);
    await client.query(CASTS);
    await client.query(`ALTER DATABASE ${database.name} SET search_path = evil, public, pg_catalog`);
  });

  it.each<[string, Partial<CopyOptions>]>([
    ['a table', { tables: ['public.everything'] }],
    ['a condition', { tables: ['public.everything'], where: 'true' }],
    ['a condition, by key ranges', { tables: ['public.everything'], where: 'true', chunkBy: 'key' }],
    [
      'a condition, a snapshot for each chunk',
      { tables: ['public.everything'], where: 'true', chunkBy: 'key', consistency: 'chunk', verify: false },
    ],
    ['partitions', { tables: ['public.split'] }],
    [
      'partitions, a snapshot for each chunk',
      { tables: ['public.split'], chunkBy: 'key', consistency: 'chunk', verify: false },
    ],
    ['a view', { tables: ['public.seen'] }],
    ['a query', { query: { name: 'seen', sql: 'SELECT * FROM public.everything' } }],
  ])('%s', async (_, options) => {
    const { report, target } = await copied(options);
    expect(report.tables).toMatchObject([{ status: 'copied', rows: 50, error: null }]);
    if (options.query === undefined) expect(await statusOf(target, options.where)).toEqual(['same']);
  });

  it('a function that moves to such a path under a role that is on pg_catalog alone', async () => {
    const client = await database.client();
    await client.query(`CREATE FUNCTION public.move() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', true); RETURN 1; END $$;
      CREATE VIEW public.moving AS SELECT id, public.move() AS path FROM public.late`);
    const setPath = (path: string) => client.query(`ALTER DATABASE ${database.name} SET search_path = ${path}`);
    onTestFinished(async () => void (await setPath('evil, public, pg_catalog')));
    await setPath('pg_catalog');
    const { report, target } = await copied({ tables: ['public.moving'] });
    expect(outcomes(report)).toEqual({ moving: 'copied' });
    expect(await statusOf(target)).toEqual(['same']);
  });

  it('what a function reads late is checked all the same', async () => {
    let isFirst = true;
    const { report } = await copied({
      tables: ['public.slow'],
      verify: false,
      onEvent: ({ type }) => {
        if (type !== 'table-started' || !isFirst) return;
        isFirst = false;
        runSqlNow(database.url, [
          'SET search_path = public',
          'ALTER TABLE late RENAME TO before',
          'CREATE TABLE late AS SELECT id, 0 AS n FROM before',
        ]);
      },
    });
    expect(outcomes(report)).toEqual({ slow: 'E_SOURCE_CHANGED' });
    expect(tableOf(report, 'slow').error!.message).toMatch(/public\.late was made anew/);
  });
});
