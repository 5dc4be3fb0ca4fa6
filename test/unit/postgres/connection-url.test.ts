import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { type ParsedUrl, parseConnectionUrl } from '../../../src/postgres/connection-url.ts';

const SENTINEL = 'Zq9xKw7';

function parse(url: string): ParsedUrl {
  return parseConnectionUrl(url, 'The connection URL');
}

function refusal(url: string): string {
  try {
    parse(url);
  } catch (e) {
    if (isDraculaError(e, 'E_USAGE')) return e.message;
    throw e;
  }
  throw new Error(`${url} was not refused`);
}

describe('parseConnectionUrl', () => {
  it.each<[string, ParsedUrl['parameters']]>([
    ['postgresql://', {}],
    ['postgres://localhost', { host: 'localhost' }],
    ['postgresql://localhost:5433', { host: 'localhost', port: '5433' }],
    ['postgresql://localhost/mydb', { host: 'localhost', dbname: 'mydb' }],
    ['postgresql://user@localhost', { user: 'user', host: 'localhost' }],
    ['postgresql://user:secret@localhost', { user: 'user', password: 'secret', host: 'localhost' }],
    ['postgresql://:secret@localhost', { password: 'secret', host: 'localhost' }],
    ['postgresql://user:@localhost', { user: 'user', host: 'localhost' }],
    [
      'postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp',
      { user: 'other', host: 'localhost', dbname: 'otherdb', connect_timeout: '10', application_name: 'myapp' },
    ],
    ['postgresql:///mydb?host=localhost&port=5433', { dbname: 'mydb', host: 'localhost', port: '5433' }],
    ['postgresql://ignored:1/db?host=h&port=2', { host: 'h', port: '2', dbname: 'db' }],
    ['postgresql://[2001:db8::1234]/database', { host: '2001:db8::1234', dbname: 'database' }],
    ['postgresql://u@[::1]:5433/d', { user: 'u', host: '::1', port: '5433', dbname: 'd' }],
    ['postgresql:///dbname?host=/var/lib/postgresql', { dbname: 'dbname', host: '/var/lib/postgresql' }],
    ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { host: '/var/lib/postgresql', dbname: 'dbname' }],
    ['postgresql://us%40er:p%3A%2F%40%23%25@h/d%2Fb', { user: 'us@er', password: 'p:/@#%', host: 'h', dbname: 'd/b' }],
    ['postgresql://u:a:b?c#d&e=f@h/d', { user: 'u', password: 'a:b?c#d&e=f', host: 'h', dbname: 'd' }],
    [
      'postgresql://u:p+q@h/d?options=-c%20a%3Db+c',
      { user: 'u', password: 'p+q', host: 'h', dbname: 'd', options: '-c a=b+c' },
    ],
    ['postgresql://h?sslmode=require&sslmode=verify-full', { host: 'h', sslmode: 'verify-full' }],
    ['postgresql://h/d?ssl=true', { host: 'h', dbname: 'd', sslmode: 'verify-full' }],
    ['postgresql://h/d?sslmode=&user=', { host: 'h', dbname: 'd' }],
    ['postgresql://h/d?&uselibpqcompat=true&target_session_attrs=any&', { host: 'h', dbname: 'd' }],
    [' postgresql://h/naïve\n', { host: 'h', dbname: 'naïve' }],
  ])('reads %s', (url, parameters) => {
    expect(parse(url).parameters).toEqual(parameters);
  });

  it('names the parameters of other clients that it ignores', () => {
    const parsed = parse('postgresql://h/d?schema=public&connection_limit=5&sslmode=disable');
    expect(parsed.parameters).toEqual({ host: 'h', dbname: 'd', sslmode: 'disable' });
    expect(parsed.notices).toEqual([
      "The URL parameter schema is ignored: it is not one of PostgreSQL's.",
      "The URL parameter connection_limit is ignored: it is not one of PostgreSQL's.",
    ]);
  });

  it.each<[string, string]>([
    ['mysql://u@h/d', 'must have the form postgresql://'],
    ['host=localhost dbname=d', 'must have the form postgresql://'],
    ['jdbc:postgresql://h/d', 'must have the form postgresql://'],
    ['', 'must have the form postgresql://'],
    ['postgresql://a,b/d', 'several hosts'],
    ['postgresql://::1/d', 'stands in brackets'],
    ['postgresql://[::1/d', 'stands in brackets'],
    ['postgresql://h/d?sslmode', 'name=value'],
    [
      'postgresql://h/d?sslmod=require',
      'the parameter sslmod, which is not known. Valid ones: application_name, channel_binding',
    ],
    ['postgresql://h/d?require_auth=scram-sha-256', 'the parameter require_auth, which is not known'],
    ['postgresql://h/d?target_session_attrs=read-write', 'honoured only as any'],
    ['postgresql://h/100%', '%25'],
    ['postgresql://h/%ff', '%25'],
    ['postgresql://h/a%00b', '%25'],
  ])('refuses %s', (url, message) => {
    expect(refusal(url)).toContain(message);
  });

  it.each([
    `postgresql://u:${SENTINEL}@x@h/d`,
    `postgresql://u:x@${SENTINEL}@h/d`,
    `postgresql://u:${SENTINEL}/x@h/d`,
    `postgresql://u:1/${SENTINEL}@h/d`,
    `postgresql://u:1/x?${SENTINEL}@h/d`,
    `postgresql://u:1/x?${SENTINEL}=@h/d`,
    `postgresql://u:1/x?a=${SENTINEL}@h/d`,
    `postgresql://u:%${SENTINEL}@h/d`,
    `postgresql://u:p@h/d?${SENTINEL}!=1`,
    `postgresql://u:p@h/d?${SENTINEL}`,
    `postgresql://u:p@h/d?target_session_attrs=${SENTINEL}`,
    `${SENTINEL}://u:p@h/d`,
  ])('does not repeat what may be part of a password: %s', (url) => {
    expect(refusal(url)).not.toContain(SENTINEL);
  });

  it('takes every password that is escaped as it is', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(text, text, text, (user, password, dbname) => {
        const [u, p, d] = [user, password, dbname].map(encodeURIComponent);
        expect(parse(`postgresql://${u}:${p}@h:1/${d}`).parameters).toEqual({
          user,
          password,
          host: 'h',
          port: '1',
          dbname,
        });
      }),
    );
  });

  it('never takes an unescaped password for anything but a password', () => {
    const piece = fc.constantFrom(SENTINEL, '@', '/', ':', '?', '#', '%', '&', '=', '[', ']', ',', '1', 'x');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const url = `postgresql://u:${pieces.join('')}@h/d`;
        try {
          const { password: _, ...rest } = parse(url).parameters;
          expect(JSON.stringify(rest)).not.toContain(SENTINEL);
        } catch (e) {
          if (!isDraculaError(e, 'E_USAGE')) throw e;
          expect(e.message).not.toContain(SENTINEL);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
