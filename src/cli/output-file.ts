/**
 * A result file that is either whole or not there: written under a temporary name beside it, then renamed. What is no
 * regular file (a device, a pipe, a folder) is refused: a rename would replace it. A symbolic link stays, and the file that it names is replaced.
 */
import { randomUUID } from 'node:crypto';
import { lstat, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DraculaError } from '../errors.ts';
import { errno, leadsNowhere, writeError } from '../lake/file-error.ts';

export interface OutputFile {
  /** Absolute; to be written. */
  readonly temporaryPath: string;
  /** The file is whole: gives it its name. An older file of the name is replaced. */
  finish(): Promise<void>;
  /** Removes what was written; after `finish` it does nothing. */
  discard(): Promise<void>;
}

/** Throws E_TARGET where `path` cannot be a file, or lies in the folder `lake`; writes nothing yet. */
export async function prepareOutputFile(path: string, lake: string): Promise<OutputFile> {
  await refuseStreams(path);
  const target = await followLinks(path);
  await refuseWithin(lake, target);
  // Not by its own name, which may be as long as names can be.
  const temporaryPath = join(dirname(target), `.dracula-result.${randomUUID()}.tmp`);
  await refuseOtherKinds(target);
  return {
    temporaryPath,
    async finish() {
      await rename(temporaryPath, target).catch((cause: unknown) => {
        throw writeError(cause, 'give the result its name', target);
      });
    },
    async discard() {
      await rm(temporaryPath, { force: true });
    },
  };
}

/** `/dev/stdout` and its kin, also by links: a file behind it, into which the shell writes, would be replaced under it. */
async function refuseStreams(path: string): Promise<void> {
  let next: string | null = resolve(path);
  for (let links = 0; next !== null && links < MAX_LINKS; links++) {
    const folder: string = await realpath(dirname(next)).catch(() => dirname(next!)); // that it is missing is said below
    const place = join(folder, basename(next));
    if (/^\/(?:proc|dev\/fd)\//.test(place)) throw noRegularFile(path);
    const link: string | null = await readlink(place).catch(() => null); // it is no link
    next = link === null ? null : resolve(folder, link);
  }
}

/** The system's own limit (MAXSYMLINKS). */
const MAX_LINKS = 40;

function noRegularFile(path: string): DraculaError {
  return new DraculaError('E_TARGET', 'The output is not a regular file. Nothing was written.', { path });
}

async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    if (errno(cause) !== 'ENOENT') throw writeError(cause, 'write the result', path);
    if ((await lstat(path).catch(() => null))?.isSymbolicLink()) throw leadsNowhere(path);
    const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path))); // that it is missing is said below
    return join(folder, basename(path));
  }
}

async function refuseWithin(lake: string, target: string): Promise<void> {
  const root = await realpath(lake).catch(() => resolve(lake)); // that there is no lake is said when it is opened
  const within = relative(root, target);
  if (within === '' || within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) return;
  throw new DraculaError('E_TARGET', 'The output file lies in the lake that is read. Nothing was written.', {
    path: target,
  });
}

async function refuseOtherKinds(target: string): Promise<void> {
  const parent = await stat(dirname(target)).catch(() => null);
  if (!parent?.isDirectory()) {
    throw new DraculaError('E_TARGET', 'The output file has no folder to go into. Nothing was written.', {
      path: dirname(target),
    });
  }
  const found = await stat(target).catch(() => null);
  if (found !== null && !found.isFile()) {
    throw noRegularFile(target);
  }
}
