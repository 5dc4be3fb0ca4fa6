/**
 * What releases of readers made of the features of the reader table: a JSON file a test in the folder that DRACULA_READER_RESULTS names.
 * scripts/readers.ts compares all of them with the table (scripts/reader-claims.ts): a cell that names a test is one that this test ran.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reader } from '../../src/core/reader.ts';
import type { Feature } from '../../src/core/reader-table.ts';

/** Every value came back; none did; or some came back otherwise, or as another type. */
export type Outcome = 'read' | 'refused' | 'different';

export interface FeatureOutcome {
  readonly feature: Feature;
  readonly reader: Reader;
  /** `Spark 4.1.4`. */
  readonly release: string;
  readonly outcome: Outcome;
}

/** `values` are what was read; null where the reader refused. */
export function outcomeOf(expected: readonly (string | null)[], values: readonly unknown[] | null): Outcome {
  if (values === null) return 'refused';
  return JSON.stringify(values) === JSON.stringify(expected) ? 'read' : 'different';
}

/** That of a release that was asked in several ways: what it does not do in one of them it does not do. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  return (
    outcomes.find((outcome) => outcome === 'different') ?? outcomes.find((outcome) => outcome !== 'read') ?? 'read'
  );
}

/** `file` is the test's own, as the reader table names it. */
export function recordOutcomes(file: string, outcomes: readonly FeatureOutcome[]): void {
  const folder = process.env['DRACULA_READER_RESULTS'];
  if (folder === undefined) throw new Error('DRACULA_READER_RESULTS is not set: run npm run test:readers');
  mkdirSync(join(folder, 'features'), { recursive: true });
  const name = file.replaceAll('/', '-');
  writeFileSync(join(folder, 'features', `${name}.json`), JSON.stringify({ file, outcomes }));
}
