/**
 * The parts of a version that are no longer on the disk as they were committed: missing, or of another size. What is in them
 * is not read here: a query finds that out.
 */
import { DraculaError } from '../errors.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { datasetFolder } from './layout.ts';
import type { Storage } from './storage.ts';

export interface DamagedPart {
  /** Absolute. */
  readonly path: string;
  /** As committed. */
  readonly bytes: number;
  /** As found; null where there is no such file. */
  readonly found: number | null;
}

export async function findDamagedParts(storage: Storage, version: DatasetVersion): Promise<DamagedPart[]> {
  const damaged: DamagedPart[] = [];
  for (const { path, bytes } of version.parts) {
    const key = `${datasetFolder(version.dataset)}/${path}`;
    const found = await storage.size(key);
    if (found !== bytes) damaged.push({ path: storage.locate(key), bytes, found });
  }
  return damaged;
}

/** Names the first of them and counts the others. */
export function damagedPartsError(
  version: DatasetVersion,
  damaged: readonly [DamagedPart, ...DamagedPart[]],
): DraculaError {
  const [{ path, bytes, found }, ...others] = damaged;
  const state = found === null ? 'is missing' : `has ${found} bytes; ${bytes} were committed`;
  const more = others.length === 0 ? '' : ` So it is with ${others.length} more of its ${version.parts.length} parts.`;
  return new DraculaError(
    'E_PART_DAMAGED',
    `The part ${path} of version ${version.version} ${state}.${more} Nothing was changed.`,
    { dataset: version.dataset, path },
  );
}
