/**
 * One dataset of a lake: its newest version, and the run that adds the next one.
 *
 * A run goes: lease, base version, a look that the lease is still ours, run folder (that order carries the argument in
 * orphans.ts); its parts are written by others; then `commit` flushes them, commits and clears up, or `abandon` removes
 * what the run wrote. Rows that are set aside are a dataset of their own under the same lease (quarantine.ts). After E_COMMIT_UNKNOWN nothing is removed: a version may name it.
 */
import { quarantineDataset } from '../core/identifiers.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import { type DamagedPart, findDamagedParts } from './damaged-parts.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { dataFolder, datasetFolder, runFolder } from './layout.ts';
import { acquireLease, type Lease, type LeaseTimes } from './lease.ts';
import type { JsonObject } from './metadata-json.ts';
import { collectOrphans } from './orphans.ts';
import {
  isQuarantine,
  loadCurrent,
  markQuarantine,
  nameQuarantine,
  refuseQuarantine,
  requireQuarantine,
} from './quarantine.ts';
import type { Storage } from './storage.ts';
import { commitVersion, loadNewest, repairHint, type VersionDraft } from './versions.ts';

/** A finished part in the run's folder. */
export interface DraftPart {
  /** File name in the run's folder: `part-00000.parquet`. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

/** What the run has to commit. `rows` is the number that was read: it must be the sum over the parts. */
export type RunDraft = Pick<VersionDraft, 'source' | 'schema' | 'rows' | 'summary'> & {
  readonly parts: readonly DraftPart[];
};

export interface RunPlan {
  /** Rows may be set aside: the run has a folder for them too. */
  readonly quarantines: boolean;
}

export interface DatasetRun {
  readonly dataset: string;
  readonly runId: string;
  /** The version that the run's own will follow; null before the first. */
  readonly base: DatasetVersion | null;
  /** Absolute path of the folder for the run's parts. */
  readonly folder: string;
  /** Absolute path of the folder for the parts of rows set aside; null where none are. */
  readonly quarantineFolder: string | null;
  /** Aborted, with the error as its reason, when another run took the dataset over. */
  readonly lost: AbortSignal;
  /**
   * Makes the parts durable and commits them as the next version. `quarantine`: what was set aside, where it is any row; its version
   * is committed first, and named by the dataset's. Throws E_LEASE_LOST, E_COMMIT_CONFLICT, E_COMMIT_UNKNOWN, E_DISK_FULL, E_WRITE.
   */
  commit(draft: RunDraft, quarantine?: RunDraft | null): Promise<DatasetVersion>;
  /** Removes the run's folder and gives the lease back. After a commit, or an unknown one, it removes nothing. */
  abandon(): Promise<void>;
}

export interface DatasetStore {
  readonly dataset: string;
  /** The current version, or null where none was committed yet, or no version of its dataset names what was set aside in this one. */
  load(): Promise<DatasetVersion | null>;
  /** Absolute path of a part of a version. */
  locatePart(part: { readonly path: string }): string;
  /** The parts of a version that are missing or have another size than they were committed with. */
  findDamagedParts(version: DatasetVersion): Promise<DamagedPart[]>;
  /**
   * Takes the lease and makes a folder for the run. Throws E_LEASE_HELD when another run writes the dataset, E_NAME_COLLISION where the
   * place of a quarantine is another dataset's, or this one's is a quarantine's.
   */
  beginRun(runId: string, plan?: RunPlan): Promise<DatasetRun>;
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
    load: () => loadCurrent(storage, dataset),
    locatePart: (part) => storage.locate(`${datasetFolder(dataset)}/${part.path}`),
    findDamagedParts: (version) => findDamagedParts(storage, version),

    async beginRun(runId, { quarantines } = { quarantines: false }) {
      // Looked at before there is a lease, which would make the place a table's; and again, since another run may have committed.
      refuseQuarantine(await loadNewest(storage, dataset));
      const lease = await acquireLease({ storage, dataset, runId, times: leaseTimes, now });
      try {
        const base = await loadNewest(storage, dataset);
        if (isQuarantine(base)) await lease.withdraw();
        refuseQuarantine(base);
        const sideBase = quarantines ? await loadSideBase(storage, dataset) : null;
        await lease.assertOurs();
        await storage.makeFolder(runFolder(dataset, runId));
        await repairHint(storage, dataset, base?.version ?? 0);
        const side = quarantines ? await beginSide(storage, quarantineDataset(dataset), sideBase, runId) : null;
        return createRun({ storage, dataset, base, side, lease, now });
      } catch (cause) {
        await lease.release().catch(() => undefined); // the first error tells more; the lease goes stale
        throw cause;
      }
    },
  };
}

