/**
 * Text of databases in other encodings arrives as UTF-8, character by character, wherever it stands in a value, in names and in
 * conditions; a character without an equivalent stops its table, whatever the policy. Postgres says what is right, and Node's own decoder.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CopyOptions, planTables, verifyDatasets } from '../../src/index.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectSameValues, valuesOfFiles, valuesOfSource } from '../support/values/compare-values.ts';
import { filesOf } from '../support/values/value-database.ts';

/** The rows of the table with a character that UTF-8 lacks, behind deleted ones; and that row. */
const ROWS = fewerIfHostile(9_000, 600);
const BAD_ID = ROWS - 100;

interface Sample {
  readonly encoding: 'LATIN1' | 'WIN1252' | 'EUC_JP';
  /** Of WHATWG's encodings. */
  readonly label: string;
  /** Words that the encoding has, the first of them a name. */
  readonly words: readonly string[];
  /** The bytes of every character of one byte, or of some of two, that has an equivalent. */
  readonly bytes: readonly (readonly number[])[];
  /** A character that it has and UTF-8 lacks, in hexadecimal. */
  readonly lacking: string | null;
  /** A character that it lacks. */
  readonly foreign: string;
}

const upperHalf = (...without: number[]) =>
  Array.from({ length: 128 }, (_, i) => [0x80 + i]).filter(([byte]) => !without.includes(byte!));

const SAMPLES: readonly Sample[] = [
  {
    encoding: 'LATIN1',
    label: 'latin1',
    words: ['größe', 'naïve', 'ÿ', 'x'],
    // WHATWG takes Windows-1252 for LATIN1: below 0xa0 they differ.
    bytes: upperHalf().filter(([byte]) => byte! >= 0xa0),
    lacking: null,
    foreign: '€',
  },
  {
    encoding: 'WIN1252',
    label: 'windows-1252',
    words: ['größe', '€ 5', 'Žižka', '“quoted”'],
    bytes: upperHalf(0x81, 0x8d, 0x8f, 0x90, 0x9d),
    lacking: '81',
    foreign: 'ж',
  },
  {
    encoding: 'EUC_JP',
    label: 'euc-jp',
    words: ['大きさ', '漢字 kanji', 'ﾃｽﾄ', 'ж'],
    bytes: Array.from({ length: 83 }, (_, i) => [0xa4, 0xa1 + i]).concat(
      Array.from({ length: 94 }, (_, i) => [0xb0, 0xa1 + i]),
    ),
    lacking: 'a9a1',
    foreign: '🧛',
  },
];

function fixture({ encoding, words, bytes, lacking }: Sample): string {
  const [name] = words;
  const w = `(ARRAY[${words.map((word) => `'${word}'`).join(', ')}])[1 + i % ${words.length}]`;
  const bad = lacking === null ? "'x'" : `convert_from('\\x${lacking}', '${encoding}')`;
  return `CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM (${words.map((word) => `'${word}'`).join(', ')}); CREATE TYPE pair AS (n int, "${name}" text);
    CREATE TYPE shaped AS (t text, form box);
    CREATE TABLE "${name}" (id int PRIMARY KEY, "${name} t" text, c char(9), m mood, j json, b jsonb, l text[], p pair, h hstore, s shaped, v tsvector);
    COMMENT ON TABLE "${name}" IS '${words[1]}';
    INSERT INTO "${name}" SELECT i, w, w, w::mood, to_json(w), jsonb_build_object(w, w), ARRAY[w, NULL], ROW(i, w)::pair, hstore(w, w), ROW(w, box '(1,2),(3,4)')::shaped, to_tsvector('simple', w)
      FROM generate_series(1, 40) i, LATERAL (SELECT ${w} AS w) AS x;
    CREATE TABLE characters AS SELECT i::int AS id, convert_from(b, '${encoding}') AS t
      FROM unnest('{${bytes.map((character) => `\\\\x${Buffer.from(character).toString('hex')}`).join(',')}}'::bytea[]) WITH ORDINALITY AS u(b, i);
    CREATE TABLE lacking (id int PRIMARY KEY, pad text, t text);
    INSERT INTO lacking SELECT i, repeat('${words[0]}', 20), CASE i WHEN ${BAD_ID} THEN ${bad} ELSE '${name}' END FROM generate_series(1, ${ROWS}) i;
    DELETE FROM lacking WHERE id % 3 = 0;`;
}

