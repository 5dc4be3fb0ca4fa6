import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { currentFiles, describeLake } from '../../../src/lake/describe.ts';
import { openLake } from '../../../src/lake/lake.ts';
import { createFolderStorage } from '../../../src/lake/storage.ts';
import { commitVersion } from '../../../src/lake/versions.ts';
import { faultyFiles, systemError } from '../../support/faulty-files.ts';
import { copyOnce, emptyDraft } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('two datasets whose names SQL cannot tell apart are problems, and have no files for a query', async () => {
  const lake = await openLake(await temporaryFolder(), { create: true });
  for (const dataset of ['%4Frders', 'orders', 'users']) await copyOnce(lake, dataset);
  const { datasets, problems } = await describeLake(lake);
  expect(datasets.map(({ dataset }) => dataset)).toEqual(['%4Frders', 'orders', 'users']);
  const error = expect.objectContaining({
    code: 'E_NAME_COLLISION',
    message:
      'SQL cannot tell "Orders" (folder %4Frders) and orders (folder orders) apart, since it folds case: none of them can be queried in this lake. Move the folders of all but one out of it.',
  });
  expect(problems).toEqual([
    { dataset: '%4Frders', error },
    { dataset: 'orders', error },
  ]);
  const files = await currentFiles(lake);
  expect([files.problems, files.datasets.map(({ dataset }) => dataset)]).toEqual([problems, ['users']]);
  await writeFile(join(lake.root, 'orders', 'metadata', 'v1.json'), '');
  expect((await describeLake(lake)).problems.map((each) => [each.dataset, each.error.code])).toEqual([
    ['orders', 'E_LAKE_CORRUPT'],
    ['%4Frders', 'E_NAME_COLLISION'],
  ]);
});

test('a lake is described by the current version of each dataset; a damaged one hides no other', async () => {
  const lake = await openLake(await temporaryFolder(), { create: true });
  expect(await describeLake(lake)).toEqual({ root: lake.root, datasets: [], problems: [] });
  await copyOnce(lake);
  const orders = await copyOnce(lake);
  await copyOnce(lake, 'broken');
  await writeFile(join(lake.root, 'broken', 'metadata', 'v1.json'), '');
  const query = { ...emptyDraft('r'), source: { ...emptyDraft('r').source, table: null } };
  const top = await commitVersion(createFolderStorage(lake.root), 'top', null, query);

  const { datasets, problems } = await describeLake(lake);
  expect(datasets).toEqual([
    {
      dataset: 'orders',
      table: 'public.orders',
      version: 2,
      rows: 10,
      bytes: 100,
      parts: 1,
      damagedParts: 0,
      columns: 1,
      committedAt: orders.committedAt,
      runId: orders.runId,
    },
    {
      dataset: 'top',
      table: null,
      version: 1,
      rows: 0,
      bytes: 0,
      parts: 0,
      damagedParts: 0,
      columns: 0,
      committedAt: top.committedAt,
      runId: 'r',
    },
  ]);
  expect(problems).toEqual([{ dataset: 'broken', error: expect.objectContaining({ code: 'E_LAKE_CORRUPT' }) }]);

  const files = await currentFiles(lake);
  expect(files.problems).toEqual(problems);
  expect(files.datasets).toEqual([
    {
      dataset: 'orders',
      columns: [{ name: 'id', fieldId: 1, type: { kind: 'int64' } }],
      parts: [join(lake.root, 'orders', 'data', orders.runId, 'part-00000.parquet')],
      rows: 10,
    },
    { dataset: 'top', columns: [], parts: [], rows: 0 },
  ]);
});

test.each([
  ['missing', (path: string) => rm(path), 'is missing'],
  ['cut short', (path: string) => truncate(path, 60), 'has 60 bytes; 100 were committed'],
])(
  'a dataset with a part that is %s is listed with its problem, and not given to the engine',
  async (_, damage, state) => {
    const lake = await openLake(await temporaryFolder(), { create: true });
    const { runId } = await copyOnce(lake);
    await copyOnce(lake, 'users');
    const path = join(lake.root, 'orders', 'data', runId, 'part-00000.parquet');
    await damage(path);

    const { datasets, problems } = await describeLake(lake);
    expect(datasets).toMatchObject([
      { dataset: 'orders', parts: 1, damagedParts: 1 },
      { dataset: 'users', parts: 1, damagedParts: 0 },
    ]);
    expect(problems).toMatchObject([
      {
        dataset: 'orders',
        error: {
          code: 'E_PART_DAMAGED',
          message: `The part ${path} of version 1 ${state}. Nothing was changed.`,
          facts: { dataset: 'orders', path },
        },
      },
    ]);
    expect((await currentFiles(lake)).datasets).toMatchObject([{ dataset: 'users' }]);
  },
);

test('a dataset that this user may not look into is a problem, and hides no other', async () => {
  const { root } = await openLake(await temporaryFolder(), { create: true });
  for (const dataset of ['orders', 'users']) await copyOnce(await openLake(root, { create: false }), dataset);
  const closed = join(root, 'orders', 'metadata');
  const files = faultyFiles({
    onCall({ path }) {
      if (path.startsWith(closed)) throw systemError('EACCES');
    },
  });
  const { datasets, problems } = await describeLake(await openLake(root, { create: false, files }));
  expect(datasets.map(({ dataset }) => dataset)).toEqual(['users']);
  expect(problems).toMatchObject([{ dataset: 'orders', error: { code: 'E_TARGET', facts: { reason: 'EACCES' } } }]);
});
