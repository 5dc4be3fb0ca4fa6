/**
 * Clean-up of what runs left: the folders of killed ones, which no version names; parts in the folder of a run that committed
 * and could not remove what it had dropped; temporary metadata files.
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
 * A run commits once, and a version names parts of its own run, or those that its base names. So in the folder of a run that
 * has committed, other than R, whose lease is over as R has it: what is named by no version up to vN never will be.
 *
 * `named-runs.text` lists the runs that were found named, and whose folders were looked through, so that the versions need not all
 * be read again; a run that it does not list is looked up in every version before its folder goes, and its parts in every
 * version from its own on, so a wrong or missing list deletes nothing.
 */
import { quarantineDataset } from '../core/identifiers.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { dataFolder, datasetFolder, isPartName, metadataFolder, namedRunsKey, runFolder } from './layout.ts';
import type { Lease } from './lease.ts';
import { isFreeForQuarantine } from './quarantine.ts';
import { isTemporaryName, type Storage } from './storage.ts';
import { loadVersion } from './versions.ts';

/** Removes what no version names. `committed` is the version that the lease's run has just committed. */
export async function collectOrphans(storage: Storage, committed: DatasetVersion, lease: Lease): Promise<void> {
  const { dataset, runId } = committed;
  const runs = await storage.list(dataFolder(dataset));
  const temporaries = (await storage.list(metadataFolder(dataset))).filter(isTemporaryName);
  const { orphans, strayParts } = await findUnnamed(storage, committed, runs);
  const side = await sideOrphans(storage, committed);
  if (!(await lease.isOurs())) return;
  for (const key of side.folders) await storage.removeFolder(key);
  for (const key of side.files) await storage.remove(key);
  for (const run of orphans) await storage.removeFolder(`${dataFolder(dataset)}/${run}`);
  for (const path of strayParts) await storage.remove(`${datasetFolder(dataset)}/${path}`);
  // Theirs are versions that can no longer be created, and lists and hints that the next commit writes anew.
  for (const name of temporaries) await storage.remove(`${metadataFolder(dataset)}/${name}`);
  // Our own folder is looked through by the next run: we may still be removing parts from it.
  const settled = runs.filter((run) => !orphans.has(run) && run !== runId);
  await storage.replace(namedRunsKey(dataset), settled.map((run) => `${run}\n`).join(''));
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
  const { orphans } = await findUnnamed(storage, committed, runs);
  const temporaries = (await storage.list(metadataFolder(side))).filter(isTemporaryName);
  return {
    folders: [...orphans].map((run) => `${dataFolder(side)}/${run}`),
    files: temporaries.map((name) => `${metadataFolder(side)}/${name}`),
  };
}

interface Unnamed {
  /** Runs that no version names. */
  readonly orphans: ReadonlySet<string>;
  /** Of runs that have committed, as a version would name them: `data/<run id>/part-00007.parquet`. */
  readonly strayParts: readonly string[];
}

/** Of these runs, what no version up to `newest` names. Runs that are listed as settled are not looked at. */
async function findUnnamed(storage: Storage, newest: DatasetVersion, runs: readonly string[]): Promise<Unnamed> {
  const { dataset } = newest;
  const settled = new Set((await storage.read(namedRunsKey(dataset)))?.split('\n'));
  const orphans = new Set(runs.filter((run) => !settled.has(run)));
  /** Runs whose own version has not been met yet: no version before that names a part of theirs. */
  const unmet = new Set(orphans);
  const namedParts = new Set<string>();
  const strayParts: string[] = [];
  for (let version = newest; ; version = await loadVersion(storage, dataset, version.version - 1)) {
    forget(orphans, version);
    for (const { path } of version.parts) namedParts.add(path);
    if (unmet.delete(version.runId) && version !== newest) {
      const found = await partsOf(storage, dataset, version.runId);
      strayParts.push(...found.filter((path) => !namedParts.has(path)));
    }
    if (version.version === 1 || unmet.size === 0) return { orphans, strayParts };
  }
}

/** The parts in a run's folder, as versions name them. */
async function partsOf(storage: Storage, dataset: string, runId: string): Promise<string[]> {
  const names = await storage.list(runFolder(dataset, runId));
  return names.filter(isPartName).map((name) => `data/${runId}/${name}`);
}

function forget(orphans: Set<string>, version: DatasetVersion): void {
  orphans.delete(version.runId);
  for (const part of version.parts) orphans.delete(part.path.split('/')[1]!);
}
