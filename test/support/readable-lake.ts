/** A lake of one committed dataset whose part is real Parquet, written by DuckDB: what `query` and `status` can be tried on. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { openLake } from '../../src/lake/lake.ts';
import { createRunId } from '../../src/lake/layout.ts';
import { writeParts } from './duckdb-parts.ts';
import { SOURCE } from './lake-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const COLUMNS = [
  { name: 'id', fieldId: 1, type: { kind: 'int64' }, pgType: 'bigint' },
  { name: 'note', fieldId: 2, type: { kind: 'text' }, pgType: 'text' },
] as const;

/** The folder of a lake with the dataset `orders`: (1, 'sesame'), (2, 'a,b'), (3, null). Removed when the test ends. */
export async function readableLake(): Promise<string> {
  const lake = await openLake(await temporaryFolder(), { create: true });
  const run = await lake.dataset('orders').beginRun(createRunId());
  const selects = [`SELECT * FROM (VALUES (1::BIGINT, 'sesame'), (2, 'a,b'), (3, NULL)) AS t(id, note)`];
  const { parts, rows } = await writeParts({ folder: run.folder, dataset: 'orders', columns: COLUMNS, selects });
  const path = parts[0]!;
  const part = { name: basename(path), rows, bytes: (await stat(path)).size };
  await run.commit({ source: SOURCE, schema: { columns: COLUMNS }, parts: [part], rows, summary: {} });
  return lake.root;
}
