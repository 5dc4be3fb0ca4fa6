import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLake } from '../../../src/lake/lake.ts';
import { acquireLease, type Lease } from '../../../src/lake/lease.ts';
import { collectOrphans } from '../../../src/lake/orphans.ts';
import { createFolderStorage } from '../../../src/lake/storage.ts';
import { copyOnce } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function setup() {
  const lake = await openLake(await temporaryFolder(), { create: true });
  const version = await copyOnce(lake);
  const storage = createFolderStorage(lake.root);
  const folders = () => readdir(join(lake.root, 'orders', 'data'));
  const orphan = (name: string) => mkdir(join(lake.root, 'orders', 'data', name));
  const lease = (runId: string, staleAfterMs = 60_000) =>
    acquireLease({ storage, dataset: 'orders', runId, times: { staleAfterMs } });
  return { version, storage, folders, orphan, lease };
}

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
