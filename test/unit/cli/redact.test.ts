import { describe, expect, it } from 'vitest';
import { createRedactor, hasPassword } from '../../../src/cli/redact.ts';

const PLAIN = 'p@ss w/"örd%';
const ENCODED = encodeURIComponent(PLAIN);
const LOWER = ENCODED.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

describe('redaction', () => {
  it.each([
    ['as typed', ENCODED],
    ['decoded', PLAIN],
    ['inside JSON', JSON.stringify(PLAIN)],
    ['encoded in lower case', LOWER],
    ['in a URL', `postgresql://me:${ENCODED}@db/shop`],
  ])('hides the password of the URL %s', (_, form) => {
    for (const typed of [ENCODED, LOWER]) {
      const redact = createRedactor(['copy', `postgresql://me:${typed}@db/shop`, './lake'], {});
      const text = redact(`before ${form} after`);
      expect(text).toMatch(/^before .*\*\*\*.* after$/);
      for (const part of ['p@ss', 'p%40ss', 'örd', '%C3%B6rd', '%c3%b6rd']) expect(text).not.toContain(part);
    }
  });

  it.each([
    ['$DATABASE_URL', { DATABASE_URL: 'postgres://me:sesame@db/shop' }, []],
    ['$PGPASSWORD', { PGPASSWORD: 'sesame' }, []],
    ['a parameter', {}, ['postgres://me@db/shop?password=sesame&sslmode=require']],
    ['the key of a client certificate', {}, ['postgres://me@db/shop?sslpassword=sesame']],
    ['a URL without a user', {}, ['postgres://:sesame@db/shop']],
    ['an argument with =', {}, ['--table=postgres://me:sesame@db/shop']],
  ])('hides the password from %s', (_, env, argv) => {
    expect(createRedactor(argv, env)('it is sesame.')).toBe('it is ***.');
  });

  it.each(['a/ses@me', 'ses#am@e', 'ses?am@e', 'ses:am@e', '1234/ses@me'])(
    'hides a password with an unencoded character: %s',
    (password) => {
      const url = `postgres://me:${password}@db/shop`;
      const redact = createRedactor([url], {});
      expect(redact(`"${url}"`)).not.toContain('ses');
      expect(redact(`the password ${password}`)).toBe('the password ***');
    },
  );

  it('hides the password of URLs that it was not told of', () => {
    const redact = createRedactor([], {});
    expect(redact('at mysql://root:x@h/db and postgres://a:b@c:5432/d?password=e&f=g')).toBe(
      'at mysql://root:***@h/db and postgres://a:***@c:5432/d?password=***&f=g',
    );
  });

  it('leaves a word alone that is also a name, but not in its URL', () => {
    const redact = createRedactor(['postgres://postgres:postgres@localhost/shop'], {});
    expect(redact('user postgres of postgres://postgres:postgres@localhost/shop')).toBe(
      'user postgres of postgres://postgres:***@localhost/shop',
    );
  });

  it('leaves text without secrets as it is', () => {
    expect(createRedactor(['copy', 'orders', './lake'], {})('1,234 rows into ./lake')).toBe('1,234 rows into ./lake');
  });

  it.each([
    ['postgres://me:x@db/shop', true],
    ['postgres://db/shop?password=x', true],
    ['postgres://me:a/b@db/shop', true],
    ['postgres://me@db/shop', false],
    ['postgres://me:@db/shop', false],
    ['postgres://db:5432/shop', false],
    ['postgres://[::1]:5432/shop', false],
  ])('knows whether %s carries one: %s', (url, expected) => expect(hasPassword(url)).toBe(expected));
});
