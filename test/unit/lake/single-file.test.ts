import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareSingleFile } from '../../../src/lake/single-file.ts';
import { faultyFiles, systemError } from '../../support/faulty-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const OPTIONS = { runId: 'run-1', force: false };

test('the file appears whole at the end, and nothing else is left', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  for (const force of [false, true]) {
    const file = await prepareSingleFile(target, { runId: 'run-1', force });
    expect(file.path).toBe(target);
    await writeFile(file.temporaryPath, `rows ${force}`);
    if (!force) await expect(lstat(target)).rejects.toMatchObject({ code: 'ENOENT' });
    await file.publish();
    await file.abandon();
    expect(await readdir(folder)).toEqual(['orders.parquet']);
    expect(await readFile(target, 'utf8')).toBe(`rows ${force}`);
  }
});

test('an abandoned file leaves nothing, and what was there stays', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  await writeFile(target, 'old');
  const file = await prepareSingleFile(target, { runId: 'run-1', force: true });
  await writeFile(file.temporaryPath, 'half');
  await file.abandon();
  await file.abandon();
  expect(await readdir(folder)).toEqual(['orders.parquet']);
  expect(await readFile(target, 'utf8')).toBe('old');
});

test('without --force an existing target is refused at the start, and one that appears meanwhile is not overwritten', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  const file = await prepareSingleFile(target, OPTIONS);
  await writeFile(target, 'of somebody else');
  await expect(file.publish()).rejects.toMatchObject({ code: 'E_TARGET_EXISTS' });
  await file.abandon();
  await expect(prepareSingleFile(target, OPTIONS)).rejects.toMatchObject({
    code: 'E_TARGET_EXISTS',
    facts: { path: target },
  });
  expect(await readFile(target, 'utf8')).toBe('of somebody else');
  expect(await readdir(folder)).toEqual(['orders.parquet']);
});

test('a folder that is missing, a target that is a folder, a device or a dangling link are refused', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'dir.parquet'));
  await writeFile(join(folder, 'plain'), '');
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.parquet'));
  await symlink('/dev/null', join(folder, 'device.parquet'));
  const targets = ['missing/x.parquet', 'dir.parquet', 'plain/x.parquet', 'dangling.parquet', 'device.parquet'];
  for (const name of targets) {
    for (const force of [true, false]) {
      const prepared = prepareSingleFile(join(folder, name), { runId: 'run-1', force });
      await expect(prepared, name).rejects.toMatchObject({ code: 'E_TARGET' });
    }
  }
  expect(await readdir(folder)).toHaveLength(4);
});

test('with --force a link is followed: the file it leads to is replaced', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'real'));
  await writeFile(join(folder, 'real', 'a.parquet'), 'old');
  await symlink(join(folder, 'real', 'a.parquet'), join(folder, 'link.parquet'));
  const file = await prepareSingleFile(join(folder, 'link.parquet'), { runId: 'run-1', force: true });
  await writeFile(file.temporaryPath, 'new');
  await file.publish();
  expect((await lstat(join(folder, 'link.parquet'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'real', 'a.parquet'), 'utf8')).toBe('new');
});

test('a link to a file of another name is refused, with --force too', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'accounts'), 'old');
  await symlink(join(folder, 'accounts'), join(folder, 'link.parquet'));
  await expect(prepareSingleFile(join(folder, 'link.parquet'), { runId: 'run-1', force: true })).rejects.toMatchObject({
    code: 'E_TARGET',
    message: expect.stringContaining(`a symbolic link to ${join(folder, 'accounts')}, whose name`),
  });
  expect((await readdir(folder)).sort()).toEqual(['accounts', 'link.parquet']);
  expect(await readFile(join(folder, 'accounts'), 'utf8')).toBe('old');
});

test('the temporary file of a dead run is cleared away, that of a living or an unknown one is not', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  const living = await prepareSingleFile(target, { runId: 'living', force: true });
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const ofPid = (runId: string, pid: number | undefined) =>
    living.temporaryPath.replace('.living.', `.${runId}.`).replace(`.${process.pid}-`, `.${pid}-`);
  const elsewhere = (runId: string) => ofPid(runId, child.pid).replace(/-[0-9a-f]{12}\.tmp$/, '-0123456789ab.tmp');
  await writeFile(ofPid('dead', child.pid), '');
  await writeFile(elsewhere('unknown'), '');
  await writeFile(elsewhere('old'), '');
  await utimes(elsewhere('old'), 0, 0);
  const bystanders = [
    '.orders.parquet.tmp',
    '.orders.parquet.mine',
    'orders.parquet.tmp',
    '.other.parquet.x.1-0123456789ab.tmp',
  ];
  for (const name of bystanders) await writeFile(join(folder, name), '');

  const file = await prepareSingleFile(target, { runId: 'now', force: true });
  const names = new Set(await readdir(folder));
  const expected = [living.temporaryPath, elsewhere('unknown'), file.temporaryPath].map((path) =>
    path.slice(folder.length + 1),
  );
  expect([...names].sort()).toEqual([...expected, ...bystanders].sort());
});

test('what the file system answers is told with the path: full, read-only, without hard links', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  const failing = (call: string, code: string, force: boolean) =>
    prepareSingleFile(target, {
      runId: 'run-1',
      force,
      files: faultyFiles({
        onCall({ name, path }) {
          if (name === call && path.endsWith('.tmp')) throw systemError(code);
        },
      }),
    });
  await expect(failing('open', 'ENOSPC', false)).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  await expect(failing('open', 'EROFS', false)).rejects.toMatchObject({
    code: 'E_TARGET',
    message: expect.stringMatching(/orders\.parquet.*read-only \(EROFS\)/),
  });
  await expect(failing('open', 'EACCES', true)).rejects.toMatchObject({ code: 'E_TARGET' });
  await expect(failing('link', 'EPERM', false)).rejects.toMatchObject({ code: 'E_NO_HARD_LINKS' });
  expect(await readdir(folder)).toEqual([]);
  const file = await failing('file.sync', 'ENOSPC', true).catch(() => null);
  await expect(file!.publish()).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  await file!.abandon();
  expect(await readdir(folder)).toEqual([]);
  const published = await prepareSingleFile(target, { ...OPTIONS, force: true });
  await rename(published.temporaryPath, join(folder, 'moved'));
  await expect(published.publish()).rejects.toMatchObject({ code: 'E_WRITE' });
});

test('a file that has its name, in a folder that could not be flushed, is not said to be missing', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'orders.parquet');
  const files = faultyFiles({
    onCall({ name, path }) {
      if (name === 'file.sync' && path === folder) throw systemError('EIO');
    },
  });
  const file = await prepareSingleFile(target, { runId: 'run-1', force: true, files });
  await expect(file.publish()).rejects.toMatchObject({
    message: expect.stringMatching(/orders\.parquet is written and complete, but its name may be lost/),
  });
  await file.abandon();
  expect(await readdir(folder)).toEqual(['orders.parquet']);
});

test('a folder in which the system makes no files is refused at the start', async () => {
  // Linux has such a folder; elsewhere it is no folder at all.
  await expect(prepareSingleFile('/proc/orders.parquet', OPTIONS)).rejects.toMatchObject({ code: 'E_TARGET' });
});
