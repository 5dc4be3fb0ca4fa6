/**
 * A result file that is either whole or not there: written under a temporary name beside it, then renamed. What is no
 * regular file (a device, a pipe, a folder) is refused: a rename would replace it. A symbolic link stays, and the file that it names is replaced.
 */
import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DraculaError } from '../errors.ts';
import { writeError } from '../lake/file-error.ts';

export interface OutputFile {
  /** Absolute; to be written. */
  readonly temporaryPath: string;
  /** The file is whole: gives it its name. An older file of the name is replaced. */
  finish(): Promise<void>;
  /** Removes what was written; after `finish` it does nothing. */
  discard(): Promise<void>;
}

/** Throws E_TARGET where `path` cannot be a file; writes nothing yet. */
export async function prepareOutputFile(path: string): Promise<OutputFile> {
  const target = await realpath(path).catch(() => resolve(path));
  const temporaryPath = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
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

async function refuseOtherKinds(target: string): Promise<void> {
  const parent = await stat(dirname(target)).catch(() => null);
  if (!parent?.isDirectory()) {
    throw new DraculaError('E_TARGET', 'The output file has no folder to go into. Nothing was written.', {
      path: dirname(target),
    });
  }
  const found = await stat(target).catch(() => null);
  if (found !== null && !found.isFile()) {
    throw new DraculaError('E_TARGET', 'The output is not a regular file. Nothing was written.', { path: target });
  }
}
