/**
 * Every type that a server has, of pg_catalog, information_schema and its contrib extensions, and an array of each, in columns of
 * a real table: the plan takes all of them, reads them in the expected form, and the server agrees; `copy --verify` finds no
 * difference, and DuckDB reads what Postgres prints.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/copy-plan.ts';
import { formatLogicalType } from '../../src/core/logical-type.ts';
import { chunkQuery } from '../../src/extract/chunk-query.ts';
import { verifyDatasets } from '../../src/index.ts';
import { describeStatement } from '../../src/introspect/describe-statement.ts';
import { readServer } from '../../src/introspect/server.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { planCopy } from '../../src/pipeline/plan.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ORACLE_SETTINGS } from '../support/values/compare-values.ts';
import { columnOfType, createEveryType, type EveryType, type TypeRow } from '../support/values/every-type.ts';
import { copyAndCompare } from '../support/values/value-database.ts';

/** What base types become; what is not here is to be text. */
const FORMS: Readonly<Record<string, string>> = {
  bool: 'bool',
  bytea: 'bytes',
  cid: 'uint32',
  date: 'date',
  float4: 'float32',
  float8: 'float64',
  hstore: 'map<text, text>',
  int2: 'int16',
  int4: 'int32',
  int8: 'int64',
  interval: 'struct<months int32, days int32, micros int64>',
  json: 'json',
  jsonb: 'json',
  money: 'decimal(19,2)',
  oid: 'uint32',
  point: 'struct<x float64, y float64>',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp(utc)',
  uuid: 'uuid',
  xid: 'uint32',
};
/** Text that is decoded here; what else is text is cast by the server. The types of ltree have no binary form before 13. */
const DECODED_TEXTS = new Set([
  ...'bit bpchar cidr citext inet jsonpath macaddr macaddr8 name pg_lsn text timetz tsvector varbit varchar xml'.split(
    ' ',
  ),
  ...(DEFAULT_MAJOR >= 13 ? ['lquery', 'ltree', 'ltxtquery'] : []),
]);

/** Before 14 the rows of catalogs have no arrays. */
const LEAST_VALUES = DEFAULT_MAJOR >= 14 ? 10_000 : 6_000;

describe(`PostgreSQL ${DEFAULT_MAJOR}`, () => {
  let database: TestDatabase;
  let client: pg.Client;
  let types: EveryType['types'];
  let refused: EveryType['refused'];
  const tables: TablePlan[] = [];

  beforeAll(async () => {
    database = await createDatabase(await testServer());
    client = await database.client();
    ({ types, refused } = await createEveryType(client));
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const introspected = await introspectTables(client, { tables: ['types_*'] });
    const plan = planCopy(await readServer(client), introspected, { connections: 1 });
    expect(plan.refused).toEqual([]);
    tables.push(...plan.tables);
  });
  afterAll(() => database.drop());

  it('has a column of every type but of rows with pseudo-types in them', () => {
    const pseudo = types.filter(({ leaves }) => leaves.includes('anyarray')).map(({ name }) => name);
    expect(pseudo).toContain('pg_statistic');
    expect([...refused].sort()).toEqual([...pseudo].sort());
    expect(types.length).toBeGreaterThan(280);
  });

  it('takes every type, and an array of it, in the form that is decided for it', () => {
    const seen = new Map(tables.flatMap((table) => table.schema.columns.map((column) => [column.name, column])));
    const wrong: string[] = [];
    let compared = 0;
    for (const row of types.filter(({ name }) => !refused.includes(name))) {
      for (const isArray of row.hasArray ? [false, true] : [false]) {
        const column = seen.get(columnOfType(row, isArray))!;
        const { readAs } = column.source;
        const got = `${formatLogicalType(column.type)}${readAs === 'binary' ? '' : ` ::${readAs}`}`;
        const expected = expectedForm(row, isArray, formatLogicalType(column.type));
        if (got !== expected) wrong.push(`${column.source.pgType}: ${got} instead of ${expected}`);
        compared++;
      }
    }
    expect(wrong).toEqual([]);
    console.log(`PostgreSQL ${DEFAULT_MAJOR}: ${compared} columns planned`);
  });

  it('describes bare columns and casts as the server does, and every read runs', async () => {
    for (const table of tables) {
      for (const chunk of table.chunks) {
        const { bare, read } = chunkQuery(table, chunk);
        const { fields: described } = await describeStatement(client, bare);
        expect(
          described.map((field) => ({
            tableOid: field.tableID,
            attnum: field.columnID,
            typeOid: field.dataTypeID,
            typmod: field.dataTypeModifier,
          })),
        ).toEqual(table.relations[chunk.relation]!.expected);
        const { rowCount, fields } = await client.query({ text: read.text, values: [...read.values] });
        expect(rowCount).toBe(4);
        const cast = fields.filter((field) => field.name !== 'ctid').map((field) => field.dataTypeID);
        expect(cast).toEqual(
          table.schema.columns.map(({ source }) =>
            source.readAs === 'binary' ? source.typeOid : source.readAs === 'text' ? 25 : 1009,
          ),
        );
      }
    }
  });

  it('arrives with every value, by --verify in the snapshot of the copy and by DuckDB', async () => {
    await client.query('ROLLBACK');
    await client.query(ORACLE_SETTINGS);
    const target = `${await temporaryFolder('every-type')}/`;
    const { report, compared, differences } = await copyAndCompare(client, {
      url: database.url,
      target,
      tables: ['types_*'],
      verify: true,
    });
    expect(differences).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.tables.map(({ rows }) => rows)).toEqual(tables.map(() => 4));
    expect(compared).toBeGreaterThan(LEAST_VALUES);
    const verified = await verifyDatasets({ url: database.url, lake: target, env: {} });
    expect(verified.datasets.map(({ status }) => status)).toEqual(tables.map(() => 'same'));
    console.log(
      `PostgreSQL ${DEFAULT_MAJOR}: DuckDB: ${compared.toLocaleString('en')} values of every type are what Postgres says`,
    );
  });
});

/** Of nested types only whether they are cast: their form is that of the logical types' own test. */
function expectedForm(row: TypeRow, isArray: boolean, nested: string): string {
  const asText = isArray ? 'list<text> ::text[]' : 'text ::text';
  const { typtype, leaves, attributes } = row;
  if (typtype === 'c' && attributes === 0) return asText;
  if (leaves.some((leaf) => FORMS[leaf] === undefined && !DECODED_TEXTS.has(leaf) && leaf !== 'numeric')) return asText;
  if (typtype === 'c' || typtype === 'r' || typtype === 'm' || leaves.length > 1) return nested;
  const [leaf = ''] = leaves;
  if (leaf === 'numeric') return numericForm(row, isArray);
  // Enums have no base type below them.
  const form = FORMS[leaf] ?? 'text';
  return isArray ? `list<${form}>` : form;
}

function numericForm({ typname }: TypeRow, isArray: boolean): string {
  if (typname === 'amount') return isArray ? 'list<decimal(12,3)>' : 'decimal(12,3)';
  return isArray ? 'list<text>' : 'text ::text';
}
