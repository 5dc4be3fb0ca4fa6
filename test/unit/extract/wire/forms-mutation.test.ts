/**
 * Values of every form, changed at random: an error that says where in the changed row, or rows of which the others are what they
 * were. FUZZ_SECONDS says how long (default: 5); the title says the seed, DRACULA_TEST_SEED repeats it.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { type DraculaError, isDraculaError } from '../../../../src/errors.ts';
import { SEED, titled } from '../../../support/property.ts';
import { CAPTURED_VALUES, type CapturedValues, streamOf } from '../../../support/wire/captured-values.ts';
import { type DecodedRows, decodeRows } from '../../../support/wire/decode-rows.ts';
import { mutatedValue, type Random, randomOf } from '../../../support/wire/mutations.ts';
import type { Field } from '../../../support/wire/server-bytes.ts';

const FUZZ_MS = Number(process.env['FUZZ_SECONDS'] ?? 5) * 1000;
/** Rubbish before the bytes that decodeRows hands over. */
const MARGIN = 3;

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
  const fields = capture.fields.with(changed, mutatedValue(random, value));
  const decoded = decode(capture, fields);
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

it(titled('a changed value gives an error that says where, or leaves all others as they are'), () => {
  const until = performance.now() + FUZZ_MS;
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
