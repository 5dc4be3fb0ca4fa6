/**
 * Every type that a server has, of pg_catalog, information_schema and its contrib extensions, and an array of each, in columns of
 * a real table: the plan takes all of them, reads them in the expected form, and the server agrees.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/copy-plan.ts';
import { quoteIdentifier } from '../../src/core/identifiers.ts';
import { formatLogicalType } from '../../src/core/logical-type.ts';
import { chunkQuery } from '../../src/extract/chunk-query.ts';
import { describeStatement } from '../../src/introspect/describe-statement.ts';
import { readServer } from '../../src/introspect/server.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { planCopy } from '../../src/pipeline/plan.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';

const EXTENSIONS = ['citext', 'cube', 'hstore', 'intarray', 'isn', 'lo', 'ltree', 'pg_trgm', 'seg', 'tablefunc'];

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
/** Text that is decoded here; what else is text is cast by the server. */
const DECODED_TEXTS = new Set(
  (
    'bit bpchar cidr citext inet jsonpath lquery ltree ltxtquery macaddr macaddr8 name pg_lsn text timetz tsvector varbit ' +
    'varchar xml'
  ).split(' '),
);

interface TypeRow {
  readonly oid: number;
  readonly name: string;
  readonly typname: string;
  readonly typtype: string;
  /** Names of the base types that it is made of; of a composite, how many attributes it has. */
  readonly leaves: readonly string[];
  readonly attributes: number;
  readonly hasArray: boolean;
}

/** `to_jsonb` since rngmultitypid came with 14. */
const TYPES = `
  WITH RECURSIVE part(root, oid) AS (
    SELECT t.oid, t.oid FROM pg_type t
    UNION
    SELECT part.root, below.oid FROM part JOIN pg_type t ON t.oid = part.oid CROSS JOIN LATERAL (
      SELECT t.typbasetype AS oid UNION ALL SELECT e.oid FROM pg_type e WHERE e.typarray = t.oid
      UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
      UNION ALL SELECT r.rngsubtype FROM pg_range r
        WHERE t.oid IN (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)) below WHERE below.oid <> 0
  )
  SELECT t.oid, format_type(t.oid, NULL) AS name, t.typname::text, t.typtype::text, t.typarray <> 0 AS "hasArray",
         ARRAY(SELECT b.typname::text FROM part JOIN pg_type b ON b.oid = part.oid
               WHERE part.root = t.oid AND b.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = b.oid)) AS leaves,
         (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS attributes
  FROM pg_type t
  WHERE t.typtype IN ('b', 'c', 'd', 'e', 'm', 'r') AND t.typnamespace <> 'pg_toast'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  ORDER BY t.oid`;

const OWN_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE DOMAIN amount AS numeric(12,3);
  CREATE TYPE address AS (street text, since timestamptz, weights float8[][], mood mood, worth amount);
  CREATE DOMAIN home AS address;
  CREATE TYPE person AS (home home, others address[], took interval, spans int4range[]);
  CREATE TYPE empty_row AS ();
  CREATE TYPE boxed AS (b box);
  CREATE TYPE amountrange AS RANGE (subtype = amount);`;

for (const major of [18, 14]) {
  describe(`PostgreSQL ${major}`, () => {
    let database: TestDatabase;
    let client: pg.Client;
    let types: TypeRow[];
    const tables: TablePlan[] = [];
    /** Types that the server lets no column have. */
    let refused: string[];

    beforeAll(async () => {
      database = await createDatabase(await testServer(major));
      client = await database.client();
      await client.query(EXTENSIONS.map((name) => `CREATE EXTENSION ${name};`).join(''));
      await client.query(OWN_TYPES);
      types = (await client.query<TypeRow>(TYPES)).rows;
      refused = await createColumns(client, types);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const introspected = await introspectTables(client, {});
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
          const column = seen.get(columnName(row, isArray))!;
          const { readAs } = column.source;
          const got = `${formatLogicalType(column.type)}${readAs === 'binary' ? '' : ` ::${readAs}`}`;
          const expected = expectedForm(row, isArray, formatLogicalType(column.type));
          if (got !== expected) wrong.push(`${column.source.pgType}: ${got} instead of ${expected}`);
          compared++;
        }
      }
      expect(wrong).toEqual([]);
      console.log(`PostgreSQL ${major}: ${compared} columns planned`);
    });

    it('describes bare columns and casts as the server does, and every read runs', async () => {
      for (const table of tables) {
        for (const chunk of table.chunks) {
          const { bare, read } = chunkQuery(table, chunk);
          const described = await describeStatement(client, bare);
          expect(
            described.map((field) => ({
              tableOid: field.tableID,
              attnum: field.columnID,
              typeOid: field.dataTypeID,
              typmod: field.dataTypeModifier,
            })),
          ).toEqual(table.relations[chunk.relation]!.expected);
          const { rowCount, fields } = await client.query({ text: read.text, values: [...read.values] });
          expect(rowCount).toBe(1);
          const cast = fields.filter((field) => field.name !== 'ctid').map((field) => field.dataTypeID);
          expect(cast).toEqual(
            table.schema.columns.map(({ source }) =>
              source.readAs === 'binary' ? source.typeOid : source.readAs === 'text' ? 25 : 1009,
            ),
          );
        }
      }
    });
  });
}

const columnName = ({ oid }: TypeRow, isArray: boolean): string => `c${oid}${isArray ? '_array' : ''}`;

/** Tables of a row of nulls; a column that the server refuses is left out and its type returned. */
async function createColumns(client: pg.Client, types: readonly TypeRow[]): Promise<string[]> {
  const refused: string[] = [];
  for (let from = 0; from < types.length; from += 100) {
    const table = quoteIdentifier(`types from ${from}`);
    await client.query(`CREATE TABLE ${table} ()`);
    for (const row of types.slice(from, from + 100)) {
      const columns = (row.hasArray ? [false, true] : [false]).map(
        (isArray) => `ADD ${columnName(row, isArray)} ${row.name}${isArray ? '[]' : ''}`,
      );
      await client.query(`ALTER TABLE ${table} ${columns.join(', ')}`).catch(() => refused.push(row.name));
    }
    await client.query(`INSERT INTO ${table} DEFAULT VALUES`);
  }
  return refused;
}

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
