/**
 * The side dataset of a dataset, with the rows that a run set aside: `<dataset>__quarantine`.
 *
 * It is written under the dataset's lease and run id, and its version is committed first; the dataset's version, committed next,
 * names it in its summary. So a side version counts only where the dataset's current version names it: one that a killed run left is
 * no state of the lake, its number is skipped, and the next run removes its parts (orphans.ts). It has no lease of its own, by
 * which it is told from a table that happens to have that name.
 */
import { quarantineDataset } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { leaseFolder } from './layout.ts';
import type { JsonObject } from './metadata-json.ts';
import type { Storage } from './storage.ts';
import { loadNewest, loadVersion } from './versions.ts';

/** What a dataset's version says of the rows that its run set aside. */
export interface NamedQuarantine {
  readonly dataset: string;
  readonly version: number;
  readonly rows: number;
}

/** For the summary of a dataset's version. */
export function nameQuarantine({ dataset, version, rows }: NamedQuarantine): JsonObject {
  return { quarantine: { dataset, version, rows } };
}

/** Where the rows are that the run of this version set aside; null where it set none aside. */
export function namedQuarantine({ summary }: DatasetVersion): NamedQuarantine | null {
  const named = summary['quarantine'];
  if (!isObject(named)) return null;
  const { dataset, version, rows } = named;
  if (typeof dataset !== 'string' || typeof version !== 'number' || typeof rows !== 'number') return null;
  return { dataset, version, rows };
}

/** For the summary of a side version. */
export function markQuarantine(dataset: string): JsonObject {
  return { quarantineOf: dataset };
}

/** The dataset whose rows were set aside in this version; null for a dataset of its own. */
export function quarantineOwner({ summary }: DatasetVersion): string | null {
  const owner = summary['quarantineOf'];
  return typeof owner === 'string' ? owner : null;
}

/** Whether this newest version of a dataset makes it the side of another one. */
export function isQuarantine(newest: DatasetVersion | null): newest is DatasetVersion {
  return newest !== null && quarantineOwner(newest) !== null;
}

/** The current version: the newest one, or of a side dataset the one that its owner's newest version names. Null where there is none. */
export async function loadCurrent(storage: Storage, dataset: string): Promise<DatasetVersion | null> {
  const newest = await loadNewest(storage, dataset);
  const owner = newest === null ? null : quarantineOwner(newest);
  if (owner === null) return newest;
  const ownerVersion = await loadNewest(storage, owner);
  const named = ownerVersion === null ? null : namedQuarantine(ownerVersion);
  if (named?.dataset !== dataset) return null;
  return named.version === newest?.version ? newest : loadVersion(storage, dataset, named.version);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether what stands at the side's place can be the dataset's: nothing does, or side versions without a lease of their own. */
export async function isFreeForQuarantine(storage: Storage, dataset: string): Promise<boolean> {
  const side = quarantineDataset(dataset);
  if ((await storage.list(leaseFolder(side))).length > 0) return false;
  const newest = await loadNewest(storage, side);
  return newest === null || quarantineOwner(newest) === dataset;
}

/** Throws E_NAME_COLLISION where another dataset has the side's place. */
export async function requireQuarantine(storage: Storage, dataset: string): Promise<void> {
  if (await isFreeForQuarantine(storage, dataset)) return;
  const side = quarantineDataset(dataset);
  throw new DraculaError(
    'E_NAME_COLLISION',
    `Rows of ${dataset} that are set aside would go to ${side}, which is a dataset of its own in this lake. Nothing was read or written.`,
    { dataset },
  );
}

/** Throws E_NAME_COLLISION where no table may be copied, since rows are set aside there. */
export function refuseQuarantine(newest: DatasetVersion | null): void {
  if (!isQuarantine(newest)) return;
  const { dataset } = newest;
  const owner = quarantineOwner(newest);
  throw new DraculaError(
    'E_NAME_COLLISION',
    `${dataset} holds the rows of ${owner} that were set aside; no table can be copied there. Nothing was read or written.`,
    { dataset },
  );
}
