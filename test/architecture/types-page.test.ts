/** docs/reference/types.md says something of every kind, every feature and every reader, and its evidence is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeEvidence } from '../../scripts/docs-readers.ts';
import { typesPage } from '../../scripts/docs-types.ts';
import { READERS } from '../../src/core/reader.ts';
import { FEATURES, READER_TABLE } from '../../src/core/reader-table.ts';
import { KINDS } from '../support/parquet/kinds.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = typesPage();
/** Rows of the page's tables, by their cells. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2).split(' | '));
const kinds = [...new Set<string>(Object.values(KINDS).map(({ type }) => type.kind)), 'list', 'struct', 'map'];

test.each(kinds)('the kind %s has a Postgres type, a TypeScript and a Glue type', (kind) => {
  expect(rows.some(([, becomes]) => new RegExp(`^\`${kind}\\b`).test(becomes ?? ''))).toBe(true);
  // Of three cells: those of the first table have five.
  expect(rows.filter((cells) => cells.length === 3 && cells[0] === `\`${kind}\``)).toHaveLength(1);
});

test.each(FEATURES)('%s has a row, a cell for every reader, and evidence for each', (feature) => {
  const { what, cells } = READER_TABLE[feature];
  expect(rows.find(([first]) => first === what)).toHaveLength(1 + READERS.length);
  for (const reader of READERS) {
    const { evidence } = cells[reader];
    if (evidence.kind === 'test') expect(existsSync(join(root, evidence.file))).toBe(true);
    expect(page).toContain(`- ${describeEvidence(evidence)}: `);
  }
});
