/** The hostile run leaves out the integration tests that copy nothing, and those that are said to copy beside their point; no others. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COPY_BESIDE_THE_POINT, COPY_NOTHING } from '../support/hostile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What copies: this process through the library, or the command line. */
const COPIES = /\bcopyTables\b|from '\.\.\/support\/(copied|cli-process|verify-source|values\/drawn-table)\.ts'/;

const files = globSync('test/integration/**/*.test.ts', { cwd: root }).sort();
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

test('every integration test that copies runs hostile too, but for those that say why not', () => {
  const copyNothing = files.filter((file) => !COPIES.test(read(file)));
  expect(Object.keys(COPY_NOTHING).sort()).toEqual(copyNothing);
  expect(files.filter((file) => COPIES.test(read(file)))).toEqual(
    expect.arrayContaining(Object.keys(COPY_BESIDE_THE_POINT)),
  );
});

test('tables whose copies are beside the point of one test are copied by another, which runs hostile', () => {
  const fixtureOf = (file: string) => /from '(\.\.\/support\/[^']+-source\.ts)'/.exec(read(file))?.[1];
  const hostile = new Set(
    files.filter((file) => !(file in COPY_NOTHING || file in COPY_BESIDE_THE_POINT)).map(fixtureOf),
  );
  for (const file of Object.keys(COPY_BESIDE_THE_POINT)) {
    expect(fixtureOf(file), `${file} takes its tables from a fixture`).toBeDefined();
    expect(hostile, `a test that runs hostile takes the tables of ${file}`).toContain(fixtureOf(file));
  }
});
