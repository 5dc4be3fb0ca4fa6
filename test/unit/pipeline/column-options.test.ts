import { expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { checkColumnOptions } from '../../../src/pipeline/column-options.ts';
import type { ColumnOptions } from '../../../src/pipeline/copy-options.ts';
import { planCopy } from '../../../src/pipeline/plan.ts';
import { serverInfo, sourceTable } from '../../support/source-table.ts';
import { typeTable } from '../../support/type-facts.ts';

const TYPES = typeTable([
  [23, 'integer', 'b'],
  [25, 'text', 'b'],
  [1700, 'numeric', 'b'],
  [1007, 'integer[]', 'b', { elementOid: 23 }],
]);
const tags = { attnum: 4, name: 'tags', typeOid: 1007, typmod: -1, dimensions: 1, pgType: 'integer[]', comment: null };

function table(name: string, namespace = 'public') {
  const made = sourceTable(name, { attnums: [1, 2, 3, 4], name: { namespace, name } }, { types: TYPES });
  return { ...made, columns: [...made.columns, tags] };
}

function refusal(columnOptions: Record<string, ColumnOptions>, columns?: string[]): string {
  const tables = [table('events'), table('Odd."one"', 'a.b'), table('events', 'old')];
  try {
    checkColumnOptions(tables, { columnOptions, ...(columns === undefined ? {} : { columns }) });
  } catch (error) {
    if (isDraculaError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

it('finds a column by its table with or without the namespace, quoted as the table is', () => {
  expect(refusal({ 'public.events.tags': { dims: 2 }, '"a.b"."Odd.""one""".note': { awkward: 'null' } })).toBe('none');
  expect(refusal({ '"Odd.""one""".tags': { dims: 6 } })).toBe('none');
});

it.each([
  [{ 'public.event.tags': {} }, 'E_COLUMN_NOT_FOUND', 'no table public.event is selected. Nothing was read.'],
  [
    { 'public.tags': {} },
    'E_COLUMN_NOT_FOUND',
    "public was taken as the table's name, and no table of that name is selected; write namespace.table.column or table.column. Nothing",
  ],
  [{ 'public.events.tag': {} }, 'E_COLUMN_NOT_FOUND', 'public.events has no column tag; it has id, note, price, tags.'],
  [{ 'events.tags': {} }, 'E_TABLE_AMBIGUOUS', 'could be of any of public.events, old.events. Nothing was read.'],
  [{ tags: {} }, 'E_USAGE', 'tags is no column: write namespace.table.column or table.column'],
  [{ 'old.events.note': { dims: 2 } }, 'E_USAGE', 'which is no array but text. Nothing was read.'],
  [{ 'old.events.note': {}, '"old".events.note': {} }, 'E_USAGE', 'names one column twice'],
])('refuses %j before a row is read', (options, code, message) => {
  expect(refusal(options)).toContain(`${code}: `);
  expect(refusal(options)).toContain(message);
});

it('refuses what is said of a column that is left out', () => {
  expect(refusal({ 'old.events.note': { awkward: 'null' } }, ['id'])).toContain('which `columns` leaves out');
});

it('the plan takes the dimensions that are said, and the policy of the column before that of the run', () => {
  const { tables } = planCopy(serverInfo(), [table('events')], {
    connections: 1,
    awkward: 'null',
    columnOptions: { 'events.tags': { dims: 2 }, 'events.note': { awkward: 'fail' } },
  });
  const [id, note, , matrix] = tables[0]!.schema.columns;
  expect([id!.awkward, note!.awkward, matrix!.awkward]).toEqual(['null', undefined, 'null']);
  expect(matrix!.type).toEqual({ kind: 'list', element: { kind: 'list', element: { kind: 'int32' } } });
  expect(matrix!.source.wire).toMatchObject({ form: 'array', dimensions: 2 });
});
