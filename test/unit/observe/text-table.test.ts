import { describe, expect, it } from 'vitest';
import { layoutTable } from '../../../src/observe/text-table.ts';

describe('text table', () => {
  it('aligns each column to its widest cell, header and footer included', () => {
    const lines = layoutTable({
      align: 'lr',
      header: ['name', 'n'],
      rows: [
        ['a', '1'],
        ['longer', '1,000'],
      ],
      footer: ['total', '1,001'],
    });
    expect(lines).toEqual(['name        n', 'a           1', 'longer  1,000', '------  -----', 'total   1,001']);
  });

  it('counts a letter outside the basic plane as one', () => {
    expect(
      layoutTable({
        align: 'll',
        rows: [
          ['𝒳', 'a'],
          ['xy', 'b'],
        ],
      }),
    ).toEqual(['𝒳   a', 'xy  b']);
  });

  it('takes a missing cell as empty and leaves no blanks at the end', () => {
    expect(layoutTable({ align: 'll', rows: [['a'], ['b', 'c']], indent: 2 })).toEqual(['  a', '  b  c']);
  });
});
