/**
 * How long fuzzers run: FUZZ_SECONDS (default: 20) is shared by those of the wire, and again by those that compare drawn values with what
 * Postgres says, read by DuckDB and by pyarrow. A night's run takes 600.
 */
const FUZZ_SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 20);

/** Milliseconds of a test that takes this share. */
export function fuzzMs(share: number): number {
  return FUZZ_SECONDS * 1000 * share;
}

/** The test's own time-out: what it runs, and what it needs beside. */
export function fuzzTimeout(share: number): number {
  return fuzzMs(share) + 120_000;
}
