/** What the footer of a file says of its columns, as DuckDB reads it from the file. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copy } from '../support/copied.ts';
import { queryDuckdbJson } from '../support/duckdb-reader.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIXTURE = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  ALTER TYPE mood ADD VALUE 'between' BEFORE 'ok';
  CREATE DOMAIN feeling AS mood;
  CREATE DOMAIN short AS varchar(10);
  CREATE DOMAIN shorter AS short CHECK (length(value) < 5);
  CREATE DOMAIN codes AS shorter[]; CREATE DOMAIN own_codes AS codes;
  CREATE TYPE moods AS RANGE (subtype = mood);
  CREATE TYPE address AS (street varchar(40), gone int, "no." mood[]);
  ALTER TYPE address DROP ATTRIBUTE gone;
  COMMENT ON COLUMN address.street IS 'as on the door';
  CREATE TABLE shop (id int, felt feeling, homes address[], price numeric(15,2), outline box, codes shorter[], more own_codes, between moods);
  COMMENT ON COLUMN shop.price IS 'net';
  INSERT INTO shop VALUES (1, 'ok', '{"(a,{ok})"}', 1.5, '(1,2),(3,4)');`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer(), FIXTURE);
});
afterAll(() => database?.drop());

it('tells the Postgres type of columns and attributes, comments, and labels in their order', async () => {
  const target = join(await temporaryFolder('footer'), 'shop.parquet');
  const report = await copy({ url: database.url, target, tables: ['shop'] });
  expect(report.exitCode).toBe(0);
  const sql = `SELECT decode(value) FROM parquet_kv_metadata('${target}') WHERE decode(key) = 'dracula.columns'`;
  const [[json]] = (await queryDuckdbJson(sql)) as [[string]];
  const labels = ['sad', 'between', 'ok'];
  expect(JSON.parse(json)).toEqual({
    id: { pgType: 'integer', type: 'int32', readAs: 'binary' },
    felt: { pgType: 'public.feeling', type: 'text', readAs: 'binary', basePgType: 'public.mood', labels },
    homes: { pgType: 'public.address[]', type: 'list<struct<street text, no. list<text>>>', readAs: 'binary' },
    'homes.street': { pgType: 'character varying(40)', comment: 'as on the door' },
    'homes."no."': { pgType: 'public.mood[]', labels },
    price: { pgType: 'numeric(15,2)', type: 'decimal(15,2)', readAs: 'binary', comment: 'net' },
    outline: { pgType: 'box', type: 'text', readAs: 'text' },
    codes: { pgType: 'public.shorter[]', type: 'list<text>', readAs: 'binary', basePgType: 'character varying(10)' },
    more: { pgType: 'public.own_codes', type: 'list<text>', readAs: 'binary', basePgType: 'public.shorter[]' },
    between: expect.objectContaining({ pgType: 'public.moods', labels }),
  });
});
