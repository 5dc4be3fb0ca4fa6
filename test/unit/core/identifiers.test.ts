import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  datasetName,
  findCollisions,
  formatTable,
  queryName,
  quoteIdentifier,
  quoteTable,
} from '../../../src/core/identifiers.ts';

it('quotes every identifier and doubles its quotes', () => {
  expect(quoteIdentifier('select')).toBe('"select"');
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
  expect(quoteTable({ namespace: 'my.ns', name: 'x"; drop table y; --' })).toBe('"my.ns"."x""; drop table y; --"');
});

it('shows a name as --table takes it back', () => {
  expect(formatTable({ namespace: 'public', name: 'orders' })).toBe('public.orders');
  expect(formatTable({ namespace: 'public', name: 'Mixed Case' })).toBe('public."Mixed Case"');
  expect(formatTable({ namespace: 'a.b', name: 'naïve' })).toBe('"a.b".naïve');
  expect(formatTable({ namespace: '', name: 'top_ten' })).toBe('top_ten');
});

it.each([
  [{ namespace: 'public', name: 'orders' }, 'orders'],
  [{ namespace: 'billing', name: 'orders' }, 'billing__orders'],
  [{ namespace: 'public', name: 'Orders' }, '%4Frders'],
  [{ namespace: 'public', name: 'naïve' }, 'na%C3%AFve'],
  [{ namespace: 'public', name: '🧛' }, '%F0%9F%A7%9B'],
  [{ namespace: 'public', name: '../../etc/passwd' }, '%2E%2E%2F%2E%2E%2Fetc%2Fpasswd'],
  [{ namespace: 'public', name: 'a%2Fb' }, 'a%252%46b'],
  [{ namespace: 'Sales', name: 'a b' }, '%53ales__a%20b'],
  [{ namespace: '', name: 'top' }, 'top'],
])('names the dataset of %o %s', (table, dataset) => {
  expect(datasetName(table)).toBe(dataset);
});

const pgName = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });

it('gives distinct tables of one namespace distinct folders, with case folded, of harmless bytes only', () => {
  fc.assert(
    fc.property(pgName, pgName, fc.constantFrom('public', 'billing'), (a, b, namespace) => {
      const [x, y] = [datasetName({ namespace, name: a }), datasetName({ namespace, name: b })];
      expect(x).toMatch(/^[a-z0-9_%A-F]+$/);
      if (Buffer.from(a).equals(Buffer.from(b))) expect(x).toBe(y);
      else expect(x.toLowerCase()).not.toBe(y.toLowerCase());
    }),
  );
});

it('finds datasets whose names SQL cannot tell apart', () => {
  const datasets = ['billing__orders', '%4Frders', 'users', 'billing__%4Frders', 'orders', 'billing__orders'].map(
    (dataset, i) => ({ dataset, i }),
  );
  expect(findCollisions(datasets).map((group) => group.map(({ i }) => i))).toEqual([
    [0, 3, 5],
    [1, 4],
  ]);
});

it('has one name for a dataset in SQL, the decoded one', () => {
  expect(['orders', 'odd__%4Dixed%20%43ase', '%55sers', '%FF'].map(queryName)).toEqual([
    'orders',
    'odd__Mixed Case',
    'Users',
    '%FF',
  ]);
});
