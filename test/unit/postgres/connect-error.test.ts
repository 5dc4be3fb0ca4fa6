import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DraculaError, type ErrorCode } from '../../../src/errors.ts';
import { connectError } from '../../../src/postgres/connect-error.ts';
import { type ConnectionConfig, resolveConnection } from '../../../src/postgres/connection-config.ts';

const config = await resolve('postgresql://reader:Zq9xKw7@db.example.com:5433/shop');

function resolve(url: string): Promise<ConnectionConfig> {
  return resolveConnection({ url, env: { HOME: '/nonexistent' } });
}

function systemError(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

describe('connectError', () => {
  it.each<[string, ErrorCode, RegExp]>([
    ['ENOTFOUND', 'E_CONNECT', /db.example.com is not known/],
    ['EAI_AGAIN', 'E_CONNECT', /DNS gives no answer/],
    ['ECONNREFUSED', 'E_CONNECT', /Nothing accepts connections at db.example.com:5433/],
    ['ETIMEDOUT', 'E_CONNECT', /firewall/],
    ['EHOSTUNREACH', 'E_CONNECT', /no way to/],
    ['ENETUNREACH', 'E_CONNECT', /no way to/],
    ['ECONNRESET', 'E_CONNECT', /closed the connection before it was ready/],
    ['EACCES', 'E_CONNECT', /unix_socket_permissions/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'E_TLS', /sslrootcert=<file>/],
    ['CERT_NOT_YET_VALID', 'E_TLS_EXPIRED', /clocks/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'E_TLS', /wants another client certificate/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'E_TLS', /handshake with db.example.com:5433 failed/],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'E_TLS_CLIENT', /do not belong together/],
    ['ESOMETHING', 'E_CONNECT', /failed \(ESOMETHING\). connect ESOMETHING/],
  ])('maps %s to %s', (code, expected, words) => {
    const e = connectError(systemError(code), config);
    expect(e).toMatchObject({
      code: expected,
      message: expect.stringMatching(words),
      facts: { host: 'db.example.com', port: 5433 },
    });
    expect(e.message).toContain(code);
  });

  it('names every address that was tried for a name with several', async () => {
    const refused = await new Promise((done) => {
      const lookup = (
        _: string,
        __: object,
        answer: (e: null, addresses: { address: string; family: number }[]) => void,
      ) =>
        answer(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ]);
      createConnection({ host: 'two.example.com', port: 1, lookup: lookup as never }).once('error', done);
    });
    expect(refused).toBeInstanceOf(AggregateError);
    expect(connectError(refused, config).message).toMatch(
      /^Nothing accepts connections at db.example.com:5433 \(tried 127.0.0.1 and 127.0.0.2\).*ECONNREFUSED/,
    );
  });

  it('tells the users of RDS which file is missing', async () => {
    const rds = await resolve('postgresql://u@x.il-central-1.rds.amazonaws.com/d');
    expect(connectError(systemError('SELF_SIGNED_CERT_IN_CHAIN'), rds).message).toMatch(/bundle of the region/);
  });

  it('does not repeat a text that holds the password', () => {
    const unknown = connectError(new Error('login as reader with Zq9xKw7 failed'), config);
    const refused = connectError(
      Object.assign(new Error('Zq9xKw7 is wrong'), { severity: 'FATAL', code: '28P01' }),
      config,
    );
    for (const e of [unknown, refused]) {
      expect(e.message).not.toContain('Zq9xKw7');
      expect(e.cause).toBeUndefined();
    }
    expect(refused).toMatchObject({ code: 'E_AUTH', message: expect.stringContaining('28P01') });
  });

  it('shows the server’s words where the password is also the name of the user', async () => {
    const same = await resolve('postgresql://reader:reader@localhost/shop');
    const e = connectError(
      Object.assign(new Error('role "reader" does not exist'), { severity: 'FATAL', code: '28000' }),
      same,
    );
    expect(e.message).toContain('role "reader" does not exist');
  });

  it('lets a DraculaError pass, and takes whatever else was thrown', () => {
    const e = new DraculaError('E_AUTH', 'No password.');
    expect(connectError(e, config)).toBe(e);
    expect(connectError(undefined, config).code).toBe('E_CONNECT');
    expect(connectError('words', config).message).toContain('words');
  });
});
