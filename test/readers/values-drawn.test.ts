/**
 * Random values of every type and of random types made of them, as pyarrow reads them, compared value by value with what Postgres says;
 * filters at and beside the bounds of some columns find what a full scan finds. Run by `npm run test:readers`.
 */
import { afterAll, beforeAll, test } from 'vitest';
import { fuzzMs, fuzzTimeout } from '../support/fuzz-budget.ts';
import { testServer } from '../support/postgres.ts';
import { titled } from '../support/property.ts';
import { type DrawnReader, expectDrawnValues } from '../support/values/drawn-oracle.ts';
import { createDrawing, type Drawing } from '../support/values/drawn-table.ts';
import { valuesOfPyarrow } from './arrow-values.ts';
import { ask } from './ask-pyarrow.ts';

const SHARE = 0.5;
const PYARROW: DrawnReader = {
  name: 'pyarrow',
  read: async (files, columns) => (await valuesOfPyarrow(files, columns)).rows,
  filter: (files, columns) => ask({ do: 'filters', files, columns: columns.map(({ name }) => name) }),
};

let drawing: Drawing;

beforeAll(async () => {
  drawing = await createDrawing(await testServer());
});
afterAll(() => drawing?.database.drop());

test(titled('every drawn value is what Postgres prints'), { timeout: fuzzTimeout(SHARE) }, () =>
  expectDrawnValues(drawing, fuzzMs(SHARE), PYARROW),
);
