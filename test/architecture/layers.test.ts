/**
 * The rules of .dependency-cruiser.cjs are alive: a tree with one forbidden import for each rule is reported rule by rule.
 * (A cruiser without a compiler for TypeScript sees no module and finds every house in order.)
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Cruise {
  readonly violations: readonly { readonly rule: string; readonly from: string }[];
  readonly modules: readonly string[];
}

let house: string;

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'dracula-layers-'));
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.json']) await symlink(join(root, file), join(house, file));
});
afterAll(() => rm(house, { recursive: true }));

/** Forbidden lines, by the file that holds them. What they name is in the tree too. */
const PLANTED: readonly (readonly [file: string, line: string, rule: string])[] = [
  ['src/errors.ts', "import './core/a.ts';", 'layer-errors'],
  ['src/core/a.ts', "import '../parquet/b.ts';", 'layer-core'],
  ['src/extract/wire/a.ts', "import '../../parquet/b.ts';", 'layer-extract-wire'],
  ['src/parquet/a.ts', "import '../extract/wire/b.ts';", 'layer-parquet'],
  ['src/verify/a.ts', "import '../parquet/b.ts';", 'layer-verify'],
  ['src/postgres/a.ts', "import '../introspect/b.ts';", 'layer-postgres'],
  ['src/introspect/a.ts', "import type { B } from '../lake/b.ts';", 'layer-introspect'],
  ['src/extract/a.ts', "import '../introspect/b.ts';", 'layer-extract'],
  ['src/lake/a.ts', "import '../engine/b.ts';", 'layer-lake'],
  ['src/engine/a.ts', "import '../lake/b.ts';", 'layer-engine'],
  ['src/observe/a.ts', "import '../pipeline/b.ts';", 'layer-observe'],
  ['src/pipeline/a.ts', "import '../cli/b.ts';", 'layer-pipeline'],
  ['src/index.ts', "import './cli/b.ts';", 'layer-index'],
  ['src/demo/a.ts', "import '../pipeline/b.ts';", 'layer-demo'],
  ['src/cli/a.ts', "import '../pipeline/b.ts';", 'layer-cli'],
  ['src/utils/a.ts', "import '../core/b.ts';", 'every-folder-has-a-layer'],
  ['src/parquet/c.ts', "import 'node:fs';", 'pure-touches-no-outside'],
  ['src/pipeline/plan.ts', "import 'node:os';", 'pure-touches-no-outside'],
  ['src/lake/c.ts', "import 'node:net';", 'only-postgres-opens-sockets'],
  ['src/introspect/c.ts', "import { Client } from 'pg';\nnew Client();", 'only-postgres-opens-sockets'],
  ['src/cli/c.ts', "import '@duckdb/node-api';", 'only-engine-loads-duckdb'],
  ['src/cli/d.ts', "import { test } from 'vitest';\ntest;", 'no-development-dependency'],
  ['src/cli/e.ts', "import './gone.ts';", 'nothing-unresolved'],
  ['src/lake/d.ts', "import './e.ts';", 'no-cycles'],
];

test('every rule finds the import that it forbids, and nothing else is found', async () => {
  for (const folder of new Set(PLANTED.map(([file]) => dirname(file))))
    await write(join(folder, 'b.ts'), 'export type B = 1;');
  await write('src/lake/e.ts', "import './d.ts';\nexport {};");
  for (const [file, line] of PLANTED) await write(file, `${line}\nexport {};`);

  const { violations, modules } = await cruise(house);

  const expected = PLANTED.map(([file, , rule]) => `${file} ${rule}`);
  expect(violations.map(({ from, rule }) => `${from} ${rule}`).sort()).toEqual(expected.sort());
  expect(modules.filter((module) => module.startsWith('src/')).length).toBeGreaterThan(PLANTED.length);
});

test('every rule has an import that it forbids', async () => {
  const { default: config } = await import('../../.dependency-cruiser.cjs' as string);
  const names = new Set<string>(config.forbidden.map(({ name }: { name: string }) => name));
  expect([...names].filter((name) => !PLANTED.some(([, , rule]) => rule === name))).toEqual([]);
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(house, path)), { recursive: true });
  await writeFile(join(house, path), text);
}

function cruise(folder: string): Promise<Cruise> {
  const args = [
    ['--import', join(root, 'scripts/with-typescript-5.mjs')],
    [join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'), 'src'],
    ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'],
  ].flat();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr, { cause: error }));
      const { summary, modules } = JSON.parse(stdout);
      resolve({
        violations: summary.violations.map((v: { rule: { name: string }; from: string }) => ({
          rule: v.rule.name,
          from: v.from,
        })),
        modules: modules.map(({ source }: { source: string }) => source),
      });
    });
  });
}
