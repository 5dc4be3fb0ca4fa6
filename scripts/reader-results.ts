/** docs/reference/reader-results.md, made of what the readers' tests left in a folder (test/readers/reader-results.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading } from '../test/readers/reader-results.ts';

/** Of those required, the ones whose tests left nothing. */
export function missingReaders(folder: string, required: readonly string[]): string[] {
  return required.filter((name) => !existsSync(join(folder, `${name}.json`)));
}

export function resultsPage(folder: string, readers: readonly string[], version: string): string {
  const readings = readers.flatMap(
    (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Reading[],
  );
  const count = (n: number) => n.toLocaleString('en');
  const rows = readings.map((r) => {
    const filters = r.filters === null ? ['-', '-'] : [count(r.filters.compared), count(r.filters.wrong)];
    const numbers = [...[r.files, r.columns, r.values, r.differences].map(count), ...filters];
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

${limits.length === 0 ? '' : `What to know of a reader:\n\n${limits.join('\n')}\n`}`;
}
