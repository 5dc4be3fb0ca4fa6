/**
 * One run on the dataset `orders` of a lake, in a process of its own that kills itself (SIGKILL) before its n-th call that
 * changes the file system: `node run-in-child.ts <lake> <n> [quarantine]`, the last to set rows aside. Without that many calls it ends with exit code 0.
 */

import { openLake } from '../../src/lake/lake.ts';
import { faultyFiles } from './faulty-files.ts';
import { copyOnce, copyWithQuarantine } from './lake-run.ts';

const [root, last, kind] = process.argv.slice(2);
const CHANGES = new Set(['mkdir', 'link', 'rename', 'unlink', 'rm', 'file.writeFile', 'file.sync']);
let changes = 0;
const files = faultyFiles({
  onCall({ name }) {
    if (CHANGES.has(name) && ++changes === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
});
const lake = await openLake(root!, { create: true, files });
await (kind === 'quarantine' ? copyWithQuarantine(lake) : copyOnce(lake));
