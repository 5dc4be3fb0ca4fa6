/**
 * Which encoding a chunk takes: the one whose pages come out smallest, compressed, measured on a sample of its values. A sample is up
 * to 4,096 values from the middle, so that the choice costs a chunk of 131,072 about as much as a thirtieth of its compression for
 * each encoding that is offered.
 *
 * What is read by everybody wins a tie and any gain below 2 %: a sample says no more than that.
 */
import type { ValueEncoding } from './value-encoding.ts';

const SAMPLE_VALUES = 4096;
const LEAST_GAIN = 0.02;

/** Values from .. to) of a chunk. */
export interface Sample {
  readonly from: number;
  readonly to: number;
}

export function sampleOf(count: number): Sample {
  const values = Math.min(count, SAMPLE_VALUES);
  const from = (count - values) >> 1;
  return { from, to: from + values };
}

/** The cheapest of `further`, or `basic` where none is cheaper. `bytesOf` measures the chunk's size in an encoding. */
export function cheapestEncoding<E extends ValueEncoding>(
  basic: E,
  further: readonly E[],
  bytesOf: (encoding: E) => number,
): E {
  let best = basic;
  let least = bytesOf(basic) * (1 - LEAST_GAIN);
  for (const encoding of further) {
    const bytes = bytesOf(encoding);
    if (bytes >= least) continue;
    best = encoding;
    least = bytes;
  }
  return best;
}
