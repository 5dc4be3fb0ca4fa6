/**
 * Questions that leave nothing behind in the transaction that asks them.
 *
 * Naming a table locks it (ACCESS SHARE) until the transaction ends, and the transaction that asks here lives as long as the
 * run: an ALTER would wait for all of it. So each question is a subtransaction that is rolled back, with its locks and its
 * settings; an error in it leaves the transaction usable. It waits at most a second for a lock (E_LOCK_TIMEOUT).
 */
import type { Client } from 'pg';
import { LOCKED } from '../postgres/source-changes-sql.ts';

export type SearchPath =
  /** For generated queries: user types are then printed with their namespace. */
  | 'pg_catalog'
  /** For the user's own SQL. */
  | 'session';

/**
 * `quote_all_identifiers` would put quotes around the names of types. In a SQL_ASCII database names and comments may be any bytes, and
 * one that is not UTF-8 would end every query that lists it, unless no encoding is asked for: it then comes with U+FFFD in it.
 */
const SETTINGS = `SELECT pg_catalog.set_config('lock_timeout', '1s', true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
  CASE WHEN pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'SQL_ASCII' THEN pg_catalog.set_config('client_encoding', 'SQL_ASCII', true) END`;
const SET_SEARCH_PATH = "pg_catalog.set_config('search_path', 'pg_catalog', true)";

/** Does `work` in a subtransaction that is rolled back. `client` is in a transaction. */
export async function probe<T>(client: Client, searchPath: SearchPath, work: () => Promise<T>): Promise<T> {
  await client.query('SAVEPOINT dracula_probe');
  try {
    await client.query(searchPath === 'pg_catalog' ? `${SETTINGS}, ${SET_SEARCH_PATH}` : SETTINGS);
    const result = await work();
    await client.query(END_PROBE);
    return result;
  } catch (e) {
    await client.query(END_PROBE).catch(() => {}); // the connection is gone: `e` says so
    throw e;
  }
}

/** OIDs of the users' relations that this transaction has locked. */
export async function lockedRelations(client: Client): Promise<number[]> {
  const { rows } = await client.query<{ readonly oid: string }>(LOCKED_RELATIONS);
  return rows.map(({ oid }) => Number(oid));
}

const LOCKED_RELATIONS = `SELECT pg_catalog.textin(pg_catalog.oidout(l.relation)) AS oid FROM pg_catalog.pg_locks l WHERE ${LOCKED}`;

const END_PROBE = 'ROLLBACK TO SAVEPOINT dracula_probe; RELEASE SAVEPOINT dracula_probe';
