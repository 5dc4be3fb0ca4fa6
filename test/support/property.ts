/**
 * Property tests with a seed that is always known: DRACULA_TEST_SEED, else a new one for each run. Name it in the title of the
 * suite (`titled`), so that every report says it, and run the same again with the environment variable.
 */
import fc from 'fast-check';

export const SEED = Number(process.env['DRACULA_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** `what (seed 123)`. */
export function titled(what: string): string {
  return `${what} (seed ${SEED})`;
}

/** Checks the property `runs` times; a failure names the seed, the path and the smallest counterexample. */
export function check<T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, runs = 200): void {
  fc.assert(fc.property(arbitrary, predicate), { seed: SEED, numRuns: runs });
}
