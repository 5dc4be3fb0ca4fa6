/**
 * The sample shop of `dracula demo`: fills a database from the SQL in examples/shop, which psql can run just as well.
 *
 * Two connections work side by side, one on the largest table and one on all others: each takes a core for about half of the
 * time. Every statement is sent by itself, since VACUUM cannot share a query with others and for the sake of progress.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { DraculaError } from '../errors.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

/** The same distance from src/demo and from dist/demo. */
const SHOP_FOLDER = new URL('../../examples/shop/', import.meta.url);

/** A table that was filled; `filled` of `tables` are. */
export interface SeedProgress {
  readonly table: string;
  readonly rows: number;
  readonly filled: number;
  readonly tables: number;
}

/** Makes the shop's tables in an empty database and fills them. Throws E_QUERY with what the server says. */
export async function seedShop(url: string, onProgress: (progress: SeedProgress) => void = () => {}): Promise<void> {
  const [schema, largest, others, keys] = await Promise.all([
    readStatements('schema.sql'),
    readStatements('events.sql'),
    readStatements('seed.sql'),
    readStatements('keys.sql'),
  ]);
  const tables = schema.filter((sql) => /^CREATE TABLE/m.test(sql)).length;
  let filled = 0;
  const onFilled = (table: string, rows: number) => onProgress({ table, rows, filled: ++filled, tables });

  await runStatements(url, schema, onFilled);
  await Promise.all([runStatements(url, largest, onFilled), runStatements(url, [...others, ...keys], onFilled)]);
}

/** In examples/shop a `;` at the end of a line ends a statement: there is no such text or function body. */
async function readStatements(file: string): Promise<string[]> {
  const text = await readFile(new URL(file, SHOP_FOLDER), 'utf8');
  return text
    .split(/;[ \t]*$/m)
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
}

async function runStatements(
  url: string,
  statements: readonly string[],
  onFilled: (table: string, rows: number) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'dracula demo' });
  client.on('error', () => {}); // the statement under way is rejected with it
  let sql = '';
  try {
    await client.connect();
    for (sql of statements) {
      const { rowCount } = await client.query(sql);
      const table = /^INSERT INTO (\w+)/m.exec(sql)?.[1];
      if (table !== undefined) onFilled(table, rowCount ?? 0);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what =
      sql === ''
        ? 'connecting'
        : sql
            .replace(/^--.*\n/gm, '')
            .trimStart()
            .split('\n')[0];
    throw new DraculaError('E_QUERY', `The sample shop could not be filled: ${reason} (at: ${what}).`, {}, cause);
  } finally {
    await client.end().catch(() => {}); // already closed by the server
  }
}

/** The report query of examples/shop/report.sql. */
export async function readShopReport(): Promise<string> {
  return readFile(new URL('report.sql', SHOP_FOLDER), 'utf8');
}

/** An embedded server for the shop: stop it when the copy is done. */
export async function startDemoSource(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    settings: {
      shared_buffers: '256MB',
      maintenance_work_mem: '256MB',
      autovacuum: 'off',
      wal_level: 'minimal',
      max_wal_senders: '0',
    },
  });
}
