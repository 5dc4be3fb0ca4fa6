/**
 * Trino, the engine of Athena, by Hive tables and by Iceberg tables over the same files: every type at its extremes, null, random, in domains,
 * arrays, composites and maps, value by value against Postgres's own text; filters at and around the bounds against a full scan. Run by
 * `npm run test:readers -- --all`.
 */
import { relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import { formatLogicalType, type LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import { expectSameValues } from '../../support/values/compare-values.ts';
import type { Leaf } from '../../support/values/leaf-renderings.ts';
import type { Cell } from '../../support/values/nested-values.ts';
import { filteredColumns, filterTargets } from '../filter-targets.ts';
import { nanAnswers } from '../nan-answers.ts';
import { type NanAnswers, type Reading, recordReadings } from '../reader-results.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from '../value-files.ts';
import { writeIcebergTable } from './iceberg-table.ts';
import { cellsOfReader } from './reader-cells.ts';
import { trinoConstant, trinoParts } from './trino-expressions.ts';
import { startTrino, type Trino, trinoVersion } from './trino-server.ts';
import { hiveTableSql } from './trino-tables.ts';

type Connector = 'hive' | 'iceberg';

const MICROSECONDS = { 'hive.timestamp_precision': 'MICROSECONDS' };
const COLUMNS_A_QUERY = 40;

const LIMITS: Readonly<Record<Connector, readonly string[]>> = {
  hive: [
    'Hive tables round timestamps to milliseconds, unless `hive.timestamp-precision` is MICROSECONDS (as here).',
    'Hive tables have no timestamp with time zone: the instant is shown as its time in UTC.',
  ],
  iceberg: [
    'A `timestamp with time zone` after 73326-09-11 20:14:45.247999 UTC cannot be read: the query fails with `Millis overflow`.',
  ],
};

const version = trinoVersion();

/** The reader of Parquet is the same: one connector asks for all. */
const FILTERED = {
  hive: ['bounds'],
  iceberg: ['bounds', 'smallGroups'],
} as const satisfies Record<Connector, readonly (keyof ValueFiles)[]>;

/** The last year of Iceberg's instants in Trino, which keeps 52 bits of milliseconds. */
const LAST_YEAR = 73_326;

let files: ValueFiles;
let trino: Trino;
let tables: readonly ValueTable[];
const readings: Reading[] = [];

beforeAll(async () => {
  files = await createValueFiles();
  trino = await startTrino(files.folder);
  tables = valueTables(files);
  for (const connector of ['hive', 'iceberg']) await trino.query(`CREATE SCHEMA ${connector}.v`);
  for (const table of tables) await createTables(table);
}, 900_000);
afterAll(async () => {
  await trino?.stop();
  await files?.drop();
});

async function createTables(table: ValueTable): Promise<void> {
  const { name, folder, columns } = table;
  const location = `local:///${relative(files.folder, folder)}`;
  await trino.query(hiveTableSql(table, location));
  const iceberg = `iceberg/${name}`;
  await writeIcebergTable({ folder: `${files.folder}/${iceberg}`, location: `local:///${iceberg}`, columns });
  await trino.query(`CALL iceberg.system.register_table('v', '${name}', 'local:///${iceberg}')`);
  await trino.query(`ALTER TABLE iceberg.v.${name} EXECUTE add_files(location => '${location}', format => 'PARQUET')`);
}

test('the required version is there', async () => {
  expect((await trino.query('SELECT version()')).rows).toEqual([[version]]);
});

test('Hive tables round timestamps to milliseconds where they are not told otherwise', async () => {
  const sql = `SELECT CAST(timestamp_v AS varchar) FROM hive.v.everything WHERE id = 2`;
  expect((await trino.query(sql)).rows).toEqual([['0001-01-01 00:00:00.000']]);
  expect((await trino.query(sql, MICROSECONDS)).rows).toEqual([['0000-12-31 23:59:59.999999']]);
});

test('of an instant that Trino does not have in Iceberg the query fails, and no other value comes back', async () => {
  await expect(trino.query('SELECT timestamptz_v FROM iceberg.v.everything')).rejects.toThrow('Millis overflow');
});

test.each(['hive', 'iceberg'] as const)(
  '%s: every value and every filter answers as Postgres and a full scan do',
  { timeout: 3_600_000 },
  async (connector) => {
    let values = 0;
    for (const table of tables) values += await expectValues(connector, heldBy(connector, table));
    const { compared, wrong, rowsLeftOut, nan } = await askFilters(
      connector,
      FILTERED[connector].map((name) => heldBy(connector, files[name])),
    );
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(100);
    expect(rowsLeftOut, 'rows of row groups that statistics ruled out').toBeGreaterThan(1_000);
    console.log(
      `Trino ${version}, ${connector}: ${values} values, ${compared} filters, ${rowsLeftOut} rows left out by statistics`,
    );
    readings.push({
      ...{ reader: `Trino, ${connector}`, version, files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, table) => sum + heldBy(connector, table).columns.length, 0),
      ...{ filters: { compared, wrong: wrong.length }, nan: nan! },
      limits: LIMITS[connector],
    });
    if (readings.length === 2) recordReadings('trino', readings);
  },
);

/** Without the columns that have an instant beyond LAST_YEAR, in Iceberg. */
function heldBy(connector: Connector, table: ValueTable): ValueTable {
  const isHeld = ({ type }: Column, c: number) =>
    connector === 'hive' ||
    !formatLogicalType(type).includes('timestamp(utc)') ||
    !table.rows.some((row) =>
      [...JSON.stringify(row[c]).matchAll(/(\d{5,})-\d\d-\d\d /g)].some(([, y]) => Number(y) > LAST_YEAR),
    );
  const held = table.columns.flatMap((column, c) => (isHeld(column, c) ? [c] : []));
  return {
    ...table,
    columns: held.map((c) => table.columns[c]!),
    rows: table.rows.map((row) => held.map((c) => row[c]!)),
  };
}

async function expectValues(connector: Connector, { name, columns, rows }: ValueTable): Promise<number> {
  const got: Cell[][] = rows.map(() => []);
  for (let at = 0; at < columns.length; at += COLUMNS_A_QUERY) {
    const list = columns.slice(at, at + COLUMNS_A_QUERY);
    const parts = list.map((column) => trinoParts(`t.${quoteIdentifier(column.name)}`, column.type));
    const sql = `SELECT id, ${parts.join(', ')} FROM ${connector}.v.${name} AS t ORDER BY id`;
    const answer = await trino.query(sql, MICROSECONDS);
    expect(answer.rows.length).toBe(rows.length);
    for (const [i, row] of answer.rows.entries()) got[i]!.push(...(row.slice(1) as Cell[]));
  }
  return expectSameValues(`Trino, ${connector}.${name}`, columns, rows, cellsOfReader(got, columns));
}

async function askFilters(connector: Connector, asked: readonly ValueTable[]) {
  const wrong: string[] = [];
  let [compared, rowsLeftOut] = [0, 0];
  let nan: NanAnswers | undefined;
  for (const table of asked)
    for (const [c, column] of filteredColumns(table.columns)) {
      const targets = filterTargets(
        column.type as Leaf,
        table.rows.map((row) => row[c]!),
      );
      const conditions = conditionsOf(column, typeIn(connector, column.type) as Leaf, targets);
      const { rows, rowsRead } = await countPruned(connector, table, conditions);
      const whole = await countWhole(connector, table, conditions);
      conditions.forEach((condition, i) => {
        if (rows[i] !== whole[i]) wrong.push(`${table.name}: ${condition}: ${rows[i]} rows instead of ${whole[i]}`);
      });
      if (column.name === 'f8') {
        const counts = conditions.map((condition, i) => [condition, whole[i] as number] as const);
        nan = nanOf(
          table.rows.map((row) => row[c]!),
          counts,
        );
      }
      compared += conditions.length;
      rowsLeftOut += conditions.length * table.rows.length - rowsRead;
    }
  return { compared, wrong, rowsLeftOut, nan };
}

function nanOf(cells: readonly Cell[], counts: readonly (readonly [condition: string, rows: number])[]): NanAnswers {
  const rowsOf = (operator: string, value: number) => {
    const hex = Buffer.alloc(8);
    hex.writeDoubleBE(value);
    const condition = `"f8" ${operator} ${trinoConstant(hex.toString('hex'), { kind: 'float64' })}`;
    return counts.find(([each]) => each === condition)![1];
  };
  return nanAnswers(cells, rowsOf('>', 5), rowsOf('=', NaN));
}

function conditionsOf({ name }: Column, type: Leaf, targets: readonly string[]): string[] {
  const column = quoteIdentifier(name);
  const comparisons = targets.flatMap((target) =>
    ['=', '<=', '>'].map((operator) => `${column} ${operator} ${trinoConstant(target, type)}`),
  );
  return [`${column} IS NULL`, `${column} IS NOT NULL`, ...comparisons];
}

function typeIn(connector: Connector, type: LogicalType): LogicalType {
  return connector === 'hive' && type.kind === 'timestamp' ? { kind: 'timestamp', utc: false } : type;
}

/** Each condition in a scan of its own, which the statistics of files, row groups and pages cut short. */
async function countPruned(connector: Connector, { name }: ValueTable, conditions: readonly string[]) {
  const counts = conditions.map(
    (condition, i) => `SELECT ${i}, count(*) FROM ${connector}.v.${name} WHERE ${condition}`,
  );
  const { rows, rowsRead } = await trino.query(counts.join(' UNION ALL '), MICROSECONDS);
  const found = new Map(rows as readonly (readonly [number, number])[]);
  return { rows: conditions.map((_, i) => found.get(i)), rowsRead };
}

/** All conditions in one scan of everything. */
async function countWhole(connector: Connector, { name }: ValueTable, conditions: readonly string[]) {
  const counts = conditions.map((condition) => `count_if(${condition})`);
  return (await trino.query(`SELECT ${counts.join(', ')} FROM ${connector}.v.${name}`, MICROSECONDS)).rows[0]!;
}
