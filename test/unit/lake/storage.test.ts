import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { openLake } from '../../../src/lake/lake.ts';
import { createFolderStorage, type FileSystem } from '../../../src/lake/storage.ts';
import { faultyFiles, systemError } from '../../support/faulty-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('of many that create one name, one does, and its text is whole', async () => {
  const root = await temporaryFolder();
  const storage = createFolderStorage(root);
  await storage.makeFolder('a/b');
  const texts = Array.from({ length: 30 }, (_, i) => String(i).repeat(10_000));
  const ends = await Promise.all(texts.map((text) => storage.create('a/b/x', text)));
  expect(ends.filter((end) => end === 'created')).toHaveLength(1);
  expect(await storage.read('a/b/x')).toBe(texts[ends.indexOf('created')]);
  expect(await readdir(join(root, 'a', 'b'))).toEqual(['x']);
});

test('a name is replaced whole, or stays as it was', async () => {
  const root = await temporaryFolder();
  await createFolderStorage(root).replace('x', 'old');
  const full = faultyFiles({
    onCall({ name }) {
      if (name === 'file.writeFile') throw systemError('ENOSPC');
    },
  });
  await expect(createFolderStorage(root, full).replace('x', 'new')).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  expect(await readFile(join(root, 'x'), 'utf8')).toBe('old');
  await createFolderStorage(root).replace('x', 'new');
  expect(await readFile(join(root, 'x'), 'utf8')).toBe('new');
  expect(await readdir(root)).toEqual(['x']);
});

test('what is missing reads as null, lists as nothing, and is removed already', async () => {
  const storage = createFolderStorage(await temporaryFolder());
  await storage.replace('file', '');
  for (const key of ['x', 'x/y', 'file/below']) {
    expect(await storage.read(key)).toBeNull();
    expect(await storage.exists(key)).toBe(false);
    expect(await storage.list(key)).toEqual([]);
    expect(await storage.syncFile(key)).toBeNull();
    await storage.remove(key);
  }
  await storage.removeFolder('x');
});

test('a file where a folder must be is E_TARGET with its path', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'orders'), '');
  const storage = createFolderStorage(root);
  for (const key of ['orders', 'orders/metadata']) {
    await expect(storage.makeFolder(key)).rejects.toMatchObject({ code: 'E_TARGET', facts: { path: join(root, key) } });
  }
});

test('a folder is made with those above it, also where others make them at the same time', async () => {
  const storage = createFolderStorage(join(await temporaryFolder(), 'new', 'lake'));
  await Promise.all(Array.from({ length: 10 }, () => storage.makeFolder('a/b/c')));
  expect(await storage.list('a/b')).toEqual(['c']);
});

test('where the system makes no folders, making one ends in E_TARGET', async () => {
  // On Linux /proc says ENOENT whatever is there; where there is no /proc, nobody may make one.
  await expect(createFolderStorage('/proc/dracula').makeFolder('a')).rejects.toMatchObject({ code: 'E_TARGET' });
  const files = faultyFiles({
    onCall({ name, path }) {
      if (name === 'mkdir' && path.includes('stubborn')) throw systemError('ENOENT');
    },
  });
  const root = await temporaryFolder();
  await expect(createFolderStorage(join(root, 'stubborn'), files).makeFolder('')).rejects.toMatchObject({
    code: 'E_TARGET',
    message: `${root} takes no new folders: ${join(root, 'stubborn')} cannot be made. Nothing was written.`,
  });
});

test('a symbolic link that leads nowhere is named as what it is', async () => {
  const root = await temporaryFolder();
  await symlink(join(root, 'gone'), join(root, 'link'));
  for (const key of ['link', 'link/below']) {
    await expect(createFolderStorage(root).makeFolder(key)).rejects.toMatchObject({
      code: 'E_TARGET',
      message: `${join(root, 'link')} is a symbolic link that leads nowhere. Nothing was written.`,
    });
  }
});

test('each answer of the system has its code, and the message says what, where and why', async () => {
  const codes: [call: string, answer: string, code: ErrorCode][] = [
    ['open', 'ENOSPC', 'E_DISK_FULL'],
    ['file.writeFile', 'EDQUOT', 'E_DISK_FULL'],
    ['file.sync', 'ENOSPC', 'E_DISK_FULL'],
    ['open', 'EACCES', 'E_TARGET'],
    ['open', 'EROFS', 'E_TARGET'],
    ['open', 'EPERM', 'E_TARGET'],
    ['open', 'ENAMETOOLONG', 'E_TARGET'],
    ['file.sync', 'EIO', 'E_WRITE'],
    ['link', 'EPERM', 'E_NO_HARD_LINKS'],
    ['link', 'ENOTSUP', 'E_NO_HARD_LINKS'],
    ['link', 'EMLINK', 'E_NO_HARD_LINKS'],
    ['link', 'ENOSPC', 'E_DISK_FULL'],
    ['link', 'EIO', 'E_WRITE'],
  ];
  for (const [call, answer, code] of codes) {
    const root = await temporaryFolder();
    const files = faultyFiles({
      onCall({ name }) {
        if (name === call) throw systemError(answer);
      },
    });
    await expect(createFolderStorage(root, files).create('x', 'text'), `${call} ${answer}`).rejects.toMatchObject({
      code,
      message: expect.stringContaining(join(root, 'x')),
      facts: { path: join(root, 'x'), reason: answer },
    });
    expect(await readdir(root)).toEqual([]);
  }
});

test('a lake on a file system without hard links, or one where a link replaces a file, is refused and stays empty', async () => {
  const folder = await temporaryFolder();
  const without = faultyFiles({
    onCall({ name }) {
      if (name === 'link') throw systemError('EPERM');
    },
  });
  const roots = [join(folder, 'a'), join(folder, 'b')] as const;
  await expect(openLake(roots[0], { create: true, files: without })).rejects.toMatchObject({ code: 'E_NO_HARD_LINKS' });
  const replacing = faultyFiles({});
  const files = new Proxy(replacing, {
    get: (target, name) => target[(name === 'link' ? 'rename' : name) as keyof FileSystem],
  });
  await expect(openLake(roots[1], { create: true, files })).rejects.toMatchObject({ code: 'E_NO_HARD_LINKS' });
  for (const root of roots) expect(await readdir(root)).toEqual([]);
});

test('a folder that cannot be written is refused before anything is read', async () => {
  const root = join(await temporaryFolder(), 'lake');
  await mkdir(root);
  const readOnly = faultyFiles({
    onCall({ name, path }) {
      if (name === 'open' && path.endsWith('.tmp')) throw systemError('EROFS');
    },
  });
  await expect(openLake(root, { create: true, files: readOnly })).rejects.toMatchObject({
    code: 'E_TARGET',
    message: expect.stringContaining(root),
  });
  expect(await readdir(root)).toEqual([]);
});
