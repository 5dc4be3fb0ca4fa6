/** Empty folders of tests' own, removed when what asked for them ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** Of the test that asks for it; `name` tells whose it is when a killed run leaves it behind. */
export async function temporaryFolder(name = 'folder'): Promise<string> {
  const folder = await makeFolder(name);
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** Of the suite that asks for it where it is declared, for its hooks and tests: a hook cannot say what follows the suite. */
export function temporaryFolderOfSuite(name: string): () => string {
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await makeFolder(name);
  });
  afterAll(async () => {
    if (folder !== undefined) await removeFolder(folder);
  });
  return () => {
    if (folder === undefined) throw new Error('The suite has not begun: its folder is not made yet');
    return folder;
  };
}

const makeFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `dracula-test-${name}-`));
const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
