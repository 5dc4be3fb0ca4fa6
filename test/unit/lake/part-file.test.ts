import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPartFile } from '../../../src/lake/part-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('a part that is closed again does not close the file that got its number since', async () => {
  const part = createPartFile(join(await temporaryFolder(), 'part.parquet'));
  part.close();
  const other = openSync(import.meta.filename, 'r');
  part.close();
  expect(fstatSync(other).isFile()).toBe(true);
  closeSync(other);
});
