/**
 * Values that their column's type cannot hold: by default their table stops, naming table, column and row, nothing of it is
 * published, and the other tables finish; under `awkward: 'null'` they become null and are counted.
 */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, DEFAULT_MAJOR, HAS_CTID_RANGES, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectSameValues, valuesOfFiles } from '../support/values/compare-values.ts';
import { filesOf } from '../support/values/value-database.ts';
import { quoteLiteral } from '../support/values/value-table.ts';

interface AwkwardCase {
  readonly table: string;
  readonly type: string;
  readonly good: string;
  readonly bad: string;
  readonly reason: string;
}

const CASES: readonly AwkwardCase[] = [
  { table: 'a_date', type: 'date', good: '2024-02-29', bad: 'infinity', reason: 'infinity' },
  { table: 'a_domain', type: 'day', good: '2024-02-29', bad: '-infinity', reason: 'infinity' },
  { table: 'a_timestamp', type: 'timestamp', good: '2024-02-29', bad: '-infinity', reason: 'infinity' },
  {
    table: 'a_late',
    type: 'timestamptz',
    good: 'epoch',
    bad: '294247-01-10 04:00:54.775808+00',
    reason: 'out of range',
  },
  { table: 'a_last', type: 'timestamp', good: 'epoch', bad: '294276-12-31 23:59:59.999999', reason: 'out of range' },
  { table: 'a_nan', type: 'numeric(10,2)', good: '1.25', bad: 'NaN', reason: 'nan' },
  { table: 'a_wide_nan', type: 'numeric(38,2)', good: '1.25', bad: 'NaN', reason: 'nan' },
  { table: 'a_matrix', type: 'int[]', good: '{1,NULL}', bad: '{{1,2},{3,4}}', reason: 'array dimensions' },
  { table: 'a_shifted', type: 'text[]', good: '{a}', bad: '[0:1]={a,b}', reason: 'array dimensions' },
  { table: 'a_element', type: 'timestamptz[]', good: '{epoch}', bad: '{epoch,NULL,infinity}', reason: 'infinity' },
  { table: 'a_flat', type: 'grid', good: '{{1,2},{3,4}}', bad: '{1,2}', reason: 'array dimensions' },
  { table: 'a_field', type: 'term', good: '(a,2024-02-29)', bad: '(a,infinity)', reason: 'infinity' },
  { table: 'a_row', type: 'term[]', good: '{"(a,2024-02-29)"}', bad: '{NULL,"(a,-infinity)"}', reason: 'infinity' },
  { table: 'a_range', type: 'daterange', good: '(,2024-02-29)', bad: '[2024-02-29,infinity)', reason: 'infinity' },
  ...(DEFAULT_MAJOR < 17
    ? []
    : [{ table: 'a_interval', type: 'interval', good: '1 mon', bad: '-infinity', reason: 'infinity' }]),
];

/** The row with the bad value: behind deleted ones, so that it is not where its number says. */
const ROWS = fewerIfHostile(1_800, 300);
const BAD_ID = ROWS - 23;

const WAYS: readonly ('ctid' | 'relation')[] = HAS_CTID_RANGES ? ['ctid', 'relation'] : ['relation'];

function tableSql({ table, type, good, bad }: AwkwardCase): string {
  const value = `CAST(CASE WHEN i = ${BAD_ID} THEN ${quoteLiteral(bad)} ELSE ${quoteLiteral(good)} END AS ${type})`;
  return `CREATE TABLE ${table} (id int, pad text, v ${type}, w ${type});
    INSERT INTO ${table} SELECT i, repeat('x', 20), ${value}, ${quoteLiteral(good)} FROM generate_series(1, ${ROWS}) i;
    DELETE FROM ${table} WHERE id % 3 = 0;`;
}

