/**
 * `verifyDatasets`: datasets of a lake beside their source as it is now.
 *
 *   lake -> connect -> snapshot -> plan -> for each dataset: one pass over the source, one over the parts -> report
 *
 * The source is read in a new snapshot, so a difference says "differs now": rows may have changed since the copy. The proof of a
 * copy is `copyTables({ verify: true })`, which compares inside the copy's own snapshot. Nothing is written.
 */
import { formatDataset, formatTable, queryName } from '../core/identifiers.ts';
import type { DatasetVerification, VerifyReport } from '../core/verify-report.ts';
import { openEngine } from '../engine/duckdb.ts';
import { DraculaError, deserializeError, ERROR_CODES } from '../errors.ts';
import { exportSnapshot } from '../extract/snapshot.ts';
import type { DatasetVersion } from '../lake/dataset-version.ts';
import { currentFiles } from '../lake/describe.ts';
import { type Lake, openLake } from '../lake/lake.ts';
import { namedQuarantine } from '../lake/quarantine.ts';
import { connectControl } from '../postgres/connect.ts';
import { describeConnection } from '../postgres/connection-config.ts';
import { queryError } from '../postgres/sqlstate.ts';
import { checkVerifyOptions } from './check-options.ts';
import { type CopyRun, openRun } from './copy-run.ts';
import { SourceSession } from './source-session.ts';
import { type Comparing, compareDataset } from './verify-dataset.ts';
import type { VerifyOptions } from './verify-options.ts';

/** Exit code of a difference under `strict`. */
const DATA_EXIT = 5;

/**
 * Compares datasets with the tables that they were copied from.
 *
 * Resolves with the report, also where datasets differ or could not be compared. Rejects with a DraculaError when nothing could be
 * done at all: no lake, no such dataset, no connection, an abort.
 *
 * @example
 * const { datasets } = await verifyDatasets({ lake: './lake', url: 'postgresql://app@localhost/shop' });
 * console.log(datasets.filter(({ status }) => status !== 'same'));
 */
export async function verifyDatasets(options: VerifyOptions): Promise<VerifyReport> {
  checkVerifyOptions(options);
  const lake = await openLake(options.lake, { create: false });
  const versions = await chosenVersions(lake, options.datasets);
  const run = await openRun(runOptions(options, versions));
  try {
    const datasets = await compareAll(run, lake, versions, options);
    await run.listener.listened();
    return {
      format: 1,
      lake: lake.root,
      server: `PostgreSQL ${run.server.version} at ${describeConnection(run.connection)}`,
      samplePercent: options.samplePercent ?? null,
      datasets,
      seconds: (performance.now() - run.startedAt) / 1000,
      exitCode: exitCodeOf(datasets, options.strict ?? false),
    };
  } catch (error) {
    throw await run.listener.firstError(error);
  } finally {
    await run.close();
  }
}

async function chosenVersions(lake: Lake, names: readonly string[] | undefined): Promise<DatasetVersion[]> {
  const all = await lake.datasets();
  if (all.length === 0)
    throw new DraculaError(
      'E_DATASET_NOT_FOUND',
      `The lake at ${lake.root} has no dataset: there is nothing to compare.`,
    );
  const versions: DatasetVersion[] = [];
  for (const dataset of names?.map((name) => findDataset(lake, all, name)) ?? all)
    versions.push((await lake.dataset(dataset).load())!); // it was listed since it has one
  return versions;
}

/** By its name in SQL, with or without quotes, or by its folder's. */
function findDataset(lake: Lake, all: readonly string[], name: string): string {
  const found = all.find((dataset) => [dataset, queryName(dataset), formatDataset(dataset)].includes(name));
  if (found !== undefined) return found;
  const known = all.length === 0 ? 'It has none.' : `It has: ${all.map(formatDataset).join(', ')}.`;
  throw new DraculaError('E_DATASET_NOT_FOUND', `The lake at ${lake.root} has no dataset ${name}. ${known}`);
}

function runOptions(options: VerifyOptions, versions: readonly DatasetVersion[]) {
  const { url, where, maxBlockMs, maxSnapshotAgeMs, env, signal, onEvent } = options;
  const tables = versions.flatMap(({ source }) => (source.table === null ? [] : [formatTable(source.table)]));
  return {
    target: `${options.lake}/`,
    ...(tables.length === 0 ? {} : { tables }),
    ...(url === undefined ? {} : { url }),
    ...(where === undefined ? {} : { where }),
    ...(maxBlockMs === undefined ? {} : { maxBlockMs }),
    ...(maxSnapshotAgeMs === undefined ? {} : { maxSnapshotAgeMs }),
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
}

async function compareAll(
  run: CopyRun,
  lake: Lake,
  versions: readonly DatasetVersion[],
  options: VerifyOptions,
): Promise<DatasetVerification[]> {
  const { datasets: files, problems } = await currentFiles(lake);
  const needed = new Set(versions.flatMap((version) => [version.dataset, ...sideOf(version)]));
  const isChosen = ({ dataset }: { readonly dataset: string }) => needed.has(dataset);
  const unreadable = problems
    .filter(isChosen)
    .map(({ dataset, error }) => ({ dataset, error: deserializeError(error) }));
  const engine = await openEngine(files.filter(isChosen), { memoryBytes: run.options.memoryBytes, unreadable });
  try {
    return await compareInSnapshot({ run, engine, options, lake, asides: new Map() }, versions);
  } finally {
    await engine.close();
  }
}

/** The dataset of the rows that this version set aside. */
function sideOf(version: DatasetVersion): string[] {
  const named = namedQuarantine(version);
  return named === null ? [] : [named.dataset];
}

/** All datasets beside one snapshot of the source. */
async function compareInSnapshot(
  comparing: Omit<Comparing, 'source' | 'client'>,
  versions: readonly DatasetVersion[],
): Promise<DatasetVerification[]> {
  const { run, options } = comparing;
  const exporter = await connectControl(run.connection, run.options.signal ? { signal: run.options.signal } : {});
  try {
    const snapshot = await exportSnapshot(exporter, run.server.settings, run.options.maxSnapshotAgeMs).catch(
      (error: unknown) => {
        throw queryError(error);
      },
    );
    const source = await SourceSession.open(run, snapshot);
    try {
      const verifications: DatasetVerification[] = [];
      for (const version of versions) {
        const verification = await compareDataset({ ...comparing, source, client: snapshot.client }, version);
        await run.listener.answered(options.onDataset?.(verification));
        verifications.push(verification);
      }
      return verifications;
    } finally {
      await source.close();
    }
  } finally {
    await exporter.end().catch(() => undefined); // the server drops the snapshot with the session
  }
}

function exitCodeOf(datasets: readonly DatasetVerification[], strict: boolean): number {
  const codes = datasets.flatMap(({ status, error }) => {
    if (status === 'failed') return [ERROR_CODES[error!.code].exit];
    return strict && status === 'different' ? [DATA_EXIT] : [];
  });
  return codes.length === 0 ? 0 : Math.min(...codes);
}
