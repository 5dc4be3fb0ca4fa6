import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatasetVersion } from '../../../src/lake/dataset-version.ts';
import { openLake } from '../../../src/lake/lake.ts';
import { acquireLease, type Lease } from '../../../src/lake/lease.ts';
import { collectOrphans } from '../../../src/lake/orphans.ts';
import { createFolderStorage } from '../../../src/lake/storage.ts';
import { commitVersion } from '../../../src/lake/versions.ts';
import { copyOnce, emptyDraft } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function setup() {
  const lake = await openLake(await temporaryFolder(), { create: true });
  const version = await copyOnce(lake);
  const storage = createFolderStorage(lake.root);
  const folders = () => readdir(join(lake.root, 'orders', 'data'));
  const orphan = (name: string) => mkdir(join(lake.root, 'orders', 'data', name));
  const lease = (runId: string, staleAfterMs = 60_000) =>
    acquireLease({ storage, dataset: 'orders', runId, times: { staleAfterMs } });
  /** Paths as versions name them. */
  const parts = async (runId: string) =>
    (await readdir(join(lake.root, 'orders', 'data', runId))).map((name) => `data/${runId}/${name}`).sort();
  const stray = async (runId: string, name = 'part-00007.parquet') => {
    await writeFile(join(lake.root, 'orders', 'data', runId, name), 'rows that were dropped');
    return `data/${runId}/${name}`;
  };
  return { lake, version, storage, folders, orphan, lease, parts, stray };
}

const pathsOf = ({ parts }: DatasetVersion) => parts.map(({ path }) => path);

test('a run whose lease was taken over after its commit deletes nothing', async () => {
  const { version, storage, folders, orphan, lease } = await setup();
  const ours = await lease('ours');
  const theirs = await lease('theirs', -1);
  await orphan('theirs');
  await collectOrphans(storage, version, ours);
  expect(await folders()).toContain('theirs');
  await theirs.release();
});

test('the lease is looked at after the folders are listed: a run that takes it in between keeps its folder', async () => {
  const { version, storage, folders, orphan, lease } = await setup();
  const ours = await lease('ours');
  await orphan('killed');
  const watched: Lease = {
    ...ours,
    async isOurs() {
      // The take-over and the new run's folder come as late as they can: right at the look.
      await lease('theirs', -1);
      await orphan('theirs');
      return ours.isOurs();
    },
  };
  await collectOrphans(storage, version, watched);
  expect((await folders()).sort()).toEqual([version.runId, 'killed', 'theirs'].sort());
});

test('a folder that is made after the look is not in the list', async () => {
  const { version, storage, folders, orphan, lease } = await setup();
  const ours = await lease('ours');
  await orphan('killed');
  const watched: Lease = {
    ...ours,
    async isOurs() {
      const answer = await ours.isOurs();
      await lease('theirs', -1);
      await orphan('theirs');
      return answer;
    },
  };
  await collectOrphans(storage, version, watched);
  expect((await folders()).sort()).toEqual([version.runId, 'theirs'].sort());
});

test('a part that its run dropped and could not remove goes with the next run; what a version names, and other files, stay', async () => {
  const { lake, version, parts, stray } = await setup();
  await stray(version.runId);
  const other = await stray(version.runId, 'part-00007.parquet.bak');
  const next = await copyOnce(lake);
  expect(await parts(version.runId)).toEqual([...pathsOf(version), other]);
  expect(await parts(next.runId)).toEqual(pathsOf(next));
});

test('a run leaves its own folder to the next one, which looks through it once', async () => {
  const { lake, storage, lease, parts, stray } = await setup();
  const version = await copyOnce(lake);
  const own = await stray(version.runId);
  const ours = await lease(version.runId);
  await collectOrphans(storage, version, ours);
  expect(await parts(version.runId)).toContain(own);
  await ours.release();
  await copyOnce(lake);
  expect(await parts(version.runId)).toEqual(pathsOf(version));
  const late = await stray(version.runId);
  await copyOnce(lake);
  expect(await parts(version.runId)).toContain(late);
});

test('a part of an older run that a later version names stays, and one that none names goes', async () => {
  const { version, storage, lease, parts, stray } = await setup();
  const { parts: kept } = version;
  const second = await commitVersion(storage, 'orders', version, { ...emptyDraft('second'), parts: kept });
  await stray(version.runId);
  const third = await commitVersion(storage, 'orders', second, { ...emptyDraft('third'), parts: kept });
  const ours = await lease('third');
  await collectOrphans(storage, third, ours);
  expect(await parts(version.runId)).toEqual(pathsOf(version));
  await ours.release();
});

test('a run whose lease was taken over removes no part', async () => {
  const { lake, version, storage, lease, parts, stray } = await setup();
  const path = await stray(version.runId);
  const second = await commitVersion(storage, 'orders', version, emptyDraft('second'));
  const ours = await lease('second');
  const theirs = await lease('theirs', -1);
  await collectOrphans(storage, second, ours);
  expect(await parts(version.runId)).toContain(path);
  await theirs.release();
  await copyOnce(lake);
  expect(await parts(version.runId)).toEqual(pathsOf(version));
});
