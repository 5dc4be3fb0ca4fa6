/** A verification as people see it: what is the same in a line, what differs with its columns and places. */
import { expect, it } from 'vitest';
import { DraculaError, serializeError } from '../../../src/errors.ts';
import { renderVerification, renderVerifyTotal } from '../../../src/observe/verify-report.ts';
import { sampleVerification, sampleVerifyReport } from '../../support/verify-samples.ts';

it('says how many rows are in the quarantine', () => {
  expect(renderVerification(sampleVerification({ asideRows: 12 }))).toBe(
    'orders: the same, 1,200 rows and 12 set aside in 1.3 s',
  );
});

it('says in one line what is the same', () => {
  expect(renderVerification(sampleVerification())).toBe('orders: the same, 1,200 rows in 1.3 s');
});

it('names columns and places of a difference', () => {
  const different = sampleVerification({
    status: 'different',
    columns: [{ column: 'total', measures: ['values', 'sum'] }],
    rows: [
      { side: 'source', ctid: '(3,7)', relation: null, key: '12' },
      { side: 'lake', ctid: null, relation: null, key: '12' },
      { side: 'lake', ctid: null, relation: null, key: null },
    ],
  });
  expect(renderVerification(different).split('\n')).toEqual([
    'orders: differs now',
    '  total: values, sum',
    '  for example: ctid (3,7), key 12 only in the source; key 12 only in the lake; a row only in the lake',
  ]);
});

it('counts rows that have neither a place nor a key, and says where the condition is missing', () => {
  const nameless = { side: 'source', ctid: null, relation: null, key: null } as const;
  const rows = [nameless, nameless, { side: 'lake', ctid: null, relation: null, key: '7' }, nameless] as const;
  const different = sampleVerification({ status: 'different', rows, lacksWhere: true });
  expect(renderVerification(different).split('\n')).toEqual([
    'orders: differs now',
    '  for example: key 7 only in the lake; 3 rows only in the source',
    '  it was copied with --where: compare it with the same condition',
  ]);
});

it('names the partition of a place, and tells rows set aside from the others', () => {
  const rows = [{ side: 'source', ctid: '(0,1)', relation: 'public.orders_2', key: null }] as const;
  const different = sampleVerification({ status: 'different', asideRows: 2, asideDiffers: true, rows });
  expect(renderVerification(different).split('\n')).toEqual([
    'orders: differs now',
    '  rows set aside: some do not lie in the source as the quarantine has them',
    '  for example: ctid (0,1) of public.orders_2 only in the source',
  ]);
});

it('an empty sample is none that is the same, whatever was set aside', () => {
  const empty = sampleVerification({ isSample: true, sourceRows: 0, lakeRows: 0, asideRows: 2 });
  expect(renderVerification(empty)).toBe(
    'orders: nothing was compared but the 2 rows set aside, since the sample has no rows',
  );
  expect(renderVerifyTotal(sampleVerifyReport({ datasets: [empty] }))).toContain('0 the same, 1 with an empty sample');
});

it('tells numbers of rows, of a sample as what the lake lacks', () => {
  const fewer = sampleVerification({ status: 'different', sourceRows: 1200, lakeRows: 1199 });
  const mixed = sampleVerification({ status: 'different', isMixed: true });
  expect(renderVerification(mixed)).toContain('  rows: each column has its values, but some stand in other rows');
  expect(renderVerification(fewer)).toContain('  rows: 1,200 in the source, 1,199 in the lake');
  expect(renderVerification({ ...fewer, isSample: true })).toContain(
    '  rows: 1 of 1,200 in the sample are not in the lake',
  );
});

it('shows a dataset by its name in SQL, and control characters of names as escapes', () => {
  expect(renderVerification(sampleVerification({ dataset: 'odd__%4Dixed' }))).toMatch(/^"odd__Mixed": the same/);
  const odd = sampleVerification({ status: 'different', columns: [{ column: 'a\x1b[2J', measures: ['nulls'] }] });
  expect(renderVerification(odd)).toContain('a\\x1b[2J: nulls');
});

it('gives the reason of what was skipped or failed', () => {
  const error = serializeError(new DraculaError('E_USAGE', 'orders comes from a query.'));
  expect(renderVerification(sampleVerification({ status: 'skipped', error }))).toContain('orders comes from a query.');
  expect(renderVerification(sampleVerification({ status: 'failed', error }))).toMatch(
    /^orders: could not be compared\n/,
  );
});

it('says of a sample without rows that nothing was compared, and does not count it among the same', () => {
  const empty = sampleVerification({ isSample: true, sourceRows: 0, lakeRows: 0 });
  expect(renderVerification(empty)).toBe('orders: nothing was compared, since the sample has no rows');
  expect(renderVerification({ ...empty, isSample: false })).toMatch(/^orders: the same, 0 rows/);
  expect(renderVerifyTotal(sampleVerifyReport({ datasets: [empty, sampleVerification()], samplePercent: 1 }))).toBe(
    '2 datasets of /lake, 1 the same, 1 with an empty sample, 2.5 s (a sample of 1 % of the blocks)',
  );
});

it('counts in the last line', () => {
  const datasets = [
    sampleVerification(),
    sampleVerification({ status: 'different' }),
    sampleVerification({ status: 'skipped' }),
  ];
  expect(renderVerifyTotal(sampleVerifyReport({ datasets }))).toBe(
    '3 datasets of /lake, 1 the same, 1 different, 1 skipped, 2.5 s',
  );
  expect(renderVerifyTotal(sampleVerifyReport({ samplePercent: 1 }))).toBe(
    '1 dataset of /lake, 1 the same, 2.5 s (a sample of 1 % of the blocks)',
  );
});
