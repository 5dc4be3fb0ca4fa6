/**
 * Two lines of Spark over the files, in batches and row by row, and over Iceberg tables of them in batches: every type at its extremes, null,
 * random, in domains, arrays, composites and maps, value by value against Postgres's own text; filters at and around the bounds against a full
 * scan. Run by `npm run test:readers -- --all`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import { expectSameValues } from '../../support/values/compare-values.ts';
import type { Leaf } from '../../support/values/leaf-renderings.ts';
import type { Cell } from '../../support/values/nested-values.ts';
import { filteredColumns, filterTargets } from '../filter-targets.ts';
import { nanAnswers } from '../nan-answers.ts';
import { type NanAnswers, type Reading, recordReadings } from '../reader-results.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from '../value-files.ts';
import { type Spark, type SparkLine, sparkLines, startSpark } from './ask-spark.ts';
import { writeIcebergTable } from './iceberg-table.ts';
import { cellsOfReader } from './reader-cells.ts';

interface Values {
  readonly rows: Cell[][];
  readonly types: readonly string[];
  /** Of each scan. */
  readonly batched: readonly (readonly [batched: boolean, hasParts: boolean])[];
}
interface Filters {
  readonly answers: readonly (readonly [filter: string, found: number, whole: number])[];
  readonly rowsLeftOut: number;
}

interface Form {
  /** `Spark 4.1.4, vectorised`. */
  readonly name: (version: string, line: SparkLine) => string;
  readonly title: string;
  readonly vectorised: boolean;
  readonly iceberg: boolean;
}

const ICEBERG: Form = {
  title: 'Iceberg in batches',
  name: (version, { icebergVersion }) => `Iceberg ${icebergVersion} in Spark ${version}, vectorised`,
  ...{ vectorised: true, iceberg: true },
};
const VECTORISED: Form = {
  title: 'in batches',
  name: (version) => `Spark ${version}, vectorised`,
  ...{ vectorised: true, iceberg: false },
};
const ROW_BY_ROW: Form = {
  title: 'row by row',
  name: (version) => `Spark ${version}, row by row`,
  ...{ vectorised: false, iceberg: false },
};

const ANCIENT =
  'Without `spark.sql.parquet.datetimeRebaseModeInRead` CORRECTED (as here) Spark 3.5 ends a query of dates before 1582-10-15 or timestamps before 1900 with an error.';
const LIMIT = 'Columns with parts (arrays, structs, maps) are read row by row.';

let files: ValueFiles;
const readings: Reading[] = [];

beforeAll(async () => {
  files = await createValueFiles();
}, 600_000);
afterAll(() => files?.drop());

describe.each(sparkLines().map((line, i) => [line.line, line, i === 0] as const))('Spark %s', (_, line, isNewest) => {
  let spark: Spark;
  let version: string;
  let java: string;

  beforeAll(async () => {
    const warehouse = join(files.folder, `warehouse-${line.line}`);
    spark = startSpark(line, warehouse);
    ({ spark: version, java } = await spark.ask<{ spark: string; java: string }>({ do: 'version' }));
    const filtered = [files.bounds, files.smallGroups].map(filteredOf);
    for (const table of [...valueTables(files), ...filtered]) await addTable(spark, warehouse, table);
  }, 900_000);
  afterAll(() => spark?.stop());

  test('the required version is there', () => {
    const required = readFileSync(new URL(`spark-${line.line}.txt`, import.meta.url), 'utf8');
    expect(required).toContain(`pyspark==${version}\n`);
  });

  test.each(isNewest ? [ICEBERG, VECTORISED, ROW_BY_ROW] : [ICEBERG, VECTORISED])(
    '$title: every value and every filter answers as Postgres and a full scan do',
    { timeout: 3_600_000 },
    async (form) => {
      const tables = valueTables(files);
      let values = 0;
      for (const table of tables) values += await expectValues(spark, table, form);
      // A second for each column: types of every kind in the newest line only.
      const filtered = isNewest && form.vectorised ? [files.bounds, files.smallGroups] : [files.bounds];
      const { compared, wrong, rowsLeftOut, nan } = await askFilters(spark, form, filtered);
      expect(wrong).toEqual([]);
      expect(compared).toBeGreaterThan(filtered.length > 1 ? 500 : 120);
      expect(rowsLeftOut, 'rows of row groups that statistics ruled out').toBeGreaterThan(1_000);
      const reader = form.name(version, line);
      console.log(`${reader}: ${values} values, ${compared} filters, ${rowsLeftOut} rows left out by statistics`);
      readings.push({
        ...{ reader, version: `${version}, Java ${java}`, files: tables.length, values, differences: 0, nan },
        columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
        filters: { compared, wrong: wrong.length },
        limits: form.iceberg ? [LIMIT] : isNewest ? [] : [ANCIENT],
      });
      recordReadings('spark', readings);
    },
  );
});

