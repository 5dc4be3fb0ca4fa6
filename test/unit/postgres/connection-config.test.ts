import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type ConnectionConfig,
  describeConnection,
  describeServer,
  isLocalHost,
  resolveConnection,
} from '../../../src/postgres/connection-config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Environment = Record<string, string>;

function resolve(
  url: string | undefined,
  env: Environment = {},
  socketFolders: string[] = [],
): Promise<ConnectionConfig> {
  return resolveConnection({ url, env: { HOME: '/nonexistent', ...env }, socketFolders });
}

const EVERYTHING: Environment = {
  PGHOST: 'localhost',
  PGPORT: '5433',
  PGDATABASE: 'envdb',
  PGUSER: 'envuser',
  PGPASSWORD: 'envsecret',
  PGAPPNAME: 'envapp',
  PGCONNECT_TIMEOUT: '3',
  PGOPTIONS: '-c geqo=off',
};

it('takes libpq’s defaults where nobody says anything', async () => {
  const name = userInfo().username;
  expect(await resolve(undefined)).toEqual({
    host: 'localhost',
    port: 5432,
    database: name,
    user: name,
    ssl: false,
    channelBinding: 'disable',
    applicationName: 'dracula',
    connectTimeoutMs: 10_000,
    keepAliveIdleMs: 30_000,
    notices: [],
  });
});

it('takes everything from the environment', async () => {
  expect(await resolve(undefined, EVERYTHING)).toEqual({
    host: 'localhost',
    port: 5433,
    database: 'envdb',
    user: 'envuser',
    password: 'envsecret',
    ssl: false,
    channelBinding: 'disable',
    applicationName: 'envapp',
    options: '-c geqo=off',
    connectTimeoutMs: 3_000,
    keepAliveIdleMs: 30_000,
    notices: [],
  });
});

it('prefers the URL, and fills what it leaves open', async () => {
  const config = await resolve('postgresql://u:p@127.0.0.1/d?connect_timeout=7&keepalives_idle=5', EVERYTHING);
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 5433,
    database: 'd',
    user: 'u',
    password: 'p',
    connectTimeoutMs: 7_000,
    keepAliveIdleMs: 5_000,
    applicationName: 'envapp',
  });
});

it('prefers the argument to $DATABASE_URL, and that to PG*', async () => {
  const env = { ...EVERYTHING, DATABASE_URL: 'postgresql://urluser@localhost/urldb' };
  expect(await resolve(undefined, env)).toMatchObject({ user: 'urluser', database: 'urldb', port: 5433 });
  expect(await resolve('postgresql://u@localhost/d', env)).toMatchObject({ user: 'u', database: 'd' });
});

it('names the database after the user', async () => {
  expect(await resolve('postgresql://reader@localhost')).toMatchObject({ user: 'reader', database: 'reader' });
});

it('takes empty variables for missing ones', async () => {
  expect(await resolve(undefined, { DATABASE_URL: '', PGHOST: '', PGPORT: '', PGUSER: 'u' })).toMatchObject({
    host: 'localhost',
    port: 5432,
    user: 'u',
  });
});

it('finds the socket of a server when no host is named', async () => {
  const folder = await temporaryFolder();
  const server = createServer();
  await new Promise<void>((done) => server.listen(join(folder, '.s.PGSQL.5499'), done));
  onTestFinished(() => new Promise((done) => void server.close(() => done())));
  expect(await resolve('postgresql:///d?port=5499', {}, ['/nonexistent', folder])).toMatchObject({
    host: folder,
    ssl: false,
  });
  expect(await resolve('postgresql:///d?port=5498', {}, ['/nonexistent', folder])).toMatchObject({ host: 'localhost' });
});

it('waits without a limit when connect_timeout is 0 or less', async () => {
  expect((await resolve('postgresql://localhost?connect_timeout=0')).connectTimeoutMs).toBe(0);
  expect((await resolve('postgresql://localhost?connect_timeout=-1')).connectTimeoutMs).toBe(0);
});

it('checks the certificate of every host that is not this machine', async () => {
  expect((await resolve('postgresql://db/d')).ssl).toEqual({ verify: 'full' });
  expect((await resolve('postgresql://localhost/d?hostaddr=10.0.0.1')).ssl).toEqual({ verify: 'full' });
  expect(await resolve('postgresql://db/d?hostaddr=127.0.0.1')).toMatchObject({
    host: 'db',
    hostaddr: '127.0.0.1',
    ssl: { verify: 'full' },
  });
  expect(await resolve('postgresql:///d?hostaddr=127.0.0.1')).toMatchObject({ host: '127.0.0.1', ssl: false });
  expect((await resolve('postgresql://db/d', { PGSSLMODE: 'disable' })).ssl).toBe(false);
  const asEver = {
    PGSSLMINPROTOCOLVERSION: 'TLSv1.2',
    PGSSLSNI: '1',
    PGGSSENCMODE: 'prefer',
    PGTARGETSESSIONATTRS: 'any',
  };
  expect((await resolve('postgresql://db/d', asEver)).host).toBe('db');
});

