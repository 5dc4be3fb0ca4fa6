/**
 * Who reads a lake: what a run declares, and which forms of Parquet all of the declared readers have in common.
 *
 * A name stands for a line of programs, not for one release: a feature counts as read only where every release of the line that
 * was looked at reads it (reader-table.ts).
 */
import { FEATURES, type Feature, READER_TABLE } from './reader-table.ts';

export const READERS = ['athena', 'duckdb', 'polars', 'pyarrow', 'spark', 'trino'] as const;
export type Reader = (typeof READERS)[number];

/** Whom files are for when nobody says. What these read, polars reads too. */
export const DEFAULT_READERS: readonly Reader[] = ['athena', 'duckdb', 'pyarrow', 'spark', 'trino'];

/** The engine of `query` and `verify`, which read every dataset: one of its readers, whoever the others are. */
const OWN_ENGINE: Reader = 'duckdb';

/** Those, and our own engine. */
export function withOwnEngine(readers: readonly Reader[]): readonly Reader[] {
  return sortReaders([...readers, OWN_ENGINE]);
}

/** Each once, in the order of the alphabet. */
export function sortReaders(readers: Iterable<Reader>): readonly Reader[] {
  const given = new Set(readers);
  return READERS.filter((reader) => given.has(reader));
}

/** What every one of these readers reads back exactly, beyond what all readers do. Of nobody: what everybody reads. */
export function sharedFeatures(readers: readonly Reader[] = DEFAULT_READERS): ReadonlySet<Feature> {
  if (readers.length === 0) return new Set();
  return new Set(FEATURES.filter((feature) => readers.every((reader) => READER_TABLE[feature].cells[reader].reads)));
}
