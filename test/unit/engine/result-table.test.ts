import { expect, test } from 'vitest';
import type { Cell } from '../../../src/engine/cell.ts';
import type { QueryResult } from '../../../src/engine/query-result.ts';
import { formatTable, type TableLayout } from '../../../src/engine/result-table.ts';

async function table(columns: readonly [string, boolean][], rows: readonly (readonly Cell[])[], layout: TableLayout) {
  async function* read() {
    for (const row of rows) yield [row];
  }
  const result: QueryResult = {
    columns: columns.map(([name, numeric]) => ({ name, type: '', numeric })),
    batches: read(),
  };
  let text = '';
  for await (const line of formatTable(result, layout)) text += line;
  return text;
}

test('numbers stand right, texts left, with the count of the rows below', async () => {
  const rows = [
    ['widget', 1200, '9.50'],
    ['名前', 7, '10.00'],
    [null, null, null],
  ];
  expect(
    await table(
      [
        ['name', false],
        ['n', true],
        ['price', true],
      ],
      rows,
      { width: 80 },
    ),
  ).toBe(
    [
      'name       n  price',
      '------  ----  -----',
      'widget  1200   9.50',
      '名前       7  10.00',
      'null    null   null',
      '(3 rows)',
      '',
    ].join('\n'),
  );
});

test('only the first rows are shown, the others are counted', async () => {
  const rows = Array.from({ length: 1234 }, (_, i) => [i]);
  const lines = (await table([['n', true]], rows, { width: 80, maxRows: 2 })).split('\n');
  expect(lines).toEqual(['n', '-', '0', '1', '… 1,232 more (1,234 rows)', '']);
  expect(await table([['n', true]], [[1]], { width: 80 })).toContain('(1 row)\n');
});

test('columns that do not fit are left out and named', async () => {
  const columns: [string, boolean][] = [
    ['first', false],
    ['second', false],
    ['third', false],
  ];
  const text = await table(columns, [['a'.repeat(10), 'b'.repeat(10), 'c']], { width: 24 });
  expect(text).toContain('aaaaaaaaaa  bbbbbbbbbb\n');
  expect(text).toContain('(not shown: third)\n');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(24);
  expect(await table(columns, [['a'.repeat(50), 'b', 'c']], { width: 24 })).toContain('(not shown: second, third)');
});

test('a long value is cut at a whole character, and control characters are escapes', async () => {
  const text = await table(
    [['v\u001b[2J', false]],
    [['🦆'.repeat(200)], ['x'.repeat(61)], ['x'.repeat(60)], ['a\n\t\u202e\u001b[31m']],
    {
      width: 80,
    },
  );
  const lines = text.split('\n');
  expect(lines[0]).toBe('v\\x1b[2J');
  expect(lines[2]).toBe(`${'🦆'.repeat(29)}…`);
  expect(lines[3]).toBe(`${'x'.repeat(59)}…`);
  expect(lines[4]).toBe('x'.repeat(60));
  expect(lines[5]).toBe('a\\n\\t\\u202e\\x1b[31m');
});
