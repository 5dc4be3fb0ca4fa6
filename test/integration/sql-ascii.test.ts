/**
 * A SQL_ASCII database holds any bytes: what is UTF-8 arrives as it is, and what is not is awkward under the policy of its column,
 * wherever it stands in a value. Bytes are made and looked at as hexadecimal, so that no client of the test decodes them.
 */
import { isUtf8 } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isUtf8Sql } from '../../src/core/utf8-sql.ts';
import { openEngine } from '../../src/engine/duckdb.ts';
import { type CopyOptions, planTables, verifyDatasets } from '../../src/index.ts';
import { readKeyFacts } from '../../src/introspect/key-facts.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { currentFiles } from '../../src/lake/describe.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { randomOf } from '../support/seed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SQL_ASCII = `ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`;
/** `é` in UTF-8, and as LATIN1 has it. */
const GOOD = "'é'";
const BAD = String.raw`convert_from('\xe9', 'SQL_ASCII')`;

/** Columns of one type each, by what a value looks like around a text `t`; and what an awkward one leaves, as DuckDB prints it. */
const KINDS: Readonly<
  Record<string, { readonly type: string; readonly value: (t: string) => string; readonly nulled: string | null }>
> = {
  plain: { type: 'text', value: (t) => t, nulled: null },
  padded: { type: 'char(4)', value: (t) => t, nulled: null },
  folded: { type: 'citext', value: (t) => t, nulled: null },
  label: { type: 'mood', value: (t) => `(${t})::mood`, nulled: null },
  doc: { type: 'json', value: (t) => `('{"a":"' || ${t} || '"}')::json`, nulled: null },
  bin: { type: 'jsonb', value: (t) => `('{"a":"' || ${t} || '"}')::jsonb`, nulled: null },
  words: { type: 'tsvector', value: (t) => `(${t} || ' b')::tsvector`, nulled: null },
  list: { type: 'text[]', value: (t) => `ARRAY['a', ${t}, NULL]`, nulled: '[a, NULL, NULL]' },
  grid: { type: 'text[][]', value: (t) => `ARRAY[['a'], [${t}]]`, nulled: '[[a], [NULL]]' },
  row: { type: 'pair', value: (t) => `ROW(7, ${t})::pair`, nulled: "{'n': 7, 't': NULL}" },
  rows: { type: 'pair[]', value: (t) => `ARRAY[ROW(7, ${t})::pair, NULL]`, nulled: "[{'n': 7, 't': NULL}, NULL]" },
  span: { type: 'textrange', value: (t) => `textrange('a', ${t} || 'z')`, nulled: null },
  mapped: { type: 'hstore', value: (t) => `hstore(ARRAY['k', 'l'], ARRAY[${t}, 'v'])`, nulled: '{k=NULL, l=v}' },
  keyed: { type: 'hstore', value: (t) => `hstore(ARRAY[${t}, 'l'], ARRAY['v', 'w'])`, nulled: null },
  shape: { type: 'shaped', value: (t) => `ROW(${t}, box '(1,2),(3,4)')::shaped`, nulled: null },
  shapes: { type: 'shaped[]', value: (t) => `ARRAY[ROW(${t}, NULL)::shaped, NULL]`, nulled: '[NULL, NULL]' },
};
const NAMES = Object.keys(KINDS);
const ROWS = fewerIfHostile(3_000, 200);
/** Rows whose value in the column number `c` is not UTF-8. */
const isBad = (c: number, id = 'id') => `${id} % ${NAMES.length * 3} = ${c}`;
const badRows = (c: number) =>
  Array.from({ length: ROWS }, (_, i) => i + 1).filter((id) => id % (NAMES.length * 3) === c);

