import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DraculaError, ErrorCode } from '../../src/errors.ts';
import { connectControl } from '../../src/postgres/connect.ts';
import { resolveConnection } from '../../src/postgres/connection-config.ts';
import { isSourceChange, queryError } from '../../src/postgres/sqlstate.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';

const CELL = 'zq9xkw7cell';

const SQL = `
  CREATE TABLE secrets (id int, v text); INSERT INTO secrets VALUES (1, '${CELL}');
  CREATE TABLE policed (id int); ALTER TABLE policed ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON policed USING (id = 1);
  CREATE MATERIALIZED VIEW stale AS SELECT 1 AS x WITH NO DATA;
  CREATE FUNCTION complain(text) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'bad value %', $1 USING ERRCODE = '57P01', DETAIL = $1; END $$;
  DO $$ BEGIN CREATE ROLE limited; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
  GRANT SELECT ON policed TO limited;
`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer(), SQL);
});
afterAll(() => database.drop());

async function connect(): Promise<pg.Client> {
  return connectControl(await resolveConnection({ url: database.url, env: {} }));
}

/** Runs statements one by one on a connection of their own; the error of the last one. */
async function errorOf(...statements: string[]): Promise<{ thrown: unknown; mapped: DraculaError }> {
  const client = await connect();
  try {
    for (const [i, sql] of statements.entries()) {
      const thrown = await client.query(sql).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (i === statements.length - 1 && thrown !== undefined)
        return { thrown, mapped: queryError(thrown, { table: 'public.t' }) };
      if (thrown !== undefined) throw thrown;
    }
    throw new Error('no statement failed');
  } finally {
    await client.end();
  }
}

describe('what the server says becomes', () => {
  it.each<[string, string[], ErrorCode, RegExp]>([
    [
      'a missing right',
      ['SET ROLE limited', 'SELECT * FROM secrets'],
      'E_PERMISSION',
      /permission denied for table secrets/,
    ],
    [
      'row-level security',
      ['SET ROLE limited', 'SET row_security = off', 'SELECT * FROM policed'],
      'E_ROW_SECURITY',
      /policed/,
    ],
    [
      'a statement timeout',
      ['SET statement_timeout = 50', 'SELECT pg_sleep(10)'],
      'E_STATEMENT_TIMEOUT',
      /statement timeout/,
    ],
    ['a cancel', ['SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)'], 'E_QUERY_CANCELLED', /user request/],
    ['a missing table', ['SELECT * FROM nope'], 'E_QUERY', /relation "nope" does not exist \(42P01, undefined_table\)/],
    ['a missing column', ['SELECT nope FROM secrets'], 'E_QUERY', /column "nope" does not exist/],
    ['a mistake in SQL', ['SELEC 1'], 'E_QUERY', /syntax error at or near "SELEC"/],
    [
      'a character without an equivalent',
      ["SET client_encoding = 'LATIN1'", 'SELECT chr(8364)'],
      'E_ENCODING',
      /22P05, untranslatable_character/,
    ],
    ['a materialised view without data', ['SELECT * FROM stale'], 'E_QUERY', /"stale" has not been populated/],
    ['a write', ['BEGIN READ ONLY', 'CREATE TABLE x ()'], 'E_QUERY', /read-only transaction/],
    [
      'a broken transaction',
      ['SELECT pg_terminate_backend(pg_backend_pid())'],
      'E_CONNECTION_LOST',
      /administrator command/,
    ],
  ])('%s', async (_, statements, code, words) => {
    const { mapped } = await errorOf(...statements);
    expect(mapped).toMatchObject({ code, message: expect.stringMatching(words), facts: { table: 'public.t' } });
  });

  it('a lock that is held by somebody', async () => {
    const holder = await connect();
    try {
      await holder.query('BEGIN; LOCK TABLE secrets IN ACCESS EXCLUSIVE MODE');
      const { mapped } = await errorOf('SET lock_timeout = 50', 'SELECT * FROM secrets');
      expect(mapped).toMatchObject({ code: 'E_LOCK_TIMEOUT', message: expect.stringContaining('55P03') });
    } finally {
      await holder.end();
    }
  });

  it('a transaction that idled too long', async () => {
    const client = await connect();
    await client.query('SET idle_in_transaction_session_timeout = 50; BEGIN; SELECT 1');
    await new Promise((done) => client.once('end', done));
    const e = await client.query('SELECT 1').catch((cause: unknown) => queryError(cause));
    expect(e).toMatchObject({ code: 'E_CONNECTION_LOST' });
    await client.end();
  });
});

describe('a cell value is never shown', () => {
  it.each([
    ['a cast that fails', 'SELECT v::int FROM secrets'],
    ['a cast to regclass', 'SELECT v::regclass FROM secrets'],
    ['a cast to regtype', "SELECT ('int ' || v)::regtype FROM secrets"],
    ['a cast to tsquery', "SELECT (v || ' &')::tsquery FROM secrets"],
    ['a cast to json', "SELECT ('{' || v)::json FROM secrets"],
    ['a cast to regrole', 'SELECT v::regrole FROM secrets'],
    ['SQL made of cells', "SELECT query_to_xml(v, true, true, '') FROM secrets"],
    ['an exception under a code that is otherwise shown', 'SELECT complain(v) FROM secrets'],
  ])('by %s', async (_, sql) => {
    const { thrown, mapped } = await errorOf(sql);
    expect(JSON.stringify([(thrown as Error).message, thrown])).toContain(CELL);
    expect(JSON.stringify([mapped.message, mapped.facts, mapped.cause])).not.toContain(CELL);
    expect(mapped.message).toMatch(/SQLSTATE [0-9A-Z]{5}.*is not shown/);
  });
});

it.each([
  ['DROP TABLE moving', true],
  ['ALTER TABLE moving RENAME TO moved', true],
  ['ALTER TABLE moving DROP COLUMN a', true],
  ['REVOKE ALL ON moving FROM limited', false],
])('isSourceChange after %s: %s', async (change, expected) => {
  const owner = await connect();
  try {
    await owner.query(
      'DROP TABLE IF EXISTS moving, moved; CREATE TABLE moving (a int, b int); GRANT SELECT ON moving TO limited',
    );
    await owner.query(change);
    const { thrown } = await errorOf('SET ROLE limited', 'SELECT a FROM moving');
    expect(isSourceChange(thrown)).toBe(expected);
    expect(isSourceChange(queryError(thrown))).toBe(expected);
  } finally {
    await owner.end();
  }
});
