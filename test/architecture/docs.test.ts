/** What the pages say is there: their links, the npm scripts and the options that they name. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md', 'src/README.md', 'examples/**/*.md', 'bench/*.md'], { cwd: root });
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match.slice(1).find((group) => group !== undefined)!);

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('links to pages that exist', () => {
    const links = matches(text, /\]\((?!https?:|#)([^)#\s]+)/g);
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const named = matches(text, /npm run (?:--silent )?([a-z][\w:]*)/g);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test('has nothing escaped in a code span, where it would be shown as it is', () => {
    const spans = matches(text.replaceAll(/^```.*?^```/gms, ''), /`([^`\n]+)`/g);
    expect(spans.filter((span) => /&(?:lt|gt|amp|#\d+);/.test(span))).toEqual([]);
  });

  test('names options that the command line has', () => {
    const known = matches(read('docs/reference/cli.md'), /(?:^|[\s`])(--[a-z][a-z-]*)/gm);
    const named = matches(text, /`(--[a-z][a-z-]*)[ `]|dracula (?:copy|query|status|demo)[^\n`]*? (--[a-z][a-z-]*)/g);
    expect(named.filter((option) => !known.includes(option))).toEqual([]);
  });
});

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(10);
});

test("the README's example of the library is what the package test compiles", () => {
  expect(matches(read('README.md'), /```ts\n([\s\S]*?)```/g)).toHaveLength(1);
});
