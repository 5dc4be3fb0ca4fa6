/**
 * The reference pages that follow from the code: errors.md, types.md, and the type table in the README.
 *
 *   node scripts/docs.ts           writes them
 *   node scripts/docs.ts --check   exit code 1, and their names, where one is not what the code says
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './docs-errors.ts';
import { readmeTypes, typesPage } from './docs-types.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

const BEGIN = '<!-- types: written by `npm run docs` -->\n';
const END = '<!-- /types -->';

const readme = await readFile(join(root, 'README.md'), 'utf8');
const pages: Readonly<Record<string, string>> = {
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/types.md': typesPage(),
  'README.md': replaceBetween(readme, readmeTypes()),
};

const stale: string[] = [];
for (const [path, text] of Object.entries(pages)) {
  if ((await readFile(join(root, path), 'utf8').catch(() => '')) === text) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) await writeFile(join(root, path), text);
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Not what the code says: ${stale.join(', ')}. Run npm run docs.`);
  process.exitCode = 1;
} else if (stale.length > 0) console.log(`wrote ${stale.join(', ')}`);

function replaceBetween(text: string, table: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN.trim()} … ${END}`);
  return text.slice(0, begin + BEGIN.length) + table + text.slice(end);
}
