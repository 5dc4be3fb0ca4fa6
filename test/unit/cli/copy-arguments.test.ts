import { describe, expect, it } from 'vitest';
import { parseCopyArguments } from '../../../src/cli/copy-arguments.ts';
import { DraculaError } from '../../../src/errors.ts';

const URL = 'postgresql://me:sesame@db/shop';

function errorOf(positionals: readonly string[]): DraculaError {
  try {
    parseCopyArguments(positionals);
  } catch (error) {
    if (error instanceof DraculaError) return error;
  }
  throw new Error('no DraculaError was thrown');
}

describe('arguments of copy', () => {
  it.each([
    [['./lake'], { tables: [], target: './lake' }],
    [['orders.parquet'], { tables: [], target: 'orders.parquet' }],
    [[URL, 'lake/'], { url: URL, tables: [], target: 'lake/' }],
    [['postgres://db', '/lake'], { url: 'postgres://db', tables: [], target: '/lake' }],
    [[URL, 'orders', 'billing.*', './lake'], { url: URL, tables: ['orders', 'billing.*'], target: './lake' }],
    [['"a/b"', '"x.parquet"', './lake'], { tables: ['"a/b"', '"x.parquet"'], target: './lake' }],
    [['public."a/b"', './lake'], { tables: ['public."a/b"'], target: './lake' }],
  ])('tells url, tables and target apart: %j', (positionals, parsed) => {
    expect(parseCopyArguments(positionals)).toEqual(parsed);
  });

  it.each([
    [[], /^The target is missing: the last argument is a lake folder with a `\/` in it/],
    [[URL], /^The target is missing/],
    [[URL, 'orders'], /^The target is missing: .* if `orders` is meant as a folder, write `\.\/orders`\.$/],
    [['"a/b"'], /^The target is missing: [^;]*$/],
    [['./lake', 'orders'], /^`orders` comes after the target `\.\/lake`: tables come first, the target last\.$/],
    [['./lake', URL], /^The URL comes first/],
    [['orders', URL, './lake'], /^The URL comes first/],
    [[URL, URL], /^The target is missing/],
    [[URL, URL, './lake'], /^There are two sources, URLs that start with postgresql:\/\/; one run/],
    [['./a', './b'], /^There are two targets, `\.\/a` and `\.\/b`; a table with such a name is given with --table/],
    [['x.parquet', './b'], /^There are two targets/],
    [['', './lake'], /^A table name is empty/],
    [['mysql://me:sesame@db/shop', './lake'], /^A URL that starts with mysql:\/\/ is no source/],
    [['postgre://me:sesame@db/shop', './lake'], /^A URL that starts with postgre:\/\/ is no source/],
  ])('refuses %j', (positionals, message) => {
    const error = errorOf(positionals);
    expect(error.code).toBe('E_USAGE');
    expect(error.message).toMatch(message);
  });

  it.each(['s3://bucket/lake', 'S3://bucket/lake'])('says that %s cannot be written yet', (target) => {
    const error = errorOf([URL, target]);
    expect(error.code).toBe('E_TARGET');
    expect(error.message).toBe('A lake on S3 cannot be written yet: name a local folder.');
  });

  it('knows no other store', () => {
    expect(errorOf([URL, 'gs://bucket/lake'])).toMatchObject({
      code: 'E_TARGET',
      message: expect.stringContaining('gs://'),
    });
  });

  it.each([
    [['me:sesame@db/shop', './lake']],
    [['./lake', 'me:sesame@db']],
    [['me:sesame@db/shop', 'orders']],
    [['mysql://me:sesame@db/shop']],
    [['mysql://me:sesame@db/shop', 'orders']],
    [[URL, URL]],
    [[URL, URL, './lake']],
  ])('never repeats what may be a password: %j', (positionals) => {
    expect(errorOf(positionals).message).not.toContain('sesame');
  });
});
