/**
 * A fuzzer: streams captured from a real server, with bytes changed, lost, added or doubled. Either there is an error that says where,
 * or the rows whose bytes were not touched are what they were.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../../src/errors.ts';
import { fuzzMs, fuzzTimeout } from '../../../support/fuzz-budget.ts';
import { SEED, titled } from '../../../support/property.ts';
import { CAPTURED_COLUMNS, CAPTURED_STREAM, CAPTURED_TEXT, textOf } from '../../../support/wire/captured-rows.ts';
import { type DecodedRows, decodeRows } from '../../../support/wire/decode-rows.ts';
import { Demultiplexed } from '../../../support/wire/demultiplexed.ts';
import { changeBytes, type Random, randomOf } from '../../../support/wire/mutations.ts';
import { int16, message, readyForQuery, utf8 } from '../../../support/wire/server-bytes.ts';
import { testWireKernels } from '../../../support/wire/wire-kernels.ts';

/** Of each of the two. */
const SHARE = 0.15;
const kernels = testWireKernels();

/** Where each row begins, and the end. */
const STARTS: readonly number[] = (() => {
  const starts = [0];
  while (starts.at(-1)! < CAPTURED_STREAM.length)
    starts.push(starts.at(-1)! + 1 + CAPTURED_STREAM.readUInt32BE(starts.at(-1)! + 1));
  return starts;
})();
const ORIGINAL = decodeRows(CAPTURED_STREAM, { columns: CAPTURED_COLUMNS }).rows;

it('the captured rows are what the server says they are', () => {
  const texts = ORIGINAL.map((row) => row.map((value, c) => textOf(CAPTURED_COLUMNS[c]!.type, value)));
  expect(texts).toEqual(CAPTURED_TEXT);
});

interface Mutant {
  readonly stream: Buffer;
  /** The first row with a changed byte. */
  readonly firstRow: number;
  /** The last one; null where bytes moved, so that what is behind is not the same row any more. */
  readonly lastRow: number | null;
}

function mutate(random: Random): Mutant {
  const at = random(CAPTURED_STREAM.length);
  const firstRow = STARTS.findIndex((start) => start > at) - 1;
  const head = CAPTURED_STREAM.subarray(0, at);
  const some = 1 + random(9);
  switch (random(6)) {
    case 0: // lost at the end
      return { stream: head, firstRow, lastRow: null };
    case 1: // lost in the middle
      return { stream: Buffer.concat([head, CAPTURED_STREAM.subarray(at + some)]), firstRow, lastRow: null };
    case 2: // doubled
      return {
        stream: Buffer.concat([head, CAPTURED_STREAM.subarray(Math.max(0, at - some))]),
        firstRow: Math.max(0, firstRow - 1),
        lastRow: null,
      };
    default: {
      const stream = Buffer.from(CAPTURED_STREAM);
      const count = Math.min(1 + random(4), stream.length - at);
      changeBytes(random, stream, at, count);
      return { stream, firstRow, lastRow: STARTS.findIndex((start) => start > at + count - 1) - 1 };
    }
  }
}

/** Throws where rows whose bytes were not touched are not what they were; behind a change only if the stream still has as many. */
function checkUntouchedRows({ firstRow, lastRow }: Mutant, rows: DecodedRows['rows']): void {
  const before = Math.min(firstRow, rows.length);
  const behind = lastRow === null || rows.length !== ORIGINAL.length ? rows.length : lastRow + 1;
  if (lastRow !== null && rows.length > ORIGINAL.length) throw new Error(`${rows.length} rows came`);
  rows.forEach((row, i) => {
    if ((i < before || i >= behind) && !isDeepStrictEqual(row, ORIGINAL[i])) throw new Error(`row ${i} is another`);
  });
}

function fuzz(mutantsPerLook: number, look: (mutant: Mutant, random: Random) => void): number {
  const until = performance.now() + fuzzMs(SHARE);
  let tried = 0;
  for (; performance.now() < until; tried += mutantsPerLook) {
    for (let k = 0; k < mutantsPerLook; k++) {
      const random = randomOf(Math.imul(SEED + tried + k, 0x9e3779b1));
      const mutant = mutate(random);
      try {
        look(mutant, random);
      } catch (error) {
        throw new Error(`mutant ${tried + k} of seed ${SEED}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
  return tried;
}

describe(titled('a changed stream gives an error that says where, or the rows that were not touched'), () => {
  it('in the row decoder', { timeout: fuzzTimeout(SHARE) }, () => {
    let refused = 0;
    const tried = fuzz(20, (mutant, random) => {
      const cuts = random(2) === 0 ? [1 + random(700)] : undefined;
      try {
        const { rows } = decodeRows(mutant.stream, { columns: CAPTURED_COLUMNS, ...(cuts ? { cuts } : {}) });
        checkUntouchedRows(mutant, rows);
      } catch (error) {
        if (!isDraculaError(error)) throw error;
        expect(error.code).toBe('E_WIRE');
        expect(error.facts.byteOffset).toBeTypeOf('number');
        refused++;
      }
    });
    console.log(`${tried} mutants, ${refused} refused by the row decoder (seed ${SEED})`);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(tried);
  });

  it('in the demultiplexer, with what comes before and after', { timeout: fuzzTimeout(SHARE) }, () => {
    let broken = 0;
    let failed = 0;
    const described = message('T', int16(0));
    const after = Buffer.concat([message('C', utf8('SELECT 8\0')), readyForQuery()]);
    const tried = fuzz(20, (mutant, random) => {
      const exchanges = [{ columns: CAPTURED_COLUMNS, syncs: 1 }];
      const wireKernels = random(2) === 0 ? kernels : null;
      const all = new Demultiplexed({ exchanges, maxRowBytes: 2 ** 20, wireKernels });
      const stream = Buffer.concat([described, mutant.stream, after]);
      all[random(2) === 0 ? 'feed' : 'read'](stream, [1 + random(random(2) === 0 ? 9 : 2_000)]).flush();
      checkUntouchedRows(mutant, all.rows[0]!);
      expect(all.broken.length).toBeLessThanOrEqual(1);
      for (const { code, facts } of all.broken) {
        expect(['E_PROTOCOL', 'E_VALUE_TOO_LARGE', 'E_WIRE']).toContain(code);
        expect(facts.byteOffset).toBeTypeOf('number');
      }
      const [failure] = all.failures;
      expect(failure === null || isDraculaError(failure, 'E_WIRE')).toBe(true);
      if (failure !== null) failed++;
      else if (all.broken.length > 0) broken++;
    });
    console.log(`${tried} mutants, ${failed} refused by the decoder, ${broken} by the demultiplexer (seed ${SEED})`);
    expect(failed + broken).toBeGreaterThan(0);
  });
});
