import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkLakePlace, openLake } from '../../../src/lake/lake.ts';
import { copyOnce } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a missing folder becomes a lake, with nothing in it but the marker', async () => {
  const root = join(await temporaryFolder(), 'a', 'b');
  const lake = await openLake(root, { create: true });
  expect(lake.root).toBe(root);
  expect(await readdir(root)).toEqual(['dracula-lake.json']);
  expect(JSON.parse(await readFile(join(root, 'dracula-lake.json'), 'utf8'))).toMatchObject({ format: 1 });
  expect(await (await openLake(root, { create: false })).datasets()).toEqual([]);
});

test('a folder with what systems leave by themselves becomes a lake, one with files of others is refused and untouched', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, '.DS_Store'), '');
  await mkdir(join(root, 'lost+found'));
  await openLake(root, { create: true });

  const foreign = await temporaryFolder();
  for (const name of ['b.txt', 'a.txt', 'd.txt', 'c.txt', 'e.txt']) await writeFile(join(foreign, name), '');
  await expect(openLake(foreign, { create: true })).rejects.toMatchObject({
    code: 'E_TARGET_FOREIGN',
    message: expect.stringContaining('a.txt, b.txt, c.txt and 2 more'),
  });
  expect(await readdir(foreign)).toHaveLength(5);
});

test('files of others beside and inside of datasets stay as they are, and the page of the layout has every file of ours', async () => {
  const root = await temporaryFolder();
  const lake = await openLake(root, { create: true });
  await copyOnce(lake);
  const theirs = ['notes.txt', 'orders/notes.txt', 'orders/metadata/notes.txt', 'elsewhere/part-00000.parquet'];
  await mkdir(join(root, 'elsewhere'));
  for (const name of theirs) await writeFile(join(root, name), name);
  await copyOnce(lake);
  expect(await lake.datasets()).toEqual(['orders']);
  for (const name of theirs) expect(await readFile(join(root, name), 'utf8')).toBe(name);

  const page = await readFile(new URL('../../../docs/explain/lake.md', import.meta.url), 'utf8');
  const layout = [...page.matchAll(/^<lake>\/(.+?)(?: {2,}|$)/gm)].map(([, path]) => path);
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const ours = files
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((name) => !theirs.includes(name));
  const general = ours.map((name) =>
    name
      .replace(/^orders/, '<dataset>')
      .replace(/\/data\/[^/]+/, '/data/<run id>')
      .replace(/v\d+\.json/, 'v12.json')
      .replace(/lease\/\d+/, 'lease/3'),
  );
  expect(layout).toEqual(expect.arrayContaining(general));
  expect(general).toContain('<dataset>/metadata/named-runs.text');
});

test('a place can be looked at before: it is refused as openLake refuses it, and nothing is made', async () => {
  const root = await temporaryFolder();
  await checkLakePlace(join(root, 'new'));
  await checkLakePlace(root);
  expect(await readdir(root)).toEqual([]);
  await writeFile(join(root, 'file'), '');
  await expect(checkLakePlace(root)).rejects.toMatchObject({ code: 'E_TARGET_FOREIGN' });
  await expect(checkLakePlace(join(root, 'file'))).rejects.toMatchObject({ code: 'E_TARGET' });
  const lake = join(root, 'lake');
  await openLake(lake, { create: true });
  await writeFile(join(lake, 'b.txt'), '');
  await checkLakePlace(lake);
});

test('without create: a missing folder and one without a marker are not lakes, and stay as they are', async () => {
  const root = await temporaryFolder();
  await expect(openLake(join(root, 'x'), { create: false })).rejects.toMatchObject({ code: 'E_LAKE_NOT_FOUND' });
  await expect(openLake(root, { create: false })).rejects.toMatchObject({ code: 'E_LAKE_NOT_FOUND' });
  expect(await readdir(root)).toEqual([]);
});

test('a lake of a newer format, a marker that is damaged, a file in the way and a URL are told apart', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'dracula-lake.json'), '{"format": 2}');
  for (const create of [true, false]) {
    await expect(openLake(root, { create })).rejects.toMatchObject({ code: 'E_LAKE_VERSION' });
  }
  await writeFile(join(root, 'dracula-lake.json'), '{"format": "1"}');
  await expect(openLake(root, { create: true })).rejects.toMatchObject({
    code: 'E_LAKE_CORRUPT',
    message: expect.stringContaining('"format"'),
  });
  await writeFile(join(root, 'file'), '');
  await expect(openLake(join(root, 'file'), { create: true })).rejects.toMatchObject({ code: 'E_TARGET' });
  await expect(openLake(join(root, 'file', 'below'), { create: true })).rejects.toMatchObject({ code: 'E_TARGET' });
  await expect(openLake('s3://bucket/lake', { create: true })).rejects.toMatchObject({ code: 'E_TARGET' });
});

test('many that make the same lake at once all get it', async () => {
  const root = join(await temporaryFolder(), 'lake');
  const lakes = await Promise.all(Array.from({ length: 20 }, () => openLake(root, { create: true })));
  expect(new Set(lakes.map((lake) => lake.root)).size).toBe(1);
  expect(await readdir(root)).toEqual(['dracula-lake.json']);
});

test('datasets are the folders with a version, sorted, and a moved lake has them still', async () => {
  const folder = await temporaryFolder();
  const lake = await openLake(join(folder, 'lake'), { create: true });
  for (const dataset of ['orders', '%4Dixed%20%43ase', 'billing__invoices']) await copyOnce(lake, dataset);
  const begun = await lake.dataset('begun').beginRun('r1');
  await begun.abandon();
  await mkdir(join(lake.root, 'Not Ours'));

  await cp(lake.root, join(folder, 'moved'), { recursive: true });
  const moved = await openLake(join(folder, 'moved'), { create: false });
  expect(await moved.datasets()).toEqual(['%4Dixed%20%43ase', 'billing__invoices', 'orders']);
  const version = await moved.dataset('orders').load();
  expect(version).toMatchObject({ version: 1, rows: 10, dataset: 'orders' });
  const part = moved.dataset('orders').locatePart(version!.parts[0]!);
  expect(part).toContain(join(folder, 'moved', 'orders', 'data'));
  expect(await readFile(part)).toHaveLength(100);
});

test('what is no name of a dataset leads nowhere', async () => {
  const lake = await openLake(await temporaryFolder(), { create: true });
  for (const name of ['', '..', 'a/b', 'Orders', '%zz', 'a.b']) {
    await expect(lake.dataset(name).beginRun('r1'), name).rejects.toMatchObject({ code: 'E_INTERNAL' });
  }
  await expect(lake.dataset('orders').beginRun('../r1')).rejects.toMatchObject({ code: 'E_INTERNAL' });
  expect(await lake.datasets()).toEqual([]);
});
