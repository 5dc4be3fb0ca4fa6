/** DuckDB over a lake's current versions. What cannot be queried fails the queries that ask for it, and hides nothing else. */
import { type EngineOptions, type LakeEngine, openEngine } from '../engine/duckdb.ts';
import { deserializeError } from '../errors.ts';
import { currentFiles } from '../lake/describe.ts';
import { openLake } from '../lake/lake.ts';

/** Close it when done. Throws E_LAKE_NOT_FOUND and its kin, E_ENGINE. */
export async function openLakeEngine(lake: string, options: EngineOptions = {}): Promise<LakeEngine> {
  const { datasets, problems } = await currentFiles(await openLake(lake, { create: false }));
  const unreadable = problems.map(({ dataset, error }) => ({ dataset, error: deserializeError(error) }));
  return openEngine(datasets, { ...options, unreadable });
}
