/**
 * The Postgres that the benchmarks read: the embedded one, or the one of BENCH_URL. `lineitem` is built once, from
 * bench/lineitem.sql with the number of rows asked for, and kept where it has that many.
 *
 * The floor is measured by psql over the same transport. Where psql is missing: `apt-get install postgresql-client`,
 * `brew install libpq`, or the client package of your system.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.ts';

export interface Source {
  readonly url: string;
  readonly version: string;
  readonly transport: 'unix socket' | 'tcp';
  readonly psql: string;
  readonly psqlEnv: Readonly<Record<string, string>>;
  /** For DuckDB's ATTACH. */
  readonly duckdbDsn: string;
  /** The block in the middle of lineitem. */
  readonly halfBlock: number;
  run(...statements: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openSource(rows: number): Promise<Source> {
  const psql = findPsql();
  const given = process.env['BENCH_URL'];
  const server =
    given === undefined
      ? await startEmbeddedPostgres({ settings: { shared_buffers: '256MB', max_wal_size: '4GB' } })
      : null;
  const url = given ?? server!.url;
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await buildLineitem(client, rows);
    const { rows: facts } = await client.query<{ half: string; version: string }>(
      "select pg_relation_size('lineitem') / current_setting('block_size')::int / 2 as half, current_setting('server_version') as version",
    );
    return {
      url,
      version: facts[0]!.version,
      transport: client.host.startsWith('/') ? 'unix socket' : 'tcp',
      psql,
      psqlEnv: {
        PGHOST: client.host,
        PGPORT: String(client.port),
        PGUSER: client.user ?? 'postgres',
        PGDATABASE: client.database ?? 'postgres',
        ...passwordOf(client),
      },
      duckdbDsn: `host=${client.host} port=${client.port} user=${client.user} dbname=${client.database}${client.password ? ` password=${client.password}` : ''}`,
      halfBlock: Number(facts[0]!.half),
      async run(...statements) {
        for (const statement of statements) await client.query(statement);
      },
      async close() {
        await client.end();
        await server?.stop();
      },
    };
  } catch (error) {
    await client.end();
    await server?.stop();
    throw error;
  }
}

function passwordOf(client: pg.Client): Record<string, string> {
  return client.password ? { PGPASSWORD: String(client.password) } : {};
}

async function buildLineitem(client: pg.Client, rows: number): Promise<void> {
  const { rows: found } = await client.query<{ rows: string }>(
    "select count(*) as rows from pg_class where relname = 'lineitem' and reltuples::int8 between $1 * 0.99 and $1 * 1.01",
    [rows],
  );
  if (found[0]!.rows !== '0') return;
  console.error(`building lineitem, ${rows.toLocaleString('en')} rows`);
  const sql = readFileSync(new URL('lineitem.sql', import.meta.url), 'utf8');
  for (const statement of sql.replace('6000000', String(rows)).split(/;\s*\n/)) {
    if (statement.trim() !== '') await client.query(statement);
  }
}

function findPsql(): string {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' });
    return 'psql';
  } catch {
    throw new Error(
      'The floor is measured with psql, which is not there: apt-get install postgresql-client (Debian, Ubuntu), brew install libpq (macOS).',
    );
  }
}
