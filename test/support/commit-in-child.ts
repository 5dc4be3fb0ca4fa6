/**
 * Commits n versions of `orders` with leases out of play, each tried again after a conflict:
 * `node commit-in-child.ts <lake> <n>`. Prints a line `<version> <commit id>` for each.
 */
import { isDraculaError } from '../../src/errors.ts';
import { createFolderStorage } from '../../src/lake/storage.ts';
import { commitVersion, loadNewest } from '../../src/lake/versions.ts';
import { emptyDraft } from './lake-run.ts';

const [root, count] = process.argv.slice(2);
const storage = createFolderStorage(root!);
for (let done = 0; done < Number(count); ) {
  const base = await loadNewest(storage, 'orders');
  try {
    const { version, commitId } = await commitVersion(
      storage,
      'orders',
      base,
      emptyDraft(`run-${process.pid}-${done}`),
    );
    console.log(`${version} ${commitId}`);
    done++;
  } catch (e) {
    if (!isDraculaError(e, 'E_COMMIT_CONFLICT')) throw e;
  }
}
