/** A file system of a few megabytes, to be filled. It needs root on Linux: a test that cannot have one fails, and is not skipped. */
import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** The folder of a tmpfs of this size, gone when the test ends. */
export async function smallDisk(megabytes: number): Promise<string> {
  const folder = await temporaryFolder('disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (cause) {
    throw new Error(
      `This test fills a small tmpfs, which it could not mount: run it as root, where mounting is allowed.`,
      {
        cause,
      },
    );
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}
