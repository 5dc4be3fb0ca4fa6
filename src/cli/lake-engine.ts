/** DuckDB over a lake's current versions; what cannot be queried is said on stderr, and hides nothing else. */
import { type EngineOptions, type LakeEngine, openEngine } from '../engine/duckdb.ts';
import { currentFiles } from '../lake/describe.ts';
import { openLake } from '../lake/lake.ts';
import { renderWarningLabel } from '../observe/run-messages.ts';
import { messageStream, type Session } from './session.ts';

/** Close it when done. Throws E_LAKE_NOT_FOUND and its kin, E_ENGINE. */
export async function openLakeEngine(lake: string, session: Session, options: EngineOptions = {}): Promise<LakeEngine> {
  const { datasets, problems } = await currentFiles(await openLake(lake, { create: false }));
  const engine = await openEngine(datasets, options);
  const unreadable = problems.map(({ dataset, error }) => `The dataset ${dataset} cannot be queried: ${error.message}`);
  for (const notice of [...unreadable, ...engine.notices]) {
    messageStream(session).write(`${renderWarningLabel(session.color)} ${notice}\n`);
  }
  return engine;
}
