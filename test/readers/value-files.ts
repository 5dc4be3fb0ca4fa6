/**
 * The files that readers are judged by, as Dracula writes them by default, all readers declared; and what Postgres says is
 * in them.
 *
 * `everything` has every type that the tests know, with its domain and its arrays, one column each; `large` long values, `dimensions`
 * arrays of arrays. `small_groups` is `everything` in row groups of 8 rows and `bounds` some awkward bounds in the same: for filters.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column } from '../../src/core/table-schema.ts';
import { planTables } from '../../src/index.ts';
import { copy } from '../support/copied.ts';
import { testServer } from '../support/postgres.ts';
import { valuesOfSource } from '../support/values/compare-values.ts';
import type { Cell } from '../support/values/nested-values.ts';
import { createValueDatabase, EVERYTHING, filesOf, type ValueDatabase } from '../support/values/value-database.ts';

export interface ValueTable {
  readonly name: string;
  /** Has the Parquet files of the table and nothing else. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly columns: readonly Column[];
  /** In the order of `id`, as `valuesOfSource` gives them. */
  readonly rows: readonly Cell[][];
}

export interface ValueFiles {
  readonly folder: string;
  readonly everything: ValueTable;
  readonly large: ValueTable;
  readonly dimensions: ValueTable;
  readonly smallGroups: ValueTable;
  readonly bounds: ValueTable;
  drop(): Promise<void>;
}

/**
 * Row groups without bounds beside some with bounds that do not hold for them; whose only match above 5 is a NaN, or a zero of the other sign; text
 * in another order in UTF-16; no value at all; the instants that Trino has in Iceberg.
 */
const BOUNDS_TABLE = `
CREATE TABLE bounds (id int, f4 float4, f8 float8, utf text, long text, amount numeric(20,3), missing int, at timestamptz, ats timestamptz[]);
INSERT INTO bounds SELECT i, x, x, CASE i % 4 WHEN 0 THEN U&'\\FFFD' || i WHEN 1 THEN U&'\\+01F9DB' || i ELSE U&'\\D7FF' || i END,
  CASE WHEN i < 40 THEN repeat(U&'\\+10FFFF', 40) ELSE 'short' END
    || CASE WHEN i % 3 = 0 THEN 'a' || i ELSE '' END, (i % 5 - 3) * 12345678901234.567 + i, NULL, at, ARRAY[at, NULL]
FROM (SELECT i, (CASE WHEN i < 8 THEN (ARRAY['1', 'NaN', '-1000', 'Infinity'])[1 + i % 4] WHEN i < 16 THEN '-0' WHEN i < 24 THEN '0' WHEN i < 32 THEN 'NaN'
  WHEN i < 40 THEN (ARRAY['0', '-1'])[1 + i % 2] WHEN i < 48 THEN (ARRAY['-0', '1'])[1 + i % 2] WHEN i < 56 THEN '7'
  WHEN i > 63 THEN (ARRAY['NaN', '1', '-1', NULL])[1 + i % 4] END)::float8 AS x,
  CASE i WHEN 0 THEN timestamptz '4714-11-24 00:00:00+00 BC' WHEN 63 THEN '73326-09-11 20:14:45.247998+00'
    ELSE timestamptz 'epoch' + (i - 20) * interval '123456789.012345 seconds' END AS at
  FROM generate_series(0, 71) i) s ORDER BY i`;

/** All of them. */
export function valueTables({ everything, large, dimensions, smallGroups, bounds }: ValueFiles): readonly ValueTable[] {
  return [everything, large, dimensions, smallGroups, bounds];
}

export async function createValueFiles(): Promise<ValueFiles> {
  const source = await createValueDatabase(await testServer());
  await source.client.query(BOUNDS_TABLE);
  const folder = await mkdtemp(join(tmpdir(), 'dracula-test-values-'));
  const small = { rowGroupRows: 8 };
  return {
    folder,
    everything: await copiedTable(source, folder, EVERYTHING, EVERYTHING),
    large: await copiedTable(source, folder, 'large', 'large'),
    dimensions: await copiedTable(source, folder, 'dimensions', 'dimensions'),
    smallGroups: await copiedTable(source, folder, 'small_groups', EVERYTHING, small),
    bounds: await copiedTable(source, folder, 'bounds', 'bounds', small),
    drop: async () => {
      await source.database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function copiedTable(
  { database, client }: ValueDatabase,
  root: string,
  name: string,
  dataset: string,
  more: { readonly rowGroupRows?: number } = {},
): Promise<ValueTable> {
  const options = { url: database.url, tables: [dataset], target: `${join(root, 'lakes', name)}/`, env: {}, ...more };
  const { tables } = await planTables(options);
  const report = await copy(options);
  if (report.exitCode !== 0) throw new Error(`${name} was not copied: ${JSON.stringify(report.tables)}`);
  const folder = join(root, 'tables', name);
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const [i, part] of (await filesOf(options.target, dataset)).entries()) {
    files.push(join(folder, `${i}.parquet`));
    await copyFile(part, files[i]!);
  }
  const { columns } = tables[0]!.schema;
  return { name, folder, files, columns, rows: await valuesOfSource(client, dataset, columns) };
}
