import { expect, it } from 'vitest';
import type { TablePlan } from '../../../src/core/copy-plan.ts';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import { isGuessedDecimal, withColumnAsText } from '../../../src/pipeline/guessed-decimal.ts';

const NUMERIC = 1700;
const NUMERIC_ARRAY = 1231;
const DOMAIN = 20_001;
const decimal = (precision: number, scale: number): LogicalType => ({ kind: 'decimal', precision, scale });
const list = (element: LogicalType): LogicalType => ({ kind: 'list', element });

function column(type: LogicalType, source: Partial<Column['source']> = {}): Column {
  return {
    name: 'n',
    type,
    fieldId: 1,
    source: { pgType: 'numeric', typeOid: NUMERIC, typmod: -1, readAs: 'binary', ...source },
  };
}

it.each<[string, boolean, Column]>([
  ['numeric of the guessed form', true, column(decimal(38, 18))],
  ['an array of it', true, column(list(decimal(38, 18)), { typeOid: NUMERIC_ARRAY, elementOid: NUMERIC })],
  ['an array of a domain over it', true, column(list(decimal(38, 18)), { typeOid: 20_002, elementOid: DOMAIN })],
  ['numeric(38,18)', false, column(decimal(38, 18), { typmod: ((38 << 16) | 18) + 4 })],
  [
    'an array of a domain over numeric(10,2)',
    false,
    column(list(decimal(10, 2)), { typeOid: 20_002, elementOid: DOMAIN }),
  ],
  ['a form that only --numeric gives', false, column(decimal(38, 9))],
  ['text', false, column({ kind: 'text' })],
  ['a list of text', false, column(list({ kind: 'text' }))],
])('%s is a guess: %s', (_, guessed, given) => {
  expect(isGuessedDecimal(given)).toBe(guessed);
});

it('a plan with the column as text keeps everything else, and names it', () => {
  const other = { ...column(decimal(38, 18)), name: 'other', fieldId: 2 };
  const plan = {
    dataset: 'd',
    schema: { columns: [column(list(decimal(38, 18))), other] },
    textColumns: ['x'],
  } as unknown as TablePlan;
  const again = withColumnAsText(plan, 'n');
  expect(again.schema.columns[0]).toMatchObject({
    name: 'n',
    fieldId: 1,
    type: { kind: 'text' },
    source: { readAs: 'text' },
  });
  expect(again.schema.columns[1]).toBe(other);
  expect(again.textColumns).toEqual(['x', 'n']);
  expect(again.schema.columns.map(isGuessedDecimal)).toEqual([false, true]);
});
