/**
 * What the tests of `verify` compare: a database with a table of many types, a partitioned and an empty one, new for each test, and a
 * lake beside it. A test that does not write to its lake takes that of `freshCopy`, which is copied once for the file: the databases of
 * the tests are clones of one, block by block.
 */
import { afterAll, beforeEach, expect } from 'vitest';
import type { CopyReport } from '../../src/core/run-event.ts';
import type { DatasetVerification } from '../../src/core/verify-report.ts';
import { type VerifyOptions, verifyDatasets } from '../../src/index.ts';
import { copy } from './copied.ts';
import { fewerIfHostile } from './hostile.ts';
import { createDatabase, type TestDatabase, testServer } from './postgres.ts';
import { temporaryFolder, temporaryFolderOfSuite } from './temporary-folder.ts';

export const PEOPLE = fewerIfHostile(5000, 300);
/** And one of nulls. */
export const ROWS = PEOPLE + 1;

const TABLES = `
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TYPE place AS (street text, houses int[]);
  CREATE TABLE people (id int PRIMARY KEY, name text, price numeric(10, 2), open numeric, at timestamptz, day date, ok bool,
    ratio float8, feeling mood, home place, marks int[], tags jsonb, took interval, span int4range, "odd ""name" uuid);
  INSERT INTO people SELECT i, 'name ' || i, i / 7.0, i / 3.0, timestamptz '2020-01-01' + i * interval '1 minute 1 microsecond',
    date '2020-01-01' + i, i % 2 = 0, i / 9.0, 'happy', row('s' || i, array[i, null])::place, array[i], jsonb_build_object('i', i),
    i * interval '1 month 1 second', int4range(i, i + 3), md5(i::text)::uuid FROM generate_series(1, ${PEOPLE}) AS i;
  INSERT INTO people (id) VALUES (0);
  CREATE TABLE empty (id int, note text);
  CREATE TABLE parted (id int, n int) PARTITION BY RANGE (id);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE parted_2 (n int, id int);
  ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (100) TO (200);
  INSERT INTO parted SELECT i, i * 2 FROM generate_series(1, 150) AS i;
  ANALYZE;`;

export interface VerifySource {
  readonly database: TestDatabase;
  /** Of the test: empty until it copies. */
  readonly lake: string;
  /** All tables into the test's lake, unless the options say otherwise; it must end well. */
  copyAll(options?: Partial<Parameters<typeof copy>[0]>): Promise<CopyReport>;
  /** Makes a copy of all tables, as the test found them, the test's lake; not to be written to. */
  freshCopy(): Promise<void>;
  /** Of the test's lake, unless the options say otherwise; by dataset. */
  verify(options?: Partial<VerifyOptions>): Promise<Record<string, DatasetVerification>>;
  sql(text: string): Promise<void>;
}

/** To be asked for once, at the top of a file, and used in its tests. */
export function verifySource(): VerifySource {
  let database: TestDatabase;
  let lake: string;
  let copied: Promise<CopyReport> | undefined;
  const sharedLake = temporaryFolderOfSuite('verify-fresh');
  beforeEach(async () => {
    await database?.drop();
    database = await createDatabase(await testServer(), TABLES);
    lake = await temporaryFolder('verify');
  });
  afterAll(() => database?.drop());

  async function copyAll(options: Partial<Parameters<typeof copy>[0]> = {}): Promise<CopyReport> {
    const report = await copy({ url: database.url, target: `${lake}/`, ...options });
    expect(report.exitCode).toBe(0);
    return report;
  }
  return {
    get database() {
      return database;
    },
    get lake() {
      return lake;
    },
    copyAll,
    freshCopy: async () => {
      lake = sharedLake();
      copied ??= copyAll();
      await copied;
    },
    verify: async (options = {}) => {
      const { datasets } = await verifyDatasets({ url: database.url, env: {}, lake, ...options });
      return Object.fromEntries(datasets.map((dataset) => [dataset.dataset, dataset]));
    },
    sql: async (text) => {
      await (await database.client()).query(text);
    },
  };
}
