/**
 * Data folders as initdb leaves them, one for each major of a run of tests: initdb takes longer than a server's start. The first server of
 * a run has it run, and leaves a clone of what it made; the others start from clones of that. The global setup makes the folder that
 * they are in and removes it; should it be killed, the folder's watchdog does.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EmbeddedPostgresOptions } from '../../src/demo/embedded-postgres.ts';
import { createServerFolder, temporaryRoot } from '../../src/demo/server-folder.ts';
import { serverUser } from '../../src/demo/server-user.ts';

/** Tells the processes of a run where the folders are. */
const VARIABLE = 'DRACULA_TEST_DATA_FOLDERS';

export default async function makeFolder(): Promise<() => Promise<void>> {
  const user = serverUser();
  const folder = await createServerFolder(await temporaryRoot(user), user);
  process.env[VARIABLE] = folder.path;
  return folder.remove;
}

/** The options with which a server starts from a clone, or leaves one: of its major, where nothing but the major decides on what initdb makes. */
export function withDataFolder(major: number, options: EmbeddedPostgresOptions): EmbeddedPostgresOptions {
  const { password, initdbArgs, environment, dataFolder } = options;
  if ([password, initdbArgs, environment, dataFolder].some((each) => each !== undefined)) return options;
  const made = join(process.env[VARIABLE]!, String(major));
  if (existsSync(made)) return { ...options, initialise: (folder) => clone(made, folder) };
  return {
    ...options,
    beforeStart: async (folder) => {
      await leaveClone(folder, made);
      await options.beforeStart?.(folder);
    },
  };
}

/** Complete or absent: it is made aside and renamed into its place. */
async function leaveClone(folder: string, made: string): Promise<void> {
  const aside = `${made}-${process.pid}`;
  await clone(folder, aside);
  await rename(aside, made).catch(async (error: NodeJS.ErrnoException) => {
    await rm(aside, { recursive: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another process was as fast
  });
}

/** By `cp`, which takes half of the CPU of Node's. */
async function clone(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-Rp', from, to]);
}
