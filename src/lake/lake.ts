/**
 * A lake: a folder with a marker file, and a folder for each dataset in it.
 *
 * An empty or missing folder becomes a lake when one is to be made; a folder that holds anything else is refused, so that
 * nothing is ever mixed with files of others. Folders in a lake that hold no committed version are not datasets.
 */
import { randomUUID } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { resolve } from 'node:path';
import { isQuarantineName } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import { type DatasetStore, openDatasetStore, type StoreOptions } from './dataset-store.ts';
import { errno, readError } from './file-error.ts';
import { isDatasetName, MARKER, versionKey } from './layout.ts';
import { checkFormat, parseMetadata } from './metadata-json.ts';
import { loadCurrent } from './quarantine.ts';
import { createFolderStorage, type FileSystem, isTemporaryName, type Storage } from './storage.ts';

/** The format that this program writes. */
export const LAKE_FORMAT = 1;

export interface LakeOptions extends StoreOptions {
  /** Make the folder a lake when it is not one yet, and prove that it can be written. */
  readonly create: boolean;
  readonly files?: FileSystem;
}

export interface Lake {
  /** Absolute path. */
  readonly root: string;
  /** Datasets that have a version, sorted by name. */
  datasets(): Promise<string[]>;
  /** A dataset, committed or to be. */
  dataset(name: string): DatasetStore;
}

/** What operating systems and version control put into folders by themselves. */
const TOLERATED =
  /^(?:\.DS_Store|lost\+found|Thumbs\.db|desktop\.ini|\.Trash.*|\.fseventsd|\.Spotlight-V100|\.gitkeep|\.gitignore)$/;

/**
 * Opens the lake at `path`. Throws E_LAKE_NOT_FOUND (nothing there, and not to be made), E_TARGET (not a folder, not
 * writable), E_TARGET_FOREIGN (files of others), E_LAKE_VERSION, E_LAKE_CORRUPT, E_NO_HARD_LINKS, E_DISK_FULL.
 */
export async function openLake(path: string, options: LakeOptions): Promise<Lake> {
  const { root, storage, kind } = await lookAt(path, options.files);
  if (options.create) {
    if (kind === 'missing') await storage.makeFolder('');
    await makeLake(storage);
  } else if (!(await checkMarker(storage))) {
    const found = kind === 'missing' ? 'There is no folder' : 'There is no lake';
    throw new DraculaError('E_LAKE_NOT_FOUND', `${found} at ${root}.`, { path: root });
  }
  return {
    root,
    datasets: () => listDatasets(storage),
    dataset: (name) => openDatasetStore(storage, name, options),
  };
}

/** Throws what `openLake` with `create` throws, as far as looking tells: for work that comes before the lake is needed. Makes nothing. */
export async function checkLakePlace(path: string): Promise<void> {
  const { storage } = await lookAt(path);
  if (!(await checkMarker(storage))) await refuseForeign(storage);
}

/** Refuses what can be no lake. */
async function lookAt(path: string, files: FileSystem = nodeFiles) {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw new DraculaError(
      'E_TARGET',
      `The lake ${path.replace(/\/\/[^/]*@/, '//')} is not a local folder; other stores are not supported yet. Nothing was written.`,
    );
  }
  const root = resolve(path);
  const storage = createFolderStorage(root, files);
  const kind = await kindOf(root, files);
  if (kind === 'file')
    throw new DraculaError('E_TARGET', `${root} is a file, not a lake folder. Nothing was written.`, { path: root });
  return { root, storage, kind };
}

async function kindOf(root: string, files: FileSystem): Promise<'folder' | 'file' | 'missing'> {
  try {
    return (await files.stat(root)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return 'missing';
    if (errno(cause) === 'ENOTDIR') return 'file';
    throw readError(cause, root);
  }
}

async function makeLake(storage: Storage): Promise<void> {
  const isLake = await checkMarker(storage);
  if (!isLake) await refuseForeign(storage);
  await proveConditionalWrites(storage);
  if (isLake) return;
  const marker = { format: LAKE_FORMAT, lakeId: randomUUID(), createdAt: new Date().toISOString() };
  const outcome = await storage.create(MARKER, `${JSON.stringify(marker, null, 2)}\n`);
  // Another process was first: a lake of a newer program may stand there now.
  if (outcome === 'exists') await checkMarker(storage);
}

/** False where there is no marker; throws where the marker is not one that we can live with. */
async function checkMarker(storage: Storage): Promise<boolean> {
  const text = await storage.read(MARKER);
  if (text === null) return false;
  const path = storage.locate(MARKER);
  checkFormat(parseMetadata(text, path), 'format', LAKE_FORMAT, path);
  return true;
}

async function refuseForeign(storage: Storage): Promise<void> {
  const foreign = (await storage.list('')).filter((name) => !TOLERATED.test(name) && !isOwnTemporary(name)).sort();
  if (foreign.length === 0) return;
  // Another process may have made it a lake between our two looks.
  if (await checkMarker(storage)) return;
  const root = storage.locate('');
  const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
  const message = `${root} is not a lake and holds files of others: ${foreign.slice(0, 3).join(', ')}${more}. Nothing was written.`;
  throw new DraculaError('E_TARGET_FOREIGN', message, { path: root });
}

const PROBE = '.dracula-probe';

function isOwnTemporary(name: string): boolean {
  return (
    name.startsWith(PROBE) ||
    (name.startsWith(`.${MARKER}.`) && isTemporaryName(name)) ||
    (name.startsWith(`.${PROBE}`) && isTemporaryName(name))
  );
}

/** The folder can be written, has hard links, and refuses a second one of the same name. */
async function proveConditionalWrites(storage: Storage): Promise<void> {
  const key = `${PROBE}-${randomUUID()}`;
  const first = await storage.create(key, '');
  const second = await storage.create(key, '');
  await storage.remove(key);
  if (first === 'created' && second === 'exists') return;
  const path = storage.locate('');
  throw new DraculaError(
    'E_NO_HARD_LINKS',
    `The file system at ${path} lets a hard link replace a file. Nothing was committed there.`,
    { path },
  );
}

async function listDatasets(storage: Storage): Promise<string[]> {
  const datasets: string[] = [];
  for (const name of await storage.list('')) {
    if (!isDatasetName(name) || !(await hasVersion(storage, name))) continue;
    if (!isQuarantineName(name) || (await hasCurrent(storage, name))) datasets.push(name);
  }
  return datasets.sort();
}

/** One that this user may not look into is a problem to be told of, and hides none of the others. */
async function hasVersion(storage: Storage, dataset: string): Promise<boolean> {
  return storage.exists(versionKey(dataset, 1)).catch(() => true);
}

/** False for rows set aside by a run that was killed before its commit. One that cannot be read is a problem to be told of. */
async function hasCurrent(storage: Storage, dataset: string): Promise<boolean> {
  return loadCurrent(storage, dataset).then(
    (version) => version !== null,
    () => true,
  );
}
