/**
 * For tests of the embedded server itself: a temporary root of their own, so that what other tests leave or remove there does
 * not meddle, and questions to a server by its URL.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** Makes a folder under /tmp that all may enter the temporary folder of this process until the test ends. A short path: sockets. */
export async function temporaryRootFolder(): Promise<string> {
  const before = process.env['TMPDIR'];
  const folder = await mkdtemp(join('/tmp', 'dracula-test-'));
  await chmod(folder, 0o755);
  process.env['TMPDIR'] = folder;
  onTestFinished(async () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The first row of the answer, on a connection of its own. */
export async function queryRow(
  to: string | pg.ClientConfig,
  sql: string,
): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client(to);
  client.on('error', () => {}); // the server may be stopped under it
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0];
  } finally {
    await client.end();
  }
}
