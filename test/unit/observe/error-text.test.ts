import { describe, expect, it } from 'vitest';
import { DraculaError, ERROR_CODES, type ErrorFacts, serializeError } from '../../../src/errors.ts';
import { renderError, renderErrorLine } from '../../../src/observe/error-text.ts';

const render = (facts: ErrorFacts) =>
  renderError(serializeError(new DraculaError('E_AWKWARD_VALUE', 'the value is infinity', facts)));
/** The options of the library as the flags that are typed. */
const HINT = ERROR_CODES.E_AWKWARD_VALUE.hint
  .replaceAll('`awkward: ', '`--awkward ')
  .replace('`columnOptions`', '`--column`');

describe('error text', () => {
  it('says what, where and what next', () => {
    expect(render({ table: 'public.orders', column: 'total', row: 48213, ctid: '(12,3)' })).toBe(
      `error[E_AWKWARD_VALUE]: the value is infinity
  at: table public.orders, column total, row 48,214 (ctid (12,3))
  try: ${HINT}`,
    );
  });

  it('leaves the place out where there is none', () => {
    expect(render({})).toBe(`error[E_AWKWARD_VALUE]: the value is infinity\n  try: ${HINT}`);
  });

  it.each<[ErrorFacts, string]>([
    [{ dataset: 'orders' }, 'dataset orders'],
    [{ table: 'public.orders', dataset: 'orders' }, 'table public.orders'],
    [{ ctid: '(0,1)' }, 'ctid (0,1)'],
    [{ row: 3, ctid: '(0,4)', key: '17' }, 'row 4 (ctid (0,4)), key 17'],
    [{ row: 0 }, 'row 1'],
    [{ byteOffset: 9140233 }, 'byte 9,140,233'],
    [{ path: './lake/x' }, 'path ./lake/x'],
    [{ host: 'db', port: 5432 }, 'host db:5432'],
    [{ host: 'db' }, 'host db'],
    [{ port: 5432 }, 'port 5432'],
    [{ sqlstate: '42501', reason: 'infinity' }, 'SQLSTATE 42501, reason infinity'],
    [{ table: 'a\x1b[31m' }, 'table a\\x1b[31m'],
  ])('names the place %o', (facts, place) => expect(render(facts).split('\n')[1]).toBe(`  at: ${place}`));

  it('indents every line of it, those of the message too', () => {
    const error = serializeError(new DraculaError('E_INTERNAL', 'one\ntwo'));
    expect(renderError(error, { indent: 2 }).split('\n').slice(0, 2)).toEqual(['  error[E_INTERNAL]: one', '    two']);
  });

  it('keeps a name with a line feed on one line', () => {
    const error = serializeError(new DraculaError('E_COLUMN_NOT_FOUND', 'there is no "a\nb", but "c\nd"'));
    expect(renderError(error).split('\n')[0]).toBe('error[E_COLUMN_NOT_FOUND]: there is no "a\\x0ab", but "c\\x0ad"');
    expect(renderErrorLine(error)).toBe('error[E_COLUMN_NOT_FOUND]: there is no "a\\x0ab", but "c\\x0ad"');
  });

  it('colours the label alone, and only when asked', () => {
    const error = serializeError(new DraculaError('E_USAGE', 'no'));
    expect(renderError(error, { color: true }).split('\n')[0]).toBe('\x1b[1;31merror[E_USAGE]\x1b[0m: no');
    expect(renderError(error)).not.toContain('\x1b');
  });
});
