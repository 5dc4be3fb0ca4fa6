/**
 * A path that drops what is sent without a word, as firewalls and load balancers do: each connection ends with a clear error
 * within its patience, and none that only waits for a slow server.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { findLockWaiters } from '../../src/extract/lock-waiters.ts';
import { exportSnapshot } from '../../src/extract/snapshot.ts';
import { type ConnectOptions, connectControl } from '../../src/postgres/connect.ts';
import { resolveConnection } from '../../src/postgres/connection-config.ts';
import { answeredWithin, silenceWatchOf } from '../../src/postgres/silence-watch.ts';
import { createAuthority, createCertificate } from '../support/certificates.ts';
import { startTestServer } from '../support/postgres.ts';
import { type SilentProxy, startSilentProxy } from '../support/silent-proxy.ts';

const AUTHORITY = createAuthority('silence authority');
const CERTIFICATE = createCertificate({ name: 'silence', altNames: ['localhost'] }, AUTHORITY);

let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await startTestServer(undefined, {
    settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
    beforeStart: async (dataFolder) => {
      await writeFile(join(dataFolder, 'server.crt'), CERTIFICATE.cert);
      await writeFile(join(dataFolder, 'server.key'), CERTIFICATE.key, { mode: 0o600 });
    },
  });
});

/** A connection through a proxy of its own. */
async function connectThrough(
  options: ConnectOptions = {},
  parameters = '',
): Promise<{ client: pg.Client; proxy: SilentProxy }> {
  const proxy = await startSilentProxy(server.port);
  const url = new URL(server.url);
  url.port = String(proxy.port);
  url.search = parameters;
  const config = await resolveConnection({ url: url.href, env: { HOME: '/nonexistent' }, socketFolders: [] });
  const client = await connectControl(config, options);
  onTestFinished(() => client.end());
  return { client, proxy };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const askedAt = performance.now();
  const value = await promise;
  expect(performance.now() - askedAt).toBeLessThan(ms);
  return value;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it was answered'),
    (error: unknown) => error,
  );

test('a question that is not answered ends its connection, and says which, for how long and what to do', async () => {
  const { client, proxy } = await connectThrough();
  proxy.silence('everything');
  const error = await within(4_000, failureOf(answeredWithin(client, 1_000, () => client.query('SELECT 1'))));
  expect(error).toMatchObject({ code: 'E_CONNECTION_LOST', facts: { port: proxy.port } });
  expect(String(error)).toMatch(
    /has sent nothing for 1 s where an answer was due, on the connection that controls the run.*Check the path, then run again/,
  );
  await within(2_000, client.end());
});

test('the questions of the lock watch are not waited for as long as others', async () => {
  const { client, proxy } = await connectThrough();
  proxy.silence('everything');
  expect(await within(13_000, failureOf(findLockWaiters(client, [1])))).toMatchObject({ code: 'E_CONNECTION_LOST' });
});

test('a goodbye that nobody hears is over soon', async () => {
  const { client, proxy } = await connectThrough();
  proxy.silence('everything');
  await within(3_000, client.end());
});

test('after an abort an answer is not waited for, and the reason is what is thrown', async () => {
  const abort = new AbortController();
  const { client, proxy } = await connectThrough({ signal: abort.signal });
  proxy.silence('everything');
  const failure = failureOf(client.query('SELECT 1'));
  const reason = new Error('enough');
  abort.abort(reason);
  expect(await within(4_000, failure)).toBe(reason);
});

test('a session that does not answer its heartbeat has lost the snapshot', async () => {
  const { client, proxy } = await connectThrough();
  const { lost } = await exportSnapshot(client, [], 60_000, { everyMs: 100, answeredWithinMs: 500 });
  await sleep(1_500);
  expect(lost.aborted).toBe(false);
  proxy.silence('snapshot');
  await within(3_000, new Promise((resolve) => lost.addEventListener('abort', resolve)));
  expect(lost.reason).toMatchObject({ code: 'E_SNAPSHOT_LOST' });
  expect(lost.reason.message).toMatch(/nothing for .* on the connection that holds the snapshot.*are not published/);
});

test('while the snapshot’s session works on a query it is given that query’s time', async () => {
  const { client } = await connectThrough();
  const { lost } = await exportSnapshot(client, [], 60_000, { everyMs: 100, answeredWithinMs: 500 });
  await client.query('SELECT pg_sleep(2)');
  expect(lost.aborted).toBe(false);
});

describe.each([
  ['plain', ''],
  ['TLS', '?sslmode=require'],
])('a slow server is no silent path (%s)', (_, parameters) => {
  test('while rows come one by one', async () => {
    const { client } = await connectThrough({}, parameters);
    // 8 kB are a row: the server sends each as it comes.
    const rows = `SELECT repeat('x', 9000), pg_sleep(0.3) FROM generate_series(1, 8)`;
    const { rowCount } = await answeredWithin(client, 1_000, () => client.query(rows));
    expect(rowCount).toBe(8);
  });

  test('while a statement takes as long as its timeout lets it', async () => {
    const { client } = await connectThrough({}, parameters);
    silenceWatchOf(client)!.bearStatement(2_000);
    await client.query('SET statement_timeout = 2000');
    expect(await failureOf(client.query('SELECT pg_sleep(60)'))).toMatchObject({ code: '57014' });
  });
});
