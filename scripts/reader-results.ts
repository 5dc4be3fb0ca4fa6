/** docs/reference/reader-results.md, made of what the readers' tests left in a folder (test/readers/reader-results.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURES, type Feature, READER_TABLE } from '../src/core/reader-table.ts';
import type { FeatureOutcome } from '../test/readers/feature-outcomes.ts';
import type { Reading } from '../test/readers/reader-results.ts';
import type { TestedFeatures } from './reader-claims.ts';

/** Of those required, the ones whose tests left nothing. */
export function missingReaders(folder: string, required: readonly string[]): string[] {
  return required.filter((name) => !existsSync(join(folder, `${name}.json`)));
}

export function resultsPage(
  folder: string,
  readers: readonly string[],
  tested: readonly TestedFeatures[],
  version: string,
): string {
  const readings = readers.flatMap(
    (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Reading[],
  );
  const count = (n: number) => n.toLocaleString('en');
  const rows = readings.map((r) => {
    const { compared, wrong } = r.filters;
    const numbers = [r.files, r.columns, r.values, r.differences, compared, wrong].map(count);
    return `| ${r.reader} | ${r.version} | ${numbers.join(' | ')} |`;
  });
  const limits = readings.flatMap(({ reader, limits }) => limits.map((limit) => `- ${reader}: ${limit}`));
  return `# What readers read

Files as Dracula ${version} writes them by default, of a database with every type at its extremes, null, random, in domains, arrays, composites
and maps. Each value that a reader gives is compared with what Postgres says of it: numbers digit by digit, floats by their bits, times to the
microsecond, text and bytes as they are. Each filter (at the least and the greatest value of a column, just inside, just outside, null; also NaN
and zeros of both signs), which statistics and dictionaries cut short, is compared with a full scan by the same reader.

This page is written by \`npm run test:readers -- --all\`, last on ${new Date().toISOString().slice(0, 10)}.

| reader | version | files | columns | values compared | differences | filters compared | wrong |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

What to know of a reader:

${[...nanLines(readings), ...limits].join('\n')}

## Beyond what everybody reads

The forms and encodings that are written for readers who share them ([types](types.md#readers)), by release: a file of each, in one row group
and in several, with a page that has nulls only, every value compared; for Spark in batches and row by row. "Yes": every value came back.
"No": the reader refused it. "Otherwise": it came back as another type or as other values. "-": the reader has no such column type.

${featureTable(tested.flatMap(({ outcomes }) => outcomes))}`;
}

/** Which is the reader's own meaning of a filter, whatever the file: an answer that a full scan gives too. */
function nanLines(readings: readonly Reading[]): string[] {
  const groups = Map.groupBy(
    readings,
    ({ nan }) => `${nan.aboveFive ? 'above' : 'not above'} 5 and ${nan.equalsItself ? 'equal' : 'not equal'} to NaN`,
  );
  return [...groups].map(([says, of]) => `- A NaN is ${says} to ${of.map(({ reader }) => reader).join('; ')}.`);
}

const SHOWN = { read: 'yes', refused: 'no', different: 'otherwise' } as const;

function featureTable(outcomes: readonly FeatureOutcome[]): string {
  const releases = [...new Set(outcomes.map(({ release }) => release))].sort();
  const cell = (feature: Feature, release: string) => {
    const found = outcomes.find((each) => each.feature === feature && each.release === release);
    return found === undefined ? '-' : SHOWN[found.outcome];
  };
  const rows = FEATURES.map((feature) =>
    ['', READER_TABLE[feature].what, ...releases.map((release) => cell(feature, release)), ''].join(' | ').trim(),
  );
  return `| | ${releases.join(' | ')} |
| --- |${' --- |'.repeat(releases.length)}
${rows.join('\n')}
`;
}
