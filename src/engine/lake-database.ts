/**
 * The in-memory database behind the engine: its settings, its views, and its locks.
 *
 * It may open the parts that the views name and nothing else, loads no extension, and its configuration cannot be changed
 * afterwards. Time zones are UTC, whatever the machine's.
 */
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { findCollisions, formatDataset, formatName, queryName } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import { damagedPart, findNamedPart } from './damaged-part.ts';
import { escapeGlob, quoteText, viewSql } from './lake-views.ts';
import type { DuckDB } from './load-duckdb.ts';

export interface DatabaseOptions {
  /** Default: half of the machine's memory, or of the container's. */
  readonly memoryBytes?: number;
  /** Default: one a core. */
  readonly threads?: number;
  /** The one file that may be written. */
  readonly outputPath?: string;
  /** Datasets that have no files to be read. */
  readonly unreadable?: readonly UnreadableDataset[];
}

/** A dataset that is known not to be readable, and what a query of it is told. */
export interface UnreadableDataset {
  readonly dataset: string;
  readonly error: DraculaError;
}

export interface LakeNames {
  /** Every dataset's name in SQL. */
  readonly names: readonly string[];
  /** By lower-case name: why a name that somebody may ask for has no view. */
  readonly withoutView: ReadonlyMap<string, DraculaError>;
}

export interface LakeDatabase extends LakeNames {
  readonly instance: DuckDBInstance;
}

/** What does not fit into memory goes to `spillFolder`, which DuckDB makes when it needs it. */
export async function openDatabase(
  duckdb: DuckDB,
  datasets: readonly DatasetFiles[],
  spillFolder: string,
  options: DatabaseOptions,
): Promise<LakeDatabase> {
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_persistent_secrets: 'false',
    memory_limit: `${Math.floor((options.memoryBytes ?? defaultMemory()) / 1024)}KiB`,
    threads: String(options.threads ?? availableParallelism()),
    temp_directory: spillFolder,
  });
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  const names = await createViews(connection, datasets, options.unreadable ?? []);
  await lockDown(connection, datasets, options.outputPath);
  connection.closeSync();
  return { instance, ...names };
}

function defaultMemory(): number {
  const limit = process.constrainedMemory();
  return (limit > 0 && limit < totalmem() ? limit : totalmem()) / 2;
}

/** A view for each dataset that can be read; for the others what a query of them is told. */
async function createViews(
  connection: DuckDBConnection,
  datasets: readonly DatasetFiles[],
  unreadable: readonly UnreadableDataset[],
): Promise<LakeNames> {
  refuseSharedNames(datasets);
  const all = [...datasets, ...unreadable].map(({ dataset }) => dataset);
  const withoutView = new Map<string, DraculaError>();
  for (const dataset of all) {
    if (dataset !== queryName(dataset)) withoutView.set(dataset.toLowerCase(), encodedName(dataset));
  }
  for (const files of datasets) {
    const name = queryName(files.dataset);
    const error = files.columns.length === 0 ? noColumns(name, files) : await tryView(connection, name, files);
    if (error !== null) withoutView.set(name.toLowerCase(), error);
  }
  for (const { dataset, error } of unreadable) withoutView.set(queryName(dataset).toLowerCase(), error);
  return { names: all.map(queryName).sort(), withoutView };
}

/** Who opens the engine leaves out what SQL cannot tell apart: a view would show another dataset's rows. */
function refuseSharedNames(datasets: readonly DatasetFiles[]): void {
  const [shared] = findCollisions(datasets);
  if (shared === undefined) return;
  const names = shared.map(({ dataset }) => dataset).join(' and ');
  throw new DraculaError('E_INTERNAL', `One view was to show ${names}. Nothing was read.`);
}

async function tryView(connection: DuckDBConnection, name: string, files: DatasetFiles): Promise<DraculaError | null> {
  try {
    await connection.run(viewSql(name, files));
    return null;
  } catch (cause) {
    const path = findNamedPart(files.parts, cause) ?? files.parts[0] ?? '';
    return damagedPart(files.dataset, path, cause);
  }
}

function noColumns(name: string, { dataset, rows }: DatasetFiles): DraculaError {
  return new DraculaError(
    'E_DATASET_NOT_FOUND',
    `${formatName(name)} has ${rows} rows and no columns: SQL has no such table. Nothing was read.`,
    { dataset },
  );
}

function encodedName(dataset: string): DraculaError {
  return new DraculaError('E_DATASET_NOT_FOUND', `The dataset ${dataset} is called ${formatDataset(dataset)} in SQL.`, {
    dataset,
  });
}

async function lockDown(
  connection: DuckDBConnection,
  datasets: readonly DatasetFiles[],
  output: string | undefined,
): Promise<void> {
  // A path is compared as it is written in the view, and again as it was found.
  const parts = datasets.flatMap((files) => files.parts.flatMap((part) => [part, escapeGlob(part)]));
  const paths = new Set(output === undefined ? parts : [...parts, resolve(output)]);
  if (paths.size > 0) await connection.run(`SET allowed_paths = [${[...paths].map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}
