/**
 * The database that the tests of a suite copy from, made before the first and dropped after the last, with a client that asks it
 * what is right. Its tables have the columns that copied.ts compares.
 */
import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { EmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { type Fingerprint, fingerprintOfTable } from './copied.ts';

import { createDatabase, type TestDatabase } from './postgres.ts';

/** `orders` on sparse pages: 27 MB of few rows, so three ranges of ctids; and a `small` table. */
export const SPARSE_ORDERS = `
  CREATE TABLE orders (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 10);
  INSERT INTO orders SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 60000) AS i;
  CREATE TABLE small (id int PRIMARY KEY, n int, note text);
  INSERT INTO small SELECT i, i, 'small' FROM generate_series(1, 1000) AS i;`;

export interface SuiteSource {
  readonly url: string;
  readonly client: pg.Client;
  /** Of the suite's table as it was made. */
  readonly expected: Fingerprint;
  /** Another connected client. */
  newClient(): Promise<pg.Client>;
}

/** To be asked for where the suite is declared, and used in its tests. */
export function sourceOfSuite(server: EmbeddedPostgres, sql: string, table = 'orders'): SuiteSource {
  let made: { readonly database: TestDatabase; readonly client: pg.Client; readonly expected: Fingerprint } | undefined;
  const source = () => {
    if (made === undefined) throw new Error('The suite has not begun: its database is not made yet');
    return made;
  };
  beforeAll(async () => {
    const database = await createDatabase(server, `${sql}\nANALYZE;`);
    const client = await database.client();
    made = { database, client, expected: await fingerprintOfTable(client, table) };
  });
  afterAll(() => made?.database.drop());
  return {
    get url() {
      return source().database.url;
    },
    get client() {
      return source().client;
    },
    get expected() {
      return source().expected;
    },
    newClient: () => source().database.client(),
  };
}
