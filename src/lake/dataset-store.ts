/**
 * One dataset of a lake: its newest version, and the run that adds the next one.
 *
 * A run goes: lease, base version, a look that the lease is still ours, run folder (that order carries the argument in
 * orphans.ts); its parts are written by others; then `commit` flushes them, commits and clears up, or `abandon` removes
 * what the run wrote. After E_COMMIT_UNKNOWN nothing is removed: a version may name it.
 */
import { DraculaError, isDraculaError } from '../errors.ts';
import { type DamagedPart, findDamagedParts } from './damaged-parts.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { dataFolder, datasetFolder, runFolder } from './layout.ts';
import { acquireLease, type Lease, type LeaseTimes } from './lease.ts';
import { collectOrphans } from './orphans.ts';
import type { Storage } from './storage.ts';
import { commitVersion, loadNewest, repairHint, type VersionDraft } from './versions.ts';

/** A finished part in the run's folder. */
export interface DraftPart {
  /** File name in the run's folder: `part-00000.parquet`. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

/** What the run has to commit. `rows` is the number that was read: it must be the sum over the parts, where there are any. */
export type RunDraft = Pick<VersionDraft, 'source' | 'schema' | 'rows' | 'summary'> & {
  readonly parts: readonly DraftPart[];
};

export interface DatasetRun {
  readonly dataset: string;
  readonly runId: string;
  /** The version that the run's own will follow; null before the first. */
  readonly base: DatasetVersion | null;
  /** Absolute path of the folder for the run's parts. */
  readonly folder: string;
  /** Aborted, with the error as its reason, when another run took the dataset over. */
  readonly lost: AbortSignal;
  /** Makes the parts durable and commits them as the next version. Throws E_LEASE_LOST, E_COMMIT_CONFLICT, E_COMMIT_UNKNOWN, E_DISK_FULL, E_WRITE. */
  commit(draft: RunDraft): Promise<DatasetVersion>;
  /** Removes the run's folder and gives the lease back. After a commit, or an unknown one, it removes nothing. */
  abandon(): Promise<void>;
}

export interface DatasetStore {
  readonly dataset: string;
  /** The newest version, or null where none was committed yet. */
  load(): Promise<DatasetVersion | null>;
  /** Absolute path of a part of a version. */
  locatePart(part: { readonly path: string }): string;
  /** The parts of a version that are missing or have another size than they were committed with. */
  findDamagedParts(version: DatasetVersion): Promise<DamagedPart[]>;
  /** Takes the lease and makes a folder for the run. Throws E_LEASE_HELD when another run writes the dataset. */
  beginRun(runId: string): Promise<DatasetRun>;
}

export interface StoreOptions {
  readonly leaseTimes?: Partial<LeaseTimes>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export function openDatasetStore(storage: Storage, dataset: string, options: StoreOptions = {}): DatasetStore {
  const { leaseTimes = {}, now = Date.now } = options;
  return {
    dataset,
    load: () => loadNewest(storage, dataset),
    locatePart: (part) => storage.locate(`${datasetFolder(dataset)}/${part.path}`),
    findDamagedParts: (version) => findDamagedParts(storage, version),

    async beginRun(runId) {
      const lease = await acquireLease({ storage, dataset, runId, times: leaseTimes, now });
      try {
        const base = await loadNewest(storage, dataset);
        await lease.assertOurs();
        await storage.makeFolder(runFolder(dataset, runId));
        await repairHint(storage, dataset, base?.version ?? 0);
        return createRun(storage, dataset, base, lease, now);
      } catch (cause) {
        await lease.release().catch(() => undefined); // the first error tells more; the lease goes stale
        throw cause;
      }
    },
  };
}

function createRun(
  storage: Storage,
  dataset: string,
  base: DatasetVersion | null,
  lease: Lease,
  now: () => number,
): DatasetRun {
  const { runId } = lease;
  const folder = runFolder(dataset, runId);
  let state: 'open' | 'committed' | 'unknown' | 'abandoned' = 'open';

  return {
    dataset,
    runId,
    base,
    folder: storage.locate(folder),
    lost: lease.lost,

    async commit(draft) {
      if (state !== 'open')
        throw new DraculaError('E_INTERNAL', `Run ${runId} of ${dataset} is ${state} already.`, { dataset });
      await lease.assertOurs();
      await sealParts(storage, dataset, folder, draft);
      await lease.assertOurs();
      const version = await commitVersion(storage, dataset, base, versionDraft(runId, draft), now()).catch(
        (cause: unknown) => {
          if (isDraculaError(cause, 'E_COMMIT_UNKNOWN')) state = 'unknown';
          throw cause;
        },
      );
      state = 'committed';
      // The version stands whatever comes now: what is not cleared here, the next run clears.
      await collectOrphans(storage, version, lease).catch(() => undefined);
      await lease.release().catch(() => undefined);
      return version;
    },

    async abandon() {
      try {
        if (state === 'open') {
          state = 'abandoned';
          await storage.removeFolder(folder);
        }
      } finally {
        await lease.release();
      }
    },
  };
}

function versionDraft(runId: string, draft: RunDraft): VersionDraft {
  const parts = draft.parts.map(({ name, rows, bytes }) => ({ path: `data/${runId}/${name}`, rows, bytes }));
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { runId, source: draft.source, schema: draft.schema, parts, rows: draft.rows, bytes, summary: draft.summary };
}

/** Flushes parts and folders, and refuses a draft that the disk does not bear out. */
async function sealParts(storage: Storage, dataset: string, folder: string, draft: RunDraft): Promise<void> {
  const rows = draft.parts.reduce((sum, part) => sum + part.rows, 0);
  if (draft.parts.length > 0 && rows !== draft.rows) {
    throw new DraculaError(
      'E_INTERNAL',
      `${draft.rows} rows of ${dataset} were read, its parts hold ${rows}. Nothing was committed.`,
      { dataset },
    );
  }
  for (const part of draft.parts) {
    const key = `${folder}/${part.name}`;
    const bytes = await storage.syncFile(key);
    if (bytes === part.bytes) continue;
    const path = storage.locate(key);
    const found = bytes === null ? 'is missing' : `has ${bytes} bytes`;
    throw new DraculaError('E_WRITE', `The part ${path} ${found}; ${part.bytes} were written. Nothing was committed.`, {
      dataset,
      path,
    });
  }
  for (const key of [folder, dataFolder(dataset), datasetFolder(dataset), '']) await storage.syncFolder(key);
}
