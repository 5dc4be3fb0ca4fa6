/** Checks of parts add up to the check of the whole, and each thing that differs is told by its name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/core/table-schema.ts';
import { addChecks, compareChecks, emptyCheck, parseCheck } from '../../../src/verify/table-check.ts';

const source = { pgType: '', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'int4' } } as const;
const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int32' }, fieldId: 1, source },
  { name: 'price', type: { kind: 'decimal', precision: 10, scale: 2 }, fieldId: 2, source },
  { name: 'note', type: { kind: 'text' }, fieldId: 3, source },
];
const ROW = {
  n: '3',
  r: '900',
  v0: '3',
  k0: '300',
  min0: '-1',
  max0: '9',
  s0: '10',
  v1: '2',
  k1: '77',
  min1: '-0.05',
  max1: '12.50',
  s1: '12.45',
  v2: '1',
  k2: '5',
};

describe('parseCheck', () => {
  it('reads decimals in units of their last digit', () => {
    const [, price] = parseCheck(ROW, COLUMNS).columns;
    expect(price).toEqual({ values: 2n, checksum: 77n, min: -5n, max: 1250n, sum: 1245n });
  });

  it('reads the number of rows and their checksum', () => {
    expect(parseCheck(ROW, COLUMNS)).toMatchObject({ rows: 3n, checksum: 900n });
    expect(parseCheck({ n: '3' }, [])).toEqual({ rows: 3n, checksum: 0n, columns: [] });
  });

  it('takes what is absent as nothing', () => {
    const [, , note] = parseCheck({ n: '3', v2: '0', k2: null }, COLUMNS).columns;
    expect(note).toEqual({ values: 0n, checksum: 0n, min: null, max: null, sum: null });
  });

  it('takes a number of more digits than the column has for a bug', () => {
    expect(() => parseCheck({ ...ROW, s1: '1.234' }, COLUMNS)).toThrow(/not a decimal number/);
  });
});

describe('addChecks', () => {
  const number = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  const column = fc.record({
    values: fc.bigInt({ min: 0n, max: 1000n }),
    checksum: fc.bigInt({ min: 0n, max: 2n ** 70n }),
    min: fc.option(number),
    max: fc.option(number),
    sum: fc.option(number),
  });
  const check = fc.record({
    rows: fc.bigInt({ min: 0n, max: 1000n }),
    checksum: fc.bigInt({ min: 0n, max: 2n ** 70n }),
    columns: fc.tuple(column, column, column),
  });

  it('is the same in any order, and an empty part adds nothing', () => {
    fc.assert(
      fc.property(check, check, check, (a, b, c) => {
        expect(addChecks(addChecks(a, b), c)).toEqual(addChecks(addChecks(c, a), b));
        expect(addChecks(a, emptyCheck(COLUMNS))).toEqual(a);
      }),
    );
  });
});

describe('compareChecks', () => {
  const check = parseCheck(ROW, COLUMNS);
  it('finds nothing in equal checks', () => {
    expect(compareChecks(check, parseCheck(ROW, COLUMNS), COLUMNS)).toEqual([]);
  });

  it.each([
    ['a null more', { v2: '0', k2: '0' }, [{ column: 'note', measures: ['nulls', 'values'] }]],
    ['another value', { k2: '6' }, [{ column: 'note', measures: ['values'] }]],
    ['another least', { min0: '0' }, [{ column: 'id', measures: ['min'] }]],
    ['another greatest', { max1: '12.51' }, [{ column: 'price', measures: ['max'] }]],
    ['another sum', { s1: '12.44' }, [{ column: 'price', measures: ['sum'] }]],
  ])('names %s', (_title, changed, expected) => {
    expect(compareChecks(check, parseCheck({ ...ROW, ...changed }, COLUMNS), COLUMNS)).toEqual(expected);
  });
});
