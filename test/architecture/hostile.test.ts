/** The hostile run leaves out the integration tests that copy nothing, and no others. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NOT_HOSTILE } from '../support/hostile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What copies: this process through the library, or the command line. */
const COPIES = /\bcopyTables\b|from '\.\.\/support\/(copied|cli-process|values\/drawn-table)\.ts'/;

test('every integration test that copies runs hostile too', () => {
  const files = globSync('test/integration/**/*.test.ts', { cwd: root });
  const copyNothing = files.filter((file) => !COPIES.test(readFileSync(`${root}${file}`, 'utf8')));
  expect(Object.keys(NOT_HOSTILE).sort()).toEqual(copyNothing.sort());
});
