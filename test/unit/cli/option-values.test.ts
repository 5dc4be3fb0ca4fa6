import { describe, expect, it } from 'vitest';
import {
  parseChoice,
  parseCompression,
  parseDuration,
  parseLevel,
  parseNames,
  parseNumericForm,
  parseReaders,
  parseSize,
  parseWhole,
} from '../../../src/cli/option-values.ts';

const refusal = (text: string, valid: string) =>
  expect.objectContaining({ code: 'E_USAGE', message: `--x does not take "${text}"; valid: ${valid}.` });

describe('option values', () => {
  it('takes one of a closed list, and lists it otherwise', () => {
    expect(parseChoice('--x', ['run', 'table'])('table')).toBe('table');
    for (const text of ['', 'Table', 'tables']) {
      expect(() => parseChoice('--x', ['run', 'table'])(text)).toThrow(refusal(text, 'run, table'));
    }
  });

  it('takes whole numbers from a minimum on', () => {
    expect(parseWhole('--x', 1)('131072')).toBe(131_072);
    for (const text of ['0', '-1', '1.5', '1e3', '', ' 1', 'many', '99999999999999999999']) {
      expect(() => parseWhole('--x', 1)(text)).toThrow(refusal(text, 'a whole number from 1 on'));
    }
  });

  it.each([
    ['500kB', 500_000],
    ['128MB', 128_000_000],
    ['128mb', 128_000_000],
    ['64MiB', 67_108_864],
    ['1.5 GB', 1_500_000_000],
    ['2GiB', 2_147_483_648],
    ['100B', 100],
  ])('takes the size %s as %d bytes', (text, bytes) => expect(parseSize('--x')(text)).toBe(bytes));

  it.each(['128', 'MB', '0MB', '-1MB', '1XB', '1e3MB', '', '99999999TB'])('takes no size from %j', (text) => {
    expect(() => parseSize('--x')(text)).toThrow(
      refusal(text, 'a size with its unit, such as 500kB, 128MB, 64MiB, 1.5GB'),
    );
  });

  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['30m', 1_800_000],
    ['30min', 1_800_000],
    ['2h', 7_200_000],
  ])('takes the duration %s as %d ms', (text, ms) => expect(parseDuration('--x')(text)).toBe(ms));

  it.each(['10', 's', '0s', '-1s', '1d', '1h30m', ''])('takes no duration from %j', (text) => {
    expect(() => parseDuration('--x')(text)).toThrow(
      refusal(text, 'a duration with its unit, such as 500ms, 10s, 30m, 2h'),
    );
  });

  it.each([
    ['zstd', { codec: 'zstd' }],
    ['zstd:19', { codec: 'zstd', level: 19 }],
    ['gzip:9', { codec: 'gzip', level: 9 }],
    ['snappy', { codec: 'snappy' }],
    ['none', { codec: 'none' }],
  ])('takes the compression %s', (text, choice) => expect(parseCompression('--x')(text)).toEqual(choice));

  it('lists the codecs, and the levels of a codec', () => {
    const parse = parseCompression('--x');
    expect(() => parse('lz4')).toThrow(refusal('lz4', 'zstd, snappy, gzip, none, with a level after a colon (zstd:9)'));
    expect(() => parse('zstd:23')).toThrow(refusal('23', 'a level of zstd from 1 to 22'));
    expect(() => parse('zstd:')).toThrow(refusal('', 'a level of zstd from 1 to 22'));
    expect(() => parse('snappy:1')).toThrow(refusal('1', 'no level at all for snappy'));
    expect(() => parseLevel('--x', 'gzip', '0')).toThrow(refusal('0', 'a level of gzip from 1 to 9'));
  });

  it('takes text or a decimal for numeric', () => {
    const parse = parseNumericForm('--x');
    expect(parse('text')).toBe('text');
    expect(parse('38,9')).toEqual({ precision: 38, scale: 9 });
    expect(parse('5,5')).toEqual({ precision: 5, scale: 5 });
    for (const text of ['39,0', '0,0', '5,6', '38', '38,', '38.9', 'float', '']) {
      expect(() => parse(text)).toThrow(refusal(text, 'text, or precision,scale of at most 38 digits, such as 38,9'));
    }
  });

  it.each([
    ['id', ['id']],
    ['id, total', ['id', 'total']],
    ['"Mixed Case",naïve', ['Mixed Case', 'naïve']],
    ['"a,b","say ""x"""', ['a,b', 'say "x"']],
    ['two words,x', ['two words', 'x']],
  ])('takes the names %s', (text, names) => expect(parseNames('--x')(text)).toEqual(names));

  it.each(['', ',', 'a,', ',a', 'a,,b', '"a', 'a"b', '"a"b', '""'])('takes no names from %j', (text) => {
    expect(() => parseNames('--x')(text)).toThrow(refusal(text, 'names between commas, such as id,total,"a,b"'));
  });
});

describe('readers', () => {
  it('are names between commas', () => expect(parseReaders('--x')('duckdb, pyarrow')).toEqual(['duckdb', 'pyarrow']));

  it.each(['', 'duckdb,', 'Duckdb', 'clickhouse', 'duckdb,clickhouse'])('refuses %j', (text) => {
    const valid = 'names between commas, of athena, duckdb, polars, pyarrow, spark, trino';
    expect(() => parseReaders('--x')(text)).toThrow(refusal(text, valid));
  });
});
