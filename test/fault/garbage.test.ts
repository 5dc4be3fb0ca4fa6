/**
 * A server, or what stands before it, that sends garbage to a reader: an error and nothing published, or the exact rows where the
 * chunk could be read again; never wrong rows, and no process that hangs or crashes. A length that swallows the rest of a slice
 * leaves both sides waiting: the server ends that after its idle timeout, which is 10 s at least.
 */
import { expect, test } from 'vitest';
import { copy, fingerprintOfDataset, tableOf } from '../support/copied.ts';
import { MISCHIEFS, startGarblingProxy } from '../support/garbling-proxy.ts';
import { testServer } from '../support/postgres.ts';
import { randomOf, rounds } from '../support/seed.ts';
import { sourceOfSuite } from '../support/source-of-suite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

const ROWS = `
  CREATE TABLE orders (id int PRIMARY KEY, n int, note text);
  INSERT INTO orders SELECT i, i * 7 % 1000, repeat('note ' || i, 20) FROM generate_series(1, 20000) AS i;`;

const source = sourceOfSuite(server, ROWS);

/** What may be said of it. A description that is swallowed looks like columns that changed. */
const CODES = ['E_PROTOCOL', 'E_WIRE', 'E_CONNECTION_LOST', 'E_VALUE_TOO_LARGE', 'E_INVALID_TEXT', 'E_SOURCE_CHANGED'];

const cases = rounds(3).flatMap((round) => MISCHIEFS.map((mischief) => ({ mischief, round })));

test.each(cases)('$mischief (round $round): never a wrong row', async ({ mischief, round }) => {
  const random = randomOf(`garbage, ${mischief}, round ${round}`);
  // Every other time in the answers to the first messages, else among the rows.
  const afterBytes = Math.floor(random() * (round % 2 === 0 ? 700 : 3_000_000));
  const proxy = await startGarblingProxy({ port: server.port, mischief, afterBytes, random });
  const url = new URL(source.url);
  url.port = String(proxy.port);
  const target = await temporaryFolder();
  const report = await copy({ url: url.href, target, connections: 1, statementTimeoutMs: 3_000 });
  expect(proxy.done).toBe(true);
  const { status, error } = tableOf(report, 'orders');
  const found = await fingerprintOfDataset(target, 'orders');
  if (status === 'copied') expect(found).toEqual(source.expected);
  else {
    expect(CODES).toContain(error?.code);
    expect(report.exitCode).toBeGreaterThan(0);
    expect(found).toBeNull();
  }
});
