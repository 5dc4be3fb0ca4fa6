/** Rows set aside: committed first, counted only where the dataset's version names them, and cleared when it does not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as nodeFiles from 'node:fs/promises';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatasetVersion } from '../../../src/lake/dataset-version.ts';
import { describeLake } from '../../../src/lake/describe.ts';
import { type Lake, openLake } from '../../../src/lake/lake.ts';
import { createRunId } from '../../../src/lake/layout.ts';
import { createFolderStorage, type FileSystem } from '../../../src/lake/storage.ts';
import { loadNewest } from '../../../src/lake/versions.ts';
import { commitWithQuarantine, copyOnce, copyWithQuarantine, writePart } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SIDE = 'orders__quarantine';

const newLake = async () => openLake(await temporaryFolder(), { create: true });
const foldersOf = (lake: Lake, dataset: string) => readdir(join(lake.root, dataset, 'data')).catch(() => []);
const newestOf = (lake: Lake, dataset: string) => loadNewest(createFolderStorage(lake.root), dataset);

test("the dataset's version names what its run set aside, of the same run id", async () => {
  const lake = await newLake();
  const version = await copyWithQuarantine(lake);
  expect(version.summary).toEqual({ note: 'test', quarantine: { dataset: SIDE, version: 1, rows: 10 } });
  const side = await lake.dataset(SIDE).load();
  expect(side).toMatchObject({ version: 1, runId: version.runId, rows: 10, summary: { quarantineOf: 'orders' } });
  expect(await lake.datasets()).toEqual(['orders', SIDE]);
  expect((await describeLake(lake)).datasets.map(({ dataset }) => dataset)).toEqual(['orders', SIDE]);
});

test('a run that sets nothing aside names none, and the rows of the one before are no part of the lake', async () => {
  const lake = await newLake();
  await copyWithQuarantine(lake);
  expect((await copyWithQuarantine(lake, false)).summary).toEqual({ note: 'test' });
  expect([await lake.datasets(), await lake.dataset(SIDE).load()]).toEqual([['orders'], null]);
  const again = await copyWithQuarantine(lake);
  expect((await lake.dataset(SIDE).load())?.runId).toBe(again.runId);
  expect((await foldersOf(lake, SIDE)).length, 'earlier versions are kept').toBe(2);
});

test('a run that fails after the first of its commits leaves the last state, and the next run clears up', async () => {
  const lake = await newLake();
  const before = await copyWithQuarantine(lake);
  const run = await lake.dataset('orders').beginRun(createRunId(), { quarantines: true });
  const draft = await writePart(run);
  const missing = { ...draft, parts: [{ name: 'part-00007.parquet', rows: 10, bytes: 1 }] };
  await expect(run.commit(draft, missing)).rejects.toMatchObject({ code: 'E_WRITE' });
  await run.abandon();
  expect((await lake.dataset('orders').load())?.runId).toBe(before.runId);
  expect(await foldersOf(lake, SIDE)).toEqual([before.runId]);
});

test('after a commit of the rows set aside that nobody can tell of, nothing is deleted', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun(createRunId(), { quarantines: true });
  await mkdir(join(lake.root, SIDE, 'metadata'), { recursive: true });
  await nodeFiles.writeFile(join(lake.root, SIDE, 'metadata', 'v1.json'), '{"half');
  await expect(commitWithQuarantine(run)).rejects.toMatchObject({ code: 'E_COMMIT_UNKNOWN' });
  await run.abandon();
  expect(await readdir(run.quarantineFolder!)).toEqual(['part-00000.parquet']);
});

test('kill -9 before any change of the file system leaves rows and rows set aside of one run', async () => {
  const lake = await newLake();
  await copyWithQuarantine(lake);
  let betweenCommits = 0;
  for (let last = 1; ; last++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../support/run-in-child.ts'), lake.root, String(last), 'quarantine'],
      { stdio: 'ignore' },
    );
    const [, signal] = await once(child, 'close');
    const [dataset, side] = [await lake.dataset('orders').load(), await lake.dataset(SIDE).load()];
    expect(side?.runId, `killed before change ${last}`).toBe(dataset?.runId);
    const newest = await newestOf(lake, SIDE);
    if (newest!.version > side!.version) betweenCommits++;
    for (const part of side!.parts)
      expect(await readdir(join(lake.root, SIDE, part.path, '..'))).toEqual(['part-00000.parquet']);
    if (signal === null) break;
  }
  expect(betweenCommits).toBeGreaterThan(2);
  const { runId } = await copyWithQuarantine(lake);
  const named = await foldersOf(lake, 'orders');
  expect(named).toContain(runId);
  expect((await foldersOf(lake, SIDE)).sort()).toEqual(named.sort());
  expect((await readdir(join(lake.root, SIDE, 'metadata'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}, 120_000);

test('a table with the name of a quarantine keeps its place, and is not cleared up by the other', async () => {
  const lake = await newLake();
  const table = await copyOnce(lake, SIDE);
  await mkdir(join(lake.root, SIDE, 'data', 'under-way'));
  await expect(copyWithQuarantine(lake)).rejects.toMatchObject({ code: 'E_NAME_COLLISION' });
  await copyOnce(lake);
  expect((await foldersOf(lake, SIDE)).sort()).toEqual([table.runId, 'under-way'].sort());
});

test('no table is copied over a quarantine', async () => {
  const lake = await newLake();
  await copyWithQuarantine(lake);
  await expect(copyOnce(lake, SIDE)).rejects.toMatchObject({ code: 'E_NAME_COLLISION' });
  expect((await lake.dataset(SIDE).load())?.rows).toBe(10);
  await copyWithQuarantine(lake);
});

/** The lake of a process that sleeps when it asks for version 1 of `dataset` for the second time: it has the lease then. */
async function sleepyLake(root: string, dataset: string, meanwhile: () => Promise<unknown>): Promise<Lake> {
  let looks = 0;
  const stat = async (path: string) => {
    if (String(path).endsWith(join(dataset, 'metadata', 'v1.json')) && ++looks === 2) await meanwhile();
    return nodeFiles.stat(path);
  };
  return openLake(root, { create: false, files: { ...nodeFiles, stat: stat as FileSystem['stat'] } });
}

test('a table that comes to the place of a quarantine while a run begins keeps it', async () => {
  const lake = await newLake();
  let table: DatasetVersion | null = null;
  const sleepy = await sleepyLake(lake.root, 'orders', async () => {
    table = await copyOnce(lake, SIDE);
  });
  await expect(copyWithQuarantine(sleepy)).rejects.toMatchObject({ code: 'E_NAME_COLLISION' });
  expect(table, 'it came in between').not.toBeNull();
  expect(await newestOf(lake, SIDE)).toEqual(table);
});

test('a quarantine that is committed while a run of a table begins there keeps its place', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun(createRunId(), { quarantines: true });
  const sleepy = await sleepyLake(lake.root, SIDE, () => commitWithQuarantine(run));
  await expect(copyOnce(sleepy, SIDE)).rejects.toMatchObject({ code: 'E_NAME_COLLISION' });
  expect(await newestOf(lake, SIDE)).toMatchObject({ version: 1, runId: run.runId });
  await copyWithQuarantine(lake);
});

test('rows set aside of which no part was written are not committed', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun(createRunId(), { quarantines: true });
  const draft = await writePart(run);
  await expect(run.commit(draft, { ...draft, parts: [] })).rejects.toMatchObject({ code: 'E_INTERNAL' });
  await run.abandon();
  expect(await lake.datasets()).toEqual([]);
});
