import { mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CopyReport } from '../../src/core/run-event.ts';
import type { EmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { type RunningCli, runCli, startCli } from '../support/cli-process.ts';
import { readWithDuckdb } from '../support/duckdb-reader.ts';
import { createDatabase, runSql, startTestServer, type TestDatabase } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PASSWORD = 'Sesame/öffne@dich!';
const FORMS = [PASSWORD, encodeURIComponent(PASSWORD), 'Sesame', 'ffne'];

const SCHEMA = `
  CREATE TABLE orders (id bigint, total numeric(15,2), shape box);
  INSERT INTO orders SELECT i, i / 100.0, '(1,2),(3,4)' FROM generate_series(1, 1000) AS i;
  CREATE TABLE users (id bigint, name text);
  INSERT INTO users VALUES (1, 'Ada'), (2, NULL);
  CREATE TABLE due (id bigint, on_day date);
  INSERT INTO due VALUES (1, '2026-01-01'), (2, 'infinity');
  CREATE TABLE secret (id bigint);
  CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}';
  GRANT SELECT ON orders, users, due TO reader;`;

let server: EmbeddedPostgres;
let database: TestDatabase;
/** As the role `reader`. */
let url: string;

describe('dracula copy', () => {
  const starting = startTestServer(undefined, { password: PASSWORD });

  beforeAll(async () => {
    server = await starting;
    await runSql(server.url, 'SELECT 1');
    database = await createDatabase(server, SCHEMA);
    url = `postgresql://reader:${encodeURIComponent(PASSWORD)}@${server.host}:${server.port}/${database.name}?sslmode=disable`;
  });
  afterAll(() => database.drop());

  const source = () => ({ env: { DATABASE_URL: url } });
  const newLake = async () => join(await temporaryFolder(), 'lake/');

  it('prints the report on stdout and its way on stderr', async () => {
    const lake = await newLake();
    const { code, stdout, stderr } = await runCli(['copy', 'orders', 'users', lake], source());
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('orders: done, 1,000 rows in ') });
    expect(stdout).toMatch(/^dataset +rows +Postgres/);
    expect(stdout).toMatch(/^orders +1,000 /m);
    expect(stdout).toMatch(/^users +2 /m);
    expect(stdout).toMatch(/^copied {4}2 tables to /m);
    expect(stdout).toMatch(/^orders: read as text: shape$/m);
    expect(stderr).not.toContain('\x1b');
    const read = await runCli([
      'query',
      'select count(*) as n, sum(total) as s from orders',
      '--format',
      'csv',
      '--lake',
      lake,
    ]);
    expect(read.stdout).toBe('n,s\r\n1000,5005.00\r\n');
  });

  it('prints one JSON document with --json, and the way still on stderr', async () => {
    const { code, stdout, stderr } = await runCli(['copy', '--json', 'users', await newLake()], source());
    const report: CopyReport = JSON.parse(stdout);
    expect({ code, exitCode: report.exitCode, format: report.format, rows: report.rows }).toEqual({
      code: 0,
      exitCode: 0,
      format: 1,
      rows: 2,
    });
    expect(report.tables).toMatchObject([
      { dataset: 'users', table: 'public.users', status: 'copied', rows: 2, version: 1, error: null },
    ]);
    expect(report.source.connections).toBeGreaterThan(0);
    expect(stderr).toContain('users: done, 2 rows');
  });

  it('prints nothing with --quiet when all is well', async () => {
    const { code, stdout, stderr } = await runCli(['copy', '--quiet', 'users', await newLake()], source());
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('copies one table into one file, and replaces it with --force only', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'users.parquet');
    expect(await runCli(['copy', 'users', file], source())).toMatchObject({ code: 0 });
    expect(await readWithDuckdb(file, 'id')).toEqual([
      { id: '1', name: 'Ada' },
      { id: '2', name: null },
    ]);
    const again = await runCli(['copy', 'users', file], source());
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('error[E_TARGET_EXISTS]') });
    expect(
      await runCli(['copy', '--query', 'select 7 as n', '--name', 'seven', '--force', file], source()),
    ).toMatchObject({ code: 0 });
    expect(await readWithDuckdb(file)).toEqual([{ n: '7' }]);
    expect(await readdir(folder)).toEqual(['users.parquet']);
  });

  it('plans with --dry-run and writes nothing', async () => {
    const lake = await newLake();
    const { code, stdout } = await runCli(['copy', '--dry-run', 'orders', lake], source());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 table, about .* \(PostgreSQL /);
    expect(stdout).toMatch(/^ {2}total +numeric\(15,2\) +decimal\(15,2\) +DECIMAL\(15,2\) on INT64$/m);
    expect(stdout).toMatch(/^ {2}shape +box +text \(read as text\) +STRING$/m);
    const plan = JSON.parse((await runCli(['copy', '--dry-run', '--json', 'orders', lake], source())).stdout);
    expect(plan).toMatchObject({ format: 1, tables: [{ dataset: 'orders', textColumns: ['shape'] }], refused: [] });
    await expect(readdir(lake)).rejects.toThrow('ENOENT');
  });

  it('says with --dry-run what there is to know of the connection', async () => {
    const env = { DATABASE_URL: `${url}&pgbouncer=true` };
    const { code, stderr } = await runCli(['copy', '--dry-run', 'orders', './lake/'], { env });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('pgbouncer is ignored') });
  });

  it('copies the others when a table has no right or an awkward value, and exits with the lowest code', async () => {
    const { code, stdout, stderr } = await runCli(['copy', '--json', await newLake()], source());
    const report: CopyReport = JSON.parse(stdout);
    const ends = Object.fromEntries(report.tables.map((table) => [table.dataset, table.error?.code ?? table.status]));
    expect(ends).toEqual({ orders: 'copied', users: 'copied', due: 'E_AWKWARD_VALUE', secret: 'E_PERMISSION' });
    expect({ code, exitCode: report.exitCode }).toEqual({ code: 3, exitCode: 3 });
    expect(stderr).toContain('error[E_PERMISSION]');
    expect(stderr).toMatch(/error\[E_AWKWARD_VALUE\]: .*\n +at: table public.due, column on_day/);
    expect(stderr).not.toContain('infinity)');
  });

  it('prints the errors of tables with --quiet too', async () => {
    const { code, stdout, stderr } = await runCli(['copy', '--quiet', 'due', await newLake()], source());
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/^due: failed after .*\n {2}error\[E_AWKWARD_VALUE\]: /);
  });

  it('counts awkward values that became null', async () => {
    const { code, stdout } = await runCli(['copy', '--awkward', 'null', 'due', await newLake()], source());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^due: 1 value of on_day became null \(.*\)$/m);
  });

  it('warns of a password on the command line, and prints it nowhere', async () => {
    const { code, stdout, stderr } = await runCli(['copy', url, 'users', await newLake()]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: the password in the URL is visible to everybody who can list processes/);
    for (const form of FORMS) expect(stdout + stderr).not.toContain(form);
  });

  it.each([
    ['a wrong table', () => url, 2, 'E_TABLE_NOT_FOUND'],
    ['a wrong password', () => url.replace('reader:', 'reader:x'), 3, 'E_AUTH'],
    ['a wrong user', () => url.replace('reader', 'nobody'), 3, 'E_AUTH'],
    ['a wrong database', () => url.replace(database.name, 'nowhere'), 3, 'E_DATABASE_NOT_FOUND'],
    ['a server without TLS', () => url.replace('sslmode=disable', 'sslmode=verify-full'), 3, 'E_TLS_NOT_OFFERED'],
    ['an unencoded password', () => url.replace(encodeURIComponent(PASSWORD), PASSWORD), 2, 'E_USAGE'],
    ['an unknown parameter', () => `${url}&slmode=x`, 2, 'E_USAGE'],
  ])('answers %s with one error, without the password', async (_, wrong, code, name) => {
    for (const way of ['argument', 'environment']) {
      const args = ['copy', '--json', ...(way === 'argument' ? [wrong()] : []), 'no_such_table', await newLake()];
      const env = { DRACULA_DEBUG: '1', ...(way === 'argument' ? {} : { DATABASE_URL: wrong() }) };
      const result = await runCli(args, { env });
      expect(result.code).toBe(code);
      expect(JSON.parse(result.stdout)).toMatchObject({ format: 1, error: { code: name } });
      expect(result.stderr).toContain(`error[${name}]: `);
      for (const form of FORMS) expect(result.stdout + result.stderr).not.toContain(form);
    }
  });

  it('takes the password from PGPASSWORD and prints it nowhere', async () => {
    const env = {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: 'reader',
      PGDATABASE: database.name,
      PGSSLMODE: 'disable',
    };
    const right = await runCli(['copy', 'users', await newLake()], { env: { ...env, PGPASSWORD: PASSWORD } });
    expect(right).toMatchObject({ code: 0 });
    const wrong = await runCli(['copy', 'users', await newLake()], { env: { ...env, PGPASSWORD: `${PASSWORD}x` } });
    expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('error[E_AUTH]') });
    for (const form of FORMS) expect(right.stdout + right.stderr + wrong.stdout + wrong.stderr).not.toContain(form);
  });

  it('says that nobody listens', async () => {
    const port = await closedPort();
    const { code, stderr } = await runCli(['copy', `postgresql://me@127.0.0.1:${port}/shop`, './lake']);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^error\\[E_CONNECT\\]: .*\n  at: .*host 127.0.0.1:${port}`));
  });

  it('refuses a folder that holds files of others', async () => {
    const lake = await newLake();
    await mkdir(join(lake, 'mine'), { recursive: true });
    const { code, stderr } = await runCli(['copy', 'users', lake], source());
    expect(code).toBe(4);
    expect(stderr).toContain('error[E_TARGET_FOREIGN]');
  });

  /** Rows come in slices of 4 MB, some 40 rows, one every few dozen milliseconds. */
  const LONG = [
    '--query',
    "select i, repeat('x', 100000) as pad, pg_sleep(0.001)::text from generate_series(1, 100000) as i",
  ];
  /** No row comes before the process is done with it: the first slice never ends. */
  const SLOW = ['--query', 'select i, pg_sleep(0.01)::text from generate_series(1, 100000) as i'];

  async function interrupt(signal: NodeJS.Signals, query: readonly string[]) {
    const lake = await newLake();
    const cli = startCli(['copy', '--json', ...query, '--name', 'endless', lake], source());
    await cli.saidOnStderr('endless: started');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const sentAt = performance.now();
    cli.process.kill(signal);
    const result = await cli.ended;
    const client = await database.client();
    const { rows: sessions } = await client.query(`SELECT query FROM pg_stat_activity WHERE usename = 'reader'`);
    const status = JSON.parse((await runCli(['status', '--json', '--lake', lake])).stdout);
    return { ...result, seconds: (performance.now() - sentAt) / 1000, sessions, datasets: status.datasets };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('stops at %s: 130, nothing published, no session left', async (signal) => {
    const { code, stdout, stderr, seconds, sessions, datasets } = await interrupt(signal, LONG);
    expect(code).toBe(130);
    expect(seconds).toBeLessThan(10);
    expect(stderr).toContain(`${signal}: stopping; once more to exit at once`);
    expect(stderr.match(/E_INTERRUPTED/g)).toEqual(['E_INTERRUPTED']);
    expect(stderr).toContain('The run was interrupted before a table was committed. Nothing is published.');
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, error: { code: 'E_INTERRUPTED' } });
    expect({ datasets, sessions }).toEqual({ datasets: [], sessions: [] });
  });

  it('cancels a query that has not given a row yet', async () => {
    const { code, sessions } = await interrupt('SIGINT', SLOW);
    expect({ code, sessions }).toEqual({ code: 130, sessions: [] });
  });

  it('ends with 130 whenever the next signals come, while Node winds up too', async () => {
    const cli = startCli(['copy', '--json', ...SLOW, '--name', 'endless', await newLake()], source());
    await cli.saidOnStderr('endless: started');
    signalsFromFirstOutputOn(cli, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    cli.process.kill('SIGINT');
    const { code, signal, stdout } = await cli.ended;
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'E_INTERRUPTED' } });
  });

  it('ends with 0 when it has said that all is done, whatever signals come then', async () => {
    const cli = startCli(['copy', 'users', await newLake()], source());
    signalsFromFirstOutputOn(cli, 'SIGTERM');
    const { code, signal, stdout } = await cli.ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(stdout).toContain('copied');
  });

  function signalsFromFirstOutputOn(cli: RunningCli, name: NodeJS.Signals): void {
    cli.process.stdout!.once('data', () => {
      for (let ms = 0; ms < 40; ms++) setTimeout(() => cli.process.kill(name), ms);
    });
  }

  it('exits at once at the second signal', async () => {
    // A read that waits behind a lock, in a backend that stands still, is not ended by the first one.
    const locker = await database.client();
    await locker.query('BEGIN; LOCK TABLE users');
    const cli = startCli(['copy', '--json', 'users', await newLake()], source());
    const backend = await vi.waitFor(async () => {
      const { rows } = await locker.query<{ pid: number }>(
        "SELECT pid FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted",
      );
      return rows[0]!.pid;
    });
    process.kill(backend, 'SIGSTOP');
    try {
      cli.process.kill('SIGHUP');
      await cli.saidOnStderr('once more');
      await new Promise((resolve) => setTimeout(resolve, 400));
      const askedAt = performance.now();
      cli.process.kill('SIGINT');
      const { code, stdout } = await cli.ended;
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 130, error: { code: 'E_INTERRUPTED' } });
      expect(stdout).toContain('its second signal');
      expect(performance.now() - askedAt).toBeLessThan(1_500);
    } finally {
      process.kill(backend, 'SIGCONT');
    }
    await locker.query('ROLLBACK');
  });
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
