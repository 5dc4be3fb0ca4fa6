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
import { escapeGlob, plainName, quoteText, viewSql } from './lake-views.ts';
import type { DuckDB } from './load-duckdb.ts';

export interface DatabaseOptions {
  /** Default: half of the machine's memory, or of the container's. */
  readonly memoryBytes?: number;
  /** Default: one a core. */
  readonly threads?: number;
  /** The one file that may be written. */
  readonly outputPath?: string;
}

export interface LakeDatabase {
  readonly instance: DuckDBInstance;
  /** The datasets that have a view, by the names that people know. */
  readonly names: readonly string[];
  /** Datasets that have none, and why. */
  readonly notices: readonly string[];
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
  const { names, notices } = await createViews(connection, datasets);
  await lockDown(connection, datasets, options.outputPath);
  connection.closeSync();
  return { instance, names, notices };
}

function defaultMemory(): number {
  const limit = process.constrainedMemory();
  return (limit > 0 && limit < totalmem() ? limit : totalmem()) / 2;
}

/** The views' names, and a notice for each dataset that has none. Plain names come last: a dataset's own name wins. */
async function createViews(
  connection: DuckDBConnection,
  datasets: readonly DatasetFiles[],
): Promise<{ names: string[]; notices: string[] }> {
  const names: string[] = [];
  const notices: string[] = [];
  const shown: DatasetFiles[] = [];
  for (const files of datasets) {
    const reason = files.columns.length === 0 ? 'it has no columns' : await tryView(connection, files.dataset, files);
    if (reason === null) shown.push(files);
    else notices.push(`The dataset ${files.dataset} cannot be queried: ${reason}.`);
  }
  for (const files of shown) {
    const plain = plainName(files.dataset);
    const named = plain !== null && (await tryView(connection, plain, files)) === null;
    names.push(named ? plain : files.dataset);
  }
  return { names, notices };
}

async function tryView(connection: DuckDBConnection, name: string, files: DatasetFiles): Promise<string | null> {
  try {
    await connection.run(viewSql(name, files));
    return null;
  } catch (cause) {
    return firstLine(cause);
  }
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

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!.replace(/[.!]$/, '');
}
