/** Digests in bounded memory: what is kept is compared as if all were, and what is not kept is told apart from what is missing. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { DifferingRow } from '../../../src/core/verify-report.ts';
import { DigestPlaces } from '../../../src/verify/digest-places.ts';

const digestOf = (n: number): string => createHash('md5').update(String(n)).digest('hex');
const place = (n: number): DifferingRow => ({ side: 'source', ctid: `(0,${n})`, relation: null, key: null });

it('takes rows off one by one, also those that are alike', () => {
  const places = new DigestPlaces(10);
  for (const n of [1, 2, 2, 2, 3]) places.add(digestOf(n), place(n));
  expect([1, 2, 2, 4].map((n) => places.take(digestOf(n)))).toEqual(['found', 'found', 'found', 'missing']);
  expect(places.left(10)).toEqual([place(2), place(3)]);
  expect(places.left(1)).toHaveLength(1);
  expect(places.take(digestOf(1))).toBe('missing');
  expect([places.rows, places.isWhole]).toEqual([5, true]);
});

it('keeps a fair share of more rows than fit, and misses nothing of it', () => {
  const [rows, most] = [20_000, 500];
  const places = new DigestPlaces(most);
  for (let n = 0; n < rows; n++) places.add(digestOf(n), place(n));
  expect(places.isWhole).toBe(false);
  expect(places.rows).toBeGreaterThan(most / 4);
  expect(places.rows).toBeLessThanOrEqual(most);
  const kept = places.rows;
  const counts = { found: 0, missing: 0, other: 0 };
  const lost: number[] = [];
  for (let n = 0; n < rows + 1000; n++) {
    // Every tenth row of the source is not in the lake.
    if (n < rows && n % 10 === 0) continue;
    counts[places.take(digestOf(n))]++;
    if (n >= rows) lost.push(n);
  }
  expect(counts.found + places.left(rows).length).toBe(kept);
  expect(places.left(rows).every(({ ctid }) => Number(/\d+(?=\))/.exec(ctid!)![0]) % 10 === 0)).toBe(true);
  expect(places.left(rows).length).toBeGreaterThan(kept / 20);
  expect(counts.missing).toBeGreaterThan(0);
  expect(counts.missing).toBeLessThan(lost.length / 10);
});

it('of any number of rows that are alike some places are kept, and the number', () => {
  const places = new DigestPlaces(2);
  for (let n = 0; n < 100_000; n++) places.add(digestOf(7), place(n));
  expect([places.rows, places.isWhole, places.left(100).length]).toEqual([100_000, true, 10]);
  for (let n = 0; n < 99_999; n++) places.take(digestOf(7));
  expect(places.left(100)).toHaveLength(1);
});