const FIXTURE = `CREATE EXTENSION citext; CREATE EXTENSION hstore;
  DO $do$ BEGIN EXECUTE format('CREATE TYPE mood AS ENUM (%L, %L)', ${GOOD}, ${BAD}); END $do$;
  CREATE TYPE pair AS (n int, t text); CREATE TYPE textrange AS RANGE (subtype = text, collation = "C"); CREATE TYPE shaped AS (t text, form box);
  CREATE TABLE kinds (id int PRIMARY KEY, ${NAMES.map((name) => `${name} ${KINDS[name]!.type}`).join(', ')});
  INSERT INTO kinds SELECT i, ${NAMES.map((name, c) => `CASE WHEN ${isBad(c, 'i')} THEN ${KINDS[name]!.value(BAD)} WHEN i % 7 = 0 THEN NULL ELSE ${KINDS[name]!.value(GOOD)} END`).join(', ')}
    FROM generate_series(1, ${ROWS}) i;
  CREATE TABLE utf8 AS SELECT 1 AS id, 'ж🧛'::text AS t;
  CREATE TABLE latin1 (id int PRIMARY KEY, t text); INSERT INTO latin1 VALUES (1, 'é'), (7, 'caf' || ${BAD}), (9, 'x');
  CREATE TABLE both_reasons (id int PRIMARY KEY, d date, t text, l text[]);
  INSERT INTO both_reasons VALUES (1, 'epoch', 'plain', '{a}'), (2, 'infinity', ${BAD} || E'\\\\', '{b}'), (3, 'epoch', E'caf\\\\351', ARRAY[['x'], [${BAD}]]), (4, 'epoch', 'é', '{c}');
  CREATE VIEW dividing AS SELECT id, plain, 1 / (id - 5) AS q FROM kinds;
  DO $do$ BEGIN
    EXECUTE format('CREATE TABLE %I (id int)', 'tab' || ${BAD});
    EXECUTE format('CREATE TABLE %I (id int)', 'tab' || convert_from('\\xe8', 'SQL_ASCII'));
    EXECUTE format('CREATE TABLE named (id int, %I text); INSERT INTO named VALUES (1, %L)', 'col' || ${BAD}, 'x');
    EXECUTE format('CREATE TABLE told (id int, m mood); COMMENT ON TABLE told IS %L; COMMENT ON COLUMN told.id IS %L', 'of ' || ${BAD}, 'é');
    EXECUTE format('CREATE TABLE split (id int) PARTITION BY LIST (id); CREATE TABLE %I PARTITION OF split FOR VALUES IN (1); INSERT INTO split VALUES (1)', 'part' || ${BAD});
    EXECUTE format('CREATE TYPE odd AS (%I text, n int); CREATE TABLE attributes AS SELECT 1 AS id, ROW(''é'', 1)::odd AS o', 'a' || ${BAD});
  END $do$;`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(await testServer(), FIXTURE, SQL_ASCII);
});
afterAll(() => database?.drop());

async function copyInto(options: Partial<CopyOptions>) {
  const target = `${await temporaryFolder('sql-ascii')}/`;
  return { target, report: await copy({ url: database.url, target, tables: ['kinds'], ...options }) };
}

/** Questions to the lake, as `dracula query` reads it, until the test ends. */
async function readerOf(target: string): Promise<(sql: string) => Promise<unknown[][]>> {
  const { datasets, problems } = await currentFiles(await openLake(target, { create: false }));
  expect(problems).toEqual([]);
  const engine = await openEngine(datasets, {});
  onTestFinished(() => engine.close());
  return async (sql) => {
    const rows: unknown[][] = [];
    for await (const batch of (await engine.query(sql)).batches) rows.push(...batch.map((row) => [...row]));
    return rows;
  };
}

async function askSource(sql: string): Promise<unknown[][]> {
  return (await (await database.client()).query({ text: sql, rowMode: 'array' })).rows as unknown[][];
}

const byColumn = (a: { column: string }, b: { column: string }) => (a.column < b.column ? -1 : 1);
const counts = NAMES.map((column, c) => ({ column, reason: 'not UTF-8', count: badRows(c).length })).sort(byColumn);