const FIXTURE = `CREATE DOMAIN day AS date; CREATE DOMAIN serial_number AS int; CREATE DOMAIN grid AS int4[][]; CREATE TYPE term AS (name text, since date); ${CASES.map(tableSql).join('\n')}
  CREATE TABLE good AS SELECT i AS id FROM generate_series(1, 100) i;
  CREATE TABLE two_kinds (id int, d date, n numeric(5,1), ts timestamp);
  INSERT INTO two_kinds SELECT i, CASE WHEN i % 10 = 0 THEN date 'infinity' ELSE date '2024-01-01' + i END,
    CASE WHEN i % 7 = 0 THEN 'NaN' WHEN i % 11 = 0 THEN NULL ELSE i::numeric END,
    CASE i WHEN 1 THEN 'infinity' WHEN 2 THEN timestamp '294276-01-01' ELSE timestamp 'epoch' END FROM generate_series(1, 2000) i;
  CREATE TABLE k_int2 (v date, k int2 PRIMARY KEY); INSERT INTO k_int2 VALUES ('epoch', 1), ('infinity', -7);
  CREATE TABLE k_int4 (k serial_number PRIMARY KEY, v date); INSERT INTO k_int4 VALUES (1, 'epoch'), (2147483647, 'infinity');
  CREATE TABLE k_int8 (k int8 PRIMARY KEY, v numeric(3,1)); INSERT INTO k_int8 VALUES (1, 1), (-9223372036854775808, 'NaN');
  CREATE TABLE k_uuid (k uuid PRIMARY KEY, v date); INSERT INTO k_uuid VALUES ('00000000-0000-0000-0000-000000000001', 'epoch'), ('0a0b0c0d-ffee-4000-8000-0123456789ab', 'infinity');
  CREATE TABLE k_text (k text PRIMARY KEY, v date); INSERT INTO k_text VALUES ('a', 'epoch'), ('someone@example.org', 'infinity');
  CREATE TABLE k_two (k int, l int, v date, PRIMARY KEY (k, l)); INSERT INTO k_two VALUES (1, 1, 'epoch'), (1, 4711, 'infinity');
  CREATE TABLE long (id int, pad text, v date);
  ALTER TABLE long ALTER pad SET STORAGE plain;
  INSERT INTO long SELECT i, repeat('x', 6000), CASE WHEN i = 5555 THEN 'infinity' ELSE date 'epoch' END FROM generate_series(1, 6000) i;`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer(), FIXTURE);
});
afterAll(() => database.drop());

async function copyInto(options: Partial<CopyOptions>) {
  const target = `${await temporaryFolder('awkward')}/`;
  return { target, report: await copy({ url: database.url, target, ...options }) };
}

async function ctidOf(table: string, id: number): Promise<string> {
  const { rows } = await (await database.client()).query<{ ctid: string }>(
    `SELECT ctid::text FROM ${table} WHERE id = ${id}`,
  );
  return rows[0]!.ctid;
}

async function publishedIn(target: string): Promise<string[]> {
  return (await openLake(target, { create: false })).datasets();
}

