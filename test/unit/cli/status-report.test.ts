import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/cli/status-report.ts';
import { DraculaError, ERROR_CODES, serializeError } from '../../../src/errors.ts';

const orders = {
  dataset: 'orders',
  table: 'public.orders',
  version: 12,
  rows: 1_000_000,
  bytes: 34_500_000,
  parts: 3,
  damagedParts: 0,
  columns: 15,
  committedAt: '2026-11-22T10:00:00.000Z',
  runId: 'r',
};
const NOW = Date.parse('2026-11-22T13:00:00.000Z');

describe('status report', () => {
  it('lists version, rows, size and age of each dataset', () => {
    const top = { ...orders, dataset: 'top', table: null, version: 1, rows: 10, bytes: 900, parts: 1, columns: 2 };
    expect(renderStatus({ root: '/lake', datasets: [orders, top], problems: [] }, NOW)).toBe(`\
/lake: 2 datasets, 1,000,010 rows, 34.5 MB

dataset  version       rows  columns  parts     size  age  source
orders        12  1,000,000       15      3  34.5 MB  3 h  public.orders
top            1         10        2      1    900 B  3 h  (query)
`);
  });

  it('shows a dataset by the name that SQL takes, whatever else is there', () => {
    const mixed = { ...orders, dataset: 'odd__%4Dixed%20%43ase', table: 'odd."Mixed Case"' };
    const upper = { ...orders, dataset: '%4Frders', table: 'public.Orders' };
    const text = renderStatus({ root: '/lake', datasets: [upper, mixed, orders], problems: [] }, NOW);
    const shown = text
      .split('\n')
      .slice(3)
      .map((line) => line.split(/ {2,}/)[0]);
    expect(shown).toEqual(['"Orders"', '"odd__Mixed Case"', 'orders', '']);
  });

  it('says how many parts are damaged, and how', () => {
    const error = serializeError(new DraculaError('E_PART_DAMAGED', 'The part is missing.', { dataset: 'orders' }));
    const damaged = { ...orders, damagedParts: 2 };
    const text = renderStatus({ root: '/lake', datasets: [damaged], problems: [{ dataset: 'orders', error }] }, NOW);
    expect(text).toMatch(/^orders +12 +1,000,000 +15 +3 \(2 damaged\) +34.5 MB/m);
    expect(text).toContain('\norders cannot be read\n  error[E_PART_DAMAGED]: The part is missing.\n');
  });

  it('says which datasets cannot be read, and shows the others', () => {
    const error = serializeError(new DraculaError('E_LAKE_CORRUPT', 'no JSON', { path: 'v1.json' }));
    const text = renderStatus({ root: '/lake', datasets: [orders], problems: [{ dataset: 'bad', error }] }, NOW);
    expect(text).toMatch(/^orders /m);
    expect(
      text.endsWith(`
bad cannot be read
  error[E_LAKE_CORRUPT]: no JSON
    at: path v1.json
    try: ${ERROR_CODES.E_LAKE_CORRUPT.hint}
`),
    ).toBe(true);
  });

  it('shows an empty lake as one', () => {
    expect(renderStatus({ root: '/lake', datasets: [], problems: [] }, NOW)).toBe('/lake: 0 datasets, 0 rows, 0 B\n');
  });
});