it('the condition in SQL says of any bytes what Node says', async () => {
  const random = randomOf('utf-8 by regular expression');
  const edges = [
    0x01, 0x0a, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
  ];
  const samples = edges.flatMap((a) => [Buffer.from([a]), ...edges.map((b) => Buffer.from([a, b]))]);
  for (let i = 0; i < 20_000; i++)
    samples.push(
      Buffer.from(
        Array.from({ length: 3 + Math.floor(random() * 6) }, () => edges[Math.floor(random() * edges.length)]!),
      ),
    );
  samples.push(Buffer.from(''), Buffer.from('ж🧛'.repeat(10_000)), Buffer.from(`${'é'.repeat(50_000)}\xe9`, 'latin1'));
  const client = await database.client();
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT ${isUtf8Sql("convert_from(b, 'SQL_ASCII')")} AS found FROM unnest($1::bytea[]) WITH ORDINALITY AS s(b, n) ORDER BY n`,
    [samples],
  );
  expect(rows.map(({ found }) => found)).toEqual(samples.map((sample) => isUtf8(sample)));
  expect(rows.filter(({ found }) => found).length).toBeGreaterThan(100);
});

describe('by default', () => {
  it('what is UTF-8 arrives, and other bytes stop their table, naming column, row and key', async () => {
    const { report, target } = await copyInto({ tables: ['latin1', 'utf8'] });
    const ask = await readerOf(target);
    expect([report.exitCode, outcomes(report)]).toEqual([5, { latin1: 'E_AWKWARD_VALUE', utf8: 'copied' }]);
    expect(tableOf(report, 'latin1').error!.facts).toEqual({
      table: 'public.latin1',
      column: 't',
      reason: 'not UTF-8',
      row: 1,
      ctid: '(0,2)',
      key: '7',
    });
    expect(await ask('SELECT t FROM utf8')).toEqual([['ж🧛']]);
  });

  it('a null within a value is not taken for bytes that are no text', async () => {
    const client = await database.client();
    await client.query(
      `CREATE TABLE inside AS SELECT 1 AS id, hstore('k', NULL) AS mapped, ARRAY['a', NULL] AS listed`,
    );
    try {
      const { target } = await copyInto({ tables: ['inside'], verify: true });
      await client.query(`UPDATE inside SET mapped = hstore('k', ${BAD}), listed = ARRAY['a', ${BAD}]`);
      const { datasets } = await verifyDatasets({ lake: target.slice(0, -1), url: database.url, env: {} });
      expect(datasets[0]!.columns.map(({ column }) => column)).toEqual(['mapped', 'listed']);
    } finally {
      await client.query('DROP TABLE inside');
    }
  });
});

describe("under awkward: 'null'", () => {
  it('arrays as JSON are text like any other, to a verification too', async () => {
    const client = await database.client();
    await client.query(
      `CREATE TABLE jsons AS SELECT 1 AS id, ARRAY[['a'], [${GOOD}]] AS l UNION ALL SELECT 2, ARRAY[${BAD}]`,
    );
    try {
      const run = {
        tables: ['jsons'],
        awkward: 'null',
        verify: true,
        columnOptions: { 'jsons.l': { dims: 'json' } },
      } as const;
      const { report, target } = await copyInto(run);
      expect(tableOf(report, 'jsons')).toMatchObject({
        status: 'copied',
        awkward: [{ reason: 'not UTF-8', count: 1 }],
      });
      const { datasets } = await verifyDatasets({ lake: target.slice(0, -1), url: database.url, env: {} });
      expect(datasets).toMatchObject([{ status: 'same', sourceRows: 2 }]);
    } finally {
      await client.query('DROP TABLE jsons');
    }
  });

  it('an invalid text is null, alone or within a value, and counted; the rest is exact', async () => {
    const { report, target } = await copyInto({ awkward: 'null', verify: true });
    const ask = await readerOf(target);
    expect(outcomes(report)).toEqual({ kinds: 'copied' });
    expect([...tableOf(report, 'kinds').awkward].sort(byColumn)).toEqual(counts);
    const good = (
      await ask(
        `SELECT ${NAMES.map((name) => `${name}::VARCHAR`).join(', ')} FROM kinds WHERE id = ${NAMES.length + 1}`,
      )
    )[0]!;
    expect(good[NAMES.indexOf('list')]).toBe('[a, é, NULL]');
    for (const [c, name] of NAMES.entries()) {
      const found = await ask(`SELECT ${name}::VARCHAR, count(*)::INT FROM kinds GROUP BY 1 ORDER BY 2`);
      const expected = new Map<unknown, number>();
      const bad = new Set(badRows(c));
      for (let id = 1; id <= ROWS; id++) {
        const value = bad.has(id) ? KINDS[name]!.nulled : id % 7 === 0 ? null : good[c];
        expected.set(value, (expected.get(value) ?? 0) + 1);
      }
      expect(new Map(found as [unknown, number][]), name).toEqual(expected);
    }
  });

  it('verify finds nothing to say of the copy, and of a changed text in the source it does', async () => {
    const { target } = await copyInto({ awkward: 'null' });
    const lake = target.slice(0, -1);
    const same = await verifyDatasets({ lake, url: database.url, env: {} });
    expect(same.datasets).toMatchObject([{ dataset: 'kinds', status: 'same' }]);
    const client = await database.client();
    await client.query(`UPDATE kinds SET plain = ${BAD}, mapped = hstore(${GOOD}, ${GOOD}) WHERE id = 1`);
    try {
      const { datasets } = await verifyDatasets({ lake, url: database.url, env: {} });
      expect(datasets[0]!.columns.map(({ column }) => column)).toEqual(['plain', 'mapped']);
    } finally {
      await client.query(`UPDATE kinds SET plain = ${GOOD}, mapped = ${KINDS['mapped']!.value(GOOD)} WHERE id = 1`);
    }
  });

  it('counts the same read by key', async () => {
    const { report } = await copyInto({ awkward: 'null', chunkBy: 'key' });
    expect([...tableOf(report, 'kinds').awkward].sort(byColumn)).toEqual(counts);
  });

  it('a condition and a query, with and without bytes beyond ASCII', async () => {
    const where = `plain = 'é' OR encode(convert_to(plain, 'SQL_ASCII'), 'hex') = 'e9'`;
    const { report } = await copyInto({ awkward: 'null', where, columns: ['id', 'plain'] });
    const [[expected]] = (await askSource(`SELECT count(*)::int FROM kinds WHERE ${where}`)) as [[number]];
    expect(tableOf(report, 'kinds')).toMatchObject({
      rows: expected,
      awkward: [{ column: 'plain', count: badRows(0).length }],
    });
    const asked = await copy({
      url: database.url,
      target: `${await temporaryFolder('sql-ascii')}/`,
      query: { sql: `SELECT 'ö' AS "ö", plain, list FROM kinds WHERE id % 3 = 0`, name: 'asked' },
      awkward: 'null',
    });
    expect(tableOf(asked, 'asked')).toMatchObject({ status: 'copied', error: null });
    expect(tableOf(asked, 'asked').awkward.map(({ column }) => column)).toContain('plain');
  });
});

describe("under awkward: 'quarantine'", () => {
  it('the row goes aside with every column in UTF-8, and each byte of the others can be had back', async () => {
    const { report, target } = await copyInto({ awkward: 'quarantine', verify: true });
    const ask = await readerOf(target);
    expect(outcomes(report)).toEqual({ kinds: 'copied' });
    const bad = NAMES.flatMap((_, c) => badRows(c));
    expect(tableOf(report, 'kinds')).toMatchObject({ rows: ROWS - bad.length, quarantine: { rows: bad.length } });
    expect([...tableOf(report, 'kinds').quarantine!.values].sort(byColumn)).toEqual(counts);
    const printed = (name: string) => (name === 'padded' ? `format('%s', ${name})` : `${name}::text`);
    const client = await database.client();
    for (const [c, name] of NAMES.entries()) {
      const [[id, columns, reasons, text]] = (await ask(
        `SELECT id, array_to_string("_dracula_columns", ','), array_to_string("_dracula_reasons", ','), ${name} FROM kinds__quarantine WHERE ${isBad(c, 'id::int')} LIMIT 1`,
      )) as [[string, string, string, string]];
      expect([columns, reasons]).toEqual([name, 'not UTF-8']);
      const { rows } = await client.query<{ same: boolean }>(
        `SELECT decode($1, 'escape') = convert_to(${printed(name)}, 'SQL_ASCII') AS same FROM kinds WHERE id = $2`,
        [text, Number(id)],
      );
      expect(rows, name).toEqual([{ same: true }]);
      const other = NAMES[(c + 1) % NAMES.length]!;
      const where = `id = ${id}`;
      expect(await ask(`SELECT ${other} FROM kinds__quarantine WHERE ${where}`)).toEqual(
        await askSource(`SELECT ${printed(other)} FROM kinds WHERE ${where}`),
      );
    }
  });

  it('says of each text whether it is escaped, though the row went for another reason', async () => {
    const { target } = await copyInto({ awkward: 'quarantine', tables: ['both_reasons'] });
    const ask = await readerOf(target);
    const about = `array_to_string("_dracula_columns", ','), array_to_string("_dracula_reasons", ',')`;
    expect(await ask(`SELECT id, ${about}, t, l FROM both_reasons__quarantine ORDER BY id`)).toEqual([
      ['2', 'd,t', 'infinity,not UTF-8', String.raw`\351\\`, '{b}'],
      ['3', 'l,l', 'array dimensions,not UTF-8', String.raw`caf\351`, String.raw`{{x},{\351}}`],
    ]);
    expect(await ask('SELECT id, t FROM both_reasons ORDER BY id')).toEqual([
      [1, 'plain'],
      [4, 'é'],
    ]);
  });
});

describe("verify of what was copied under awkward: 'quarantine'", () => {
  it('finds dataset and quarantine the same, and another byte in a text that was set aside', async () => {
    const { target } = await copyInto({ awkward: 'quarantine', tables: ['kinds', 'both_reasons'] });
    const lake = target.slice(0, -1);
    const verify = async () => (await verifyDatasets({ lake, url: database.url, env: {} })).datasets;
    expect((await verify()).map(({ dataset, status, error }) => [dataset, status, error])).toEqual([
      ['both_reasons', 'same', null],
      ['both_reasons__quarantine', 'same', null],
      ['kinds', 'same', null],
      ['kinds__quarantine', 'same', null],
    ]);
    // Another byte, in a row that takes the place of the one set aside.
    const client = await database.client();
    const replaced = async (t: string) => {
      await client.query('DELETE FROM both_reasons WHERE id = 2');
      await client.query('VACUUM both_reasons');
      await client.query(`INSERT INTO both_reasons VALUES (2, 'infinity', ${t} || E'\\\\', '{b}')`);
    };
    await replaced(String.raw`convert_from('\xe8', 'SQL_ASCII')`);
    onTestFinished(() => replaced(BAD));
    const [dataset, quarantine, ...others] = await verify();
    expect(dataset).toMatchObject({ status: 'different', columns: [], asideDiffers: true });
    expect(quarantine).toMatchObject({ status: 'different', columns: [{ column: 't' }], sourceRows: 2, lakeRows: 2 });
    expect(others.map(({ status }) => status)).toEqual(['same', 'same']);
  });
});

describe('names that are not UTF-8', () => {
  it('of tables and columns are refused, and the others are copied', async () => {
    const { report } = await copyInto({ tables: ['tab*', 'named', 'utf8'] });
    const failed = report.tables.filter(({ status }) => status === 'failed');
    expect(report.exitCode).toBe(5);
    expect(failed.map(({ error }) => [error!.code, error!.facts])).toEqual([
      ['E_ENCODING', { table: 'public.named', column: 'col\ufffd' }],
      ['E_ENCODING', { table: 'public."tab\ufffd"' }],
      ['E_ENCODING', { table: 'public."tab\ufffd"' }],
    ]);
    expect(outcomes(report)).toMatchObject({ utf8: 'copied' });
    const { report: without } = await copyInto({
      tables: ['tab*', 'named', 'utf8'],
      exclude: ['tab?'],
      columns: ['id'],
    });
    expect(outcomes(without)).toEqual({ named: 'copied', utf8: 'copied' });
  });

  it('of partitions and attributes are read another way, and those that are only told are told with a notice', async () => {
    const { report, target } = await copyInto({ tables: ['split', 'attributes', 'told'], awkward: 'null' });
    const ask = await readerOf(target);
    expect(outcomes(report)).toEqual({ attributes: 'copied', split: 'copied', told: 'copied' });
    expect(await ask('SELECT s.id, a.o FROM split s, attributes a')).toEqual([[1, '(é,1)']]);
    const { tables } = await planTables({ url: database.url, target, tables: ['told', 'split', 'utf8'], env: {} });
    const notices = Object.fromEntries(tables.map(({ dataset, notices: all }) => [dataset, all.join(' ')]));
    expect(notices['told']).toContain('labels or names of types in this SQL_ASCII database are not UTF-8');
    expect(notices['split']).toContain('is not UTF-8');
    expect(notices['utf8']).toBe('');
  });
});

it('values that are not UTF-8 are no bounds of key ranges: as they come they may be out of order', async () => {
  const client = await database.client();
  await client.query(`CREATE TABLE keyed (k text PRIMARY KEY);
    INSERT INTO keyed SELECT CASE i % 2 WHEN 0 THEN lpad(i::text, 5, '0') ELSE ${BAD} || lpad(i::text, 5, '0') END FROM generate_series(1, 400) i; ANALYZE keyed`);
  await client.query('BEGIN');
  const facts = await readKeyFacts(
    client,
    DEFAULT_MAJOR * 10_000,
    await introspectTables(client, { tables: ['keyed'] }),
  );
  await client.query('ROLLBACK');
  const { values } = [...facts.values()][0]!;
  expect(values.length).toBeGreaterThan(20);
  expect(values.filter((value) => !/^\d{5}$/.test(value))).toEqual([]);
});

it('an error of the server is told as in any database', async () => {
  const { report } = await copyInto({ tables: ['dividing', 'utf8'], awkward: 'null' });
  expect(outcomes(report)).toEqual({ dividing: 'E_QUERY', utf8: 'copied' });
  expect(tableOf(report, 'dividing').error!.facts.sqlstate).toBe('22012');
  const misspelt = copyInto({ where: `"caf" = 'é' AND plane = 'é'` });
  expect(tableOf((await misspelt).report, 'kinds').error).toMatchObject({
    code: 'E_SQL',
    facts: { sqlstate: '42703' },
  });
});

// 18 reports the path when a session begins, and then nobody can connect as UTF-8.
it("a search_path that is not UTF-8 stops only what runs SQL of the user's", async () => {
  const older = await createDatabase(
    await testServer(Math.min(14, DEFAULT_MAJOR)),
    "CREATE TABLE utf8 AS SELECT 1 AS id, 'ж🧛'::text AS t",
    SQL_ASCII,
  );
  onTestFinished(() => older.drop());
  await (await older.client()).query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE ${older.name} SET search_path = %I, public', 'caf' || ${BAD}); END $$`,
  );
  const outcomesOf = async (options: Partial<CopyOptions>) =>
    outcomes(await copy({ url: older.url, target: `${await temporaryFolder('path')}/`, ...options }));
  expect(await outcomesOf({ tables: ['utf8'] })).toEqual({ utf8: 'copied' });
  expect(await outcomesOf({ tables: ['utf8'], where: 'true' })).toEqual({ utf8: 'E_ENCODING' });
});
