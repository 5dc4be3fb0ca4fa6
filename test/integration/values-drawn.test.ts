/**
 * Random values of every type and of random types made of them: copied in random ways, read by DuckDB, compared value by value with
 * what Postgres says; filters at and beside the bounds of some columns find what a full scan finds. FUZZ_SECONDS says how long.
 */
import { afterAll, beforeAll, it } from 'vitest';
import { fuzzMs, fuzzTimeout } from '../support/fuzz-budget.ts';
import { isHostile } from '../support/hostile.ts';
import { testServer } from '../support/postgres.ts';
import { titled } from '../support/property.ts';
import { valuesOfFiles } from '../support/values/compare-values.ts';
import { expectDrawnValues } from '../support/values/drawn-oracle.ts';
import { createDrawing, type Drawing } from '../support/values/drawn-table.ts';
import { filterFiles } from '../support/values/duckdb-filters.ts';

const SHARE = isHostile ? 0.1 : 0.5;

let drawing: Drawing;

beforeAll(async () => {
  drawing = await createDrawing(await testServer());
});
afterAll(() => drawing?.database.drop());

it(titled('every drawn value arrives'), { timeout: fuzzTimeout(SHARE) }, () =>
  expectDrawnValues(drawing, fuzzMs(SHARE), { name: 'DuckDB', read: valuesOfFiles, filter: filterFiles }),
);
