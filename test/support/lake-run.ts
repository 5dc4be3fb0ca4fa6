/** A run that writes small stand-ins for parts: the lake looks at their sizes only. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetRun, RunDraft } from '../../src/lake/dataset-store.ts';
import type { DatasetVersion } from '../../src/lake/dataset-version.ts';
import type { Lake } from '../../src/lake/lake.ts';
import { createRunId, partName } from '../../src/lake/layout.ts';
import type { VersionDraft } from '../../src/lake/versions.ts';

export const SOURCE: RunDraft['source'] = {
  table: { namespace: 'public', name: 'orders' },
  serverVersion: '18.1',
  snapshot: '00000003-00000002-1',
  consistency: 'run',
};

/** One part of `bytes` bytes and 10 rows, written into the run's folder. */
export function writePart(run: DatasetRun, bytes = 100): Promise<RunDraft> {
  return writePartInto(run.folder, bytes);
}

async function writePartInto(folder: string, bytes: number): Promise<RunDraft> {
  const name = partName(0);
  await writeFile(join(folder, name), new Uint8Array(bytes));
  return {
    source: SOURCE,
    schema: { columns: [{ name: 'id', fieldId: 1, type: { kind: 'int64' }, pgType: 'bigint' }] },
    parts: [{ name, rows: 10, bytes }],
    rows: 10,
    summary: { note: 'test' },
  };
}

/** A whole run that succeeds. */
export async function copyOnce(lake: Lake, dataset = 'orders'): Promise<DatasetVersion> {
  const run = await lake.dataset(dataset).beginRun(createRunId());
  return await run.commit(await writePart(run));
}

/** A whole run that succeeds and sets rows aside, or could have. */
export async function copyWithQuarantine(lake: Lake, setsAside = true): Promise<DatasetVersion> {
  const run = await lake.dataset('orders').beginRun(createRunId(), { quarantines: true });
  return commitWithQuarantine(run, setsAside);
}

/** Ends a run that may set rows aside. */
export async function commitWithQuarantine(run: DatasetRun, setsAside = true): Promise<DatasetVersion> {
  const rows = await writePart(run);
  return await run.commit(rows, setsAside ? await writePartInto(run.quarantineFolder!, 50) : null);
}

/** A version without parts, for tests of the commit alone. */
export function emptyDraft(runId: string): VersionDraft {
  return { runId, source: SOURCE, schema: { columns: [] }, parts: [], rows: 0, bytes: 0, summary: {} };
}
