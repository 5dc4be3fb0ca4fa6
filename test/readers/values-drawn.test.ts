/**
 * Random values of every type and of random types made of them, as pyarrow reads them, compared value by value with what Postgres says;
 * filters at and beside the bounds of some columns find what a full scan finds. Run by `npm run test:readers`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzMs, fuzzTimeout } from '../support/fuzz-budget.ts';
import { testServer } from '../support/postgres.ts';
import { SEED, titled } from '../support/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  compareRounds,
  createDrawing,
  type Drawing,
  type DrawnFiles,
  someColumns,
} from '../support/values/drawn-table.ts';
import { valuesOfPyarrow } from './arrow-values.ts';
import { ask } from './ask-pyarrow.ts';

const SHARE = 0.5;
/** Of each round's. */
const FILTERED_COLUMNS = 8;

let drawing: Drawing;

beforeAll(async () => {
  drawing = await createDrawing(await testServer());
});
afterAll(() => drawing?.database.drop());

test(titled('every drawn value is what Postgres prints'), { timeout: fuzzTimeout(SHARE) }, async () => {
  let filters = 0;
  const look = async (drawn: DrawnFiles) => {
    const columns = someColumns(drawn, FILTERED_COLUMNS).map(({ name }) => name);
    const { compared, wrong } = await ask<{ compared: number; wrong: string[] }>({
      ...{ do: 'filters', files: drawn.files, columns },
    });
    if (wrong.length > 0) throw new Error(`Other rows than a full scan finds: ${wrong.slice(0, 3).join('; ')}`);
    filters += compared;
  };
  const { rounds, values, types } = await compareRounds(drawing, {
    budgetMs: fuzzMs(SHARE),
    folder: () => temporaryFolder('drawn'),
    read: async (files, columns) => (await valuesOfPyarrow(files, columns)).rows,
    look,
  });
  console.log(
    `pyarrow: ${values.toLocaleString('en')} drawn values of ${types} types in ${rounds} rounds, ${filters} filters (seed ${SEED})`,
  );
  expect(types).toBeGreaterThan(150);
  expect(values).toBeGreaterThan(rounds * types);
  expect(filters).toBeGreaterThan(20 * rounds);
});
