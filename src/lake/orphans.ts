/**
 * Clean-up of what killed runs left: run folders that no version names, and temporary metadata files.
 *
 * Why nothing is deleted that a version will still name. A run that lost its lease may be alive, so age says nothing. Call
 * this run R; it has just committed vN. The order here is: list the run folders, look that the lease is still R's, delete
 * those listed that no version names. Every run takes the lease, then loads its base, then looks that the lease is still its own,
 * and only then makes its folder (dataset-store.ts). So a folder in the list belongs to a run X that
 *  (a) took the lease before R: X found it its own after loading its base, which was before R took it, so the base is older
 *      than vN; X can only commit a number that is taken by now. Its folder is named by a version already, or never will be;
 *  (b) took the lease after R: then R's look, which came after the list, finds the lease lost, and nothing is deleted.
 * Whatever takes the lease after the look makes its folder after the list. A failed run removes its own folder only.
 *
 * `named-runs.text` lists the runs that were found named, so that the versions need not all be read again; a run that it
 * does not list is looked up in every version before its folder goes, so a wrong or missing list deletes nothing.
 */
import { quarantineDataset } from '../core/identifiers.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { dataFolder, metadataFolder, namedRunsKey } from './layout.ts';
import type { Lease } from './lease.ts';
import { isFreeForQuarantine } from './quarantine.ts';
import { isTemporaryName, type Storage } from './storage.ts';
import { loadVersion } from './versions.ts';

/** Removes what no version names. `committed` is the version that the lease's run has just committed. */
export async function collectOrphans(storage: Storage, committed: DatasetVersion, lease: Lease): Promise<void> {
  const { dataset } = committed;
  const runs = await storage.list(dataFolder(dataset));
  const temporaries = (await storage.list(metadataFolder(dataset))).filter(isTemporaryName);
  const orphans = await withoutVersion(storage, committed, runs);
  const side = await sideOrphans(storage, committed);
  if (!(await lease.isOurs())) return;
  for (const key of side.folders) await storage.removeFolder(key);
  for (const key of side.files) await storage.remove(key);
  for (const run of orphans) await storage.removeFolder(`${dataFolder(dataset)}/${run}`);
  // Theirs are versions that can no longer be created, and lists and hints that the next commit writes anew.
  for (const name of temporaries) await storage.remove(`${metadataFolder(dataset)}/${name}`);
  const named = runs.filter((run) => !orphans.has(run));
  await storage.replace(namedRunsKey(dataset), named.map((run) => `${run}\n`).join(''));
}

/**
 * What killed runs left of rows set aside. Their folders have the run's name and are made after the dataset's, under its lease, so the
 * argument holds for them: a run that no version of the dataset names is named by none that counts. A table that has the
 * side's name, which a lease of its own shows, is left alone.
 */
async function sideOrphans(
  storage: Storage,
  committed: DatasetVersion,
): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }> {
  const side = quarantineDataset(committed.dataset);
  const runs = await storage.list(dataFolder(side));
  if (runs.length === 0 || !(await isFreeForQuarantine(storage, committed.dataset))) return { folders: [], files: [] };
  const orphans = await withoutVersion(storage, committed, runs);
  const temporaries = (await storage.list(metadataFolder(side))).filter(isTemporaryName);
  return {
    folders: [...orphans].map((run) => `${dataFolder(side)}/${run}`),
    files: temporaries.map((name) => `${metadataFolder(side)}/${name}`),
  };
}

/** The runs that no version up to `newest` names. */
async function withoutVersion(storage: Storage, newest: DatasetVersion, runs: readonly string[]): Promise<Set<string>> {
  const orphans = new Set(runs);
  for (const run of (await storage.read(namedRunsKey(newest.dataset)))?.split('\n') ?? []) orphans.delete(run);
  forget(orphans, newest);
  for (let n = newest.version - 1; n > 0 && orphans.size > 0; n--) {
    forget(orphans, await loadVersion(storage, newest.dataset, n));
  }
  return orphans;
}

function forget(orphans: Set<string>, version: DatasetVersion): void {
  orphans.delete(version.runId);
  for (const part of version.parts) orphans.delete(part.path.split('/')[1]!);
}
