/**
 * The settings of a reading transaction, given with set_config(…, true): they end with it and pass through poolers.
 *
 * Text that Postgres prints (of an output function, and what a user's condition compares with) must not depend on the server's or the
 * role's defaults: the output styles are fixed, and the time zone is UTC. A setting that this server lacks is left out.
 * Text comes in UTF-8, which the startup message asks for; but a SQL_ASCII database knows of no characters, would end the read at the first
 * byte that is no UTF-8, and is asked for its bytes as they are.
 */
import type { Setting } from '../postgres/read-opening.ts';
import type { ChunkQuery } from './chunk-query.ts';

export interface ReadLimits {
  /** Per slice: the server starts it anew with each Sync. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** The longest pause between two slices. */
  readonly pauseMs: number;
  /** Longest time in which the client takes nothing of what comes, since it makes a row group. */
  readonly busyMs: number;
}

/** What of the server decides on its settings. */
export interface SettingServer {
  /** Names of settings that it has. */
  readonly settings: readonly string[];
  /** `server_encoding`. */
  readonly encoding: string;
}

/** Beyond the longest pause a client may be silent as long as the server may: it only ever ends a session whose client is gone or hangs. */
const LEAST_IDLE_MARGIN_MS = 10_000;

/**
 * A client that is stopped (a suspended machine, a frozen container) acknowledges but takes nothing. A backend that waits to send to it
 * obeys no statement timeout, and would keep its lock; the server's TCP gives it up after this time, or after the longest that a reader is busy.
 */
const UNREAD_MS = 30_000;

export function readSettings(
  query: Pick<ChunkQuery, 'searchPath' | 'usesCtidRange'>,
  limits: ReadLimits,
  { settings: known, encoding }: SettingServer,
): Setting[] {
  const settings: Setting[] = [
    ['row_security', 'off'],
    // A backend that waits until what it sends is taken is not at work: its time must not run out meanwhile.
    [
      'statement_timeout',
      String(limits.busyMs > UNREAD_MS ? limits.statementTimeoutMs + limits.busyMs : limits.statementTimeoutMs),
    ],
    ['lock_timeout', String(limits.lockTimeoutMs)],
    // A read ends by the limits beside this one and with its snapshot, however long the role's transactions may be.
    ['transaction_timeout', '0'],
    [
      'idle_in_transaction_session_timeout',
      String(limits.pauseMs + Math.max(LEAST_IDLE_MARGIN_MS, limits.statementTimeoutMs, limits.busyMs)),
    ],
    ['tcp_user_timeout', String(Math.max(UNREAD_MS, limits.busyMs))],
    // An error would say with which values, also to us, who take a context for that of a function.
    ['log_parameter_max_length_on_error', '0'],
    ['max_parallel_workers_per_gather', '0'],
    ['constraint_exclusion', 'partition'],
    ['jit', 'off'],
    ['work_mem', '4MB'],
    ['synchronize_seqscans', 'off'],
    ['DateStyle', 'ISO, MDY'],
    ['IntervalStyle', 'postgres'],
    ['TimeZone', 'UTC'],
    ['array_nulls', 'on'],
    ['bytea_output', 'hex'],
    ['extra_float_digits', '1'],
    ['quote_all_identifiers', 'off'],
    // What views and queries make of bytea, and of text, as xml.
    ['xmlbinary', 'base64'],
    ['xmloption', 'content'],
    ['search_path', query.searchPath],
    ...(query.usesCtidRange
      ? ['enable_seqscan', 'enable_indexscan', 'enable_bitmapscan'].map((name) => [name, 'off'] as const)
      : []),
  ];
  const read = settings.filter(([name]) => known.includes(name));
  return encoding === 'SQL_ASCII' ? [...read, ['client_encoding', encoding]] : read;
}
