import { describe, expect, it } from 'vitest';
import { printableDataset, printableName, printableText } from '../../../src/observe/printable-text.ts';

describe('printable text', () => {
  it('shows control characters of a name as escapes, so that it cannot move the cursor', () => {
    expect(printableName('a\x1b[2Jb\r\n\tc\x7f\x9b')).toBe('a\\x1b[2Jb\\x0d\\x0a\\x09c\\x7f\\x9b');
  });

  it('shows bidirectional controls and line separators as escapes', () => {
    expect(printableName('a\u202eb\u2028c\u2066')).toBe('a\\u202eb\\u2028c\\u2066');
  });

  it('leaves letters of every script as they are', () => {
    expect(printableName('naïve 表 "x.y"')).toBe('naïve 表 "x.y"');
  });

  it.each([
    ['billing__orders', 'billing__orders'],
    ['odd__%4Dixed%20%43ase', '"odd__Mixed Case"'],
    ['%55sers', '"Users"'],
    ['na%C3%AFve%1B', '"naïve\\x1b"'],
    ['100%', '"100%"'],
  ])('shows the dataset %s by its name in SQL: %s', (dataset, shown) => {
    expect(printableDataset(dataset)).toBe(shown);
  });

  it('keeps the line feeds of a message, and nothing else', () => {
    expect(printableText('one\ntwo\r\x1b[31m')).toBe('one\ntwo\\x0d\\x1b[31m');
  });
});
