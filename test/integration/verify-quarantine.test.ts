/** `verify` of datasets whose run set rows aside: dataset and quarantine together are the source, and what lies at the rows' places now is looked at. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DatasetVerification } from '../../src/core/verify-report.ts';
import { type VerifyOptions, verifyDatasets } from '../../src/index.ts';
import { renderVerification } from '../../src/observe/verify-report.ts';
import { copy } from '../support/copied.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROWS = 300;
/** Of numbers 1 to 300, those that 50 divides. */
const ASIDE = 6;

const TABLES = `
  CREATE TABLE bills (id int PRIMARY KEY, due date, host inet DEFAULT '10.0.0.1', code char(5) DEFAULT 'ab', ok bool DEFAULT true, marks int[]);
  INSERT INTO bills SELECT i, CASE WHEN i % 50 = 0 THEN 'infinity' ELSE date 'epoch' + i END FROM generate_series(1, ${ROWS}) i;
  CREATE TABLE parts (id int, d date) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100);
  CREATE TABLE parts_2 (d date, id int); ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (100) TO (200);
  INSERT INTO parts SELECT i, CASE WHEN i % 50 = 0 THEN 'infinity' ELSE date 'epoch' END FROM generate_series(1, 199) i;`;

let database: TestDatabase;
let lake: string;

beforeAll(async () => {
  database = await createDatabase(await testServer(), '');
});
beforeEach(async () => {
  await sql(`DROP TABLE IF EXISTS bills, parts; ${TABLES}`);
  lake = await temporaryFolder('verify-quarantine');
  const report = await copy({ url: database.url, target: `${lake}/`, awkward: 'quarantine' });
  expect(report.exitCode).toBe(0);
});
afterAll(() => database?.drop());

async function sql(text: string): Promise<void> {
  await (await database.client()).query(text);
}

async function verify(options: Partial<VerifyOptions> = {}): Promise<Record<string, DatasetVerification>> {
  const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake, ...options });
  return Object.fromEntries(datasets.map((dataset) => [dataset.dataset, dataset]));
}

it('the dataset without the rows set aside is the same, and so is the quarantine, partitions too', async () => {
  const found = await verify();
  const counts = Object.values(found).map((each) => [
    each.dataset,
    each.status,
    each.sourceRows,
    each.lakeRows,
    each.asideRows,
  ]);
  expect(counts).toEqual([
    ['bills', 'same', ROWS - ASIDE, ROWS - ASIDE, ASIDE],
    ['bills__quarantine', 'same', ASIDE, ASIDE, 0],
    ['parts', 'same', 196, 196, 3],
    ['parts__quarantine', 'same', 3, 3, 0],
  ]);
});

it('rows set aside are compared once, also where dataset and quarantine are both chosen', async () => {
  const begun: string[] = [];
  await verify({
    onEvent: (event) => {
      if (event.type === 'verify-progress' && event.fraction === 0) begun.push(event.dataset);
    },
  });
  expect(begun.sort()).toEqual(['bills', 'bills__quarantine', 'parts', 'parts__quarantine']);
});

it('a sample leaves them out too', async () => {
  const { bills } = await verify({ datasets: ['bills'], samplePercent: 100 });
  expect(bills).toMatchObject({ status: 'same', sourceRows: ROWS - ASIDE, asideRows: ASIDE });
});

it('a sample compares the rows set aside whole, and tells of them so', async () => {
  await sql(`UPDATE bills SET due = 'epoch' WHERE id = 100`);
  const found = await verify({ samplePercent: 100 });
  const side = found['bills__quarantine']!;
  expect([side.isSample, found['bills']!.isSample]).toEqual([false, true]);
  expect(renderVerification(side)).toContain(`rows: ${ASIDE - 1} in the source, ${ASIDE} in the lake`);
});

it.each([
  ['was mended', `UPDATE bills SET due = 'epoch' WHERE id = 100`],
  ['was removed', `DELETE FROM bills WHERE id = 100`],
  ['has another value beside the awkward one', `UPDATE bills SET code = 'xy' WHERE id = 100`],
])('a row set aside that %s differs, in the dataset and in the quarantine', async (_what, change) => {
  await sql(change);
  const found = await verify({ datasets: ['bills', 'bills__quarantine'] });
  expect(found['bills']).toMatchObject({ status: 'different', asideDiffers: true, columns: [], isMixed: false });
  // Of its own: a row that was removed leaves it as the source is, but for those set aside.
  const left = found['bills']!.rows;
  expect(left).toEqual(
    change.startsWith('DELETE') ? [] : [{ side: 'source', ctid: expect.any(String), relation: null, key: '100' }],
  );
  expect(found['bills__quarantine']).toMatchObject({ status: 'different', sourceRows: ASIDE - 1, lakeRows: ASIDE });
  expect((await verify({ datasets: ['bills'] }))['bills']!.status).toBe('different');
});

it('another row at the place of one that was set aside is not taken for it', async () => {
  const client = await database.client();
  const placeOf = async (id: number) => (await client.query('SELECT ctid FROM bills WHERE id = $1', [id])).rows;
  const place = await placeOf(ROWS);
  await sql(`DELETE FROM bills WHERE id = ${ROWS}`);
  await sql('VACUUM bills');
  await sql(`INSERT INTO bills VALUES (1000, 'infinity')`);
  expect(await placeOf(1000)).toEqual(place); // it took the free place
  const { bills } = await verify({ datasets: ['bills'] });
  expect(bills).toMatchObject({ status: 'different', sourceRows: ROWS - ASIDE, lakeRows: ROWS - ASIDE });
  expect(bills!.rows).toContainEqual({ side: 'source', ctid: expect.any(String), relation: null, key: '1000' });
});

it('rows of partitions are named with their partition', async () => {
  await sql("UPDATE parts SET d = '2020-01-01' WHERE id IN (7, 107)");
  const { parts } = await verify({ datasets: ['parts'] });
  const places = parts!.rows.filter(({ side }) => side === 'source').map(({ relation }) => relation);
  expect(places.sort()).toEqual(['public.parts_1', 'public.parts_2']);
});

it('values that became null are null on both sides', async () => {
  await copy({ url: database.url, target: `${lake}/`, awkward: 'null', force: true });
  expect(await verify()).toMatchObject({
    bills: { status: 'same', sourceRows: ROWS, asideRows: 0 },
    parts: { status: 'same' },
  });
  await sql(`UPDATE bills SET due = 'epoch' WHERE id = 100`);
  expect((await verify({ datasets: ['bills'] }))['bills']).toMatchObject({
    status: 'different',
    columns: [{ column: 'due', measures: expect.arrayContaining(['nulls']) }],
  });
});
