/**
 * A real PostgreSQL per test file. Call `testServer` at the top of the file: it registers the end of the server, and with it
 * the check that nothing of Dracula is still connected.
 *
 * Major 18 and 14 come from npm. Others are named by DRACULA_TEST_POSTGRES_<major>=<folder with bin, lib, share>, which
 * `npm run test:servers` sets; DRACULA_TEST_MAJOR then changes the default, so that the same tests run against another major.
 */
import pg from 'pg';
import { afterAll, expect, vi } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/demo/embedded-postgres.ts';
import { findBinaries } from '../../src/demo/postgres-binaries.ts';
import { withDataFolder } from './data-folders.ts';

/** The major that tests run against when they do not ask for one. */
export const DEFAULT_MAJOR = Number(process.env['DRACULA_TEST_MAJOR'] ?? 18);

/** Servers before 14 scan no ranges of ctids: they are read by relation or key, and tests of such ranges are not for them. */
export const HAS_CTID_RANGES = DEFAULT_MAJOR >= 14;

const PACKAGES: Readonly<Record<number, string>> = { 14: 'embedded-postgres-14', 18: 'embedded-postgres' };

const servers = new Map<number, Promise<EmbeddedPostgres>>();

/** The server of this file and major, started once. For other settings or TLS call `startTestServer`. */
export function testServer(major: number = DEFAULT_MAJOR): Promise<EmbeddedPostgres> {
  let server = servers.get(major);
  if (server === undefined) {
    server = startTestServer(major);
    servers.set(major, server);
  }
  return server;
}

/** A server of its own, e.g. with `settings`, `password` or `beforeStart`; stopped after the file, or after the suite that calls it. */
export async function startTestServer(
  major: number = DEFAULT_MAJOR,
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const starting = testBinaries(major).then((binaries) =>
    startEmbeddedPostgres({ binaries, ...withDataFolder(major, options) }),
  );
  afterAll(async () => {
    const server = await starting;
    try {
      await expectNoConnectionsLeft(server);
    } finally {
      await server.stop('immediate');
    }
  });
  return starting;
}

/** The binaries folder of a major. Throws, and never skips, when it is not there. */
export async function testBinaries(major: number): Promise<string> {
  const named = process.env[`DRACULA_TEST_POSTGRES_${major}`];
  if (named !== undefined) return named;
  const packageName = PACKAGES[major];
  if (packageName === undefined)
    throw new Error(`No PostgreSQL ${major}: set DRACULA_TEST_POSTGRES_${major}, or use npm run test:servers`);
  return findBinaries(packageName);
}

/** Fails when a session whose application_name starts with `dracula` is open, two seconds after the test's end. */
export async function expectNoConnectionsLeft(server: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await vi.waitFor(
      async () => expect((await client.query(LEFT_SQL)).rows, 'sessions of dracula left open').toEqual([]),
      { timeout: 2000, interval: 100 },
    );
  } finally {
    await client.end();
  }
}

const LEFT_SQL = `SELECT datname, application_name, state, wait_event, left(query, 80) AS query
  FROM pg_stat_activity WHERE application_name ILIKE 'dracula%'`;

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** A new connected client; ended by `drop`. */
  client(): Promise<pg.Client>;
  /** Ends the clients and drops the database, with whoever else is connected. */
  drop(): Promise<void>;
}

let made = 0;
const templates = new Map<string, Promise<string>>();

/**
 * A database filled by `sql`. What the SQL makes is kept as a template, so that the same SQL on the same server is run once
 * and cloned after. `createOptions` is for an odd one (`ENCODING 'LATIN1'`), taken from template0.
 */
export async function createDatabase(server: EmbeddedPostgres, sql = '', createOptions = ''): Promise<TestDatabase> {
  const name = `test_${process.pid}_${made++}`;
  const template = sql === '' ? 'template0' : await templateFor(server, sql, createOptions);
  await runSql(server.url, `CREATE DATABASE ${name} TEMPLATE ${template} ${createOptions}`);

  const url = databaseUrl(server, name);
  const clients: pg.Client[] = [];
  return {
    name,
    url,
    client: async () => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {}); // a test may kill it
      await client.connect();
      clients.push(client);
      return client;
    },
    drop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()));
      await runSql(server.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      await runSql(server.url, `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}

function templateFor(server: EmbeddedPostgres, sql: string, createOptions: string): Promise<string> {
  const key = `${server.port}\n${createOptions}\n${sql}`;
  let template = templates.get(key);
  if (template === undefined) {
    template = makeTemplate(server, sql, createOptions);
    templates.set(key, template);
  }
  return template;
}

async function makeTemplate(server: EmbeddedPostgres, sql: string, createOptions: string): Promise<string> {
  const name = `template_${process.pid}_${made++}`;
  await runSql(server.url, `CREATE DATABASE ${name} TEMPLATE template0 ${createOptions}`);
  await runSql(databaseUrl(server, name), sql);
  return name;
}

/** Runs one or more statements on a connection of their own. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function databaseUrl(server: EmbeddedPostgres, name: string): string {
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}
