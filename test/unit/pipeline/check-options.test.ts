import { expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { checkCopyOptions, checkVerifyOptions } from '../../../src/pipeline/check-options.ts';
import type { CopyOptions } from '../../../src/pipeline/copy-options.ts';
import type { VerifyOptions } from '../../../src/pipeline/verify-options.ts';

function refusal(options: unknown, check = (given: unknown) => checkCopyOptions(given as CopyOptions)): string {
  try {
    check(options);
  } catch (error) {
    if (isDraculaError(error, 'E_USAGE')) return error.message;
    throw error;
  }
  return 'none';
}

it('takes what the types allow', () => {
  const options: CopyOptions = {
    target: './lake/',
    tables: ['orders'],
    query: { sql: 'SELECT 1', name: 'one' },
    numeric: { precision: 38, scale: 9 },
    consistency: 'table',
    columnOptions: { 'a.b': { dims: 2, awkward: 'null' } },
    readers: ['duckdb', 'pyarrow'],
    signal: new AbortController().signal,
    onEvent: () => undefined,
    env: {},
  };
  expect(refusal(options)).toBe('none');
});

it.each([
  [{ consistency: 'foo' }, 'consistency is a value of type string; it has to be one of run, table, chunk'],
  [{ columns: [] }, 'columns is a value of type array; it has to be an array of one or more texts'],
  [{ query: { sql: '', name: 'q' } }, 'it has to be { sql, name }, two texts that are not empty'],
  [{ where: 'id > 0\0' }, 'where is a value of type string; it has to be a text that is not empty and holds no NUL'],
  [{ url: '' }, 'url is empty; it has to be a text'],
  [{ readers: [] }, 'it has to be an array of one or more of athena, duckdb, polars, pyarrow, spark, trino'],
  [{ readers: ['duckdb', 'hive'] }, 'readers is a value of type array; it has to be an array of one or more of athena'],
  [{ awkward: 'skip' }, 'it has to be one of fail, null, quarantine'],
  [{ columnOptions: { 'a.b': { dims: 7 } } }, 'with, by column, { dims, awkward }: a whole number from 1 to 6 or'],
  [{ columnOptions: { 'a.b': { awkward: 'skip' } } }, 'columnOptions is a value of type object'],
  [{ columnOptions: { 'a.b': { dim: 2 } } }, 'columnOptions is a value of type object'],
  [{ maxQuarantined: -1 }, 'maxQuarantined is -1; it has to be a whole number from 0 on, or a share'],
  [{ maxQuarantined: '101%' }, 'maxQuarantined is a value of type string'],
  [{ target: 'x.parquet', awkward: 'quarantine' }, 'the target is one file: name a lake folder'],
  [
    { maxQuarantined: 5 },
    '`maxQuarantined` limits the rows that are set aside, and none are: say `awkward: quarantine`',
  ],
  [{ maxQuarantined: '1%', columnOptions: { 'a.b': { awkward: 'null' } } }, 'and none are'],
  [{ target: 'x.parquet', columnOptions: { 'a.b': { awkward: 'quarantine' } } }, 'name a lake folder'],
  [{ compression: 'lz4' }, 'it has to be one of zstd, snappy, gzip, none'],
  [{ tables: 'orders' }, 'tables is a value of type string; it has to be an array of one or more texts'],
  [{ tables: [] }, 'tables is a value of type array; it has to be an array of one or more texts'],
  [{ tabels: ['orders'] }, 'There is no option tabels; there are url, target, tables'],
  [{ numeric: '38,9' }, "it has to be 'text' or { precision, scale }"],
  [{ numeric: { precision: 39, scale: 0 } }, 'numeric is a value of type object'],
  [{ numeric: { precision: '38', scale: 9 } }, 'numeric is a value of type object'],
  [{ numeric: { precision: 38, scale: null } }, 'numeric is a value of type object'],
  [{ query: { sql: 'SELECT 1', name: '' } }, 'query is a value of type object'],
  [
    { query: { sql: '', name: 'one' } },
    'query is a value of type object; it has to be { sql, name }, two texts that are',
  ],
  [{ connections: 0 }, 'connections is 0; it has to be a whole number above 0'],
  [{ compressionLevel: 23 }, '`compressionLevel` is 23; zstd has levels from 1 to 22. Nothing was read.'],
  [{ compressionLevel: 0 }, 'zstd has levels from 1 to 22'],
  [{ compression: 'gzip', compressionLevel: 10 }, 'gzip has levels from 1 to 9'],
  [{ compression: 'snappy', compressionLevel: 1 }, 'snappy has no levels'],
  [{ target: 5 }, 'target is 5; it has to be a text'],
  [{ target: undefined }, 'target is missing'],
])('refuses %j before anything is read', (wrong, message) => {
  expect(refusal({ target: './lake/', ...wrong })).toContain(message);
});

it('never shows a text that was given in the wrong place', () => {
  expect(refusal({ target: './lake/', numeric: 'postgresql://u:secret@h/d' })).not.toContain('secret');
  expect(refusal(undefined)).toContain('not an object');
});

it.each([
  [{}, 'none'],
  [{ samplePercent: 0.5, datasets: ['orders'], strict: true, maxBlockMs: 1, onDataset: () => undefined }, 'none'],
  [{ sample: 1 }, 'There is no option sample; there are lake, datasets, url, samplePercent'],
  [{ samplePercent: '1' }, 'samplePercent is a value of type string; it has to be a number above 0 and at most 100'],
  [{ samplePercent: 0 }, 'samplePercent is 0'],
  [{ datasets: [] }, 'datasets is a value of type array; it has to be an array of one or more texts'],
  [{ datasets: 'orders' }, 'datasets is a value of type string'],
  [{ lake: undefined }, 'lake is missing'],
])('of a verification %j says: %s', (given, message) => {
  const check = (options: unknown) => checkVerifyOptions(options as VerifyOptions);
  expect(refusal({ lake: './lake', ...given }, check)).toContain(message);
});
