/**
 * What a chunk's transaction opens with, before its first Execute: BEGIN, the snapshot, the settings (transaction-local), who we are,
 * Parse/Bind/Describe of the read as a portal, the checks under its locks and `pg_catalog`, and the Describe of the bare columns.
 *
 * It only sends; the answers come to slice-reader.ts, in the order of `STAGES`. One Flush stands in it, and no Sync.
 */

import { type CheckedRead, changesQuery } from './source-checks.ts';

/** What we use of `pg`'s connection, whose published types leave these out. */
export interface PgConnection {
  readonly stream: { cork(): void; uncork(): void };
  parse(query: { name: string; text: string; types: readonly number[] }): void;
  bind(config: { portal: string; statement: string; binary?: boolean; values: readonly (string | null)[] }): void;
  describe(message: { type: 'P' | 'S'; name: string }): void;
  flush(): void;
  execute(config: { portal: string; rows?: number }): void;
  sync(): void;
}

export type Setting = readonly [name: string, value: string];

interface ReadQuery {
  readonly text: string;
  readonly values: readonly string[];
}

export interface Opening extends CheckedRead {
  /** From pg_export_snapshot(); null reads in a snapshot of its own. */
  readonly snapshotId: string | null;
  /** Only settings that the server has. */
  readonly settings: readonly Setting[];
  /** Of the read, as the settings set it. */
  readonly searchPath: string;
  readonly read: ReadQuery;
  /** A query of the bare columns, only described. */
  readonly bare: string;
}

/** Who we are, for a cancel that can only hit this transaction: asked before the first lock, which may be a long wait. */
export const IDENTITY = `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.encode(pg_catalog.timestamptz_send(pg_catalog.now()), 'hex') AS "xactStart"`;

/** The search_path of the checks, whatever that of the read is: no operator, function or type of a user's is then taken for the server's own. */
const CHECKED_UNDER = 'pg_catalog';
export const SET_CHECKED_PATH = settingsQuery([['search_path', CHECKED_UNDER]]);

function sendChecks(connection: PgConnection, opening: Opening): void {
  const { text, values } = changesQuery(opening);
  const moves = movesPath(opening);
  if (moves) run(connection, SET_CHECKED_PATH.text, SET_CHECKED_PATH.values);
  run(connection, text, values);
  if (!moves) return;
  const back = settingsQuery([['search_path', opening.searchPath]]);
  run(connection, back.text, back.values);
}

/** What runs SQL of the user's runs on another path than the checks, or makes one. */
export function movesPath({ scope }: CheckedRead): boolean {
  return scope === 'anything';
}

/** Where the first batch stands: which statement's answer comes next. */
const STAGES = [
  'begin',
  'snapshot',
  'settings',
  'identity',
  'path of checks',
  'checks',
  'path of read',
  'read',
] as const;
export type Stage = (typeof STAGES)[number];

export function stagesOf(opening: Opening): Stage[] {
  const left: readonly Stage[] = [
    ...(opening.snapshotId === null ? (['snapshot'] as const) : []),
    ...(movesPath(opening) ? [] : (['path of checks', 'path of read'] as const)),
  ];
  return STAGES.filter((stage) => !left.includes(stage));
}

export function sendOpening(connection: PgConnection, opening: Opening, portal: string): void {
  const { snapshotId, settings, read, bare } = opening;
  run(connection, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', []);
  if (snapshotId !== null) run(connection, setSnapshotSql(snapshotId), []);
  const set = settingsQuery(settings);
  run(connection, set.text, set.values);
  run(connection, IDENTITY, []);
  // The server says who we are before it waits for a lock or sorts, so that others can end this transaction meanwhile.
  connection.flush();
  sendRead(connection, read, portal);
  sendChecks(connection, opening);
  connection.parse({ name: '', text: bare, types: [] });
  connection.describe({ type: 'S', name: '' });
}

/** The statement takes no parameter. */
export function setSnapshotSql(snapshotId: string): string {
  return `SET TRANSACTION SNAPSHOT '${snapshotId.replaceAll("'", "''")}'`;
}

/** The read as a portal, described: all of it where the transaction is open already. */
export function sendRead(connection: PgConnection, { text, values }: ReadQuery, portal: string): void {
  connection.parse({ name: '', text, types: [] });
  connection.bind({ portal, statement: '', binary: true, values });
  connection.describe({ type: 'P', name: portal });
}

function run(connection: PgConnection, text: string, values: readonly string[]): void {
  connection.parse({ name: '', text, types: [] });
  connection.bind({ portal: '', statement: '', values });
  connection.execute({ portal: '' });
}

/** Sets all of them for the transaction, in one statement. */
export function settingsQuery(settings: readonly Setting[]): { readonly text: string; readonly values: string[] } {
  const calls = settings.map((_, i) => `pg_catalog.set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  return { text: `SELECT ${calls.join(', ')}`, values: settings.flat() };
}
