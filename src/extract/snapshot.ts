/**
 * The session that exports the run's snapshot and keeps it alive.
 *
 * It says something every 10 s under idle_in_transaction_session_timeout = 60 s, so that a hung or vanished client never holds
 * back VACUUM for long; from 17 on, transaction_timeout is the age cap. When the session dies, or does not answer, what was not
 * read by then cannot be read any more: `lost` says so, and nobody takes a new snapshot silently.
 */
import type { Client } from 'pg';
import { DraculaError, isDraculaError } from '../errors.ts';
import { settingsQuery } from '../postgres/read-opening.ts';
import { answeredWithin, silenceWatchOf } from '../postgres/silence-watch.ts';

const HEARTBEAT = { everyMs: 10_000, answeredWithinMs: 20_000 } as const;
const IDLE_TIMEOUT_MS = 60_000;
/** The server's own cap is for a client that hangs: ours comes first, and says what it is. */
const AGE_MARGIN_MS = 10_000;

export interface Snapshot {
  /** For SET TRANSACTION SNAPSHOT. */
  readonly id: string;
  /** Of the backend that holds it. */
  readonly pid: number;
  /** The transaction that holds it: catalogs read in it are those of the snapshot. */
  readonly client: Client;
  /** Aborted with E_SNAPSHOT_LOST when the session died. */
  readonly lost: AbortSignal;
  /** Milliseconds since it was taken. */
  ageMs(): number;
  /** Ends the transaction; the client stays connected. */
  release(): Promise<void>;
}

/** Takes the snapshot on a connected client of its own. `known`: the settings that the server has. */
export async function exportSnapshot(
  client: Client,
  known: readonly string[],
  maxAgeMs: number,
  heartbeat: { readonly everyMs: number; readonly answeredWithinMs: number } = HEARTBEAT,
): Promise<Snapshot> {
  const watch = silenceWatchOf(client);
  if (watch) watch.purpose = 'snapshot';
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const settings = [
    ['idle_in_transaction_session_timeout', String(IDLE_TIMEOUT_MS)],
    // Only a limit that is not running yet starts anew: one that the role has, say, is ended first.
    ['transaction_timeout', '0'],
    ['transaction_timeout', String(Math.min(maxAgeMs + AGE_MARGIN_MS, 2 ** 31 - 1))],
    ['statement_timeout', '0'],
    ['row_security', 'off'],
  ] as const;
  await client.query(settingsQuery(settings.filter(([name]) => known.includes(name))));
  const { rows } = await client.query<{ id: string; pid: number }>(
    'SELECT pg_catalog.pg_export_snapshot() AS id, pg_catalog.pg_backend_pid() AS pid',
  );
  const takenAt = performance.now();
  const lost = new AbortController();
  let released = false;
  const lose = (cause: unknown) => {
    clearInterval(timer);
    if (released || lost.signal.aborted) return;
    lost.abort(snapshotLost(cause));
  };
  const beat = () => answeredWithin(client, heartbeat.answeredWithinMs, () => client.query('SELECT 1')).catch(lose);
  // While a query of ours is under way the session is not idle.
  const timer = setInterval(() => void (watch?.awaitsAnswer || beat()), heartbeat.everyMs);
  timer.unref();
  client.once('error', lose);
  client.once('end', () => lose(undefined));
  return {
    id: rows[0]!.id,
    pid: rows[0]!.pid,
    client,
    lost: lost.signal,
    ageMs: () => performance.now() - takenAt,
    async release() {
      released = true;
      clearInterval(timer);
      const rollBack = () => client.query('ROLLBACK');
      await answeredWithin(client, heartbeat.answeredWithinMs, rollBack).catch(() => undefined); // a session that is gone holds nothing
    },
  };
}

function snapshotLost(cause: unknown): DraculaError {
  const how = isDraculaError(cause)
    ? `The snapshot is lost: ${cause.message}`
    : 'The session that held the snapshot ended.';
  return new DraculaError(
    'E_SNAPSHOT_LOST',
    `${how} Tables that were not read to their end are not published.`,
    isDraculaError(cause) ? cause.facts : {},
    cause,
  );
}
