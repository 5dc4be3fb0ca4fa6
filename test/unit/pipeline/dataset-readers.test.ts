import { expect, it } from 'vitest';
import { DEFAULT_READERS, type Reader } from '../../../src/core/reader.ts';
import { type LakeForms, readersOf } from '../../../src/pipeline/dataset-readers.ts';

const lake = (datasets: Record<string, readonly Reader[]>): LakeForms =>
  new Map(Object.entries(datasets).map(([name, readers]) => [name, { readers, columns: [] }]));

it('readers that the run names are the readers, once each and in order', () => {
  expect(readersOf('a', ['pyarrow', 'duckdb', 'pyarrow'], lake({ a: ['trino'] }))).toEqual(['duckdb', 'pyarrow']);
});

it('DuckDB is always one of them, since verify and query read every dataset', () => {
  expect(readersOf('a', ['pyarrow'], lake({}))).toEqual(['duckdb', 'pyarrow']);
  expect(readersOf('a', undefined, lake({ a: ['pyarrow'] }))).toEqual(['duckdb', 'pyarrow']);
  expect(readersOf('b', undefined, lake({ a: ['trino'] }))).toEqual(['duckdb', 'trino']);
});

it('a run that names none goes by the last version', () => {
  expect(readersOf('a', undefined, lake({ a: ['duckdb'], b: ['trino'] }))).toEqual(['duckdb']);
});

it('a new dataset is for everybody who reads the others, and in a new lake for all', () => {
  expect(readersOf('c', undefined, lake({ a: ['duckdb'], b: ['trino', 'duckdb'] }))).toEqual(['duckdb', 'trino']);
  expect(readersOf('c', undefined, lake({}))).toEqual(DEFAULT_READERS);
});
