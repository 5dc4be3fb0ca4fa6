import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/core/table-schema.ts';
import { isDraculaError } from '../../../src/errors.ts';
import { AwkwardCounts } from '../../../src/pipeline/awkward-counts.ts';

const guessed: Column = {
  name: 'guessed',
  type: { kind: 'decimal', precision: 38, scale: 18 },
  fieldId: 1,
  source: { pgType: 'numeric', typeOid: 1700, typmod: -1, readAs: 'binary', wire: { form: 'numeric' } },
};
const date: Column = {
  name: 'date',
  type: { kind: 'date' },
  fieldId: 2,
  source: { pgType: 'date', typeOid: 1082, typmod: -1, readAs: 'binary', wire: { form: 'date' } },
};

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the policy', () => {
  it('fail stops at the first value, with column, row and reason and nothing of the value', () => {
    const counts = new AwkwardCounts([date], { numericDeclared: false });
    const error = thrownBy(() => counts.take({ column: 'date', row: 7, reason: 'infinity' }));
    expect(isDraculaError(error, 'E_AWKWARD_VALUE') && error.facts).toEqual({
      column: 'date',
      row: 7,
      reason: 'infinity',
    });
    expect(counts.counts()).toEqual([]);
  });

  it('names `numeric` where that option declared what the value does not fit', () => {
    const exact: Column = { ...guessed, name: 'exact', source: { ...guessed.source, typmod: 655366 } };
    const counts = new AwkwardCounts([guessed, exact], { numericDeclared: true });
    const take = (column: string) =>
      thrownBy(() => counts.take({ column, row: 7, reason: 'does not fit the declared scale' })) as Error;
    expect(take('guessed').message).toBe(
      'Column guessed holds a value that its type, which `numeric` declares, cannot: does not fit the declared scale, in row 8 of its chunk.',
    );
    expect(take('exact').message).not.toContain('`numeric`');
  });

  it('null counts by column and reason', () => {
    const other: Column = { ...date, name: 'da', awkward: 'null' };
    const counts = new AwkwardCounts([{ ...date, awkward: 'null' }, other], { numericDeclared: false });
    for (let row = 0; row < 3; row++) counts.take({ column: 'date', row, reason: 'infinity' });
    counts.take({ column: 'date', row: 3, reason: 'out of range' });
    counts.take({ column: 'da', row: 3, reason: 'infinity' });
    expect(counts.counts()).toEqual([
      { column: 'date', reason: 'infinity', count: 3 },
      { column: 'date', reason: 'out of range', count: 1 },
      { column: 'da', reason: 'infinity', count: 1 },
    ]);
  });

  it("is a column's own: one stops where another becomes null", () => {
    const counts = new AwkwardCounts([date, { ...date, name: 'lenient', awkward: 'null' }], { numericDeclared: false });
    counts.take({ column: 'lenient', row: 0, reason: 'infinity' });
    expect(
      isDraculaError(
        thrownBy(() => counts.take({ column: 'date', row: 0, reason: 'infinity' })),
        'E_AWKWARD_VALUE',
      ),
    ).toBe(true);
  });

  it('rows set aside are counted once, their values each, and a guessed decimal among them stops', () => {
    const columns: Column[] = [
      { ...date, awkward: 'quarantine' },
      { ...guessed, awkward: 'quarantine' },
    ];
    const counts = new AwkwardCounts(columns, { numericDeclared: false });
    const day = { column: 'date', row: 1, reason: 'infinity' } as const;
    const ctid = { block: 0, offset: 1 };
    counts.takeAside({ ctid, values: [day, { ...day, count: 2 }] });
    expect(counts.aside()).toEqual({ rows: 1, values: [{ column: 'date', reason: 'infinity', count: 3 }] });
    expect(counts.counts()).toEqual([]);
    const refuted = { column: 'guessed', row: 2, reason: 'overflow' } as const;
    expect(
      isDraculaError(
        thrownBy(() => counts.takeAside({ ctid, values: [day, refuted] })),
        'E_AWKWARD_VALUE',
      ),
    ).toBe(true);
  });

  it('a guessed decimal stops under null too, unless the user declared what numerics become', () => {
    const value = { column: 'guessed', row: 0, reason: 'overflow' } as const;
    const asGuess = new AwkwardCounts([{ ...guessed, awkward: 'null' }], { numericDeclared: false });
    expect(
      isDraculaError(
        thrownBy(() => asGuess.take(value)),
        'E_AWKWARD_VALUE',
      ),
    ).toBe(true);
    const asDeclared = new AwkwardCounts([{ ...guessed, awkward: 'null' }], { numericDeclared: true });
    asDeclared.take(value);
    expect(asDeclared.counts()).toEqual([{ column: 'guessed', reason: 'overflow', count: 1 }]);
  });
});
