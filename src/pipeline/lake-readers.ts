/** Who reads the datasets of a lake, as their newest versions say. */
import { DEFAULT_READERS } from '../core/reader.ts';
import { openLake } from '../lake/lake.ts';
import type { CommittedForm, LakeForms } from './dataset-readers.ts';
import { isSingleFile } from './target.ts';

/** Nothing where there is no lake yet, or one that cannot be opened: who writes to it hears why, before a row is read. */
export async function readLakeForms(target: string): Promise<LakeForms> {
  if (isSingleFile(target)) return new Map();
  const lake = await openLake(target, { create: false }).catch(() => null);
  const names = (await lake?.datasets().catch(() => null)) ?? [];
  const forms = await Promise.all(
    names.map(async (name): Promise<readonly [string, CommittedForm | null]> => {
      // A damaged dataset is told of by the run that writes it; this one only misses its readers.
      const version = await lake!
        .dataset(name)
        .load()
        .catch(() => null);
      if (version === null) return [name, null];
      const { columns, readers = DEFAULT_READERS } = version.schema;
      return [name, { readers, columns }];
    }),
  );
  return new Map(forms);
}