/** The side dataset of a run, under the lease of its dataset. */
interface Side {
  readonly dataset: string;
  readonly base: DatasetVersion | null;
  /** Key of the folder. */
  readonly folder: string;
}

/**
 * The place is looked at after its newest version: a table that comes there later commits a number that is taken, or takes ours. Throws
 * E_NAME_COLLISION.
 */
async function loadSideBase(storage: Storage, dataset: string): Promise<DatasetVersion | null> {
  const base = await loadNewest(storage, quarantineDataset(dataset));
  await requireQuarantine(storage, dataset);
  return base;
}

async function beginSide(storage: Storage, dataset: string, base: DatasetVersion | null, runId: string): Promise<Side> {
  const folder = runFolder(dataset, runId);
  await storage.makeFolder(folder);
  await repairHint(storage, dataset, base?.version ?? 0);
  return { dataset, base, folder };
}

interface RunParts {
  readonly storage: Storage;
  readonly dataset: string;
  readonly base: DatasetVersion | null;
  readonly side: Side | null;
  readonly lease: Lease;
  readonly now: () => number;
}

function createRun({ storage, dataset, base, side, lease, now }: RunParts): DatasetRun {
  const { runId } = lease;
  const folder = runFolder(dataset, runId);
  let state: 'open' | 'committed' | 'unknown' | 'abandoned' = 'open';
  /** Of a version that may stand, here or of the rows set aside, nothing is removed. */
  const noteUnknown = (cause: unknown): never => {
    if (isDraculaError(cause, 'E_COMMIT_UNKNOWN')) state = 'unknown';
    throw cause;
  };

  return {
    dataset,
    runId,
    base,
    folder: storage.locate(folder),
    quarantineFolder: side === null ? null : storage.locate(side.folder),
    lost: lease.lost,

    async commit(draft, quarantine = null) {
      if (state !== 'open')
        throw new DraculaError('E_INTERNAL', `Run ${runId} of ${dataset} is ${state} already.`, { dataset });
      await lease.assertOurs();
      await sealParts(storage, dataset, folder, draft);
      const named =
        side === null ? {} : await commitSide({ storage, dataset, side, lease, now }, quarantine).catch(noteUnknown);
      await lease.assertOurs();
      const whole = { ...draft, summary: { ...draft.summary, ...named } };
      const draftOfRun = versionDraft(runId, whole);
      const version = await commitVersion(storage, dataset, base, draftOfRun, now()).catch(noteUnknown);
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
          // A version of it that was committed already is named by none of the dataset's.
          if (side !== null) await storage.removeFolder(side.folder);
        }
      } finally {
        await lease.release();
      }
    },
  };
}

/** Commits what was set aside, and says what the dataset's version is to say of it: nothing where no row was. */
async function commitSide(
  { storage, dataset, side, lease, now }: Omit<RunParts, 'base' | 'side'> & { readonly side: Side },
  draft: RunDraft | null,
): Promise<JsonObject> {
  if (draft === null || draft.rows === 0) {
    await storage.removeFolder(side.folder);
    return {};
  }
  await sealParts(storage, side.dataset, side.folder, draft);
  await lease.assertOurs();
  const marked = { ...draft, summary: { ...draft.summary, ...markQuarantine(dataset) } };
  const content = versionDraft(lease.runId, marked);
  const { version, rows } = await commitVersion(storage, side.dataset, side.base, content, now());
  return nameQuarantine({ dataset: side.dataset, version, rows });
}

function versionDraft(runId: string, draft: RunDraft): VersionDraft {
  const parts = draft.parts.map(({ name, rows, bytes }) => ({ path: `data/${runId}/${name}`, rows, bytes }));
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { runId, source: draft.source, schema: draft.schema, parts, rows: draft.rows, bytes, summary: draft.summary };
}

/** Flushes parts and folders, and refuses a draft that the disk does not bear out. */
async function sealParts(storage: Storage, dataset: string, folder: string, draft: RunDraft): Promise<void> {
  const rows = draft.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== draft.rows) {
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
