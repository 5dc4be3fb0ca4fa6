/**
 * Who waits for our readers, and how one reader's transaction is ended from outside.
 *
 * A waiter on a relation lock holds up everybody who comes after it: the chunk is given back. A waiter on our virtual transaction id
 * (CREATE INDEX CONCURRENTLY, DETACH CONCURRENTLY) holds up nobody else, but lasts as long as the snapshot: it is reported.
 * Who only stands behind a reader in the queue for somebody else's lock would wait without the reader too: lock_timeout ends that.
 * A cancel names the transaction's start too, since behind a pooler the backend may by now serve somebody else.
 */
import type { Client } from 'pg';
import { answeredWithin } from '../postgres/silence-watch.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';

/** These questions touch no table: a server that takes longer is not there, and the watch needs another connection. */
const ANSWERED_WITHIN_MS = 10_000;

export interface LockWaiter {
  readonly waiterPid: number;
  readonly readerPid: number;
  readonly kind: 'relation' | 'virtualxid';
}

const WAITERS = `
  SELECT l.pid AS "waiterPid", b.pid AS "readerPid", l.locktype AS kind
  FROM pg_catalog.pg_locks l CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(l.pid)) AS b(pid)
  WHERE NOT l.granted AND l.locktype OPERATOR(pg_catalog.=) ANY ('{relation,virtualxid}'::pg_catalog.text[])
  AND b.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[])
  AND EXISTS (SELECT FROM pg_catalog.pg_locks h WHERE h.pid OPERATOR(pg_catalog.=) b.pid AND h.granted AND h.locktype OPERATOR(pg_catalog.=) l.locktype
   AND (h.database OPERATOR(pg_catalog.=) l.database AND h.relation OPERATOR(pg_catalog.=) l.relation OR h.virtualxid OPERATOR(pg_catalog.=) l.virtualxid))`;

/** Sessions that wait for one of these backends. */
export async function findLockWaiters(client: Client, readerPids: readonly number[]): Promise<LockWaiter[]> {
  const ask = () => client.query<LockWaiter>(WAITERS, [readerPids]);
  return (await answeredWithin(client, ANSWERED_WITHIN_MS, ask)).rows;
}

const END = {
  cancel: 'pg_cancel_backend',
  terminate: 'pg_terminate_backend',
} as const;

/** Cancels the statement, or ends the session, of this very transaction; nothing when it is over. */
export async function endTransaction(
  client: Pick<Client, 'query'>,
  { pid, xactStart }: BackendTransaction,
  how: keyof typeof END,
): Promise<void> {
  const sql = `SELECT pg_catalog.${END[how]}(a.pid) FROM pg_catalog.pg_stat_activity a
    WHERE a.pid OPERATOR(pg_catalog.=) $1 AND pg_catalog.encode(pg_catalog.timestamptz_send(a.xact_start), 'hex') OPERATOR(pg_catalog.=) $2`;
  await answeredWithin(client, ANSWERED_WITHIN_MS, () => client.query(sql, [pid, xactStart]));
}

/** Blocks that the database's sessions found in shared buffers and read from outside so far; null where it cannot be told. */
export async function readBlockCounts(client: Client): Promise<{ hit: number; read: number } | null> {
  const sql = `SELECT blks_hit AS hit, blks_read AS read FROM pg_catalog.pg_stat_database
    WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()`;
  const ask = () => client.query<{ hit: string; read: string }>(sql);
  const { rows } = await answeredWithin(client, ANSWERED_WITHIN_MS, ask);
  const [row] = rows;
  return row ? { hit: Number(row.hit), read: Number(row.read) } : null;
}
