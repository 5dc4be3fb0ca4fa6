/** Codes and tests, in both directions: each code is expected by a test, and no test expects a code that is not there. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (paths: string[]): string => paths.map((path) => readFileSync(root + path, 'utf8')).join('\n');
const codesIn = (text: string): Set<string> => new Set(text.match(/\bE_[A-Z]+(?:_[A-Z]+)*\b/g));

const codes = Object.keys(ERROR_CODES);
const own = 'test/architecture/error-codes.test.ts';
const tests = codesIn(read(globSync('test/**/*.ts', { cwd: root, exclude: [own] })));
const sources = codesIn(read(globSync('src/**/*.ts', { cwd: root, exclude: ['src/errors.ts'] })));
const docs = codesIn(read(['docs/reference/errors.md']));

test('every code is expected by a test', () => {
  expect(codes.filter((code) => !tests.has(code))).toEqual([]);
});

test('every code is thrown by the product', () => {
  expect(codes.filter((code) => !sources.has(code))).toEqual([]);
});

test('every code is in docs/reference/errors.md, and no other', () => {
  expect([...docs].sort()).toEqual([...codes].sort());
});

test('no source and no test names a code that is not there', () => {
  expect([...sources, ...tests].filter((code) => !codes.includes(code))).toEqual([]);
});
