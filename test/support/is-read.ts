/** Waits for what goes on in the server while a table is read. */
import type pg from 'pg';

/** Whether a session of ours reads the table now. The plan takes the lock too, for a moment: so the read has to sleep (`pg_sleep` in its condition). */
export async function isRead(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.relation = $1::regclass AND l.mode = 'AccessShareLock' AND l.granted AND a.application_name LIKE 'dracula%'
       AND a.wait_event = 'PgSleep'`,
    [table],
  );
  return rows.length > 0;
}
