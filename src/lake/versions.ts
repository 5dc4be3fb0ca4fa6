/**
 * The versions of one dataset: finding the newest, and the commit, which is one conditional write.
 *
 * Numbers start at 1, have no gaps, and a number is never free again: no version file is ever removed, so a writer that
 * slept on v11 cannot create v12 after v30. The newest is found by probing from `version-hint.text` with doubling steps, then
 * bisecting; the hint saves steps and decides nothing. Every version carries a unique commit id. Whatever the write of v<N>
 * said, reading v<N> back decides: our id means committed, another's means conflict, unreadable means unknown.
 */
import { randomUUID } from 'node:crypto';
import { DraculaError, toDraculaError } from '../errors.ts';
import { type DatasetVersion, formatVersion, parseVersion } from './dataset-version.ts';
import { hintKey, metadataFolder, versionKey } from './layout.ts';
import { parseMetadata } from './metadata-json.ts';
import type { Storage } from './storage.ts';

/** What a commit adds to its base. */
export type VersionDraft = Omit<DatasetVersion, 'formatVersion' | 'version' | 'commitId' | 'committedAt' | 'dataset'>;

/** The newest committed version, or null before the first. */
export async function loadNewest(storage: Storage, dataset: string): Promise<DatasetVersion | null> {
  const newest = await findNewest(storage, dataset);
  return newest === 0 ? null : await loadVersion(storage, dataset, newest);
}

/** One version by its number; it must exist. */
export async function loadVersion(storage: Storage, dataset: string, version: number): Promise<DatasetVersion> {
  const key = versionKey(dataset, version);
  const path = storage.locate(key);
  const text = await storage.read(key);
  if (text === null)
    throw new DraculaError('E_LAKE_CORRUPT', `Version ${version} of ${dataset} is missing at ${path}.`, {
      dataset,
      path,
    });
  return parseVersion(text, path, { version, dataset });
}

/**
 * Commits `draft` as the version after `base` (null: as the first). Its parts must be on the disk before.
 * Throws E_COMMIT_CONFLICT when another run has that number, E_COMMIT_UNKNOWN when nobody can say, else what the storage
 * said: then nothing was committed.
 */
export async function commitVersion(
  storage: Storage,
  dataset: string,
  base: DatasetVersion | null,
  draft: VersionDraft,
  nowMs: number = Date.now(),
): Promise<DatasetVersion> {
  const previous = base === null ? Number.NEGATIVE_INFINITY : Date.parse(base.committedAt);
  const version: DatasetVersion = {
    ...draft,
    formatVersion: 1,
    version: (base?.version ?? 0) + 1,
    commitId: randomUUID(),
    committedAt: new Date(Math.max(nowMs, previous)).toISOString(),
    dataset,
  };
  await storage.makeFolder(metadataFolder(dataset));
  await createVersion(storage, version);
  await writeHint(storage, dataset, version.version);
  return version;
}

async function createVersion(storage: Storage, version: DatasetVersion): Promise<void> {
  const key = versionKey(version.dataset, version.version);
  let failure: unknown;
  try {
    if ((await storage.create(key, formatVersion(version))) === 'created') return;
  } catch (cause) {
    failure = cause;
  }
  const found = await readCommitId(storage, key);
  switch (found.state) {
    case 'read':
      if (found.commitId !== version.commitId) throw conflict(storage, version);
      // It is there and ours. Where the write failed after the link, its entry must still reach the disk.
      return await flushEntry(storage, version);
    case 'missing':
      if (failure !== undefined) throw failure;
      throw unknown(storage, version, 'the name was taken, and now nothing is there');
    case 'unreadable':
      throw unknown(storage, version, found.reason);
  }
}

type ReadBack =
  | { readonly state: 'read'; readonly commitId: string }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly reason: string };

async function readCommitId(storage: Storage, key: string): Promise<ReadBack> {
  try {
    const text = await storage.read(key);
    if (text === null) return { state: 'missing' };
    return { state: 'read', commitId: parseMetadata(text, storage.locate(key)).text('commitId') };
  } catch (cause) {
    return { state: 'unreadable', reason: toDraculaError(cause).message };
  }
}

async function flushEntry(storage: Storage, version: DatasetVersion): Promise<void> {
  try {
    await storage.syncFolder(metadataFolder(version.dataset));
  } catch (cause) {
    throw unknown(storage, version, toDraculaError(cause).message);
  }
}

function conflict(storage: Storage, version: DatasetVersion): DraculaError {
  const path = storage.locate(versionKey(version.dataset, version.version));
  const message = `Another run committed version ${version.version} of ${version.dataset} first. That version is current; nothing of this run is.`;
  return new DraculaError('E_COMMIT_CONFLICT', message, { dataset: version.dataset, path });
}

function unknown(storage: Storage, version: DatasetVersion, reason: string): DraculaError {
  const path = storage.locate(versionKey(version.dataset, version.version));
  const message = `Whether version ${version.version} of ${version.dataset} was committed is unknown: ${reason} Nothing was deleted.`;
  return new DraculaError('E_COMMIT_UNKNOWN', message, { dataset: version.dataset, path });
}

async function findNewest(storage: Storage, dataset: string): Promise<number> {
  const exists = (n: number): Promise<boolean> => storage.exists(versionKey(dataset, n));
  const hint = await readHint(storage, dataset);
  const hintHolds = hint > 0 && (await exists(hint));
  let found = hintHolds ? hint : 0;
  // A hint beyond the end (a lake put together by hand) still bounds the search.
  let missing = hint > 0 && !hintHolds ? hint : 0;
  for (let step = 1; missing === 0; step *= 2) {
    if (await exists(found + step)) found += step;
    else missing = found + step;
  }
  while (missing - found > 1) {
    const middle = found + Math.floor((missing - found) / 2);
    if (await exists(middle)) found = middle;
    else missing = middle;
  }
  return found;
}

/** The number in the hint; 0 where there is none that can be one. */
async function readHint(storage: Storage, dataset: string): Promise<number> {
  // A hint that cannot be read saves no steps: the search starts at 1.
  const text = await storage.read(hintKey(dataset)).catch(() => null);
  return text !== null && /^[1-9]\d{0,9}\s*$/.test(text) ? Number(text) : 0;
}

/** Best effort: without a hint the next search takes more steps. */
async function writeHint(storage: Storage, dataset: string, version: number): Promise<void> {
  await storage.replace(hintKey(dataset), `${version}\n`).catch(() => undefined);
}

/** Sets a hint right that a killed run left behind. */
export async function repairHint(storage: Storage, dataset: string, newest: number): Promise<void> {
  if (newest > 0 && (await readHint(storage, dataset)) !== newest) await writeHint(storage, dataset, newest);
}
