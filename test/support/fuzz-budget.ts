/**
 * How long fuzzers run: FUZZ_SECONDS (default: 20) for each of the suites that share it, the oracle's and the wire's, and of it the
 * share that a test says. A night's run takes 600.
 */
export const FUZZ_SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 20);

/** Milliseconds of a test that takes this share. */
export function fuzzMs(share: number): number {
  return FUZZ_SECONDS * 1000 * share;
}

/** The test's own time-out: what it runs, and what it needs beside. */
export function fuzzTimeout(share: number): number {
  return fuzzMs(share) + 120_000;
}