describe('by default', () => {
  it.each(WAYS)('the table stops and the others finish, read by %s', async (chunkBy) => {
    const tables = [...CASES.map(({ table }) => table), 'good'];
    const { report, target } = await copyInto({ tables, chunkBy });
    expect(report.exitCode).toBe(5);
    expect(outcomes(report)).toEqual({
      ...Object.fromEntries(CASES.map(({ table }) => [table, 'E_AWKWARD_VALUE'])),
      good: 'copied',
    });
    expect(await publishedIn(target)).toEqual(['good']);
    for (const { table, reason } of CASES) {
      const { error } = tableOf(report, table);
      const ctid = await ctidOf(table, BAD_ID);
      const row = BAD_ID - 1 - Math.floor(BAD_ID / 3);
      expect(error?.facts).toEqual({ table: `public.${table}`, column: 'v', reason, row, ctid });
      expect(error?.message).toContain(`Column v holds a value that its type cannot: ${reason}`);
      expect(error?.message).toContain(`ctid ${ctid}. Nothing of this table is published.`);
    }
  });

  it.skipIf(!HAS_CTID_RANGES)('the row is named in a chunk that does not begin at the first block', async () => {
    const { report } = await copyInto({ tables: ['long'], chunkBy: 'ctid', connections: 2 });
    const { facts } = tableOf(report, 'long').error!;
    expect(facts).toMatchObject({ column: 'v', reason: 'infinity', ctid: await ctidOf('long', 5_555) });
    expect(facts.row, 'its ordinal in its chunk').toBeLessThan(5_554);
  });

  it('the row is named by its key too, where that is an integer or a uuid', async () => {
    const keys = {
      k_int2: '-7',
      k_int4: '2147483647',
      k_int8: '-9223372036854775808',
      k_uuid: '0a0b0c0d-ffee-4000-8000-0123456789ab',
    };
    const { report } = await copyInto({ tables: Object.keys(keys) });
    for (const [table, key] of Object.entries(keys)) {
      const { facts, message } = tableOf(report, table).error!;
      expect([facts.ctid, facts.key]).toEqual(['(0,2)', key]);
      expect(message).toContain(`at ctid (0,2) (k ${key}). Nothing`);
    }
  });

  it('a key of another kind is a value, and told nowhere', async () => {
    const { report } = await copyInto({ tables: ['k_text', 'k_two'] });
    for (const { error } of report.tables) {
      expect(error!.facts).toMatchObject({ column: 'v', ctid: '(0,2)' });
      expect(error!.facts).not.toHaveProperty('key');
    }
    // Not of the whole report: a time in it may have any digits.
    expect(JSON.stringify(report.tables.map(({ error }) => error))).not.toMatch(/someone@example|4711/);
  });

  it('by its key alone where the read has no order of ctids; where the key is not read, by none', async () => {
    const { report } = await copyInto({ tables: ['k_int8'], where: 'k < 0' });
    expect(tableOf(report, 'k_int8').error!.facts).toMatchObject({ key: '-9223372036854775808' });
    expect(tableOf(report, 'k_int8').error!.facts).not.toHaveProperty('ctid');
    const { report: byKey } = await copyInto({ tables: ['k_int8'], chunkBy: 'key' });
    expect(tableOf(byKey, 'k_int8').error!.facts).toMatchObject({ key: '-9223372036854775808' });
    const { report: without } = await copyInto({ tables: ['k_int8'], columns: ['v'] });
    expect(tableOf(without, 'k_int8').error!.facts).not.toHaveProperty('key');
  });

  it('a single file is not made', async () => {
    const folder = await temporaryFolder('awkward');
    const report = await copy({ url: database.url, target: `${folder}/out.parquet`, tables: ['a_nan'] });
    expect(report.exitCode).toBe(5);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("under awkward: 'null'", () => {
  it('every awkward value is null, and counted by column and reason', async () => {
    const { report, target } = await copyInto({ tables: ['two_kinds'], awkward: 'null' });
    expect(report.exitCode).toBe(0);
    const { awkward, rows } = tableOf(report, 'two_kinds');
    expect(rows).toBe(2_000);
    const byName = (a: { column: string; reason: string }, b: { column: string; reason: string }) =>
      `${a.column} ${a.reason}` < `${b.column} ${b.reason}` ? -1 : 1;
    expect([...awkward].sort(byName)).toEqual([
      { column: 'd', reason: 'infinity', count: 200 },
      { column: 'n', reason: 'nan', count: 285 },
      { column: 'ts', reason: 'infinity', count: 1 },
      { column: 'ts', reason: 'out of range', count: 1 },
    ]);
    const expected = await (await database.client()).query({
      text: `SELECT id::text, CASE WHEN isfinite(d) THEN d::text END,
        CASE WHEN n <> 'NaN' THEN n::text END, CASE WHEN id > 2 THEN ts::text END FROM two_kinds ORDER BY two_kinds.id`,
      rowMode: 'array',
    });
    const version = await (await openLake(target, { create: false })).dataset('two_kinds').load();
    const source = { pgType: '', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' } } as const;
    const columns = version!.schema.columns.map((column) => ({ ...column, source }));
    const got = await valuesOfFiles(await filesOf(target, 'two_kinds'), columns);
    expect(expectSameValues('two_kinds', columns, expected.rows, got)).toBe(8_000);
  });

  it('an array of other dimensions is null, an element that does not fit is null in its list', async () => {
    const { report, target } = await copyInto({ tables: ['a_matrix', 'a_element'], awkward: 'null' });
    expect(tableOf(report, 'a_matrix').awkward).toEqual([{ column: 'v', reason: 'array dimensions', count: 1 }]);
    expect(tableOf(report, 'a_element').awkward).toEqual([{ column: 'v', reason: 'infinity', count: 1 }]);
    const list = (element: 'int32' | 'timestamp') => [
      {
        name: 'v',
        fieldId: 3,
        type: { kind: 'list', element: element === 'int32' ? { kind: element } : { kind: element, utc: true } },
        source: { pgType: '', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' } },
      } as const,
    ];
    const row = BAD_ID - 1 - Math.floor(BAD_ID / 3);
    const matrix = await valuesOfFiles(await filesOf(target, 'a_matrix'), list('int32'));
    expect(matrix.slice(row - 1, row + 2)).toEqual([[['1', null]], [null], [['1', null]]]);
    const epoch = '1970-01-01 00:00:00+00';
    const elements = await valuesOfFiles(await filesOf(target, 'a_element'), list('timestamp'));
    expect(elements.slice(row - 1, row + 2)).toEqual([[[epoch]], [[epoch, null, null]], [[epoch]]]);
  });
});

describe('what is said of one column', () => {
  it('its policy stands before that of the run', async () => {
    const lenient = { 'two_kinds.d': { awkward: 'null' }, 'public.two_kinds.n': { awkward: 'null' } } as const;
    const { report } = await copyInto({ tables: ['two_kinds'], columnOptions: lenient });
    expect(tableOf(report, 'two_kinds').error?.facts).toMatchObject({ column: 'ts', reason: 'infinity' });
    const strict = { 'two_kinds.d': { awkward: 'fail' } } as const;
    const { report: other } = await copyInto({ tables: ['two_kinds'], awkward: 'null', columnOptions: strict });
    expect(tableOf(other, 'two_kinds').error?.facts).toMatchObject({ column: 'd', reason: 'infinity' });
  });

  it('its dimensions are those that are said, of a domain too', async () => {
    const { report, target } = await copyInto({
      tables: ['a_matrix', 'a_flat'],
      awkward: 'null',
      columnOptions: { 'a_matrix.v': { dims: 2 }, 'public.a_flat.v': { dims: 1 } },
    });
    const all = ROWS - Math.floor(ROWS / 3);
    for (const table of ['a_matrix', 'a_flat'])
      expect(tableOf(report, table).awkward).toEqual([{ column: 'v', reason: 'array dimensions', count: all - 1 }]);
    const row = BAD_ID - 1 - Math.floor(BAD_ID / 3);
    const version = await (await openLake(target, { create: false })).dataset('a_matrix').load();
    const source = { pgType: '', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' } } as const;
    const columns = version!.schema.columns.filter(({ name }) => name === 'v').map((column) => ({ ...column, source }));
    const matrix = await valuesOfFiles(await filesOf(target, 'a_matrix'), columns);
    expect(matrix.slice(row - 1, row + 2)).toEqual([
      [null],
      [
        [
          ['1', '2'],
          ['3', '4'],
        ],
      ],
      [null],
    ]);
  });

  it('that no selected table has ends the run before a row is read', async () => {
    const asked = copyInto({ tables: ['good'], columnOptions: { 'good.v': { awkward: 'null' } } });
    await expect(asked).rejects.toMatchObject({ code: 'E_COLUMN_NOT_FOUND' });
  });
});
