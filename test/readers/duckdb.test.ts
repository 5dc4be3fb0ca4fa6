/**
 * DuckDB, as npm brings it: every value of the files that all readers are judged by, against Postgres's own text; filters at and around the
 * bounds against a full scan. Run by `npm run test:readers`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteIdentifier } from '../../src/core/identifiers.ts';
import { expectSameValues, valuesOfFiles } from '../support/values/compare-values.ts';
import type { Leaf } from '../support/values/leaf-renderings.ts';
import { duckdbConstant, queryDuckDB } from './duckdb-queries.ts';
import { filteredColumns, filterTargets } from './filter-targets.ts';
import { nanAnswers } from './nan-answers.ts';
import { recordReadings } from './reader-results.ts';
import { duckdbVersion } from './reader-versions.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from './value-files.ts';

let files: ValueFiles;

beforeAll(async () => {
  files = await createValueFiles();
}, 300_000);
afterAll(() => files?.drop());

test('every value and every filter answers as Postgres and a full scan do', { timeout: 300_000 }, async () => {
  const tables = valueTables(files);
  let values = 0;
  for (const { name, files, columns, rows } of tables)
    values += expectSameValues(`DuckDB, ${name}`, columns, rows, await valuesOfFiles(files, columns));
  expect(values).toBeGreaterThan(100_000);
  let compared = 0;
  for (const table of [files.smallGroups, files.bounds]) compared += await expectFilters(table);
  expect(compared).toBeGreaterThan(400);
  recordReadings('duckdb', [
    {
      ...{ reader: 'DuckDB (node)', version: await duckdbVersion(), files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
      ...{ filters: { compared, wrong: 0 }, nan: await askNan(files.bounds), limits: [] },
    },
  ]);
});

/** Each filter in a scan of its own, which statistics cut short; and all of a column in one scan of everything. */
async function expectFilters({ name, files, columns, rows }: ValueTable): Promise<number> {
  let compared = 0;
  for (const [c, column] of filteredColumns(columns)) {
    const quoted = quoteIdentifier(column.name);
    const type = column.type as Leaf;
    const targets = filterTargets(
      type,
      rows.map((row) => row[c]!),
    );
    const comparisons = targets.flatMap((target) =>
      ['=', '<=', '>', '>='].map((operator) => `${quoted} ${operator} ${duckdbConstant(target, type)}`),
    );
    const conditions = [`${quoted} IS NULL`, `${quoted} IS NOT NULL`, ...comparisons];
    const pruned: number[] = [];
    for (const condition of conditions) pruned.push((await countWhere(files, condition))!);
    const filtered = conditions.map((condition) => `count(*) FILTER (WHERE ${condition})`);
    const [whole] = await queryDuckDB(files, `SELECT ${filtered.join(', ')} FROM FILES`);
    conditions.forEach((condition, i) => {
      expect([`${name}: ${condition}`, pruned[i]]).toEqual([`${name}: ${condition}`, Number(whole![i])]);
    });
    compared += conditions.length;
  }
  return compared;
}

async function countWhere(files: readonly string[], condition: string): Promise<number> {
  return Number((await queryDuckDB(files, `SELECT count(*) FROM FILES WHERE ${condition}`))[0]![0]);
}

async function askNan({ files, columns, rows }: ValueTable) {
  const at = columns.findIndex(({ name }) => name === 'f8');
  const [above, equal] = [await countWhere(files, 'f8 > 5'), await countWhere(files, "f8 = 'nan'")];
  return nanAnswers(
    rows.map((row) => row[at]!),
    above,
    equal,
  );
}
