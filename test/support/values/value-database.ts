/** A database of one table per type, native and other, and what Postgres says is in them, asked for once. */
import type pg from 'pg';
import type { CopyPlan } from '../../../src/core/copy-plan.ts';
import type { CopyReport, RunEvent } from '../../../src/core/run-event.ts';
import type { EmbeddedPostgres } from '../../../src/demo/embedded-postgres.ts';
import type { CopyOptions } from '../../../src/index.ts';
import { openLake } from '../../../src/lake/lake.ts';
import { copy } from '../copied.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { SEED } from '../property.ts';
import { expectSameValues, ORACLE_SETTINGS, valuesOfFiles, valuesOfSource } from './compare-values.ts';
import { NATIVE_TYPES_SQL, nativeValues } from './native-values.ts';
import { OTHER_EXTENSIONS, OTHER_TYPES_SQL, otherValues } from './other-values.ts';
import { randomFunctions, type ValueType, valueTableSql } from './value-table.ts';

/** A role whose settings would change every text that depends on a setting. */
export const ODD_ROLE = 'odd_reader';
const ODD_SETTINGS = {
  TimeZone: 'Asia/Kathmandu',
  DateStyle: 'German, DMY',
  IntervalStyle: 'iso_8601',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  client_encoding: 'LATIN1',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  search_path: '',
} as const;

/** The table of all columns. */
export const EVERYTHING = 'everything';

const LARGE_BYTES = 1_000_000;
const LARGE_TABLE = `
CREATE TABLE large (id int, t text, b bytea, j json, a text[]);
ALTER TABLE large ALTER t SET STORAGE external;
INSERT INTO large SELECT 1, repeat($$ж🧛"'\\$$ || chr(9), ${LARGE_BYTES / 10}), decode(repeat('00ff', ${LARGE_BYTES / 2}), 'hex'),
  to_json(repeat($$\\$$, 300000)), ARRAY['', repeat('x', ${LARGE_BYTES}), NULL];
INSERT INTO large VALUES (2, '', '', '""', '{}'), (3, NULL, NULL, NULL, NULL);`;

/** Dimensions are those that a column declares, which CREATE TABLE AS forgets. */
const DIMENSIONS_TABLE = `
CREATE TABLE dimensions (id int, two int4[][], three text[][][], six bool[][][][][][], days date[2][2], boxes box[][], rows address[][],
  open numeric[][], grids grid[]);
INSERT INTO dimensions VALUES (1);
INSERT INTO dimensions VALUES (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
  (3, '{{1,NULL},{3,4}}', '{{{a,NULL},{"",ж🧛}}}', '{{{{{{t,f}}}}}}', '{{epoch}}', '{{(1,2),(3,4);NULL}}',
   '{{"(a,,)",NULL},{NULL,"(,,{1})"}}', '{{1.10,NaN}}', '{"{{1,NULL}}",NULL,"{}"}');`;

export interface ValueDatabase {
  readonly database: TestDatabase;
  readonly client: pg.Client;
  /** URL of the role with odd settings. */
  readonly oddUrl: string;
}

export async function createValueDatabase(server: EmbeddedPostgres): Promise<ValueDatabase> {
  const database = await createDatabase(server);
  const client = await database.client();
  const { rows: versions } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  const { major } = versions[0]!;
  const { rows: found } = await client.query<{ name: string }>(
    'SELECT name FROM pg_available_extensions WHERE name = ANY ($1)',
    [OTHER_EXTENSIONS],
  );
  const hasXml = await client.query(`SELECT '<a/>'::xml`).then(
    () => true,
    () => false,
  );
  const natives = nativeValues(major);
  const others = otherValues(
    major,
    found.map(({ name }) => name),
    hasXml,
  );
  await client.query(ORACLE_SETTINGS);
  await client.query(
    [
      ...found.map(({ name }) => `CREATE EXTENSION ${name};`),
      NATIVE_TYPES_SQL,
      OTHER_TYPES_SQL,
      'CREATE SCHEMA made; SET join_collapse_limit = 1;',
      randomFunctions(SEED),
    ].join('\n'),
  );
  for (const type of [...natives, ...others]) await client.query(valueTableSql(type));
  for (const [table, types] of tablesOf(natives, others)) await client.query(joinedSql(table, types));
  await client.query(LARGE_TABLE);
  await client.query(DIMENSIONS_TABLE);
  await client.query(oddRoleSql());
  const oddUrl = new URL(database.url);
  oddUrl.username = ODD_ROLE;
  return { database, client, oddUrl: oddUrl.href };
}

