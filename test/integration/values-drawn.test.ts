/**
 * Random values of every type and of random types made of them: copied in random ways, read by DuckDB, compared value by value with
 * what Postgres says; filters at and beside the bounds of some columns find what a full scan finds. FUZZ_SECONDS says how long.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzMs, fuzzTimeout } from '../support/fuzz-budget.ts';
import { isHostile } from '../support/hostile.ts';
import { testServer } from '../support/postgres.ts';
import { SEED, titled } from '../support/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { valuesOfFiles } from '../support/values/compare-values.ts';
import {
  compareRounds,
  createDrawing,
  type Drawing,
  type DrawnFiles,
  someColumns,
} from '../support/values/drawn-table.ts';
import { filterFiles } from '../support/values/duckdb-filters.ts';

const SHARE = isHostile ? 0.1 : 0.5;
/** Of each round's; a filter reads the file's footer anew. */
const FILTERED_COLUMNS = 8;

let drawing: Drawing;

beforeAll(async () => {
  drawing = await createDrawing(await testServer());
});
afterAll(() => drawing?.database.drop());

it(titled('every drawn value arrives'), { timeout: fuzzTimeout(SHARE) }, async () => {
  let filters = 0;
  const look = async (drawn: DrawnFiles) => {
    const { compared, wrong } = await filterFiles(drawn.files, someColumns(drawn, FILTERED_COLUMNS));
    if (wrong.length > 0) throw new Error(`Other rows than a full scan finds: ${wrong.slice(0, 3).join('; ')}`);
    filters += compared;
  };
  const { rounds, values, types } = await compareRounds(drawing, {
    budgetMs: fuzzMs(SHARE),
    folder: () => temporaryFolder('drawn'),
    read: valuesOfFiles,
    look,
  });
  console.log(
    `PostgreSQL ${drawing.major}: DuckDB: ${values.toLocaleString('en')} drawn values of ${types} types in ${rounds} rounds, ${filters.toLocaleString('en')} filters (seed ${SEED})`,
  );
  expect(types).toBeGreaterThan(150);
  expect(filters).toBeGreaterThan(20 * rounds);
  expect(values).toBeGreaterThan(rounds * types);
});
