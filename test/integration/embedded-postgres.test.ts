import { appendFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { isDraculaError } from '../../src/errors.ts';
import { withDataFolder } from '../support/data-folders.ts';
import { queryRow, temporaryRootFolder } from '../support/embedded.ts';
import {
  createDatabase,
  DEFAULT_MAJOR,
  expectNoConnectionsLeft,
  testBinaries,
  testServer,
} from '../support/postgres.ts';

const shared = await testServer();

/** A server of the default major, stopped after the test. */
async function start(options: EmbeddedPostgresOptions = {}) {
  const server = await startEmbeddedPostgres({ binaries: await testBinaries(DEFAULT_MAJOR), ...options });
  onTestFinished(() => server.stop('immediate'));
  return server;
}

describe('a running server', () => {
  test('takes connections by TCP and by its unix socket, in UTF8 and UTC', async () => {
    const sql = `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone`;
    expect(await queryRow(shared.url, sql)).toEqual({ encoding: 'UTF8', zone: 'UTC' });
    const socket = { host: shared.socketDir!, port: shared.port, user: 'postgres', database: 'postgres' };
    expect(await queryRow(socket, 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  test('is stopped and its folder removed, however often stop is called', async () => {
    const server = await start();
    const { pid, dataFolder } = server;
    await Promise.all([server.stop(), server.stop('immediate')]);
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(stat(dirname(dataFolder))).rejects.toThrow('ENOENT');
    expect(() => server.pid).toThrow('stopped');
  });

  test('keeps its port and its data over a restart, and gets a new pid', async () => {
    const server = await start();
    const before = server.pid;
    await queryRow(server.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    await server.restart('immediate');
    expect(server.pid).not.toBe(before);
    expect(await queryRow(server.url, 'SELECT seven FROM kept')).toEqual({ seven: 7 });
  });

  test('asks for the password when it was given one', async () => {
    const server = await start({ password: 'p@ss/wörd' });
    expect(await queryRow(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(queryRow(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('takes settings, arguments of initdb and what beforeStart writes', async () => {
    const server = await start({
      settings: { max_connections: '7' },
      initdbArgs: ['--encoding=LATIN1'],
      beforeStart: (dataFolder) => appendFile(join(dataFolder, 'postgresql.conf'), `\nwork_mem = '3MB'\n`),
    });
    const sql = `SELECT current_setting('max_connections') AS a, current_setting('server_encoding') AS b, current_setting('work_mem') AS c`;
    expect(await queryRow(server.url, sql)).toEqual({ a: '7', b: 'LATIN1', c: '3MB' });
  });

  test('uses a data folder of the caller again, and leaves it there', async () => {
    const dataFolder = join(await temporaryRootFolder(), 'mine');
    const first = await start({ dataFolder });
    await queryRow(first.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    await first.stop();
    const second = await start({ dataFolder });
    expect(await queryRow(second.url, 'SELECT seven FROM kept')).toEqual({ seven: 7 });
    await second.stop();
    expect((await stat(join(dataFolder, 'PG_VERSION'))).isFile()).toBe(true);
  });
});

describe('a server that cannot start', () => {
  test('says what its log says, and leaves nothing behind', async () => {
    const root = await temporaryRootFolder();
    const error = await start({ settings: { shared_buffers: 'plenty' } }).catch((e: unknown) => e);
    expect(isDraculaError(error, 'E_EMBEDDED_POSTGRES') && error.message).toMatch(
      /invalid value for parameter "shared_buffers"/,
    );
    expect((await readdir(root)).filter((name) => name.startsWith('dracula-postgres-'))).toEqual([]);
  });

  test('an unknown argument of initdb is reported with its words', async () => {
    const error = await start({ initdbArgs: ['--no-such-option'] }).catch((e: unknown) => e);
    expect(isDraculaError(error, 'E_EMBEDDED_POSTGRES') && error.message).toMatch(/no-such-option/);
  });

  test('a data folder with other files in it is refused and not touched', async () => {
    const dataFolder = join(await temporaryRootFolder(), 'letters');
    await mkdir(dataFolder);
    await writeFile(join(dataFolder, 'letter.txt'), 'mine');
    const before = await stat(join(dataFolder, 'letter.txt'));
    const error = await start({ dataFolder }).catch((e: unknown) => e);
    expect(isDraculaError(error, 'E_EMBEDDED_POSTGRES') && error.message).toMatch(
      /neither empty nor a PostgreSQL data folder/,
    );
    const after = await stat(join(dataFolder, 'letter.txt'));
    expect({ uid: after.uid, ctime: after.ctimeMs }).toEqual({ uid: before.uid, ctime: before.ctimeMs });
  });
});

describe('what tests build on it', () => {
  test('a server starts from a clone of what initdb made for another, unless more than the major decides on that', async () => {
    const options = withDataFolder(DEFAULT_MAJOR, {});
    const server = await start({ ...options, initdbArgs: ['--no-such-option'] }); // initdb would refuse
    expect(await queryRow(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    expect(withDataFolder(DEFAULT_MAJOR, { password: 'secret' }).initialise).toBeUndefined();
  });

  test('a test database is filled by its SQL, cloned and dropped', async () => {
    const sql = 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)';
    for (let i = 0; i < 2; i++) {
      const database = await createDatabase(shared, sql);
      const client = await database.client();
      expect((await client.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 2 }]);
      await database.drop();
    }
  });

  test('a session of dracula that stays open fails the check at the end of a file', async () => {
    const left = new pg.Client({ connectionString: shared.url, application_name: 'dracula worker' });
    await left.connect();
    await expect(expectNoConnectionsLeft(shared)).rejects.toThrow('sessions of dracula left open');
    await left.end();
    await expectNoConnectionsLeft(shared);
  });
});
