import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatTable } from '../../../src/core/identifiers.ts';
import { isDraculaError } from '../../../src/errors.ts';
import { type Candidate, selectTables, type TableSelection } from '../../../src/introspect/selection.ts';

let oid = 100;
function candidate(namespace: string, name: string, facts: Partial<Candidate> = {}): Candidate {
  return {
    oid: oid++,
    name: { namespace, name },
    relkind: 'r',
    isPartition: false,
    ancestors: [],
    extensionOwned: false,
    ...facts,
  };
}

const measurements = candidate('public', 'measurements', { relkind: 'p' });
const CANDIDATES = [
  candidate('billing', 'a.b'),
  candidate('billing', 'audit_log'),
  candidate('billing', 'orders'),
  candidate('billing', 'secret_view', { relkind: 'v' }),
  candidate('public', 'Mixed Case'),
  candidate('public', 'a"b'),
  candidate('public', 'customers'),
  candidate('public', 'daily', { relkind: 'm' }),
  candidate('public', 'event_log'),
  candidate('public', 'far_away', { relkind: 'f' }),
  measurements,
  candidate('public', 'measurements_1', { isPartition: true, ancestors: [measurements.oid] }),
  candidate('public', 'open_orders', { relkind: 'v' }),
  candidate('public', 'orders'),
  candidate('public', 'spatial_ref_sys', { extensionOwned: true }),
  candidate('public', 'x(1)[2]+'),
];

function select(selection: TableSelection): string[] {
  return selectTables(CANDIDATES, selection).map(({ name }) => formatTable(name));
}

function errorOf(selection: TableSelection) {
  try {
    select(selection);
  } catch (e) {
    if (isDraculaError(e)) return { code: e.code, message: e.message };
    throw e;
  }
  throw new Error('nothing was thrown');
}

it('takes tables, partitioned tables and materialised views by default, not views, foreign tables, partitions or what extensions own', () => {
  expect(select({})).toEqual([
    'billing."a.b"',
    'billing.audit_log',
    'billing.orders',
    'public."Mixed Case"',
    'public."a""b"',
    'public.customers',
    'public.daily',
    'public.event_log',
    'public.measurements',
    'public.orders',
    'public."x(1)[2]+"',
  ]);
  expect(select({ tables: ['*'] })).toEqual(select({}));
  expect(select({ tables: ['*.*'] })).toEqual(select({}));
});

it.each([
  ['a name that is unique', 'customers', ['public.customers']],
  ['a name with its namespace', 'billing.orders', ['billing.orders']],
  ['a quoted name', '"Mixed Case"', ['public."Mixed Case"']],
  ['a quoted name with a dot', 'billing."a.b"', ['billing."a.b"']],
  ['a quoted name with a quote', 'public."a""b"', ['public."a""b"']],
  ['a namespace', 'billing.*', ['billing."a.b"', 'billing.audit_log', 'billing.orders']],
  ['a glob over all namespaces', '*_log', ['billing.audit_log', 'public.event_log']],
  ['a glob with ?', 'public.order?', ['public.orders']],
  ['a glob over namespaces', 'b*.orders', ['billing.orders']],
  ['characters that are special in patterns elsewhere', 'x(1)[2]+', ['public."x(1)[2]+"']],
  ['and in a glob', 'x(1)[2]*', ['public."x(1)[2]+"']],
  ['a view by its name', 'open_orders', ['public.open_orders']],
  ['a view by its name and namespace', 'billing.secret_view', ['billing.secret_view']],
  ['a foreign table by its name', 'far_away', ['public.far_away']],
  ['a glob, which leaves views to be named', '*orders', ['billing.orders', 'public.orders']],
  ['a glob, which leaves foreign tables to be named', '?a*y', ['public.daily']],
  ['a glob of namespaces before the name of a table', '*.orders', ['billing.orders', 'public.orders']],
  ['a partition by its name', 'measurements_1', ['public.measurements_1']],
  ["an extension's table by its name", 'public.spatial_ref_sys', ['public.spatial_ref_sys']],
  ['a glob, which leaves partitions to their table', 'measurements*', ['public.measurements']],
])('selects by %s: %s', (_, pattern, tables) => {
  expect(select({ tables: [pattern] })).toEqual(tables);
});

it('keeps the order of the database and names each table once', () => {
  expect(select({ tables: ['public.orders', 'billing.*', '*.orders'] })).toEqual([
    'billing."a.b"',
    'billing.audit_log',
    'billing.orders',
    'public.orders',
  ]);
});

it('takes away what is excluded, by name or by glob, and lets a glob match nothing', () => {
  expect(select({ tables: ['billing.*'], exclude: ['*_log', 'tmp_*'] })).toEqual(['billing."a.b"', 'billing.orders']);
  expect(select({ tables: ['*orders'], exclude: ['public.orders'] })).toEqual(['billing.orders']);
  expect(select({ exclude: ['measurements*'] })).not.toContain('public.measurements');
});

it('refuses a name or a glob that matches nothing, with the names near to it', () => {
  expect(errorOf({ tables: ['custmers'] })).toEqual({
    code: 'E_TABLE_NOT_FOUND',
    message: 'custmers matches no table. Near: public.customers.',
  });
  expect(errorOf({ tables: ['Orders'] }).message).toContain('Near: billing.orders, public.orders');
  expect(errorOf({ tables: ['shipping.*'] }).code).toBe('E_TABLE_NOT_FOUND');
  expect(errorOf({ exclude: ['custmers'] }).message).toContain('custmers, which is to be left out, matches no table');
});

it.each([
  ['*_orders', 'views only (public.open_orders): they are copied when named exactly.'],
  ['*_view', 'views only (billing.secret_view): they are copied when named exactly.'],
  ['*.open_orders', 'views only (public.open_orders): they are copied when named exactly.'],
  ['far_*', 'foreign tables only (public.far_away): they are copied when named exactly.'],
  ['spatial*', 'relations of extensions only (public.spatial_ref_sys): they are copied when named exactly.'],
  [
    'measurements_?',
    'partitions only (public.measurements_1): they are copied when named exactly, partitions with their table.',
  ],
])('refuses %s, a glob of what has to be named, and says so', (pattern, fits) => {
  expect(errorOf({ tables: [pattern] })).toEqual({
    code: 'E_TABLE_NOT_FOUND',
    message: `${pattern} matches no table. It fits ${fits}`,
  });
});

it('refuses a name without its namespace that could be two tables', () => {
  expect(errorOf({ tables: ['orders'] })).toEqual({
    code: 'E_TABLE_AMBIGUOUS',
    message: '"orders" could be any of billing.orders, public.orders.',
  });
});

it('refuses to take a partition out of a table that is copied, by name or by glob', () => {
  for (const exclude of ['measurements_1', 'public.*_1']) {
    expect(errorOf({ exclude: [exclude] }).message).toContain(
      `${exclude} is to be left out and fits public.measurements_1, a partition of public.measurements`,
    );
  }
  expect(select({ tables: ['orders*'], exclude: ['measurements_1'] })).toEqual(['billing.orders', 'public.orders']);
});

it('finds every table by the form in which it is shown', () => {
  const pgName = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(pgName, pgName, (namespace, name) => {
      const table = candidate(namespace, name);
      expect(selectTables([...CANDIDATES, table], { tables: [formatTable(table.name)] })).toEqual([table]);
    }),
  );
});

it.each(['', '"', 'a.', '.a', 'a.b.c', '"a"b', 'a"b', '""'])('refuses %o, which is no name', (pattern) => {
  expect(errorOf({ tables: [pattern] }).code).toBe('E_USAGE');
});
