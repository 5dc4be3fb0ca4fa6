/**
 * Money means what the session's lc_monetary says: the same number in the table has 0, 2 or 3 fraction digits. It arrives as that
 * session's `::numeric`, whether the server, the database or the role sets the locale.
 */
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { planTables } from '../../src/index.ts';
import { copy, outcomes } from '../support/copied.ts';
import { readWithDuckdb } from '../support/duckdb-reader.ts';
import { createDatabase, startTestServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { filesOf } from '../support/values/value-database.ts';

const compiled = process.env['DRACULA_TEST_LOCALES'];
if (compiled === undefined) throw new Error('Run this lane by npm run test:locales, which compiles the locales');

/** The server's user may not be allowed into our folders. */
const locales = await mkdtemp(join(tmpdir(), 'dracula-locales-'));
await cp(compiled, locales, { recursive: true });
await chmod(locales, 0o755);
afterAll(() => rm(locales, { recursive: true, force: true }));

const server = await startTestServer(undefined, {
  environment: { LOCPATH: locales },
  settings: { lc_monetary: 'ar_BH.UTF-8' },
});

/** The stored numbers, in units of the last digit. */
const UNITS = '0,1,-1,9,-1000,123456789012345678,9223372036854775807,-9223372036854775808';

const FIXTURE = `CREATE TYPE price AS (amount money, note text);
  CREATE TABLE prices (id int, v money, l money[], p price);
  INSERT INTO prices SELECT i, m, ARRAY[NULL, m], ROW(m, 'ж')::price
    FROM unnest('{${UNITS}}'::numeric[]) WITH ORDINALITY AS u(n, i), LATERAL (SELECT (n * 0.001)::money AS m) AS made;
  INSERT INTO prices VALUES (100, NULL, NULL, NULL);
  CREATE ROLE merchant LOGIN; ALTER ROLE merchant SET lc_monetary = 'de_DE.UTF-8'; GRANT SELECT ON prices TO merchant;`;

it.each([
  { who: 'the server', locale: 'ar_BH.UTF-8', digits: 3, sql: '', role: 'postgres' },
  { who: 'the database', locale: 'ja_JP.UTF-8', digits: 0, sql: "SET lc_monetary = 'ja_JP.UTF-8'", role: 'postgres' },
  { who: 'the role', locale: 'de_DE.UTF-8', digits: 2, sql: '', role: 'merchant' },
])('$who sets $locale: $digits digits', async ({ locale, digits, sql, role }) => {
  const database = await createDatabase(
    server,
    role === 'merchant' ? FIXTURE : FIXTURE.slice(0, FIXTURE.indexOf('  CREATE ROLE')),
  );
  if (sql !== '') await (await database.client()).query(`ALTER DATABASE ${database.name} ${sql}`);
  const url = new URL(database.url);
  url.username = role;
  const target = `${await temporaryFolder('money')}/`;
  const report = await copy({ url: url.href, target, verify: true });
  expect(outcomes(report)).toEqual({ prices: 'copied' });

  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows: shown } = await client.query('SHOW lc_monetary');
  const { rows: source } = await client.query(
    `SELECT id::text, v::numeric::text AS v, l[2]::numeric::text AS l, (p).amount::numeric::text AS p FROM prices ORDER BY prices.id`,
  );
  await client.end();
  expect(shown).toEqual([{ lc_monetary: locale }]);
  const lake = (await readWithDuckdb(await filesOf(target, 'prices'), 'id')).map(({ id, v, l, p }) => ({
    id,
    v,
    l,
    p,
  }));
  expect(lake.map(({ id, v }) => [id, v])).toEqual(source.map(({ id, v }) => [id, v]));
  const last = (value: string | null | undefined) =>
    /-?[\d.]+(?=[^\d.]*$)/.exec((value ?? '').replace(/, 'note'.*$/, ''))?.[0] ?? null;
  expect(lake.map(({ l, p }) => [last(l), last(p)])).toEqual(source.map(({ l, p }) => [l, p]));
  expect(lake[1]!.v).toBe((10 ** -digits).toFixed(digits));
  const { tables } = await planTables({ url: url.href, target, env: {} });
  expect(tables[0]!.schema.columns[1]!.type).toEqual({ kind: 'decimal', precision: 19, scale: digits });
  await database.drop();
});
