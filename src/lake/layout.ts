/**
 * Where things are in a lake: every name below its root is made here.
 *
 *   dracula-lake.json                        the marker
 *   <dataset>/data/<run id>/part-00000.parquet
 *   <dataset>/metadata/v12.json              a committed version; version-hint.text and named-runs.text beside it
 *   <dataset>/lease/3.json                   who writes the dataset
 *
 * A dataset's name is its folder's (core/identifiers.ts makes it of the table's): anything else is no name of a dataset.
 */
import { randomBytes } from 'node:crypto';
import { DraculaError } from '../errors.ts';

export const MARKER = 'dracula-lake.json';

/** True for what `datasetName` makes: [a-z0-9_] and percent-encoded bytes. */
export function isDatasetName(name: string): boolean {
  return /^(?:[a-z0-9_]|%[0-9A-F]{2})+$/.test(name);
}

/** The dataset's folder; every other key of a dataset stands on it. */
export function datasetFolder(dataset: string): string {
  if (isDatasetName(dataset)) return dataset;
  throw new DraculaError('E_INTERNAL', `Not the name of a dataset: ${JSON.stringify(dataset)}. Nothing was touched.`);
}

export const metadataFolder = (dataset: string): string => `${datasetFolder(dataset)}/metadata`;
export const versionKey = (dataset: string, version: number): string => `${metadataFolder(dataset)}/v${version}.json`;
export const hintKey = (dataset: string): string => `${metadataFolder(dataset)}/version-hint.text`;
export const namedRunsKey = (dataset: string): string => `${metadataFolder(dataset)}/named-runs.text`;
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

/** True for what `partName` makes. */
export function isPartName(name: string): boolean {
  return /^part-\d{5,}\.parquet$/.test(name);
}

/** An id that sorts by time and is never the same twice: `20261122t075032-9f1c2ab4d3e0`. */
export function createRunId(nowMs: number = Date.now()): string {
  const time = new Date(nowMs)
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .toLowerCase();
  return `${time}-${randomBytes(6).toString('hex')}`;
}
