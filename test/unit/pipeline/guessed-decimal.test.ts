import { expect, it } from 'vitest';
import type { TablePlan } from '../../../src/core/copy-plan.ts';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import type { WireForm } from '../../../src/core/wire-form.ts';
import { isGuessedDecimal, refutesGuess, withColumnAsText } from '../../../src/pipeline/guessed-decimal.ts';

const NUMERIC: WireForm = { form: 'numeric' };
const array = (elementOid: number, dimensions = 1): WireForm => ({
  form: 'array',
  elementOid,
  element: NUMERIC,
  dimensions,
});
const decimal = (precision: number, scale: number): LogicalType => ({ kind: 'decimal', precision, scale });
const list = (element: LogicalType): LogicalType => ({ kind: 'list', element });

function column(type: LogicalType, wire: WireForm = NUMERIC, typmod = -1): Column {
  return { name: 'n', type, fieldId: 1, source: { pgType: 'numeric', typeOid: 1700, typmod, readAs: 'binary', wire } };
}

it.each<[string, boolean, Column]>([
  ['numeric of the guessed form', true, column(decimal(38, 18))],
  ['an array of it', true, column(list(decimal(38, 18)), array(1700))],
  ['an array of two dimensions', true, column(list(list(decimal(38, 18))), array(1700, 2))],
  ['an array of a domain over it', true, column(list(decimal(38, 18)), array(20_001))],
  ['numeric(38,18)', false, column(decimal(38, 18), NUMERIC, ((38 << 16) | 18) + 4)],
  ['money of that form', false, column(decimal(38, 18), { form: 'money' })],
  ['an array of a domain over numeric(10,2)', false, column(list(decimal(10, 2)), array(20_001))],
  ['a form that only --numeric gives', false, column(decimal(38, 9))],
  ['text', false, column({ kind: 'text' })],
  ['a list of text', false, column(list({ kind: 'text' }), array(1700))],
])('%s is a guess: %s', (_, guessed, given) => {
  expect(isGuessedDecimal(given)).toBe(guessed);
  expect(refutesGuess(given, 'overflow')).toBe(guessed);
  expect(refutesGuess(given, 'array dimensions')).toBe(false);
});

it('a plan with the column as text keeps everything else, and names it', () => {
  const other = { ...column(decimal(38, 18)), name: 'other', fieldId: 2 };
  const plan = {
    dataset: 'd',
    schema: { columns: [column(decimal(38, 18)), other] },
    textColumns: ['x'],
  } as unknown as TablePlan;
  const again = withColumnAsText(plan, 'n');
  expect(again.schema.columns[0]).toMatchObject({
    name: 'n',
    fieldId: 1,
    type: { kind: 'text' },
    source: { readAs: 'text', wire: { form: 'text' } },
  });
  expect(again.schema.columns[1]).toBe(other);
  expect(again.textColumns).toEqual(['x', 'n']);
  expect(again.schema.columns.map(isGuessedDecimal)).toEqual([false, true]);
});

it('of an array only the elements become text, which the decoder prints', () => {
  const given = column(list(list(decimal(38, 18))), array(1700, 2));
  const plan = { schema: { columns: [given] }, textColumns: [] } as unknown as TablePlan;
  const [again] = withColumnAsText(plan, 'n').schema.columns;
  expect(again).toEqual({ ...given, type: list(list({ kind: 'text' })) });
  expect(isGuessedDecimal(again!)).toBe(false);
});
