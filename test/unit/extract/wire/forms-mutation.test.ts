/**
 * Values of every form, changed at random or spliced with those of any other: an error that says where in the changed row, or rows of
 * which the others are what they were; no memory is taken for what was only announced. The title says the seed, DRACULA_TEST_SEED
 * repeats it.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { type DraculaError, isDraculaError } from '../../../../src/errors.ts';
import { fuzzMs, fuzzTimeout } from '../../../support/fuzz-budget.ts';
import { SEED, titled } from '../../../support/property.ts';
import { CAPTURED_VALUES, type CapturedValues, streamOf } from '../../../support/wire/captured-values.ts';
import { type DecodedRows, decodeRows } from '../../../support/wire/decode-rows.ts';
import { mutatedValue, type Random, randomOf, splicedValue } from '../../../support/wire/mutations.ts';
import type { Field } from '../../../support/wire/server-bytes.ts';

const SHARE = 0.3;
/** What a decoder of a few short values takes, and more than it. */
const MOST_NEW_BYTES = 16 * 2 ** 20;
/** Rubbish before the bytes that decodeRows hands over. */
const MARGIN = 3;

/** Of all forms. */
const VALUES = CAPTURED_VALUES.flatMap(({ fields }) => fields.filter((field) => field !== null));
const ORIGINALS = new Map(CAPTURED_VALUES.map((capture) => [capture, decode(capture, capture.fields) as DecodedRows]));

function decode({ type, wire }: CapturedValues, fields: readonly Field[], cuts?: number[]): DecodedRows | DraculaError {
  try {
    const decoded = decodeRows(streamOf(fields), { columns: [{ type, wire }], ...(cuts ? { cuts } : {}) });
    // A tile tells of all lower bounds before the upper ones: the order depends on where the stream was cut.
    return { ...decoded, awkward: decoded.awkward.toSorted((a, b) => a.row - b.row) };
  } catch (error) {
    if (isDraculaError(error)) return error;
    throw error;
  }
}

function checkError({ code, facts }: DraculaError, fields: readonly Field[], changed: number): void {
  expect(['E_WIRE', 'E_SOURCE_CHANGED', 'E_VALUE_TOO_LARGE']).toContain(code);
  const start = MARGIN + streamOf(fields.slice(0, changed)).length;
  const end = MARGIN + streamOf(fields.slice(0, changed + 1)).length;
  expect(facts.byteOffset).toBeGreaterThanOrEqual(start);
  expect(facts.byteOffset).toBeLessThan(end);
}

function checkOthers(rows: DecodedRows['rows'], original: DecodedRows['rows'], changed: number): void {
  expect(rows.length).toBe(original.length);
  rows.forEach((row, i) => {
    if (i !== changed && !isDeepStrictEqual(row, original[i])) throw new Error(`row ${i} is another`);
  });
}

/** Returns whether the mutant was refused. */
function look(capture: CapturedValues, random: Random): boolean {
  const changed = random(capture.fields.length);
  const value = capture.fields[changed];
  if (value === null || value === undefined) return false;
  const other = VALUES[random(VALUES.length)]!;
  const mutant = random(5) === 0 ? splicedValue(random, value, other) : mutatedValue(random, value);
  const fields = capture.fields.with(changed, mutant);
  const before = process.memoryUsage().arrayBuffers;
  const decoded = decode(capture, fields);
  const taken = process.memoryUsage().arrayBuffers - before;
  if (taken > MOST_NEW_BYTES) throw new Error(`${taken} bytes were taken`);
  const pieces = decode(capture, fields, [1 + random(60), 1 + random(60)]);
  if (isDraculaError(decoded)) {
    expect(isDraculaError(pieces, decoded.code)).toBe(true);
    checkError(decoded, fields, changed);
    return true;
  }
  expect(pieces).toEqual(decoded);
  checkOthers(decoded.rows, ORIGINALS.get(capture)!.rows, changed);
  return false;
}

it(titled('a changed value gives an error that says where, or leaves all others as they are'), {
  timeout: fuzzTimeout(SHARE),
}, () => {
  const until = performance.now() + fuzzMs(SHARE);
  const refused = new Map(CAPTURED_VALUES.map(({ name }) => [name, 0]));
  let tried = 0;
  for (; performance.now() < until || tried < 20 * CAPTURED_VALUES.length; tried++) {
    const capture = CAPTURED_VALUES[tried % CAPTURED_VALUES.length]!;
    try {
      if (look(capture, randomOf(Math.imul(SEED + tried, 0x9e3779b1))))
        refused.set(capture.name, refused.get(capture.name)! + 1);
    } catch (error) {
      throw new Error(`mutant ${tried} of seed ${SEED}, ${capture.name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  const total = [...refused.values()].reduce((sum, n) => sum + n, 0);
  console.log(`${tried} mutants of ${CAPTURED_VALUES.length} captures, ${total} refused (seed ${SEED})`);
  expect([...refused].filter(([, n]) => n === 0)).toEqual([]);
  expect(total).toBeLessThan(tried);
});