it('reads the password file of $PGPASSFILE, passfile= and the home folder, when no password is given', async () => {
  const home = await temporaryFolder();
  const other = join(home, 'other');
  await writeFile(join(home, '.pgpass'), 'localhost:5432:d:u:from-home\n*:*:d:socketuser:no\n', { mode: 0o600 });
  await writeFile(other, '*:*:*:*:from-other\n', { mode: 0o600 });
  const url = 'postgresql://u@localhost/d';
  expect((await resolve(url, { HOME: home })).password).toBe('from-home');
  expect((await resolve(url, { HOME: home, PGPASSFILE: other })).password).toBe('from-other');
  expect((await resolve(`${url}?passfile=${other}`, { HOME: home })).password).toBe('from-other');
  expect((await resolve(url, { HOME: home, PGPASSWORD: 'from-env' })).password).toBe('from-env');
  expect((await resolve('postgresql://u:p@localhost/d', { HOME: home, PGPASSWORD: 'from-env' })).password).toBe('p');
  expect((await resolve('postgresql://nobody@localhost/d', { HOME: home })).password).toBeUndefined();
});

it('asks the password file for localhost when the default socket folder is used', async () => {
  const home = await temporaryFolder();
  await writeFile(join(home, '.pgpass'), 'localhost:5432:d:u:secret\n', { mode: 0o600 });
  await mkdir(join(home, 'sockets'));
  const url = `postgresql://u@/d?host=${join(home, 'sockets')}`;
  expect((await resolve(url, { HOME: home }, [join(home, 'sockets')])).password).toBe('secret');
  expect((await resolve(url, { HOME: home })).password).toBeUndefined();
});

it('passes on the notices of its parts', async () => {
  const home = await temporaryFolder();
  await writeFile(join(home, '.pgpass'), '*:*:*:*:secret\n', { mode: 0o644 });
  const { notices } = await resolve('postgresql://u@db/d?schema=x&sslmode=require', { HOME: home });
  expect(notices).toEqual([
    expect.stringContaining('schema'),
    expect.stringContaining('sslmode=require'),
    expect.stringContaining('.pgpass'),
  ]);
});

it('is plain data', async () => {
  const config = await resolve('postgresql://u:p@x.rds.amazonaws.com/d');
  expect(structuredClone(config)).toEqual(config);
});

it.each<[string, string | undefined, Environment, string]>([
  ['a port that is no number', 'postgresql://h:p0rt/d', {}, 'port must be a whole number from 1 to 65535'],
  ['port 0', 'postgresql://h:0/d', {}, 'port must be'],
  ['port 65536', undefined, { PGPORT: '65536' }, 'port must be'],
  ['a time-out that is no number', 'postgresql://localhost?connect_timeout=1s', {}, 'connect_timeout must be'],
  ['a host address that is a name', 'postgresql://h/d?hostaddr=h', {}, 'hostaddr must be an IP address'],
  ['a service', undefined, { PGSERVICE: 'shop' }, 'PGSERVICE is set, and Dracula does not honour it'],
  ['a service beside a URL', 'postgresql://localhost', { PGSERVICE: 'shop' }, 'PGSERVICE is set'],
  ['protection that it cannot give', undefined, { PGREQUIREAUTH: 'none' }, 'PGREQUIREAUTH is set'],
  [
    'a kind of server that it does not look for',
    undefined,
    { PGTARGETSESSIONATTRS: 'standby' },
    'PGTARGETSESSIONATTRS is honoured only as any',
  ],
  [
    'balancing of hosts',
    'postgresql://localhost',
    { PGLOADBALANCEHOSTS: 'random' },
    'PGLOADBALANCEHOSTS is honoured only as disable',
  ],
  ['encryption that it cannot give', undefined, { PGGSSENCMODE: 'require' }, 'PGGSSENCMODE is honoured only as'],
  [
    'a version of TLS',
    undefined,
    { PGSSLMINPROTOCOLVERSION: 'TLSv1.3' },
    'PGSSLMINPROTOCOLVERSION is honoured only as',
  ],
  ['a name that is not sent', undefined, { PGSSLSNI: '0' }, 'PGSSLSNI is honoured only as 1'],
  ['several hosts', undefined, { PGHOST: '127.0.0.1,::1' }, 'names several hosts'],
  ['a bad $DATABASE_URL', undefined, { DATABASE_URL: 'mysql://h' }, '$DATABASE_URL must have the form'],
  [
    'a channel binding that is unknown',
    'postgresql://db?channel_binding=x',
    {},
    'channel_binding must be one of disable, prefer, require',
  ],
  ['channel binding without TLS', 'postgresql://localhost?channel_binding=require', {}, 'needs TLS'],
])('refuses %s', async (_, url, env, message) => {
  await expect(resolve(url, env)).rejects.toMatchObject({ code: 'E_USAGE', message: expect.stringContaining(message) });
});

it.each([
  ['postgresql://u:secret@h:1/d?sslmode=disable&options=x', 'postgresql://u@h:1/d', 'h:1'],
  ['postgresql://u:secret@[::1]/d', 'postgresql://u@[::1]:5432/d', '[::1]:5432'],
  [
    'postgresql://u%40x:secret@/d%2Fe?host=/run/pg',
    'postgresql://u%40x@/d%2Fe?host=/run/pg&port=5432',
    '/run/pg/.s.PGSQL.5432',
  ],
])('describes %s without its password', async (url, connection, server) => {
  const config = await resolve(url);
  expect(describeConnection(config)).toBe(connection);
  expect(describeServer(config)).toBe(server);
});

it.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['db.localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['/tmp', true],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['10.0.0.1', false],
  ['::2', false],
  ['0.0.0.0', false],
])('isLocalHost(%s) is %s', (host, expected) => {
  expect(isLocalHost(host)).toBe(expected);
});
