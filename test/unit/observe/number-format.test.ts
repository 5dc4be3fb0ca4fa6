import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatPerSecond,
  formatPlural,
  formatSeconds,
  formatShare,
} from '../../../src/observe/number-format.ts';

describe('number format', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567, '1,234,567'],
    [1_234_567.6, '1,234,568'],
  ])('groups thousands with commas: %d', (value, text) => expect(formatCount(value)).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999.6, '1.0 kB'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [128e6, '128.0 MB'],
    [7.25e12, '7.3 TB'],
  ])('gives bytes one decimal and never four digits: %d', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0 ms'],
    [0.0124, '12 ms'],
    [0.9996, '1.0 s'],
    [4.54, '4.5 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min 00 s'],
    [192, '3 min 12 s'],
    [3599.6, '1 h 00 min'],
    [7500, '2 h 05 min'],
  ])('takes the unit that fits a time: %d', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it.each([
    [-3, '0 s'],
    [59.9, '59 s'],
    [119, '1 min'],
    [3 * 3600 + 1, '3 h'],
    [47 * 3600, '47 h'],
    [12 * 86_400, '12 days'],
  ])('rounds an age down: %d', (seconds, text) => expect(formatAge(seconds)).toBe(text));

  it('never shows 100 % before it is all there', () => {
    expect([0, 0.456, 0.9999, 1, 1.2].map(formatShare)).toEqual(['0 %', '45 %', '99 %', '100 %', '100 %']);
  });

  it('has no rate where no time passed', () => {
    expect(formatPerSecond(1000, 0)).toBe('-');
    expect(formatPerSecond(1000, 0.5)).toBe('2,000');
  });

  it('knows one from many', () => {
    expect(formatPlural(1, 'table')).toBe('1 table');
    expect(formatPlural(0, 'table')).toBe('0 tables');
    expect(formatPlural(1234, 'query', 'queries')).toBe('1,234 queries');
  });
});
