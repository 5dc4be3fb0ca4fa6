/**
 * polars, whose reader of Parquet is its own: every value of the files that all readers are judged by, against Postgres's own text; filters at
 * and around the bounds against a full scan. Run by `npm run test:readers`.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../src/core/logical-type.ts';
import { expectSameValues } from '../support/values/compare-values.ts';
import type { Cell } from '../support/values/nested-values.ts';
import { inKeyOrder } from './arrow-values.ts';
import { ask } from './ask-pyarrow.ts';
import { filteredColumns } from './filter-targets.ts';
import { samePair } from './nan-answers.ts';
import { recordReadings } from './reader-results.ts';
import { polarsVersion } from './reader-versions.ts';
import { createValueFiles, type ValueFiles, type ValueTable, valueTables } from './value-files.ts';

const required = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8');

interface Values {
  readonly types: readonly string[];
  readonly rows: readonly Cell[][];
}
interface Filters {
  readonly compared: number;
  readonly wrong: readonly string[];
  readonly rowGroupsLeftOut: number;
  readonly nan: readonly (readonly [boolean, boolean])[];
}

let files: ValueFiles;

beforeAll(async () => {
  files = await createValueFiles();
}, 300_000);
afterAll(() => files?.drop());

test('every value and every filter answers as Postgres and a full scan do', { timeout: 400_000 }, async () => {
  const version = await polarsVersion();
  expect(required).toContain(`polars==${version}\n`);
  const tables = valueTables(files);
  let values = 0;
  for (const table of tables) values += await expectValues(table);
  expect(values).toBeGreaterThan(100_000);

  const asked = [await askFilters(files.smallGroups), await askFilters(files.bounds)];
  const compared = asked.reduce((sum, answer) => sum + answer.compared, 0);
  const leftOut = asked.reduce((sum, answer) => sum + answer.rowGroupsLeftOut, 0);
  expect(asked.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(compared).toBeGreaterThan(500);
  expect(leftOut, 'row groups that statistics ruled out').toBeGreaterThan(500);
  console.log(`polars ${version}: ${values} values, ${compared} filters, ${leftOut} row groups left out by statistics`);
  recordReadings('polars', [
    {
      ...{ reader: 'polars', version, files: tables.length, values, differences: 0 },
      columns: tables.reduce((sum, { columns }) => sum + columns.length, 0),
      ...{ filters: { compared, wrong: 0 }, nan: samePair(asked[1]!.nan), limits: [] },
    },
  ]);
});

async function expectValues({ name, files, columns, rows }: ValueTable): Promise<number> {
  const got = await ask<Values>({ do: 'values', files, columns: columns.map(({ name }) => name) }, 'polars');
  expect(got.types).toEqual(columns.map(({ type }) => polarsType(type)));
  const cells = got.rows.map((row) => row.map((cell, c) => inKeyOrder(cell, columns[c]!.type)));
  return expectSameValues(`polars, ${name}`, columns, rows, cells);
}

function askFilters({ files, columns }: ValueTable): Promise<Filters> {
  return ask<Filters>(
    { do: 'filters', files, columns: filteredColumns(columns).map(([, { name }]) => name) },
    'polars',
  );
}

const POLARS: { readonly [K in LogicalKind]: (type: LogicalTypeOf<K>) => string } = {
  bool: () => 'Boolean',
  int16: () => 'Int32',
  int32: () => 'Int32',
  int64: () => 'Int64',
  uint32: () => 'Int64',
  float32: () => 'Float32',
  float64: () => 'Float64',
  decimal: ({ precision, scale }) => `Decimal(precision=${precision}, scale=${scale})`,
  text: () => 'String',
  bytes: () => 'Binary',
  uuid: () => 'String',
  json: () => 'String',
  date: () => 'Date',
  time: () => 'String',
  timestamp: ({ utc }) => `Datetime(time_unit='us', time_zone=${utc ? "'UTC'" : 'None'})`,
  geometry: () => 'Binary',
  list: ({ element }) => `List(${polarsType(element)})`,
  struct: ({ fields }) => `Struct({${fields.map(({ name, type }) => `'${name}': ${polarsType(type)}`).join(', ')}})`,
  map: ({ value }) => `Map(String, ${polarsType(value)})`,
};

/** As polars writes it. */
function polarsType(type: LogicalType): string {
  return (POLARS[type.kind] as (t: LogicalType) => string)(type);
}
