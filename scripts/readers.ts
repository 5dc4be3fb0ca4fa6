/**
 * The readers that nobody here wrote and npm does not bring, for `npm run test:readers`: a virtual environment of Python with the
 * versions of test/readers/requirements.txt, under .cache/readers. With `--all` also those on Java: scripts/jvm-readers.ts.
 *
 *   node scripts/readers.ts vitest run --project readers
 *   node scripts/readers.ts vitest run --project readers --all      and writes docs/reference/reader-results.md
 *
 * runs the command with DRACULA_TEST_PYTHON set to that Python. What cannot be set up ends with exit code 1, and so does a reader
 * of the list that left no results, and a cell of the reader table that claims a test which did not run it: nothing is skipped.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jvmReaders } from './jvm-readers.ts';
import { pythonEnvironment } from './python-environment.ts';
import { falseClaims, testedFeatures } from './reader-claims.ts';
import { missingReaders, resultsPage } from './reader-results.ts';

const REQUIRED = ['duckdb', 'pyarrow', 'polars'];
const REQUIRED_OF_ALL = [...REQUIRED, 'spark', 'trino'];

/** What package.json gives; more names tests. */
const LANE = ['run', '--project', 'readers'];

const root = fileURLToPath(new URL('../', import.meta.url));
const results = join(root, '.cache', 'reader-results');

const given = process.argv.slice(2);
const all = given.includes('--all');
const [program, ...args] = given.filter((argument) => argument !== '--all');
const requirements = join(root, 'test', 'readers', 'requirements.txt');
const environment = {
  DRACULA_TEST_PYTHON: pythonEnvironment(join(root, '.cache', 'readers'), requirements, ['--only-binary', ':all:']),
  DRACULA_READER_RESULTS: results,
  ...(all ? jvmReaders(root) : {}),
};
if (program !== undefined) process.exitCode = run(program, all ? [...args, '--project', 'jvm-readers'] : args);

function run(command: string, args: readonly string[]): number {
  rmSync(results, { recursive: true, force: true });
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  if (status !== 0) return status ?? 1;
  if (args.length > LANE.length + (all ? 2 : 0)) return 0; // some tests of the lane only
  const required = all ? REQUIRED_OF_ALL : REQUIRED;
  const missing = missingReaders(results, required);
  if (missing.length > 0) {
    console.error(`No results of ${missing.join(', ')}: every reader of the list has to run`);
    return 1;
  }
  const tested = testedFeatures(results);
  const claims = falseClaims(tested, (file) => all || !file.startsWith('test/readers/jvm/'));
  if (claims.length > 0) {
    console.error(`The reader table (src/core/reader-table.ts) says what was not so:\n${claims.join('\n')}`);
    return 1;
  }
  if (all)
    writeFileSync(
      join(root, 'docs', 'reference', 'reader-results.md'),
      resultsPage(results, required, tested, version()),
    );
  return 0;
}

function version(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version;
}
