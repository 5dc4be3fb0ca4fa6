/**
 * The storage contract of a lake, and its folder: small text files that are created once, and folders.
 *
 * Keys are relative to the root with `/` between names. `create` is the one conditional write that everything else stands
 * on: a temporary file, fsync, `link()` to the name (EEXIST = lost), fsync of the folder. Rename would overwrite, and an
 * exclusive create would show half a file. `replace` is atomic for readers but not durable: hints and heartbeats only.
 * The file system is injected, so that tests can make any single call of it fail, or the last one before a kill.
 */
import { randomUUID } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DraculaError } from '../errors.ts';
import { errno, leadsNowhere, linkError, readError, writeError } from './file-error.ts';

/** The part of `node:fs/promises` that the lake uses. */
export type FileSystem = Pick<
  typeof nodeFiles,
  'open' | 'link' | 'rename' | 'unlink' | 'mkdir' | 'readdir' | 'readFile' | 'rm' | 'stat' | 'lstat' | 'realpath'
>;

export interface Storage {
  /** The absolute path of a key: for messages, and for the readers and writers of parts. */
  locate(key: string): string;
  /** The whole text, or null where there is no such file. */
  read(key: string): Promise<string | null>;
  exists(key: string): Promise<boolean>;
  /** Bytes of a file; null where it is missing. */
  size(key: string): Promise<number | null>;
  /** Names in a folder, unordered; none where there is no such folder. */
  list(key: string): Promise<string[]>;
  /**
   * Creates a durable file with this text unless the name is taken. When it throws, the file may exist all the same:
   * whoever must know reads it back.
   */
  create(key: string, text: string): Promise<'created' | 'exists'>;
  /** Puts this text under the name, whatever was there. */
  replace(key: string, text: string): Promise<void>;
  /** Makes the folder and those above it, durably. */
  makeFolder(key: string): Promise<void>;
  /** Flushes a file that somebody else wrote to the disk, and gives its size in bytes; null where it is missing. */
  syncFile(key: string): Promise<number | null>;
  syncFolder(key: string): Promise<void>;
  /** Removes a file, if it is there. */
  remove(key: string): Promise<void>;
  /** Removes a folder with all that is in it, if it is there. */
  removeFolder(key: string): Promise<void>;
}

/** True for the name of a temporary file of `create` or `replace`: left over when its writer was killed. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.tmp');
}

/** Flushes the entries of a folder. Windows has no such call: there NTFS journals them. */
export async function syncFolderPath(path: string, files: FileSystem = nodeFiles): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await files.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and those above it; each new name is flushed in the folder that holds it. One by one: the recursive mkdir of
 * Node tries for ever where a folder takes no new ones and says ENOENT, as /proc does.
 */
async function makeFolderPath(path: string, files: FileSystem): Promise<void> {
  if (await makeOneFolder(path, files)) return;
  const above = dirname(path);
  if (above !== path) await makeFolderPath(above, files);
  if (above !== path && (await makeOneFolder(path, files))) return;
  throw new DraculaError('E_TARGET', `${above} takes no new folders: ${path} cannot be made. Nothing was written.`, {
    path,
    reason: 'ENOENT',
  });
}

/** True once it is there; false where the folder above is missing. */
async function makeOneFolder(path: string, files: FileSystem): Promise<boolean> {
  try {
    await files.mkdir(path);
  } catch (cause) {
    if (errno(cause) === 'ENOENT') return false;
    if (errno(cause) !== 'EEXIST') throw cause;
    await refuseOther(path, files);
    return true;
  }
  await syncFolderPath(dirname(path), files);
  return true;
}

/** What has the folder's name already must be a folder. */
async function refuseOther(path: string, files: FileSystem): Promise<void> {
  const found = await files.stat(path).catch((cause: unknown) => {
    if (errno(cause) === 'ENOENT') throw leadsNowhere(path);
    throw cause;
  });
  // What mkdir says of a name below a file.
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}

/** The storage of a local folder. `root` is absolute; it needs not exist before the first `makeFolder`. */
export function createFolderStorage(root: string, files: FileSystem = nodeFiles): Storage {
  const locate = (key: string): string => (key === '' ? root : join(root, ...key.split('/')));

  async function writeTemporary(path: string, text: string, durable: boolean): Promise<string> {
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
    const file = await files.open(temporary, 'wx');
    try {
      await file.writeFile(text);
      if (durable) await file.sync();
    } catch (cause) {
      await file.close().catch(ignore);
      await files.unlink(temporary).catch(ignore);
      throw cause;
    }
    await file.close();
    return temporary;
  }

  return {
    locate,

    async read(key) {
      try {
        return await files.readFile(locate(key), 'utf8');
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw readError(cause, locate(key));
      }
    },

    async exists(key) {
      return (await sizeOf(locate(key))) !== null;
    },

    size: (key) => sizeOf(locate(key)),

    async list(key) {
      try {
        return await files.readdir(locate(key));
      } catch (cause) {
        if (isMissing(cause)) return [];
        throw readError(cause, locate(key));
      }
    },

    async create(key, text) {
      const path = locate(key);
      let temporary: string;
      try {
        temporary = await writeTemporary(path, text, true);
      } catch (cause) {
        throw writeError(cause, 'write the file', path);
      }
      try {
        await files.link(temporary, path);
      } catch (cause) {
        await files.unlink(temporary).catch(ignore);
        if (errno(cause) === 'EEXIST') return 'exists';
        throw linkError(cause, path);
      }
      // A second name that stays behind wastes an inode and nothing else; clean-up takes it.
      await files.unlink(temporary).catch(ignore);
      await flushFolder(dirname(path));
      return 'created';
    },

    async replace(key, text) {
      const path = locate(key);
      try {
        const temporary = await writeTemporary(path, text, false);
        await files.rename(temporary, path).catch(async (cause: unknown) => {
          await files.unlink(temporary).catch(ignore);
          throw cause;
        });
      } catch (cause) {
        throw writeError(cause, 'write the file', path);
      }
    },

    async makeFolder(key) {
      try {
        await makeFolderPath(locate(key), files);
      } catch (cause) {
        throw writeError(cause, 'make the folder', locate(key));
      }
    },

    async syncFile(key) {
      try {
        const file = await files.open(locate(key), 'r+');
        try {
          await file.sync();
          return (await file.stat()).size;
        } finally {
          await file.close();
        }
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw writeError(cause, 'flush the file', locate(key));
      }
    },

    async syncFolder(key) {
      await flushFolder(locate(key));
    },

    async remove(key) {
      try {
        await files.unlink(locate(key));
      } catch (cause) {
        if (!isMissing(cause)) throw writeError(cause, 'remove the file', locate(key));
      }
    },

    async removeFolder(key) {
      try {
        await files.rm(locate(key), { recursive: true, force: true, maxRetries: 3 });
      } catch (cause) {
        throw writeError(cause, 'remove the folder', locate(key));
      }
    },
  };

  async function sizeOf(path: string): Promise<number | null> {
    try {
      return (await files.stat(path)).size;
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw readError(cause, path);
    }
  }

  async function flushFolder(path: string): Promise<void> {
    try {
      await syncFolderPath(path, files);
    } catch (cause) {
      throw writeError(cause, 'flush the folder', path);
    }
  }
}

function isMissing(cause: unknown): boolean {
  const name = errno(cause);
  return name === 'ENOENT' || name === 'ENOTDIR';
}

/** For the undoing of something that failed already: its own failure tells nothing more, and clean-up takes what is left. */
function ignore(): void {}