describe.each(SAMPLES)('a database in $encoding', (sample) => {
  const { encoding, words, label, bytes, lacking, foreign } = sample;
  const [name = ''] = words;
  let database: TestDatabase;
  beforeAll(async () => {
    const options = `ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`;
    database = await createDatabase(await testServer(), fixture(sample), options);
  });
  afterAll(() => database?.drop());

  async function copyInto(options: Partial<CopyOptions>) {
    const target = `${await temporaryFolder('encoding')}/`;
    return { target, report: await copy({ url: database.url, target, ...options }) };
  }

  it('arrives in UTF-8, alone and within values, with names and comments, and verify agrees', async () => {
    const tables = [`public."${name}"`, 'characters'];
    const { report, target } = await copyInto({ tables, verify: true });
    expect(report.tables.map(({ status, error }) => [status, error])).toEqual(Array(2).fill(['copied', null]));
    const plan = await planTables({ url: database.url, target, tables, env: {} });
    const client = await database.client();
    for (const { dataset, table, schema, comment } of plan.tables) {
      expect([table.name, comment]).toEqual(table.name === name ? [name, words[1]] : ['characters', undefined]);
      const source = await valuesOfSource(client, `"${table.name}"`, schema.columns);
      const got = await valuesOfFiles(await filesOf(target, dataset), schema.columns);
      expect(expectSameValues(dataset, schema.columns, source, got)).toBeGreaterThan(90);
    }
    const characters = plan.tables.find(({ dataset }) => dataset === 'characters')!;
    const texts = characters.schema.columns.filter(({ name: column }) => column === 't');
    const decoder = new TextDecoder(label, { fatal: true });
    const found = (await valuesOfFiles(await filesOf(target, 'characters'), texts)).map(([text]) => text);
    expect(found).toEqual(bytes.map((character) => decoder.decode(Uint8Array.from(character))));
    const { datasets } = await verifyDatasets({ lake: target.slice(0, -1), url: database.url, env: {} });
    expect(datasets.map(({ status }) => status)).toEqual(['same', 'same']);
  });

  it('is understood in a condition, and a character that it lacks there is an error before a row is read', async () => {
    const { report } = await copyInto({ tables: [`public."${name}"`], where: `"${name} t" = '${words[1]}'` });
    expect(report.tables[0]).toMatchObject({ status: 'copied', rows: 10, textColumns: ['h', 's'] });
    const { report: refused } = await copyInto({ tables: ['characters'], where: `t = '${foreign}'` });
    expect(tableOf(refused, 'characters').error).toMatchObject({ code: 'E_SQL', facts: { sqlstate: '22P05' } });
  });

  if (lacking === null) return;
  it.each(['fail', 'null', 'quarantine'] as const)(
    'a character that UTF-8 lacks, far into a table, stops it and names its row, under %s',
    async (awkward) => {
      const { report, target } = await copyInto({ tables: ['lacking', 'characters'], awkward });
      expect([report.exitCode, outcomes(report)]).toEqual([5, { characters: 'copied', lacking: 'E_ENCODING' }]);
      const { rows } = await (await database.client()).query(`SELECT ctid::text FROM lacking WHERE id = ${BAD_ID}`);
      const { ctid } = rows[0] as { ctid: string };
      const { facts, message } = tableOf(report, 'lacking').error!;
      expect(facts).toMatchObject({ table: 'public.lacking', sqlstate: '22P05', ctid, key: String(BAD_ID) });
      expect(message).toContain(`at ctid ${ctid} (id ${BAD_ID}). The server ended the read there, whatever the policy`);
      await expect(filesOf(target, 'lacking')).rejects.toThrow(/not published/);
    },
  );

  if (encoding !== 'EUC_JP') return;
  // Before 14 no range of ctids is read, and an ordinal under a condition says nothing.
  it.skipIf(DEFAULT_MAJOR < 14)('somebody who waits while the row is looked for gets through', async () => {
    const client = await database.client();
    await client.query(
      `CREATE TABLE slowly AS SELECT i AS id, CASE i WHEN 250 THEN convert_from('\\x${lacking}', '${encoding}') ELSE 'x' END AS t FROM generate_series(1, 250) i`,
    );
    const where = 'pg_sleep(0.02) IS NOT NULL';
    const copying = copyInto({ tables: ['slowly'], where, maxBlockMs: 200, chunkBy: 'ctid' });
    const looking = `SELECT FROM pg_stat_activity WHERE query LIKE '%OFFSET%' AND state = 'active' AND application_name LIKE 'dracula%'`;
    await expect.poll(async () => (await client.query(looking)).rowCount, { timeout: 30_000, interval: 50 }).toBe(1);
    const askedAt = performance.now();
    await client.query('ALTER TABLE slowly ADD COLUMN more int');
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    const { facts } = tableOf((await copying).report, 'slowly').error!;
    expect(facts).toEqual({ table: 'public.slowly', row: 249, sqlstate: '22P05' });
  });
});
