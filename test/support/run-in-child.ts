/**
 * One run on the dataset `orders` of a lake, in a process of its own that kills itself (SIGKILL) before its n-th call that
 * changes the file system: `node run-in-child.ts <lake> <n>`. Without that many calls it ends with exit code 0.
 */

import { openLake } from '../../src/lake/lake.ts';
import { createRunId } from '../../src/lake/layout.ts';
import { faultyFiles } from './faulty-files.ts';
import { writePart } from './lake-run.ts';

const [root, last] = process.argv.slice(2);
const CHANGES = new Set(['mkdir', 'link', 'rename', 'unlink', 'rm', 'file.writeFile', 'file.sync']);
let changes = 0;
const files = faultyFiles({
  onCall({ name }) {
    if (CHANGES.has(name) && ++changes === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
});
const lake = await openLake(root!, { create: true, files });
const run = await lake.dataset('orders').beginRun(createRunId());
await run.commit(await writePart(run));
