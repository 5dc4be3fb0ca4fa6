import { writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { inspect } from 'node:util';
import type pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { EmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { DraculaError, type ErrorCode } from '../../src/errors.ts';
import { connectControl, connectionLoss } from '../../src/postgres/connect.ts';
import { type ConnectionConfig, resolveConnection } from '../../src/postgres/connection-config.ts';
import { queryError } from '../../src/postgres/sqlstate.ts';
import { type Certificate, createAuthority, createCertificate } from '../support/certificates.ts';
import { authentication, errorResponse, message, READY_FOR_QUERY, startFakeServer } from '../support/fake-server.ts';
import { runSql, startTestServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SENTINEL = 'Zq9xKw7-password';
const KEY_SENTINEL = 'Zq9xKw7-passphrase';

const AUTHORITY = createAuthority('shop authority');
const GOOD = createCertificate({ name: 'good', altNames: ['db.example.com', 'localhost'] }, AUTHORITY);
const OTHER_HOST = createCertificate({ name: 'other host', altNames: ['other.example.com'] }, AUTHORITY);
const EXPIRED = createCertificate(
  {
    name: 'expired',
    altNames: ['db.example.com'],
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
  },
  AUTHORITY,
);
const SELF_SIGNED = createCertificate({ name: 'self-signed', altNames: ['db.example.com'] });
const CLIENT = createCertificate({ name: 'badge', passphrase: KEY_SENTINEL }, AUTHORITY);

/** Rules by user, so that one server serves all tests. */
const HBA = `
local   all all                    scram-sha-256
hostssl all badge    127.0.0.1/32  cert
hostssl all tlsonly  127.0.0.1/32  scram-sha-256
host    all tlsonly  127.0.0.1/32  reject
hostssl all clear    127.0.0.1/32  password
host    all trusted  127.0.0.1/32  trust
host    all all      127.0.0.1/32  scram-sha-256
`;

const ROLES_AND_DATABASES = [
  'CREATE ROLE badge LOGIN',
  'CREATE ROLE trusted LOGIN',
  `CREATE ROLE tlsonly LOGIN PASSWORD '${SENTINEL}'`,
  `CREATE ROLE clear LOGIN PASSWORD '${SENTINEL}'`,
  `CREATE ROLE full_role LOGIN PASSWORD '${SENTINEL}' CONNECTION LIMIT 0`,
  'CREATE DATABASE closed',
  'REVOKE CONNECT ON DATABASE closed FROM PUBLIC',
  'CREATE DATABASE no_connections ALLOW_CONNECTIONS false',
];

let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await startTestServer(undefined, {
    password: SENTINEL,
    settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' },
    beforeStart: async (dataFolder) => {
      await writeFile(join(dataFolder, 'server.crt'), GOOD.cert);
      await writeFile(join(dataFolder, 'server.key'), GOOD.key, { mode: 0o600 });
      await writeFile(join(dataFolder, 'ca.crt'), AUTHORITY.cert);
      await writeFile(join(dataFolder, 'pg_hba.conf'), HBA);
    },
  });
  for (const sql of ROLES_AND_DATABASES) await runSql(server.url, sql);
});

/** A configuration for `server`, by a name that is not local: `hostaddr` stands for the DNS. */
async function remote(
  parameters: Record<string, string> = {},
  to: { port: number } = server,
): Promise<ConnectionConfig> {
  const url = `postgresql://postgres:${encodeURIComponent(SENTINEL)}@db.example.com:${to.port}/postgres`;
  const query = new URLSearchParams({ hostaddr: '127.0.0.1', ...parameters }).toString().replaceAll('+', '%20');
  return resolve(`${url}?${query}`);
}

/** The same by loopback, where TLS is not asked for. */
async function local(
  user = 'postgres',
  database = 'postgres',
  to: { port: number } = server,
): Promise<ConnectionConfig> {
  return resolve(`postgresql://${user}:${encodeURIComponent(SENTINEL)}@127.0.0.1:${to.port}/${database}`);
}

function resolve(url: string): Promise<ConnectionConfig> {
  return resolveConnection({ url, env: { HOME: '/nonexistent' }, socketFolders: [] });
}

async function caFile(): Promise<string> {
  const path = join(await temporaryFolder(), 'ca.pem');
  await writeFile(path, AUTHORITY.cert);
  return path;
}

async function useCertificate(certificate: Certificate): Promise<void> {
  await writeFile(join(server.dataFolder, 'server.crt'), certificate.cert);
  await writeFile(join(server.dataFolder, 'server.key'), certificate.key);
  await runSql(server.url, 'SELECT pg_reload_conf()');
  await vi.waitFor(async () => expect(await presentedName(server.port)).toBe(certificate.name), 10_000);
}

/** The common name of the certificate that the server shows now. */
function presentedName(port: number): Promise<string | string[] | undefined> {
  return new Promise((done, fail) => {
    const socket = connectSocket(port, '127.0.0.1', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('error', fail).once('data', () => {
      const secure = connectTls({ socket, rejectUnauthorized: false }, () => {
        done(secure.getPeerCertificate().subject.CN);
        secure.destroy();
      });
      secure.once('error', fail);
    });
  });
}

async function failure(config: ConnectionConfig): Promise<DraculaError> {
  let client: pg.Client;
  try {
    client = await connectControl(config);
  } catch (e) {
    expect(e).toBeInstanceOf(DraculaError);
    const all = inspect(e, { depth: 20, showHidden: true, maxStringLength: null });
    expect(all).not.toContain(SENTINEL);
    expect(all).not.toContain(KEY_SENTINEL);
    expect(all).not.toContain('PRIVATE KEY');
    return e as DraculaError;
  }
  await client.end();
  throw new Error('the connection was made');
}

async function expectFailure(config: ConnectionConfig, code: ErrorCode, ...words: (string | RegExp)[]): Promise<void> {
  const e = await failure(config);
  expect(e.message).toMatch(/:\d+|no-such-host|\.s\.PGSQL\./);
  for (const word of words) expect(e.message).toMatch(word);
  expect(e.code).toBe(code);
  expect(e.facts).toMatchObject({ host: config.host, port: config.port });
}

async function withClient<T>(config: ConnectionConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectControl(config);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const SESSION_SQL = `SELECT usename AS user, application_name AS name, coalesce(s.ssl, false) AS ssl, s.client_dn AS dn
  FROM pg_stat_activity JOIN pg_stat_ssl s USING (pid) WHERE pid = pg_backend_pid()`;

async function session(config: ConnectionConfig): Promise<unknown> {
  return withClient(config, async (client) => (await client.query(SESSION_SQL)).rows[0]);
}

describe('connectControl connects', () => {
  it('without TLS to loopback', async () => {
    expect(await session(await local())).toEqual({ user: 'postgres', name: 'dracula', ssl: false, dn: null });
  });

  it('through a Unix socket', async () => {
    const url = `postgresql://postgres:${SENTINEL}@/postgres?host=${server.socketDir}&port=${server.port}&sslmode=require`;
    expect(await session(await resolve(url))).toMatchObject({ ssl: false });
  });

  it('with TLS, the CA and the host name checked, to any other host', async () => {
    expect(await session(await remote({ sslrootcert: await caFile() }))).toMatchObject({ ssl: true });
  });

  it('with verify-full to a name that is looked up', async () => {
    const url = `postgresql://postgres:${SENTINEL}@localhost:${server.port}/postgres?sslrootcert=${await caFile()}`;
    expect(await session(await resolve(url))).toMatchObject({ ssl: true });
  });

  it('with require, whoever answers', async () => {
    expect(await session(await remote({ sslmode: 'require' }))).toMatchObject({ ssl: true });
  });

  it('with channel binding', async () => {
    const config = await remote({ sslrootcert: await caFile(), channel_binding: 'require' });
    expect(await session(config)).toMatchObject({ ssl: true });
  });

  it('with a client certificate whose key is encrypted', async () => {
    const sslrootcert = await caFile();
    const files = await temporaryFolder();
    await writeFile(join(files, 'c.crt'), CLIENT.cert);
    await writeFile(join(files, 'c.key'), CLIENT.key);
    const client = { sslcert: join(files, 'c.crt'), sslkey: join(files, 'c.key'), sslpassword: KEY_SENTINEL };
    const config = await remote({ sslrootcert, ...client, user: 'badge' });
    expect(await session(config)).toMatchObject({ user: 'badge', ssl: true, dn: '/CN=badge' });
    await expectFailure({ ...config, ssl: { ...sslOf(config), passphrase: 'wrong' } }, 'E_TLS_CLIENT', /sslpassword/);
    await expectFailure(
      { ...config, ssl: { ...sslOf(config), key: GOOD.key } },
      'E_TLS_CLIENT',
      /do not belong together/,
    );
    await expectFailure(await remote({ sslrootcert, user: 'badge' }), 'E_AUTH', /requires a valid client certificate/);
  });

  it('with the application’s own name, options and encoding', async () => {
    const url = `postgresql://trusted@127.0.0.1:${server.port}/postgres?options=-c%20geqo%3Doff&application_name=dracula-x`;
    const sql = `SELECT current_setting('geqo') AS geqo, current_setting('application_name') AS name,
      current_setting('client_encoding') AS encoding, current_setting('statement_timeout') AS timeout`;
    expect(await withClient(await resolve(url), async (client) => (await client.query(sql)).rows[0])).toEqual({
      geqo: 'off',
      name: 'dracula-x',
      encoding: 'UTF8',
      timeout: '0',
    });
  });

  it('without what this process has in its own PG* variables', async () => {
    vi.stubEnv('PGOPTIONS', '-c no_such_setting=1');
    vi.stubEnv('PGPASSWORD', 'wrong');
    try {
      expect(await session(await local())).toMatchObject({ user: 'postgres' });
      const { password: _, ...config } = await local();
      await expectFailure(config, 'E_AUTH', /none was given/);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('a server that refuses', () => {
  it('the password', async () => {
    await expectFailure({ ...(await local()), password: 'wrong' }, 'E_AUTH', /password authentication failed/, '28P01');
  });

  it('to go on without a password', async () => {
    const { password: _, ...config } = await local();
    await expectFailure(config, 'E_AUTH', /asks for the password of postgres, and none was given/, /PGPASSWORD/);
  });

  it('the user', async () => {
    await expectFailure(await local('nobody'), 'E_AUTH', /"nobody"/);
  });

  it('the database', async () => {
    await expectFailure(await local('postgres', 'nope'), 'E_DATABASE_NOT_FOUND', /database "nope" does not exist/);
  });

  it('the role on this database', async () => {
    await expectFailure(
      await local('trusted', 'closed'),
      'E_AUTH',
      /permission denied for database "closed"/,
      /CONNECT/,
    );
  });

  it('everybody on this database', async () => {
    await expectFailure(await local('postgres', 'no_connections'), 'E_CONNECT', /not currently accepting connections/);
  });

  it('one more connection', async () => {
    await expectFailure(await local('full_role'), 'E_TOO_MANY_CONNECTIONS', /too many connections for role/);
  });

  it('a connection without TLS, and how to get one', async () => {
    await expectFailure(await local('tlsonly'), 'E_AUTH', /pg_hba.conf/, /sslmode=verify-full/);
  });

  it('channel binding, which then gets no password', async () => {
    const parameters = { sslrootcert: await caFile(), channel_binding: 'require' };
    await expectFailure(
      await remote({ ...parameters, user: 'clear' }),
      'E_AUTH',
      /channel_binding=require/,
      /not sent/,
    );
    await expectFailure(await remote({ ...parameters, user: 'trusted' }), 'E_AUTH', /channel_binding=require/);
  });

  it('while it starts or stops', async () => {
    const fake = await startFakeServer((socket) =>
      socket.end(errorResponse('57P03', 'the database system is starting up')),
    );
    await expectFailure(await local('u', 'd', fake), 'E_CONNECT', /is starting up/, '57P03', /run again in a moment/);
  });
});

describe('a server that is not trusted', () => {
  it('since its CA is unknown', async () => {
    await expectFailure(await remote(), 'E_TLS', /signed by nobody who is trusted here/, /sslrootcert=<file>/);
  });

  it('since its certificate has another name', async () => {
    const sslrootcert = await caFile();
    await useCertificate(OTHER_HOST);
    const words = [
      'its certificate is for DNS:other.example.com, not for db.example.com',
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    ];
    await expectFailure(await remote({ sslrootcert }), 'E_TLS', ...words);
    await expectFailure(
      await resolve(`postgresql://postgres@127.0.0.1:${server.port}/d?sslrootcert=${sslrootcert}`),
      'E_TLS',
      /not for 127.0.0.1/,
    );
    expect(await session(await remote({ sslrootcert, sslmode: 'verify-ca' }))).toMatchObject({ ssl: true });
    expect(await session(await remote({ sslrootcert, sslmode: 'require' }))).toMatchObject({ ssl: true });
  });

  it('since its certificate has expired', async () => {
    const sslrootcert = await caFile();
    await useCertificate(EXPIRED);
    await expectFailure(await remote({ sslrootcert }), 'E_TLS_EXPIRED', /has expired/);
    await expectFailure(await remote({ sslrootcert, sslmode: 'verify-ca' }), 'E_TLS_EXPIRED', /has expired/);
  });

  it('since it signed its certificate itself', async () => {
    await useCertificate(SELF_SIGNED);
    await expectFailure(await remote(), 'E_TLS', /self-signed/);
    const sslrootcert = await caFile();
    await expectFailure(await remote({ sslrootcert, sslmode: 'require' }), 'E_TLS', /not trusted/);
    expect(await session(await remote({ sslmode: 'require' }))).toMatchObject({ ssl: true });
  });

  it.each([
    [{}, /all data would go in plain text/],
    [{ sslmode: 'prefer' }, /sslmode=prefer would send all data in plain text now/],
    [{ sslmode: 'require' }, /sslmode=require asks for it/],
  ])('since it does not offer TLS, with %o', async (parameters, words) => {
    const fake = await startFakeServer((socket) => socket.write('N'));
    await expectFailure(
      await remote(parameters, fake),
      'E_TLS_NOT_OFFERED',
      /does not offer TLS/,
      words,
      /Nothing was sent/,
    );
  });
});

describe('nobody who is PostgreSQL', () => {
  it('at a port where nothing listens', async () => {
    const { port } = await startFakeServer(() => {});
    await expectFailure(
      await local('u', 'd', { port: port === 1 ? 2 : 1 }),
      'E_CONNECT',
      /ECONNREFUSED/,
      /check host and port/,
    );
    await expectFailure(await resolve('postgresql://u:p@localhost:1/d'), 'E_CONNECT', /localhost:1/, /ECONNREFUSED/);
  });

  it('under a name that does not exist', async () => {
    await expectFailure(
      await resolve('postgresql://u:p@no-such-host.invalid/d'),
      'E_CONNECT',
      /no-such-host.invalid/,
      /ENOTFOUND|EAI_AGAIN/,
    );
  });

  it('in a folder without a socket', async () => {
    const folder = await temporaryFolder();
    await expectFailure(
      await resolve(`postgresql://u:p@/d?host=${folder}`),
      'E_CONNECT',
      `There is no socket ${folder}/.s.PGSQL.5432`,
      /ENOENT/,
    );
  });

  const HTTP = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
  const ALERT = Buffer.from([0x15, 3, 1, 0, 2, 2, 40]);
  const GREETING = Buffer.from('4a0000000a382e302e333600', 'hex');

  it.each<[string, string | Buffer, ErrorCode, RegExp]>([
    ['a web server', HTTP, 'E_PROTOCOL', /is not a PostgreSQL server: what answers is a web server/],
    ['a web server with TLS', ALERT, 'E_PROTOCOL', /speaks TLS from the first byte on/],
    ['another database', GREETING, 'E_PROTOCOL', /its first byte is 0x4a/],
    ['a length beyond all sense', Buffer.from('R\xff\xff\xff\xff\0\0\0\0', 'latin1'), 'E_PROTOCOL', /0x52/],
    [
      'a message type that there is not',
      Buffer.concat([authentication(0), message('q')]),
      'E_PROTOCOL',
      /not PostgreSQL's protocol/,
    ],
    ['a request for GSSAPI', authentication(7), 'E_AUTH', /number 7: GSSAPI/],
    [
      'a request for an unknown SASL mechanism',
      message('R', Buffer.from('\0\0\0\x0aOAUTHBEARER\0\0')),
      'E_AUTH',
      /scram-sha-256/,
    ],
  ])('but %s, without TLS', async (_, answer, code, words) => {
    const fake = await startFakeServer((socket) => void socket.once('data', () => socket.write(answer)));
    await expectFailure(await local('u', 'd', fake), code, words);
    await vi.waitFor(() => expect(fake.open.size).toBe(0));
  });

  it('but something that cannot show that it knows the password', async () => {
    const fake = await startFakeServer((socket) => {
      socket.once('data', () => {
        socket.write(message('R', Buffer.from('\0\0\0\x0aSCRAM-SHA-256\0\0')));
        socket.once('data', () => socket.write(message('R', Buffer.from('\0\0\0\x0br=x,s=eA==,i=1'))));
      });
    });
    await expectFailure(await local('u', 'd', fake), 'E_AUTH', /exchange that proves the password failed/);
    await vi.waitFor(() => expect(fake.open.size).toBe(0));
  });

  it.each<[string, string | Buffer, ErrorCode, RegExp]>([
    ['a web server', HTTP, 'E_PROTOCOL', /is not a PostgreSQL server: what answers is a web server/],
    ['a web server with TLS', ALERT, 'E_PROTOCOL', /speaks TLS from the first byte on/],
    ['more than one byte', 'Sx', 'E_PROTOCOL', /0x53/],
    [
      'an error in plain text',
      errorResponse('53300', 'too many'),
      'E_CONNECT',
      /answered the request for TLS with an error/,
    ],
  ])('but %s, asked for TLS', async (_, answer, code, words) => {
    const fake = await startFakeServer((socket) => void socket.once('data', () => socket.write(answer)));
    await expectFailure(await remote({}, fake), code, words);
    await vi.waitFor(() => expect(fake.open.size).toBe(0));
  });

  it('but something that closes at once', async () => {
    const fake = await startFakeServer((socket) => socket.end());
    await expectFailure(await local('u', 'd', fake), 'E_CONNECT', /closed the connection before it was ready/);
    await expectFailure(await remote({}, fake), 'E_CONNECT', /closed the connection before it was ready/);
  });

  it('but something that closes in the middle of the TLS handshake, or breaks it', async () => {
    const closes = await startFakeServer((socket) => {
      socket.once('data', () => socket.write('S', () => socket.once('data', () => socket.destroy())));
    });
    await expectFailure(await remote({}, closes), 'E_CONNECT', /closed the connection before it was ready/);
    const breaks = await startFakeServer((socket) => {
      socket.once('data', () => socket.write('S', () => socket.once('data', () => socket.write('garbage'.repeat(20)))));
    });
    await expectFailure(await remote({}, breaks), 'E_TLS', /TLS handshake with .* failed/);
  });

  it('but something that takes the connection and stays silent, at any stage', async () => {
    const silent = await startFakeServer(() => {});
    const afterTls = await startFakeServer((socket) => void socket.once('data', () => socket.write('S')));
    const afterAuthentication = await startFakeServer(
      (socket) => void socket.once('data', () => socket.write(authentication(0))),
    );
    for (const [config, fake] of [
      [await local('u', 'd', silent), silent],
      [await remote({}, silent), silent],
      [await remote({}, afterTls), afterTls],
      [await local('u', 'd', afterAuthentication), afterAuthentication],
    ] as const) {
      await expectFailure(
        { ...config, connectTimeoutMs: 200 },
        'E_CONNECT',
        /gave no complete answer within 0.2 s/,
        /connect_timeout/,
      );
      await vi.waitFor(() => expect(fake.open.size).toBe(0));
    }
  });
});

it('gives an attempt up when its signal says so', async () => {
  const fake = await startFakeServer(() => {});
  const config = await local('u', 'd', fake);
  const controller = new AbortController();
  const attempt = connectControl(config, { signal: controller.signal });
  await vi.waitFor(() => expect(fake.open.size).toBe(1));
  const reason = new DraculaError('E_INTERRUPTED', 'The run was interrupted.');
  controller.abort(reason);
  await expect(attempt).rejects.toBe(reason);
  await vi.waitFor(() => expect(fake.open.size).toBe(0));
  await expect(connectControl(config, { signal: controller.signal })).rejects.toBe(reason);
});

describe('a connection that is lost later', () => {
  it('while it idles: the process lives, the loss is remembered, queries reject', async () => {
    const client = await connectControl(await local());
    const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0];
    await runSql(server.url, `SELECT pg_terminate_backend(${pid})`);
    await vi.waitFor(() => expect(connectionLoss(client)).toMatchObject({ code: '57P01' }));
    const e = await client.query('SELECT 1').catch((cause: unknown) => queryError(cause));
    expect(e).toMatchObject({ code: 'E_CONNECTION_LOST' });
    await client.end();
  });

  it('during a query', async () => {
    const client = await connectControl(await local());
    const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0];
    const query = client
      .query('SELECT pg_sleep(30)')
      .catch((cause: unknown) => queryError(cause, { table: 'public.orders' }));
    await runSql(server.url, `SELECT pg_terminate_backend(${pid})`);
    expect(await query).toMatchObject({
      code: 'E_CONNECTION_LOST',
      message:
        'The server ended the connection while public.orders was read: terminating connection due to administrator command (57P01, admin_shutdown).',
      facts: { table: 'public.orders', sqlstate: '57P01' },
    });
    await client.end();
  });

  it.each([
    ['garbage', message('q'), 'E_PROTOCOL'],
    ['an authentication request that its parser throws on', authentication(99), 'E_PROTOCOL'],
    ['nothing but its end', null, 'E_CONNECTION_LOST'],
  ])('since the server sends %s', async (_, answer, code) => {
    const fake = await startFakeServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.concat([authentication(0), READY_FOR_QUERY]));
        socket.once('data', () => (answer === null ? socket.destroy() : socket.write(answer)));
      });
    });
    const client = await connectControl(await local('u', 'd', fake));
    const e = await client.query('SELECT 1').catch((cause: unknown) => queryError(cause));
    expect(e).toMatchObject({ code });
    await vi.waitFor(() => expect(fake.open.size).toBe(0));
  });
});

function sslOf(config: ConnectionConfig): Exclude<ConnectionConfig['ssl'], false> {
  if (config.ssl === false) throw new Error('the configuration is without TLS');
  return config.ssl;
}

describe('garbage in the answer to a query ends the connection, and nobody waits for the rest of it', () => {
  /** A message's head with a length that is not its own. */
  const head = (type: string, length: number) => {
    const bytes = Buffer.alloc(64);
    bytes.write(type, 0, 'latin1');
    bytes.writeInt32BE(length, 1);
    return bytes;
  };

  it.each<[string, Buffer]>([
    ['a row of two gigabytes', head('D', 2 ** 31 - 1)],
    ['a message of a gigabyte that is no row', head('C', 2 ** 30)],
    ['a negative length', head('D', -5)],
    ['a length too short for itself', head('Z', 3)],
    ['an unknown type', head('?', 12)],
    ['an error whose fields do not end', message('E', Buffer.from('SERROR'))],
    ['a row whose fields are not there', message('D', Buffer.from([0x7f, 0xff, 0, 0]))],
    ['a description whose columns are not there', message('T', Buffer.from([0, 9, 0x61, 0]))],
  ])(
    '%s',
    async (_, garbage) => {
      const fake = await startFakeServer((socket) => {
        socket.once('data', () => {
          socket.write(Buffer.concat([authentication(0), READY_FOR_QUERY]));
          socket.once('data', () => socket.write(garbage));
        });
      });
      const client = await connectControl(await local('u', 'd', fake));
      const failure = await client.query('SELECT 1').catch(queryError);
      expect(failure).toMatchObject({ code: 'E_PROTOCOL', facts: { port: fake.port } });
      expect(String(failure)).toMatch(/is not PostgreSQL's protocol.* The connection is closed/);
      expect(connectionLoss(client)).toBeDefined();
      await vi.waitFor(() => expect(fake.open.size).toBe(0));
      await client.end();
    },
    5_000,
  );
});
