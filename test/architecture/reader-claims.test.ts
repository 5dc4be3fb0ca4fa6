/** The lane of the readers fails where a cell of the reader table claims more than its test has run. */
import { expect, test } from 'vitest';
import { falseClaims, type TestedFeatures } from '../../scripts/reader-claims.ts';
import { READERS } from '../../src/core/reader.ts';
import { FEATURES, READER_TABLE } from '../../src/core/reader-table.ts';
import type { FeatureOutcome } from '../readers/feature-outcomes.ts';

const everything = () => true;

/** A run of all tests in which everything went as the table says. */
function asClaimed(): FeatureOutcome[] {
  return FEATURES.flatMap((feature) =>
    READERS.flatMap((reader): FeatureOutcome[] => {
      const { reads, evidence } = READER_TABLE[feature].cells[reader];
      if (evidence.kind !== 'test') return [];
      return [{ feature, reader, release: `${reader} 1`, outcome: reads ? 'read' : 'refused' }];
    }),
  );
}

/** By the tests that the cells name. */
function tested(outcomes: readonly FeatureOutcome[]): TestedFeatures[] {
  const byFile = Map.groupBy(outcomes, ({ feature, reader }) => {
    const { evidence } = READER_TABLE[feature].cells[reader];
    return evidence.kind === 'test' ? evidence.file : 'test/readers/other.test.ts';
  });
  return [...byFile].map(([file, outcomes]) => ({ file, outcomes }));
}

test('a run that went as the table says has no false claim', () => {
  const outcomes = asClaimed();
  expect(outcomes.length).toBeGreaterThan(50);
  expect(falseClaims(tested(outcomes), everything)).toEqual([]);
});

test('every cell of DuckDB, polars, pyarrow, Spark and Trino that says yes names a test', () => {
  for (const feature of FEATURES)
    for (const reader of READERS) {
      const { reads, evidence } = READER_TABLE[feature].cells[reader];
      if (reads) expect([feature, reader, evidence.kind]).toEqual([feature, reader, 'test']);
    }
});

test('a cell whose test did not run it is a false claim, where the lane has that test', () => {
  const outcomes = asClaimed().filter(({ feature, reader }) => feature !== 'UUID' || reader !== 'trino');
  const missing = ['UUID by trino: claims test/readers/jvm/trino-features.test.ts, which did not run it'];
  expect(falseClaims(tested(outcomes), everything)).toEqual(missing);
  expect(falseClaims(tested(outcomes), (file) => !file.includes('/jvm/'))).toEqual([]);
});

test('a cell that says yes is false where one release does not read it', () => {
  const more: FeatureOutcome = { feature: 'UUID', reader: 'duckdb', release: 'DuckDB 0', outcome: 'different' };
  expect(falseClaims(tested([...asClaimed(), more]), everything)).toEqual([
    'UUID by duckdb: yes, but DuckDB 0: different',
  ]);
});

test('a cell that says no is false where every release reads it', () => {
  const outcomes = asClaimed().map((each): FeatureOutcome => ({ ...each, outcome: 'read' }));
  expect(falseClaims(tested(outcomes), everything)).toContain('UUID by polars: no, but every release reads it');
});
