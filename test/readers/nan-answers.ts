/** What a reader says of NaN in a filter, which is no matter of files: told by its counts over a whole column. */
import type { Cell } from '../support/values/nested-values.ts';
import type { NanAnswers } from './reader-results.ts';

/** `values` are the hex of the bits of a double column; `above` and `equal` the rows that the reader finds above 5 and equal to NaN. */
export function nanAnswers(values: readonly Cell[], above: number, equal: number): NanAnswers {
  const numbers = values.filter((hex) => hex !== null).map((hex) => Buffer.from(hex as string, 'hex').readDoubleBE());
  const nans = numbers.filter(Number.isNaN).length;
  const aboveFive = numbers.filter((number) => number > 5).length;
  return { aboveFive: found(above - aboveFive, nans), equalsItself: found(equal, nans) };
}

/** All of them or none. */
function found(rows: number, nans: number): boolean {
  if (nans === 0 || (rows !== 0 && rows !== nans)) throw new Error(`${rows} of ${nans} NaN`);
  return rows === nans;
}

/** Of a reader that gives the pairs that it found. */
export function samePair(pairs: readonly (readonly [boolean, boolean])[]): NanAnswers {
  const [pair] = pairs;
  if (pair === undefined || pairs.length > 1) throw new Error(`${pairs.length} answers about NaN`);
  return { aboveFive: pair[0], equalsItself: pair[1] };
}
