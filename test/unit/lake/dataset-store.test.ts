import { writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Lake, openLake } from '../../../src/lake/lake.ts';
import { acquireLease } from '../../../src/lake/lease.ts';
import { createFolderStorage } from '../../../src/lake/storage.ts';
import { commitVersion } from '../../../src/lake/versions.ts';
import { faultyFiles } from '../../support/faulty-files.ts';
import { copyOnce, emptyDraft, SOURCE, writePart } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function newLake(): Promise<Lake> {
  return await openLake(await temporaryFolder(), { create: true });
}

/** The same lake for a run that believes that every lease is stale. */
function takingOver(lake: Lake): Promise<Lake> {
  return openLake(lake.root, { create: true, leaseTimes: { staleAfterMs: -1 } });
}

const runFolders = async (lake: Lake): Promise<string[]> => (await readdir(join(lake.root, 'orders', 'data'))).sort();

test('a run commits its parts as the next version', async () => {
  const lake = await newLake();
  const first = await copyOnce(lake);
  const run = await lake.dataset('orders').beginRun('run-2');
  expect(run).toMatchObject({
    dataset: 'orders',
    runId: 'run-2',
    base: first,
    folder: join(lake.root, 'orders/data/run-2'),
  });
  const version = await run.commit(await writePart(run, 123));
  expect(version).toMatchObject({
    formatVersion: 1,
    version: 2,
    runId: 'run-2',
    dataset: 'orders',
    source: SOURCE,
    schema: { columns: [{ name: 'id', fieldId: 1, type: { kind: 'int64' }, pgType: 'bigint' }] },
    parts: [{ path: 'data/run-2/part-00000.parquet', rows: 10, bytes: 123 }],
    rows: 10,
    bytes: 123,
    summary: { note: 'test' },
  });
  expect(version.commitId).not.toBe(first.commitId);
  expect(await lake.dataset('orders').load()).toEqual(version);
  await run.abandon();
  expect(await runFolders(lake)).toEqual([first.runId, 'run-2'].sort());
});

test('a second run on the dataset is refused while the first one runs, one on another dataset is not', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun('run-1');
  await expect(lake.dataset('orders').beginRun('run-2')).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  await (await lake.dataset('users').beginRun('run-2')).abandon();
  await run.abandon();
  await copyOnce(lake);
});

test('an abandoned run removes its own folder and no other', async () => {
  const lake = await newLake();
  const { runId } = await copyOnce(lake);
  await mkdir(join(lake.root, 'orders', 'data', 'killed'));
  const run = await lake.dataset('orders').beginRun('run-2');
  await writePart(run);
  await run.abandon();
  await run.abandon();
  expect(await runFolders(lake)).toEqual([runId, 'killed'].sort());
  await expect(run.commit(await writePart(run).catch(() => emptyRun()))).rejects.toMatchObject({ code: 'E_INTERNAL' });
});

function emptyRun() {
  return { source: SOURCE, schema: { columns: [] }, parts: [], rows: 0, summary: {} };
}

test('a draft that the disk does not bear out is not committed', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun('run-1');
  const draft = await writePart(run, 100);
  const part = draft.parts[0]!;
  for (const [bad, code] of [
    [{ ...draft, parts: [{ ...part, bytes: 99 }] }, 'E_WRITE'],
    [{ ...draft, parts: [{ ...part, name: 'part-00001.parquet' }] }, 'E_WRITE'],
    [{ ...draft, rows: 11 }, 'E_INTERNAL'],
    [{ ...draft, parts: [] }, 'E_INTERNAL'],
  ] as const) {
    await expect(run.commit(bad)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('Nothing was committed'),
    });
    expect(await lake.dataset('orders').load()).toBeNull();
  }
  await run.commit(draft);
});

test('what killed runs left goes with the next commit, what versions name stays', async () => {
  const lake = await newLake();
  const named = [(await copyOnce(lake)).runId, (await copyOnce(lake)).runId];
  await mkdir(join(lake.root, 'orders', 'data', 'killed', 'deep'), { recursive: true });
  await writeFile(join(lake.root, 'orders', 'data', 'killed', 'deep', 'part'), '');
  await writeFile(join(lake.root, 'orders', 'metadata', '.v2.json.1234.tmp'), '{');
  const { runId } = await copyOnce(lake);
  expect(await runFolders(lake)).toEqual([...named, runId].sort());
  expect((await readdir(join(lake.root, 'orders', 'metadata'))).sort()).toEqual([
    'named-runs.text',
    'v1.json',
    'v2.json',
    'v3.json',
    'version-hint.text',
  ]);
});

