import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPartFile, finishPartFile } from '../../../src/lake/part-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('a part that is closed again does not close the file that got its number since', async () => {
  const part = createPartFile(join(await temporaryFolder(), 'part.parquet'));
  part.close();
  const other = openSync(import.meta.filename, 'r');
  part.close();
  expect(fstatSync(other).isFile()).toBe(true);
  closeSync(other);
});

it('the last bytes of a part that fit nowhere: it is closed, and the write is what failed', async () => {
  const path = join(await temporaryFolder(), 'part.parquet');
  const part = createPartFile(path);
  // A file offset that no file system has.
  const full = { ...part, reserve: () => Number.MAX_SAFE_INTEGER };
  expect(() => finishPartFile(full, new Uint8Array(1))).toThrow(/write the part/);
  expect(() => part.write(0, new Uint8Array(1))).toThrow(/bad file descriptor/i);
});
