/**
 * One `file.parquet` as the target: everything is written into a temporary file beside it, and the name appears at the end.
 *
 * Without `force` the name is made by `link()`, which never overwrites; with it, by rename. The temporary file's name
 * carries the run and the process, `.<name>.<run id>.<pid>-<machine>.tmp`, so that a later run can tell what a killed one left: the
 * same machine, boot and pid namespace, and no such process; or nobody wrote to it for a day.
 */
import { createHash, randomUUID } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DraculaError } from '../errors.ts';
import { errno, leadsNowhere, linkError, readError, writeError } from './file-error.ts';
import { isGone, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { type FileSystem, syncFolderPath } from './storage.ts';

export interface SingleFileOptions {
  readonly runId: string;
  /** Replace a file that exists. */
  readonly force: boolean;
  readonly files?: FileSystem;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface SingleFile {
  /** Absolute path of the file as it will be named. */
  readonly path: string;
  /** Absolute path of the empty file to write into. */
  readonly temporaryPath: string;
  /** Flushes what was written and gives it the name. Throws E_TARGET_EXISTS when somebody made that file meanwhile. */
  publish(): Promise<void>;
  /** Removes the temporary file; after `publish` it does nothing. */
  abandon(): Promise<void>;
}

const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Checks the target before any row is read and makes the temporary file. Throws E_TARGET (no such folder, not writable, not
 * a regular file), E_TARGET_EXISTS, E_NO_HARD_LINKS (without `force`), E_DISK_FULL.
 */
export async function prepareSingleFile(target: string, options: SingleFileOptions): Promise<SingleFile> {
  const { runId, force, files = nodeFiles, now = Date.now } = options;
  const path = await checkTarget(resolve(target), force, files);
  const folder = dirname(path);
  await checkFolder(folder, files);
  await clearLeftovers(path, files, now());
  const temporaryPath = join(folder, temporaryName(path, runId));
  await makeEmpty(temporaryPath, files);
  if (!force) await proveHardLinks(temporaryPath, files);

  let published = false;
  return {
    path,
    temporaryPath,
    async publish() {
      await flush(temporaryPath, files);
      if (force) await rename(temporaryPath, path, files);
      else await link(temporaryPath, path, files);
      published = true;
      await syncFolderPath(folder, files).catch((cause: unknown) => {
        const { code, message } = writeError(cause, 'flush the folder', folder);
        throw new DraculaError(
          code,
          `${path} is written and complete, but its name may be lost if the machine stops now: ${message}`,
          { path },
          cause,
        );
      });
    },
    async abandon() {
      if (published) return;
      await files.unlink(temporaryPath).catch((cause: unknown) => {
        if (errno(cause) !== 'ENOENT') throw writeError(cause, 'remove the temporary file', temporaryPath);
      });
    },
  };
}

/** The path to write, links followed where the file is to be replaced. */
async function checkTarget(path: string, force: boolean, files: FileSystem): Promise<string> {
  try {
    await files.lstat(path);
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return path;
    if (errno(cause) === 'ENOTDIR') throw writeError(cause, 'write the file', path);
    throw readError(cause, path);
  }
  let real: string;
  let isFile: boolean;
  try {
    real = await files.realpath(path);
    const found = await files.stat(real);
    if (found.isDirectory())
      throw new DraculaError('E_TARGET', `${path} is a folder, not a file. Nothing was written.`, { path });
    isFile = found.isFile();
  } catch (cause) {
    throw errno(cause) === 'ENOENT' ? leadsNowhere(path) : readError(cause, path);
  }
  if (!isFile) throw new DraculaError('E_TARGET', `${path} is not a regular file. Nothing was written.`, { path });
  if (!force) throw exists(path);
  if (real !== path && !real.endsWith('.parquet')) {
    const message = `${path} is a symbolic link to ${real}, whose name does not end in .parquet. It was not changed.`;
    throw new DraculaError('E_TARGET', message, { path });
  }
  return real;
}

async function checkFolder(folder: string, files: FileSystem): Promise<void> {
  try {
    if ((await files.stat(folder)).isDirectory()) return;
  } catch (cause) {
    if (errno(cause) !== 'ENOENT' && errno(cause) !== 'ENOTDIR') throw readError(cause, folder);
  }
  throw new DraculaError('E_TARGET', `There is no folder ${folder} to write the file into. Nothing was written.`, {
    path: folder,
  });
}

async function makeEmpty(path: string, files: FileSystem): Promise<void> {
  try {
    await (await files.open(path, 'wx')).close();
  } catch (cause) {
    // The folder was there a moment ago: it is one, like /proc, in which nobody makes files.
    if (errno(cause) === 'ENOENT') {
      const folder = dirname(path);
      throw new DraculaError('E_TARGET', `${folder} takes no new files. Nothing was written.`, { path: folder });
    }
    throw writeError(cause, 'make the temporary file', path);
  }
}

/** Known before hours of reading: the name can be given at the end. */
async function proveHardLinks(temporaryPath: string, files: FileSystem): Promise<void> {
  const probe = join(dirname(temporaryPath), `.${randomUUID()}.tmp`);
  try {
    await files.link(temporaryPath, probe);
    await files.unlink(probe);
  } catch (cause) {
    await files.unlink(temporaryPath).catch(() => undefined); // empty, and the error below tells more
    throw linkError(cause, temporaryPath);
  }
}

async function flush(path: string, files: FileSystem): Promise<void> {
  try {
    const file = await files.open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeError(cause, 'flush the file', path);
  }
}

async function rename(from: string, to: string, files: FileSystem): Promise<void> {
  await files.rename(from, to).catch((cause: unknown) => {
    throw writeError(cause, 'name the finished file', to);
  });
}

async function link(from: string, to: string, files: FileSystem): Promise<void> {
  await files.link(from, to).catch((cause: unknown) => {
    throw errno(cause) === 'EEXIST' ? exists(to) : linkError(cause, to);
  });
  // Its second name; a later run clears it away if this fails.
  await files.unlink(from).catch(() => undefined);
}

function exists(path: string): DraculaError {
  return new DraculaError('E_TARGET_EXISTS', `${path} exists already. It was not changed.`, { path });
}

function temporaryName(path: string, runId: string): string {
  const own = ownIdentity();
  return `.${basename(path)}.${runId}.${own.pid}-${machineTag(own)}.tmp`;
}

/** Host, boot and pid namespace in 12 characters. */
function machineTag({ host, bootId, pidNamespace }: ProcessIdentity): string {
  return createHash('sha256').update(`${host}\n${bootId}\n${pidNamespace}`).digest('hex').slice(0, 12);
}

/** Removes the temporary files of earlier runs on this target that nobody writes any more. */
async function clearLeftovers(path: string, files: FileSystem, nowMs: number): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  // A folder that cannot be listed can still be written; then its leftovers stay.
  const names = await files.readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const match = /^[A-Za-z0-9_][A-Za-z0-9._-]*\.(\d+)-([0-9a-f]{12})\.tmp$/.exec(name.slice(prefix.length));
    if (match === null) continue;
    const leftover = join(folder, name);
    if (await isAbandoned(leftover, Number(match[1]), match[2]!, files, nowMs)) {
      await files.unlink(leftover).catch(() => undefined); // not ours to remove, perhaps: it is in nobody's way
    }
  }
}

async function isAbandoned(
  path: string,
  pid: number,
  machine: string,
  files: FileSystem,
  nowMs: number,
): Promise<boolean> {
  const own = ownIdentity();
  if (machine === machineTag(own)) return isGone({ ...own, pid, startedTicks: '' }, own);
  const found = await files.stat(path).catch(() => null);
  return found !== null && nowMs - found.mtimeMs > ABANDONED_MS;
}
