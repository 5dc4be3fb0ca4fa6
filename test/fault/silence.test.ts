/**
 * The path to the server drops what is sent, without a word, in the middle of a run: the run goes on where it can, and else ends
 * in bounded time with a clear error, nothing published, and nothing left on the server when its own timeouts have passed.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { CopyOptions } from '../../src/index.ts';
import { startCli } from '../support/cli-process.ts';
import { copy, fingerprintOfDataset, tableOf } from '../support/copied.ts';
import { testServer } from '../support/postgres.ts';
import { type Role, type SilentProxy, startSilentProxy } from '../support/silent-proxy.ts';
import { sourceOfSuite } from '../support/source-of-suite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

/** More than the sockets' own buffers hold. */
const ROWS = `
  CREATE TABLE orders (id int PRIMARY KEY, n int, note text);
  INSERT INTO orders SELECT i, i * 7 % 1000, repeat('note ' || i, 100) FROM generate_series(1, 40000) AS i;`;
const STATEMENT_TIMEOUT_MS = 1_000;
/** That, and ten seconds for the server's own error to arrive. */
const READER_PATIENCE_MS = 11_000;

const source = sourceOfSuite(server, ROWS);

function urlThrough(proxy: SilentProxy): string {
  const url = new URL(source.url);
  url.port = String(proxy.port);
  url.searchParams.set('connect_timeout', '2');
  return url.href;
}

/** Copies, and falls silent when the first megabyte of rows has come. */
async function copyUntilSilence(silent: Role | 'everything', options: Partial<CopyOptions> = {}) {
  const proxy = await startSilentProxy(server.port);
  const target = await temporaryFolder();
  const events: RunEvent[] = [];
  let askedAt = 0;
  const rowsCame = proxy.readerWasSent(1_000_000).then(() => {
    askedAt = performance.now();
    proxy.silence(silent);
  });
  const report = await copy({
    url: urlThrough(proxy),
    target,
    connections: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    ...options,
    onEvent: (event) => void events.push(event),
  });
  await rowsCame;
  return { report, events, target, tookMs: performance.now() - askedAt };
}

test('silence on the connection that reads: it is given up, and its chunk is read again on another', async () => {
  const { report, events, target, tookMs } = await copyUntilSilence('reader');
  expect(tableOf(report, 'orders')).toMatchObject({ status: 'copied', error: null });
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'table-retried',
      reason: expect.stringMatching(/has sent nothing for 11 s .* on a connection that reads rows/),
    }),
  );
  expect(tookMs).toBeGreaterThan(READER_PATIENCE_MS - 1_000);
  expect(await fingerprintOfDataset(target, 'orders')).toEqual(source.expected);
});

test('silence everywhere: the run ends within a minute, says so, and publishes nothing', async () => {
  const { report, target, tookMs } = await copyUntilSilence('everything');
  expect(tookMs).toBeLessThan(60_000);
  const { status, error } = tableOf(report, 'orders');
  expect(status).toBe('failed');
  expect(['E_CONNECT', 'E_SNAPSHOT_LOST', 'E_CONNECTION_LOST']).toContain(error?.code);
  expect(error?.message).toMatch(/no complete answer|has sent nothing/);
  expect(report.exitCode).toBe(3);
  expect(await fingerprintOfDataset(target, 'orders')).toBeNull();
});

test('silence everywhere, and Ctrl-C: 130 within ten seconds', async () => {
  const proxy = await startSilentProxy(server.port);
  const folder = await temporaryFolder();
  const script = fileURLToPath(new URL('../support/cli-from-source.ts', import.meta.url));
  const rowsCame = proxy.readerWasSent(1_000_000);
  const { process, ended } = startCli(['copy', 'orders', join(folder, 'orders.parquet'), '--connections', '1'], {
    script,
    env: { DATABASE_URL: urlThrough(proxy) },
  });
  await rowsCame;
  proxy.silence('everything');
  const askedAt = performance.now();
  process.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130 });
  expect(performance.now() - askedAt).toBeLessThan(10_000);
  expect(await readdir(folder)).toEqual([]);
});
