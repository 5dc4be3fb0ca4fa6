/**
 * The Postgres that the benchmarks read: the embedded one, or the one of BENCH_URL. The table of a shape (shapes.ts) is built once,
 * with the number of rows asked for, and kept where it has that many.
 *
 * The floor is measured by psql over the same transport. Where psql is missing: `apt-get install postgresql-client`,
 * `brew install libpq`, or the client package of your system.
 */
import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.ts';
import { SHAPES, type ShapeName } from './shapes.ts';

export interface Source {
  readonly url: string;
  readonly version: string;
  readonly transport: 'unix socket' | 'tcp';
  readonly psql: string;
  readonly psqlEnv: Readonly<Record<string, string>>;
  /** For DuckDB's ATTACH. */
  readonly duckdbDsn: string;
  /** The block in the middle of the table. */
  readonly halfBlock: number;
  /** The whole table as COPY sends it in binary. */
  readonly binaryBytes: number;
  run(...statements: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openSource(shape: ShapeName, rows: number): Promise<Source> {
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
    await build(client, shape, rows);
    const { rows: facts } = await client.query<{ half: string; version: string }>(
      `select pg_relation_size('${shape}') / current_setting('block_size')::int / 2 as half, current_setting('server_version') as version`,
    );
    const psqlEnv = {
      PGHOST: client.host,
      PGPORT: String(client.port),
      PGUSER: client.user ?? 'postgres',
      PGDATABASE: client.database ?? 'postgres',
      ...passwordOf(client),
    };
    return {
      url,
      version: facts[0]!.version,
      transport: client.host.startsWith('/') ? 'unix socket' : 'tcp',
      psql,
      psqlEnv,
      duckdbDsn: `host=${client.host} port=${client.port} user=${client.user} dbname=${client.database}${client.password ? ` password=${client.password}` : ''}`,
      halfBlock: Number(facts[0]!.half),
      binaryBytes: countBinaryBytes(psql, psqlEnv, shape),
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

async function build(client: pg.Client, shape: ShapeName, rows: number): Promise<void> {
  const { rows: found } = await client.query<{ rows: string }>(
    'select count(*) as rows from pg_class where relname = $1 and reltuples::int8 between $2 * 0.99 and $2 * 1.01',
    [shape, rows],
  );
  if (found[0]!.rows !== '0') return;
  console.error(`building ${shape}, ${rows.toLocaleString('en')} rows`);
  for (const statement of SHAPES[shape].statements(rows)) await client.query(statement);
}

function countBinaryBytes(psql: string, psqlEnv: Readonly<Record<string, string>>, table: string): number {
  const command = `"$0" -q -c 'copy ${table} to stdout (format binary)' | wc -c`;
  return Number(execFileSync('bash', ['-c', command, psql], { env: { ...process.env, ...psqlEnv }, encoding: 'utf8' }));
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
