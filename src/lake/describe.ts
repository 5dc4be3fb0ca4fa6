/**
 * What a lake holds, for `dracula status` and for the engine: the current version of each dataset.
 *
 * A dataset whose metadata cannot be read is a problem of its own and hides none of the others.
 */
import type { DatasetFiles } from '../core/dataset-files.ts';
import { type SerializedError, serializeError } from '../errors.ts';
import type { DatasetVersion } from './dataset-version.ts';
import type { Lake } from './lake.ts';

export interface DatasetStatus {
  readonly dataset: string;
  /** `namespace.name` in the source; null for a query. */
  readonly table: string | null;
  readonly version: number;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
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
  /** Sorted by dataset. */
  readonly datasets: readonly DatasetStatus[];
  readonly problems: readonly DatasetProblem[];
}

export async function describeLake(lake: Lake): Promise<LakeDescription> {
  const { found, problems } = await currentVersions(lake);
  return { root: lake.root, datasets: found.map(datasetStatus), problems };
}

/** The current files of every dataset, as the engine reads them. */
export async function currentFiles(
  lake: Lake,
): Promise<{ readonly datasets: DatasetFiles[]; readonly problems: DatasetProblem[] }> {
  const { found, problems } = await currentVersions(lake);
  const datasets = found.map((version) => {
    const { locatePart } = lake.dataset(version.dataset);
    const columns = version.schema.columns.map(({ name, fieldId, type }) => ({ name, fieldId, type }));
    const { readers } = version.schema;
    const parts = version.parts.map(locatePart);
    return { dataset: version.dataset, columns, parts, rows: version.rows, ...(readers ? { readers } : {}) };
  });
  return { datasets, problems };
}

async function currentVersions(lake: Lake): Promise<{ found: DatasetVersion[]; problems: DatasetProblem[] }> {
  const found: DatasetVersion[] = [];
  const problems: DatasetProblem[] = [];
  for (const dataset of await lake.datasets()) {
    try {
      const version = await lake.dataset(dataset).load();
      if (version !== null) found.push(version);
    } catch (cause) {
      problems.push({ dataset, error: serializeError(cause) });
    }
  }
  return { found, problems };
}

function datasetStatus(version: DatasetVersion): DatasetStatus {
  const { table } = version.source;
  return {
    dataset: version.dataset,
    table: table === null ? null : `${table.namespace}.${table.name}`,
    version: version.version,
    rows: version.rows,
    bytes: version.bytes,
    parts: version.parts.length,
    columns: version.schema.columns.length,
    committedAt: version.committedAt,
    runId: version.runId,
  };
}
