/** What real servers sent, in every form, against what they say themselves that it is. */
import { describe, expect, it } from 'vitest';
import { CAPTURED_VALUES, jsonOf, streamOf } from '../../../support/wire/captured-values.ts';
import { decodeRows } from '../../../support/wire/decode-rows.ts';

describe('values captured from a server are what the server says they are', () => {
  it.each(CAPTURED_VALUES)('$name', ({ type, wire, fields, values, awkward }) => {
    const decoded = decodeRows(streamOf(fields), { columns: [{ type, wire }] });
    expect(decoded.rows.map(([value]) => jsonOf(type, value!))).toEqual(values);
    expect(
      decoded.awkward.map(({ row, reason }) => [row, reason]).toSorted(([a], [b]) => Number(a) - Number(b)),
    ).toEqual(awkward);
  });

  it.each(CAPTURED_VALUES)('$name, row by row in any order, cut anywhere', ({ type, wire, fields, values }) => {
    const reversed = decodeRows(streamOf(fields.toReversed()), { columns: [{ type, wire }], cuts: [3, 50, 1] });
    expect(reversed.rows.map(([value]) => jsonOf(type, value!))).toEqual(values.toReversed());
  });
});