test('Spark 3.5 reads no date before 1582-10-15 by default, and gives no other date for it', {
  timeout: 600_000,
}, async () => {
  const spark = startSpark(sparkLines().find(({ line }) => line === '3.5')!, join(files.folder, 'no-warehouse'));
  try {
    const columns = [{ name: 'date_v', type: { kind: 'date' } }];
    const asked = { do: 'values', files: files.everything.files, columns, vectorised: true };
    await expect(spark.ask({ ...asked, calendar: 'default' })).rejects.toThrow('READ_ANCIENT_DATETIME');
    expect((await spark.ask<Values>(asked)).rows).toHaveLength(files.everything.rows.length);
  } finally {
    await spark.stop();
  }
});

async function addTable(spark: Spark, warehouse: string, { name, folder, columns, rows }: ValueTable): Promise<void> {
  const location = join(warehouse, 'v', name);
  await writeIcebergTable({ folder: location, location, columns });
  expect(await spark.ask({ do: 'add', table: name, folder })).toEqual({ rows: rows.length });
}

/** Of the columns that filters name only: with all of them a plan of many filters takes seconds to make. */
function filteredOf(table: ValueTable): ValueTable {
  const found = filteredColumns(table.columns);
  const columns = found.map(([, column]) => column);
  return {
    ...table,
    name: `${table.name}_filtered`,
    columns,
    rows: table.rows.map((row) => found.map(([c]) => row[c]!)),
  };
}

async function expectValues(spark: Spark, table: ValueTable, form: Form): Promise<number> {
  const { name, columns, rows } = table;
  const asked = columns.map(({ name, type }) => ({ name, type }));
  const got = await spark.ask<Values>({ do: 'values', ...source(table, form), columns: asked });
  expect(got.types).toEqual(columns.map(({ type }) => sparkType(type)));
  for (const [batched, hasParts] of got.batched) expect(batched).toBe(form.vectorised && !(form.iceberg && hasParts));
  return expectSameValues(`Spark, ${name}`, columns, rows, cellsOfReader(got.rows, columns));
}

function source({ name, files }: ValueTable, { iceberg, vectorised }: Form): object {
  return iceberg ? { table: name, vectorised } : { files, vectorised };
}

async function askFilters(spark: Spark, form: Form, tables: readonly ValueTable[]) {
  const wrong: string[] = [];
  let [compared, rowsLeftOut] = [0, 0];
  let nan: NanAnswers | undefined;
  for (const table of tables.map(filteredOf))
    for (const [c, { name, type }] of table.columns.entries()) {
      const cells = table.rows.map((row) => row[c]!);
      const asked = { column: name, type, sparkType: sparkType(type), targets: filterTargets(type as Leaf, cells) };
      const got = await spark.ask<Filters>({ do: 'filters', ...source(table, form), ...asked });
      for (const [filter, found, whole] of got.answers)
        if (found !== whole) wrong.push(`${table.name}.${name} ${filter}: ${found} rows instead of ${whole}`);
      compared += got.answers.length;
      rowsLeftOut += got.rowsLeftOut;
      if (name === 'f8') nan = nanOf(cells, got);
    }
  return { compared, wrong, rowsLeftOut, nan: nan! };
}

function nanOf(cells: readonly Cell[], { answers }: Filters): NanAnswers {
  const whole = (operator: string, value: number) => {
    const hex = Buffer.alloc(8);
    hex.writeDoubleBE(value);
    return answers.find(([filter]) => filter === `${operator} ${hex.toString('hex')}`)![2];
  };
  return nanAnswers(cells, whole('>', 5), whole('=', NaN));
}

const SPARK: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'boolean',
  int16: () => 'int',
  int32: () => 'int',
  int64: () => 'bigint',
  uint32: () => 'bigint',
  float32: () => 'float',
  float64: () => 'double',
  decimal: ({ precision, scale }) => `decimal(${precision},${scale})`,
  text: () => 'string',
  bytes: () => 'binary',
  uuid: () => 'string',
  json: () => 'string',
  date: () => 'date',
  time: () => 'string',
  timestamp: ({ utc }) => (utc ? 'timestamp' : 'timestamp_ntz'),
  geometry: () => 'binary',
  list: ({ element }) => `array<${sparkType(element)}>`,
  struct: ({ fields }) => `struct<${fields.map(({ name, type }) => `${name}:${sparkType(type)}`).join(',')}>`,
  map: ({ value }) => `map<string,${sparkType(value)}>`,
};

function sparkType(type: LogicalType): string {
  return (SPARK[type.kind] as (t: LogicalType) => string)(type);
}