test('a list of named runs that is wrong, missing or damaged costs no run its folder', async () => {
  const lake = await newLake();
  const named = [(await copyOnce(lake)).runId, (await copyOnce(lake)).runId];
  for (const text of ['', 'nobody\n', '\0\0', `${named[1]}`]) {
    await writeFile(join(lake.root, 'orders', 'metadata', 'named-runs.text'), text);
    named.push((await copyOnce(lake)).runId);
    expect(await runFolders(lake)).toEqual([...named].sort());
  }
});

test('a run that lost its lease commits nothing, deletes nothing of others, and its own folder goes', async () => {
  const lake = await newLake();
  const sleeper = await lake.dataset('orders').beginRun('sleeper');
  const draft = await writePart(sleeper);
  const other = await (await takingOver(lake)).dataset('orders').beginRun('other');
  const otherDraft = await writePart(other);
  await expect(sleeper.commit(draft)).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
  expect(sleeper.lost.aborted).toBe(true);
  await sleeper.abandon();
  expect(await runFolders(lake)).toEqual(['other']);
  expect(await other.commit(otherDraft)).toMatchObject({ version: 1, runId: 'other' });
});

test('a run that loses the lease while it loads its base stops before it makes a folder', async () => {
  const { root } = await newLake();
  const files = faultyFiles({
    onCall({ name, path }) {
      if (name === 'stat' && path.endsWith('v1.json')) writeFileSync(join(root, 'orders', 'lease', '2.json'), '{}');
    },
  });
  const lake = await openLake(root, { create: true, files });
  await expect(lake.dataset('orders').beginRun('sleeper')).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
  expect(await readdir(join(root, 'orders'))).toEqual(['lease']);
});

test('a run that was passed by another is told so, even when its folder is gone', async () => {
  const lake = await newLake();
  const sleeper = await lake.dataset('orders').beginRun('sleeper');
  const draft = await writePart(sleeper);
  const version = await copyOnce(await takingOver(lake));
  expect(await runFolders(lake)).toEqual([version.runId]);
  await expect(sleeper.commit(draft)).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
  await sleeper.abandon();
  expect(await lake.dataset('orders').load()).toEqual(version);
});

test('with leases out of play one of two runs commits, and the other is told of the conflict and takes its files along', async () => {
  const lake = await newLake();
  const base = await copyOnce(lake);
  const run = await lake.dataset('orders').beginRun('run-1');
  const storage = createFolderStorage(lake.root);
  await commitVersion(storage, 'orders', base, emptyDraft('run-2'));
  await expect(run.commit(await writePart(run))).rejects.toMatchObject({ code: 'E_COMMIT_CONFLICT' });
  await run.abandon();
  expect(await runFolders(lake)).toEqual([base.runId]);
  expect(await lake.dataset('orders').load()).toMatchObject({ version: 2, runId: 'run-2' });
});

test('after a commit that nobody can tell of, nothing is deleted', async () => {
  const lake = await newLake();
  const run = await lake.dataset('orders').beginRun('run-1');
  await mkdir(join(lake.root, 'orders', 'metadata'), { recursive: true });
  await writeFile(join(lake.root, 'orders', 'metadata', 'v1.json'), '{"half');
  await expect(run.commit(await writePart(run))).rejects.toMatchObject({ code: 'E_COMMIT_UNKNOWN' });
  await run.abandon();
  expect(await readdir(join(lake.root, 'orders', 'data', 'run-1'))).toEqual(['part-00000.parquet']);
  await (await acquireLease({ storage: createFolderStorage(lake.root), dataset: 'orders', runId: 'next' })).release();
});

test('a run that meets a damaged lake gives the lease back and leaves no folder', async () => {
  const lake = await newLake();
  await mkdir(join(lake.root, 'orders', 'metadata'), { recursive: true });
  await writeFile(join(lake.root, 'orders', 'metadata', 'v1.json'), '{"half');
  await expect(lake.dataset('orders').beginRun('run-1')).rejects.toMatchObject({ code: 'E_LAKE_CORRUPT' });
  await expect(lake.dataset('orders').beginRun('run-2')).rejects.toMatchObject({ code: 'E_LAKE_CORRUPT' });
  expect(await readdir(join(lake.root, 'orders'))).not.toContain('data');
});
