/**
 * What a lake holds, for `dracula status` and for the engine: the current version of each dataset.
 *
 * A dataset whose metadata cannot be read, or a part of which is missing or has another size, is a problem of its own and
 * hides none of the others. So are two datasets whose names SQL cannot tell apart: neither can be queried, and neither's rows are
 * ever shown as the other's.
 */
import type { DatasetFiles } from '../core/dataset-files.ts';
import { findCollisions, formatDataset, formatTable } from '../core/identifiers.ts';
import { DraculaError, type SerializedError, serializeError } from '../errors.ts';
import { type DamagedPart, damagedPartsError } from './damaged-parts.ts';
import type { DatasetVersion } from './dataset-version.ts';
import type { Lake } from './lake.ts';

export interface DatasetStatus {
  readonly dataset: string;
  /** `namespace.name` in the source, quoted where it has to be; null for a query. */
  readonly table: string | null;
  readonly version: number;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  /** Of `parts`: missing, or of another size than they were committed with. */
  readonly damagedParts: number;
  readonly columns: number;
  /** ISO 8601, UTC. */
  readonly committedAt: string;
  readonly runId: string;
}

export interface DatasetProblem {
  readonly dataset: string;
  readonly error: SerializedError;
}

export interface LakeDescription {
  /** Absolute path. */
  readonly root: string;
  /** Those whose metadata can be read, sorted by dataset. */
  readonly datasets: readonly DatasetStatus[];
  /** Those that cannot be queried, for their metadata, for their parts or for their names. */
  readonly problems: readonly DatasetProblem[];
}

export async function describeLake(lake: Lake): Promise<LakeDescription> {
  const { found, problems } = await currentVersions(lake);
  return { root: lake.root, datasets: found.map(datasetStatus), problems };
}

/** The current files of every dataset that can be read, as the engine reads them; and why the others cannot. */
export async function currentFiles(
  lake: Lake,
): Promise<{ readonly datasets: DatasetFiles[]; readonly problems: DatasetProblem[] }> {
  const { found, problems } = await currentVersions(lake);
  const whole = found.filter(({ version }) => problems.every(({ dataset }) => dataset !== version.dataset));
  const datasets = whole.map(({ version }) => {
    const { locatePart } = lake.dataset(version.dataset);
    const columns = version.schema.columns.map(({ name, fieldId, type }) => ({ name, fieldId, type }));
    const { readers } = version.schema;
    const parts = version.parts.map(locatePart);
    return { dataset: version.dataset, columns, parts, rows: version.rows, ...(readers ? { readers } : {}) };
  });
  return { datasets, problems };
}

interface CurrentVersion {
  readonly version: DatasetVersion;
  readonly damaged: readonly DamagedPart[];
}

async function currentVersions(lake: Lake): Promise<{ found: CurrentVersion[]; problems: DatasetProblem[] }> {
  const found: CurrentVersion[] = [];
  const problems: DatasetProblem[] = [];
  const all = await lake.datasets();
  for (const dataset of all) {
    try {
      const store = lake.dataset(dataset);
      const version = await store.load();
      if (version === null) continue;
      const damaged = await store.findDamagedParts(version);
      found.push({ version, damaged });
      const [first, ...others] = damaged;
      if (first) problems.push({ dataset, error: serializeError(damagedPartsError(version, [first, ...others])) });
    } catch (cause) {
      problems.push({ dataset, error: serializeError(cause) });
    }
  }
  return { found, problems: [...problems, ...sharedNames(all, problems)] };
}

function sharedNames(all: readonly string[], problems: readonly DatasetProblem[]): DatasetProblem[] {
  return findCollisions(all.map((dataset) => ({ dataset }))).flatMap((group) => {
    const names = group.map(({ dataset }) => `${formatDataset(dataset)} (folder ${dataset})`).join(' and ');
    const message =
      `SQL cannot tell ${names} apart, since it folds case: none of them can be queried in this lake. ` +
      'Move the folders of all but one out of it.';
    const fresh = group.filter(({ dataset }) => problems.every((problem) => problem.dataset !== dataset));
    return fresh.map(({ dataset }) => ({
      dataset,
      error: serializeError(new DraculaError('E_NAME_COLLISION', message, { dataset })),
    }));
  });
}

function datasetStatus({ version, damaged }: CurrentVersion): DatasetStatus {
  const { table } = version.source;
  return {
    dataset: version.dataset,
    table: table === null ? null : formatTable(table),
    version: version.version,
    rows: version.rows,
    bytes: version.bytes,
    parts: version.parts.length,
    damagedParts: damaged.length,
    columns: version.schema.columns.length,
    committedAt: version.committedAt,
    runId: version.runId,
  };
}
