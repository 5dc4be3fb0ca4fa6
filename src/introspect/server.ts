/**
 * What kind of server this is: one query, asked before anything is planned.
 *
 * `settings` are the names among `SETTINGS_OF_INTEREST` that this server knows, since setting one that it lacks is an error
 * (`transaction_timeout` came with 17, `jit` may be missing from forks). PostgreSQL 12 is the oldest that is read.
 */
import { isUtf8 } from 'node:buffer';
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';

/** Settings that a reading transaction wants to set, where the server has them. */
export const SETTINGS_OF_INTEREST = [
  'array_nulls',
  'bytea_output',
  'constraint_exclusion',
  'DateStyle',
  'enable_bitmapscan',
  'enable_indexscan',
  'enable_seqscan',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'IntervalStyle',
  'jit',
  'lock_timeout',
  'log_parameter_max_length_on_error',
  'max_parallel_workers_per_gather',
  'quote_all_identifiers',
  'row_security',
  'search_path',
  'statement_timeout',
  'synchronize_seqscans',
  'tcp_user_timeout',
  'TimeZone',
  'transaction_timeout',
  'work_mem',
  'xmlbinary',
  'xmloption',
] as const;

export type SettingOfInterest = (typeof SETTINGS_OF_INTEREST)[number];

export interface ServerInfo {
  /** `server_version_num`, e.g. 180004. */
  readonly versionNum: number;
  /** `server_version`, e.g. `18.4`. */
  readonly version: string;
  /** True in recovery: a replica. */
  readonly isStandby: boolean;
  /** Bytes of a block, 8192 nearly everywhere. */
  readonly blockSize: number;
  /** `server_encoding`, of this database: `UTF8`, `SQL_ASCII`. */
  readonly encoding: string;
  readonly role: string;
  /** Fraction digits of money in this session, which its lc_monetary decides: 0, 2 or 3. */
  readonly moneyScale: number;
  /**
   * `search_path` of this session: what SQL of the user's is read under in every other one too, whatever a pooler or an ALTER gives those.
   * Null in a SQL_ASCII database where it is not UTF-8.
   */
  readonly searchPath: string | null;
  readonly settings: readonly SettingOfInterest[];
}

const SERVER_QUERY = `
  SELECT pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('server_version_num'))) AS "versionNum",
         pg_catalog.current_setting('server_version') AS "version",
         pg_catalog.pg_is_in_recovery() AS "isStandby",
         pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('block_size'))) AS "blockSize",
         pg_catalog.current_setting('server_encoding') AS "encoding",
         current_user::pg_catalog.text AS "role",
         pg_catalog.scale(0::pg_catalog.int8::pg_catalog.money::pg_catalog.numeric) AS "moneyScale",
         pg_catalog.encode(pg_catalog.convert_to(pg_catalog.current_setting('search_path'),
           CASE WHEN pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END), 'hex') AS "pathBytes",
         ARRAY(SELECT s.name FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) ORDER BY 1) AS "settings"`;

/** Asks the server what it is. A server before 12 throws E_SERVER_VERSION. */
export async function readServer(client: Client): Promise<ServerInfo> {
  const { rows } = await client.query<Omit<ServerInfo, 'searchPath'> & { readonly pathBytes: string }>(SERVER_QUERY, [
    [...SETTINGS_OF_INTEREST],
  ]);
  const { pathBytes, ...server } = rows[0]!; // a SELECT without FROM
  if (server.versionNum < 120000) {
    throw new DraculaError('E_SERVER_VERSION', `The server is PostgreSQL ${server.version}; nothing was read.`);
  }
  const path = Buffer.from(pathBytes, 'hex');
  return { ...server, searchPath: isUtf8(path) ? path.toString() : null };
}
