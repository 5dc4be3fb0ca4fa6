/**
 * Tables that cannot be read, should not be read, or are odd: each gets a clear error or exact rows, and the others finish.
 * The copies run as a role without privileges of its own.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetMetadata } from 'hyparquet';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CopyReport } from '../../src/core/run-event.ts';
import { type CopyOptions, DraculaError } from '../../src/index.ts';
import { runCli } from '../support/cli-process.ts';
import { copy, fingerprintOfDataset, fingerprintOfTable, outcomes, tableOf } from '../support/copied.ts';
import { describeWithDuckdb, queryDuckdb } from '../support/duckdb-reader.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder, temporaryFolderOfSuite } from '../support/temporary-folder.ts';

const server = await testServer();
const script = fileURLToPath(new URL('../support/cli-from-source.ts', import.meta.url));
const READER = 'bad_input_reader';

const rows = (name: string, count = 500) =>
  `INSERT INTO ${name} SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, ${count}) AS i;`;
const table = (name: string) => `CREATE TABLE ${name} (id int PRIMARY KEY, n int, note text); ${rows(name)}`;
const partitioned = (name: string) =>
  `CREATE TABLE ${name} (id int, n int, note text) PARTITION BY RANGE (id);
   CREATE TABLE ${name}_low PARTITION OF ${name} FOR VALUES FROM (0) TO (250);
   CREATE TABLE ${name}_high PARTITION OF ${name} FOR VALUES FROM (250) TO (1000);
   ${rows(name)}`;

const RIGHTS = `
  ${table('orders')} ${table('secret')} ${table('guarded')} ${table('guarded_later')} ${table('revoked_later')}
  ${partitioned('root_only')} ${partitioned('root_guarded')}
  GRANT SELECT ON orders, guarded, guarded_later, revoked_later, root_only, root_guarded, root_guarded_low, root_guarded_high TO ${READER};
  ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
  CREATE POLICY few ON guarded FOR SELECT USING (id < 10);
  ALTER TABLE root_guarded ENABLE ROW LEVEL SECURITY;
  CREATE POLICY few ON root_guarded FOR SELECT USING (id < 10);
  ANALYZE;`;

let database: TestDatabase;
let client: pg.Client;
let url: string;
beforeAll(async () => {
  runSqlNow(server.url, [`CREATE ROLE ${READER} LOGIN`]);
  database = await createDatabase(server, RIGHTS);
  client = await database.client();
  url = asReader(database.url);
});
afterAll(() => database.drop());

function asReader(of: string): string {
  const to = new URL(of);
  to.username = READER;
  return to.href;
}

describe('rights', () => {
  let report: CopyReport;
  const folder = temporaryFolderOfSuite('bad-input');
  let lake: string;
  beforeAll(async () => {
    lake = join(folder(), 'lake');
    report = await copy({
      url,
      target: lake,
      onEvent({ type }) {
        if (type !== 'planned') return;
        runSqlNow(database.url, [
          'ALTER TABLE guarded_later ENABLE ROW LEVEL SECURITY',
          `REVOKE SELECT ON revoked_later FROM ${READER}`,
        ]);
      },
    });
  });

  test('each table that cannot be read has its reason, the others finish, and the exit code is 3', () => {
    expect(outcomes(report)).toEqual({
      orders: 'copied',
      root_only: 'copied',
      secret: 'E_PERMISSION',
      guarded: 'E_ROW_SECURITY',
      guarded_later: 'E_ROW_SECURITY',
      revoked_later: 'E_PERMISSION',
      root_guarded: 'E_ROW_SECURITY',
    });
    expect(report.exitCode).toBe(3);
  });

  test.each(['secret', 'guarded', 'guarded_later', 'revoked_later', 'root_guarded'])(
    '%s: nothing is published, and the error names it',
    async (name) => {
      expect(await fingerprintOfDataset(lake, name)).toBeNull();
      expect(tableOf(report, name).error?.message).toContain(`public.${name}`);
    },
  );

  test.each(['orders', 'root_only'])('%s: the right on the table itself is enough', async (name) => {
    expect(await fingerprintOfDataset(lake, name)).toEqual(await fingerprintOfTable(client, name));
  });

  test('the first failure ends everything where that is asked for', async () => {
    const target = await temporaryFolder();
    const stopped = await copy({ url, target, tables: ['secret', 'orders'], failFast: true });
    expect(outcomes(stopped)).toEqual({ secret: 'E_PERMISSION', orders: 'E_INTERRUPTED' });
    expect(tableOf(stopped, 'orders')).toMatchObject({ status: 'not-started' });
    expect(stopped).toMatchObject({ exitCode: 3, source: { bytesSent: 0 } });
  });
});

describe('queries', () => {
  async function failure(options: Partial<CopyOptions>): Promise<{ report: CopyReport; target: string }> {
    const target = await temporaryFolder();
    return { report: await copy({ url: database.url, target, ...options }), target };
  }

  test('a query that fails in one of its rows: nothing is published', async () => {
    const row = fewerIfHostile(10_000, 1_000);
    const sql = `SELECT i AS id, 1 / (${row} - i) AS n, repeat(i::text, 50) AS note FROM generate_series(1, ${2 * row}) AS i`;
    const { report, target } = await failure({ query: { sql, name: 'broken' } });
    expect(outcomes(report)).toEqual({ broken: 'E_QUERY' });
    expect(tableOf(report, 'broken')).toMatchObject({ rows: 0, error: { facts: { sqlstate: '22012' } } });
    expect(report.exitCode).toBe(3);
    expect(await fingerprintOfDataset(target, 'broken')).toBeNull();
  });

  test('what a query finds in the rows is no change of the source, and no value is shown', async () => {
    const { report } = await failure({ query: { sql: 'SELECT note::regclass::text AS id FROM orders', name: 'cast' } });
    expect(outcomes(report)).toEqual({ cast: 'E_QUERY' });
    expect(JSON.stringify(report)).not.toContain('note 1');
  });

  test('a statement that takes longer than it may', async () => {
    const sql = 'SELECT id, n, note || pg_sleep(0.05)::text AS note FROM orders';
    const { report } = await failure({ query: { sql, name: 'slow' }, statementTimeoutMs: 300 });
    expect(outcomes(report)).toEqual({ slow: 'E_STATEMENT_TIMEOUT' });
    expect(report.exitCode).toBe(3);
  });

  test('a condition that is none: the option, the table and what is wrong with it, before a row is read', async () => {
    for (const [where, why] of [
      ['id <', 'it ends before it is complete (42601)'],
      ['id = 1) OR (true', 'syntax error at or near ")" (42601, syntax_error)'],
      ['nope = 1', 'column "nope" does not exist (42703, undefined_column)'],
      ["id = 'é' AND", 'it ends before it is complete (42601)'],
    ]) {
      const { report } = await failure({ tables: ['orders'], where: where! });
      expect([report.exitCode, outcomes(report)]).toEqual([2, { orders: 'E_SQL' }]);
      expect(tableOf(report, 'orders').error!.message).toBe(
        `The condition (\`where\`) is refused for public.orders: ${why}. Nothing of it was read.`,
      );
    }
  });

  test('a query that is none, and one that writes', async () => {
    const target = await temporaryFolder();
    for (const [sql, why] of [
      ['SELEC 1', 'syntax error at or near "SELEC" (42601, syntax_error)'],
      ['DELETE FROM orders RETURNING id', 'syntax error at or near "FROM" (42601, syntax_error)'],
      ['SELECT 1 FROM', 'it ends before it is complete (42601)'],
      ['SELECT nope FROM orders', 'column "nope" does not exist (42703, undefined_column)'],
      ['SELECT 1 AS a) AS x, (SELECT 2 AS b', 'syntax error at or near ")" (42601, syntax_error)'],
    ])
      await expect(copy({ url: database.url, target, query: { sql: sql!, name: 'bad' } })).rejects.toMatchObject({
        code: 'E_SQL',
        exitCode: 2,
        message: `The query (\`query\`) is refused: ${why}. Nothing of it was read.`,
      });
    expect((await fingerprintOfTable(client, 'orders')).rows).toBe(500);
  });
});

describe('odd tables', () => {
  const WIDE_ROWS = fewerIfHostile(300, 30);
  const LARGE_BYTES = fewerIfHostile(200, 20) * 2 ** 20;
  const ODD = `
    CREATE TABLE empty (id bigint, n numeric(10,2), note text, at timestamptz, tags text[]);
    CREATE TABLE bare (); INSERT INTO bare SELECT FROM generate_series(1, 1234);
    CREATE TABLE wide (${Array.from({ length: 1600 }, (_, i) => `c${i + 1} int`).join(', ')});
    INSERT INTO wide SELECT ${Array.from({ length: 1600 }, (_, i) => `i + ${i}`).join(', ')} FROM generate_series(1, ${WIDE_ROWS}) AS i;
    CREATE SCHEMA billing;
    CREATE TABLE large (id int, n int, note text);
    INSERT INTO large VALUES (1, 1, 'before'), (2, 2, repeat('0123456789abcdef', ${LARGE_BYTES / 16})), (3, 3, 'behind');
    ANALYZE;`;
  let odd: TestDatabase;
  beforeAll(async () => {
    odd = await createDatabase(server, ODD);
  });
  afterAll(() => odd.drop());

  async function copyToFile(name: string): Promise<{ file: string; report: CopyReport }> {
    const file = join(await temporaryFolder(), `${name}.parquet`);
    return { file, report: await copy({ url: odd.url, target: file, tables: [name] }) };
  }

  test('an empty table: a file without rows, with the right types', async () => {
    const { file, report } = await copyToFile('empty');
    expect(tableOf(report, 'empty')).toMatchObject({ status: 'copied', rows: 0 });
    expect(await describeWithDuckdb(file)).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'n', type: 'DECIMAL(10,2)' },
      { name: 'note', type: 'VARCHAR' },
      { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'tags', type: 'VARCHAR[]' },
    ]);
  });

  test('an empty table in a lake: a version with one file', async () => {
    const lake = await temporaryFolder();
    const report = await copy({ url: odd.url, target: lake, tables: ['empty'] });
    expect(tableOf(report, 'empty')).toMatchObject({ status: 'copied', rows: 0, parts: 1, version: 1 });
    expect(await fingerprintOfDataset(lake, 'empty', 'id')).toEqual({ rows: 0, checksum: '' });
  });

  test('a table without columns: its rows are counted', async () => {
    const { file, report } = await copyToFile('bare');
    expect(tableOf(report, 'bare')).toMatchObject({ status: 'copied', rows: 1234 });
    // DuckDB wants at least one column.
    expect(parquetMetadata((await readFile(file)).buffer as ArrayBuffer).num_rows).toBe(1234n);
  });

  test('a lake with a table without columns: the error of a query is its own, no damage of that table', async () => {
    const lake = await temporaryFolder();
    await copy({ url: odd.url, target: `${lake}/`, tables: ['bare', 'empty'] });
    const failing = await runCli(['query', "select error('x') from range(3)", '--lake', lake]);
    expect(failing).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error\[E_ENGINE\]: Invalid Input Error/),
    });
  });

  test('1,600 columns', async () => {
    const { file, report } = await copyToFile('wide');
    expect(tableOf(report, 'wide')).toMatchObject({ status: 'copied', rows: WIDE_ROWS });
    const sums = 'sum(c1) AS a, sum(c800) AS b, sum(c1600) AS c';
    const [inFile] = await queryDuckdb(`SELECT ${sums} FROM '${file}'`);
    const { rows: inTable } = await (await odd.client()).query(`SELECT ${sums} FROM wide`);
    expect(inFile).toEqual(inTable[0]);
    expect(await describeWithDuckdb(file)).toHaveLength(1600);
  });

  test('a large value: exact, in twice its memory and less than 32 MB', async () => {
    const folder = await temporaryFolder();
    const run = async (name: string) => {
      const file = join(folder, `${name}.parquet`);
      const args = ['copy', name, file, '--connections', '1', '--json'];
      const { code, stdout, stderr } = await runCli(args, { script, env: { DATABASE_URL: odd.url } });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return { file, peak: (JSON.parse(stdout) as CopyReport).peakRssBytes };
    };
    const without = await run('empty');
    const { file, peak } = await run('large');
    const sql = `SELECT id::text AS id, length(note)::text AS length, md5(note) AS md5 FROM`;
    const { rows: inTable } = await (await odd.client()).query(`${sql} large ORDER BY id`);
    expect(await queryDuckdb(`${sql} '${file}' ORDER BY id`)).toEqual(inTable);
    expect(peak - without.peak).toBeLessThan(2 * LARGE_BYTES + 32 * 2 ** 20);
  });

  test('two names that would be one dataset: refused before anything is read or written', async () => {
    await (await odd.client()).query('CREATE TABLE billing.orders (id int); CREATE TABLE billing__orders (id int)');
    const target = join(await temporaryFolder(), 'lake');
    const collision = await copy({ url: odd.url, target }).catch((error: unknown) => error);
    expect(collision).toBeInstanceOf(DraculaError);
    expect(collision).toMatchObject({ code: 'E_NAME_COLLISION', exitCode: 2 });
    expect((collision as DraculaError).message).toContain('billing.orders and public.billing__orders');
  });

  test('a name that differs in case only from a dataset of the lake: refused, and the lake is as it was', async () => {
    await (await odd.client()).query('CREATE TABLE "Tally" AS SELECT 1 AS n; CREATE TABLE tally AS SELECT 2 AS n');
    const target = join(await temporaryFolder(), 'lake');
    await copy({ url: odd.url, target, tables: ['"Tally"'] });
    const again = copy({ url: odd.url, target, tables: ['tally'] });
    await expect(again).rejects.toMatchObject({
      code: 'E_NAME_COLLISION',
      message: expect.stringContaining('the lake has "Tally" already (folder %54ally)'),
    });
    expect((await readdir(target)).sort()).toEqual(['%54ally', 'dracula-lake.json']);
    expect((await copy({ url: odd.url, target, tables: ['"Tally"'] })).exitCode).toBe(0);
  });
});
