/**
 * Where things are in a lake: every name below its root is made here.
 *
 *   dracula-lake.json                        the marker
 *   <dataset>/data/<run id>/part-00000.parquet
 *   <dataset>/metadata/v12.json              a committed version; version-hint.text beside it
 *   <dataset>/lease/3.json                   who writes the dataset
 *
 * The folder of a dataset is its name with every byte outside [a-z0-9_] percent-encoded (upper-case hex), so that names
 * differing in case stay apart on file systems that fold it.
 */
import { randomBytes } from 'node:crypto';
import { DraculaError } from '../errors.ts';

export const MARKER = 'dracula-lake.json';

/** `orders` stays, `Größe` becomes `%47r%C3%B6%C3%9Fe`. */
export function datasetFolder(dataset: string): string {
  if (dataset === '')
    throw new DraculaError('E_USAGE', 'A dataset needs a name that is not empty. Nothing was written.');
  let folder = '';
  for (const byte of new TextEncoder().encode(dataset)) {
    const kept = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
    folder += kept ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return folder;
}

/** The dataset of a folder's name, or null where no dataset has such a folder. */
export function datasetOfFolder(folder: string): string | null {
  if (!/^(?:[a-z0-9_]|%[0-9A-F]{2})+$/.test(folder)) return null;
  try {
    const dataset = decodeURIComponent(folder);
    return datasetFolder(dataset) === folder ? dataset : null;
  } catch {
    return null; // not UTF-8: nothing of ours
  }
}

export const metadataFolder = (dataset: string): string => `${datasetFolder(dataset)}/metadata`;
export const versionKey = (dataset: string, version: number): string => `${metadataFolder(dataset)}/v${version}.json`;
export const hintKey = (dataset: string): string => `${metadataFolder(dataset)}/version-hint.text`;
export const leaseFolder = (dataset: string): string => `${datasetFolder(dataset)}/lease`;
export const dataFolder = (dataset: string): string => `${datasetFolder(dataset)}/data`;

/** The folder of a run's parts. A run id is a file name: it goes into paths as it is. */
export function runFolder(dataset: string, runId: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(runId))
    throw new DraculaError('E_INTERNAL', `A run id cannot be a file name: ${JSON.stringify(runId)}.`);
  return `${dataFolder(dataset)}/${runId}`;
}

/** `part-00007.parquet`. */
export function partName(ordinal: number): string {
  return `part-${String(ordinal).padStart(5, '0')}.parquet`;
}

/** An id that sorts by time and is never the same twice: `20261122t075032-9f1c2ab4d3e0`. */
export function createRunId(nowMs: number = Date.now()): string {
  const time = new Date(nowMs)
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .toLowerCase();
  return `${time}-${randomBytes(6).toString('hex')}`;
}
