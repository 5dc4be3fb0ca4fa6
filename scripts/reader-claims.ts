/**
 * Keeps the reader table and the readers' lane in step: what a cell claims of a test, that test has run, with this outcome. Told by what
 * the tests leave (test/readers/feature-outcomes.ts).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { READERS } from '../src/core/reader.ts';
import { FEATURES, READER_TABLE } from '../src/core/reader-table.ts';
import type { FeatureOutcome } from '../test/readers/feature-outcomes.ts';

export interface TestedFeatures {
  /** Of the test. */
  readonly file: string;
  readonly outcomes: readonly FeatureOutcome[];
}

/** What the tests of a run left in the folder of their results. */
export function testedFeatures(results: string): readonly TestedFeatures[] {
  const folder = join(results, 'features');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TestedFeatures);
}

/**
 * Cells that claim more than was run, one sentence each. A cell without a test of its own may be stricter than its reader, never laxer.
 * `isRun` says whether the lane has a test file.
 */
export function falseClaims(
  tested: readonly TestedFeatures[],
  isRun: (file: string) => boolean,
  table = READER_TABLE,
): readonly string[] {
  const wrong: string[] = [];
  for (const feature of FEATURES)
    for (const reader of READERS) {
      const { reads, evidence } = table[feature].cells[reader];
      const of = (outcomes: readonly FeatureOutcome[]) =>
        outcomes.filter((outcome) => outcome.feature === feature && outcome.reader === reader);
      const cell = `${feature} by ${reader}`;
      const refusing = tested.flatMap(({ outcomes }) => of(outcomes)).find(({ outcome }) => outcome !== 'read');
      if (reads && refusing !== undefined) wrong.push(`${cell}: yes, but ${refusing.release}: ${refusing.outcome}`);
      if (evidence.kind !== 'test' || !isRun(evidence.file)) continue;
      const own = of(tested.find(({ file }) => file === evidence.file)?.outcomes ?? []);
      if (own.length === 0) wrong.push(`${cell}: claims ${evidence.file}, which did not run it`);
      else if (!reads && refusing === undefined) wrong.push(`${cell}: no, but every release reads it`);
    }
  return wrong;
}
