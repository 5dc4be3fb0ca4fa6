/**
 * For whom a dataset is written: what a run goes by that names no readers, and what it compares with where it names others. Pure.
 */
import { DEFAULT_READERS, type Reader, sortReaders, withOwnEngine } from '../core/reader.ts';
import type { Column } from '../core/table-schema.ts';

/** What a dataset's newest version says. */
export interface CommittedForm {
  readonly readers: readonly Reader[];
  readonly columns: readonly Pick<Column, 'name' | 'type'>[];
}

/** Of the datasets of a lake, by name; null where the newest version cannot be read. */
export type LakeForms = ReadonlyMap<string, CommittedForm | null>;

/** Those that the run names, else those of the dataset's last version, else, as it is new, all that the lake's datasets are written for; and DuckDB. */
export function readersOf(dataset: string, named: readonly Reader[] | undefined, lake: LakeForms): readonly Reader[] {
  return withOwnEngine(named ?? knownReaders(dataset, lake));
}

function knownReaders(dataset: string, lake: LakeForms): readonly Reader[] {
  const committed = lake.get(dataset);
  if (committed) return committed.readers;
  const ofLake = sortReaders([...lake.values()].flatMap((form) => form?.readers ?? []));
  return ofLake.length > 0 ? ofLake : DEFAULT_READERS;
}