/** A table of its own for each native type, one for all numerics, one for all others; and one of them all, for a single file. */
function tablesOf(natives: readonly ValueType[], others: readonly ValueType[]): Map<string, readonly ValueType[]> {
  const numerics = natives.filter(({ type }) => type.startsWith('numeric'));
  return new Map([
    ...natives.filter((type) => !numerics.includes(type)).map((type) => [`v_${type.name}`, [type]] as const),
    ['v_numerics', numerics],
    ['v_others', others],
    [EVERYTHING, [...natives, ...others]],
  ]);
}

/** The columns of these types side by side, joined by the rows' ids. */
function joinedSql(table: string, types: readonly ValueType[]): string {
  const columns = types.flatMap(({ name, derived = true }) =>
    (derived ? ['v', 'd', 'a', 'da'] : ['v']).map(
      (c) => `made.${name}.${c} AS ${types.length === 1 ? c : `${name}_${c}`}`,
    ),
  );
  const ids = types.map(({ name }) => `SELECT id FROM made.${name}`).join(' UNION ');
  const joins = types.map(({ name }) => `LEFT JOIN made.${name} ON made.${name}.id = ids.id`);
  return `CREATE TABLE ${table} AS SELECT ids.id, ${columns.join(', ')} FROM (${ids}) ids ${joins.join(' ')}`;
}

function oddRoleSql(): string {
  const settings = Object.entries(ODD_SETTINGS).map(
    ([name, value]) => `ALTER ROLE ${ODD_ROLE} SET ${name} = '${value}';`,
  );
  return `DROP ROLE IF EXISTS ${ODD_ROLE}; CREATE ROLE ${ODD_ROLE} LOGIN; ${settings.join(' ')}
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${ODD_ROLE};`;
}

export interface CopiedValues {
  readonly report: CopyReport;
  readonly events: readonly RunEvent[];
  /** Values compared with Postgres's own. */
  readonly compared: number;
  /** What differed, table by table. */
  readonly differences: readonly string[];
}

/** Copies, and compares every value of every table that arrived. */
export async function copyAndCompare(client: pg.Client, options: CopyOptions): Promise<CopiedValues> {
  const events: RunEvent[] = [];
  const report = await copy({ ...options, onEvent: (event) => events.push(event) });
  const plan = events.find((event) => event.type === 'planned')!.plan;
  const differences: string[] = [];
  let compared = 0;
  for (const { dataset, status, error } of report.tables) {
    if (status !== 'copied') {
      differences.push(`${dataset}: ${error?.code} ${error?.message}`);
      continue;
    }
    try {
      compared += await compareTable(client, plan, dataset, options.target);
    } catch (error) {
      differences.push((error as Error).message);
    }
  }
  return { report, events, compared, differences };
}

async function compareTable(client: pg.Client, plan: CopyPlan, dataset: string, target: string): Promise<number> {
  const { schema, table } = plan.tables.find((each) => each.dataset === dataset)!;
  const expected = await sourceValues(client, table.name, schema.columns);
  const got = await valuesOfFiles(await filesOf(target, dataset), schema.columns);
  return expectSameValues(dataset, schema.columns, expected, got);
}

const asked = new Map<string, ReturnType<typeof valuesOfSource>>();

/** The source does not change: each table is asked about once. */
function sourceValues(
  ...[client, table, columns]: Parameters<typeof valuesOfSource>
): ReturnType<typeof valuesOfSource> {
  const key = `${client.database}.${table}: ${JSON.stringify(columns)}`;
  let values = asked.get(key);
  if (values === undefined) {
    values = valuesOfSource(client, table, columns);
    asked.set(key, values);
  }
  return values;
}

/** The files of the dataset's current version, or the single file. */
export async function filesOf(target: string, dataset: string): Promise<string[]> {
  if (target.endsWith('.parquet')) return [target];
  const store = (await openLake(target, { create: false })).dataset(dataset);
  const version = await store.load();
  if (version === null) throw new Error(`${dataset} was not published`);
  return version.parts.map((part) => store.locatePart(part));
}
