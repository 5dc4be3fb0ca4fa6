/**
 * Thousands of random values of the types that become text here though they do not come as text: what the decoder prints against
 * what the server's own output function prints, both over the wire. And of nested types, against the server's JSON.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogicalType } from '../../src/core/logical-type.ts';
import type { WireForm } from '../../src/core/wire-form.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { SEED, titled } from '../support/property.ts';
import { asText, type Json, jsonOf } from '../support/wire/captured-values.ts';
import { decodeRows } from '../support/wire/decode-rows.ts';
import { wireRows } from '../support/wire/wire-rows.ts';

const ROWS = 4_000;

/** Values come from these alone, so that the same seed gives the same ones. */
const SETUP = `
  CREATE EXTENSION hstore;
  CREATE TYPE part AS (n int4, t text, a int8[]);
  CREATE FUNCTION below(n float8) RETURNS int8 LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::int8';
  CREATE FUNCTION word() RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT (ARRAY['0', '0', '0', '1', 'ffff', to_hex(below(65536))])[1 + below(6)] $$;
  CREATE FUNCTION ipv6() RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT concat_ws(':', word(), word(), word(), word(), word(), word(), word(), word()) $$;
  CREATE FUNCTION ip() RETURNS inet LANGUAGE sql VOLATILE AS
    $$ SELECT CASE below(3) WHEN 0 THEN set_masklen('0.0.0.0'::inet + below(4294967296), below(33)::int)
         WHEN 1 THEN ipv6()::inet ELSE set_masklen(ipv6()::inet, below(129)::int) END $$;
  CREATE FUNCTION lexeme() RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT (ARRAY['a', 'it''s', 'back\\slash', 'ж🧛', '''', '\\', 'x y', ':1A'])[1 + below(8)] || below(30) $$;
  CREATE FUNCTION number() RETURNS numeric LANGUAGE sql VOLATILE AS
    $$ SELECT CASE below(12) WHEN 0 THEN (ARRAY['NaN', '0', '-0.00', '1e40', '1e-40', '10000', '0.0001', '9999.9999'])[1 + below(8)]::numeric
         WHEN 1 THEN round((below(1e15) - 5e14)::numeric * power(10::numeric, below(60) - 30), below(50)::int)
         ELSE round((below(1e15) - 5e14)::numeric / power(10::numeric, below(25)), below(20)::int) END $$;`;

const TEXT: LogicalType = { kind: 'text' };

/** The form, and an expression that makes a value anew in each row. */
const TEXTS: readonly (readonly [name: string, wire: WireForm, value: string])[] = [
  [
    'timetz',
    { form: 'timetz' },
    `(CASE below(20) WHEN 0 THEN '24:00:00' ELSE (time '00:00' + below(86400000000) * interval '1 microsecond')::time(6)::text END
       || (ARRAY['+', '-'])[1 + below(2)] || lpad(below(15)::text, 2, '0')
       || (ARRAY['', ':30', ':' || 10 + below(50), ':00:' || 10 + below(50), ':' || 10 + below(50) || ':01'])[1 + below(5)])::timetz`,
  ],
  ['inet', { form: 'inet' }, 'ip()'],
  ['cidr', { form: 'inet' }, 'network(ip())'],
  ['macaddr', { form: 'macaddr' }, 'substr(md5(random()::text), 1, 12)::macaddr'],
  ['macaddr8', { form: 'macaddr8' }, 'substr(md5(random()::text), 1, 16)::macaddr8'],
  [
    'bit varying',
    { form: 'bit' },
    "substr(('x' || md5(random()::text))::bit(128)::text, 1, below(129)::int)::bit varying",
  ],
  ['bit(13)', { form: 'bit' }, 'below(8192)::int::bit(13)'],
  ['pg_lsn', { form: 'pg_lsn' }, "(to_hex(below(2 ^ below(33))) || '/' || to_hex(below(2 ^ below(33))))::pg_lsn"],
  [
    'tsvector',
    { form: 'tsvector' },
    `setweight(to_tsvector('simple', lexeme() || ' ' || lexeme() || ' ' || lexeme()), ('{A,B,C,D}'::"char"[])[1 + below(4)])
       || array_to_tsvector(ARRAY[lexeme(), lexeme()]) || setweight(to_tsvector('simple', lexeme()), 'B')`,
  ],
  ['numeric', { form: 'numeric' }, 'number()'],
  ['jsonpath', { form: 'versioned text' }, `('$.a[' || below(99) || '] ? (@.b > ' || below(99) || ')')::jsonpath`],
];

const BOOL: LogicalType = { kind: 'bool' };
const INT4: LogicalType = { kind: 'int32' };
const PART: LogicalType = {
  kind: 'struct',
  fields: [
    { name: 'n', type: INT4 },
    { name: 't', type: TEXT },
    { name: 'a', type: { kind: 'list', element: { kind: 'int64' } } },
  ],
};
const RANGE: LogicalType = {
  kind: 'struct',
  fields: [
    { name: 'lower', type: TEXT },
    { name: 'upper', type: TEXT },
    { name: 'lower_inclusive', type: BOOL },
    { name: 'upper_inclusive', type: BOOL },
    { name: 'empty', type: BOOL },
  ],
};
const partWire = (): WireForm => ({
  form: 'composite',
  fields: [
    { typeOid: 23, wire: { form: 'int4' } },
    { typeOid: 25, wire: { form: 'text' } },
    { typeOid: 1016, wire: { form: 'array', elementOid: 20, element: { form: 'int8' }, dimensions: 1 } },
  ],
});
const NUMRANGE = { form: 'range', bound: { form: 'numeric' } } as const;
const rangeJson = `jsonb_build_object('lower', lower(r)::text, 'upper', upper(r)::text, 'lower_inclusive', lower_inc(r),
  'upper_inclusive', upper_inc(r), 'empty', isempty(r))`;

const PART_VALUE = `CASE below(6) WHEN 0 THEN NULL ELSE ROW(nullif(below(9), 1), (ARRAY['', 'ж🧛', NULL, 'x'])[1 + below(4)],
  CASE below(3) WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY[below(99), NULL, -below(99)] END)::part END`;
const RANGE_VALUE = `CASE below(6) WHEN 0 THEN NULL WHEN 1 THEN 'empty' ELSE numrange(
  CASE below(4) WHEN 0 THEN NULL ELSE below(100) / 10.00 END, CASE below(4) WHEN 0 THEN NULL ELSE 10 + below(100) / 10.0 END,
  (ARRAY['[)', '(]', '[]', '()'])[1 + below(4)]) END`;

interface Nested {
  readonly name: string;
  readonly type: LogicalType;
  readonly wire: (partOid: number) => WireForm;
  readonly value: string;
  readonly json: string;
}

const MULTIRANGES: Nested = {
  name: 'multiranges',
  type: { kind: 'list', element: RANGE },
  wire: () => ({ form: 'multirange', range: NUMRANGE }),
  value: `nummultirange(numrange(below(9), 10), numrange(20, 21 + below(9)), numrange(40.0, CASE below(3) WHEN 0 THEN 50 END))`,
  json: `(SELECT coalesce(jsonb_agg(${rangeJson} ORDER BY r), '[]') FROM unnest(v) r)`,
};

const NESTED: readonly Nested[] = [
  { name: 'composites', type: PART, wire: partWire, value: PART_VALUE, json: 'to_jsonb(v)' },
  {
    name: 'arrays of composites',
    type: { kind: 'list', element: PART },
    wire: (elementOid) => ({ form: 'array', elementOid, element: partWire(), dimensions: 1 }),
    value: `CASE below(5) WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY[${PART_VALUE}, ${PART_VALUE}] END`,
    json: 'to_jsonb(v)',
  },
  {
    name: 'arrays of two dimensions',
    type: { kind: 'list', element: { kind: 'list', element: INT4 } },
    wire: () => ({ form: 'array', elementOid: 23, element: { form: 'int4' }, dimensions: 2 }),
    value: `(ARRAY[NULL, '{}', '{{' || below(99) || '}}', format('{{%s,NULL,%s},{%s,%s,%s}}', below(9), below(9), below(9), below(9), below(9)),
      format('{{%s},{%s},{NULL}}', below(99), below(99))])[1 + below(5)]::int[]`,
    json: 'to_jsonb(v)',
  },
  {
    name: 'hstores',
    type: { kind: 'map', value: TEXT },
    wire: () => ({ form: 'hstore' }),
    value: "nullif(hstore(ARRAY[lexeme(), lexeme(), lexeme()], ARRAY[lexeme(), NULL, '']) - lexeme(), '')",
    json: 'hstore_to_jsonb(v)',
  },
  {
    name: 'ranges',
    type: RANGE,
    wire: () => NUMRANGE,
    value: RANGE_VALUE,
    json: `(SELECT ${rangeJson} FROM (SELECT v AS r) t WHERE r IS NOT NULL)`,
  },
  ...(DEFAULT_MAJOR >= 14 ? [MULTIRANGES] : []),
];

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer(), SETUP);
});
afterAll(() => database?.drop());

/** A table `random_values` of ids and values `v`. */
async function makeValues(value: string): Promise<void> {
  const client = await database.client();
  await client.query(`SELECT setseed(${(SEED % 1_000_003) / 1_000_003})`);
  await client.query('DROP TABLE IF EXISTS random_values');
  await client.query(`CREATE TABLE random_values AS SELECT i, ${value} AS v FROM generate_series(1, ${ROWS}) i`);
}

describe(titled('text is what the server prints'), () => {
  it.each(TEXTS)('%s', async (_, wire, value) => {
    await makeValues(value);
    const columns = [{ type: TEXT, wire }, { type: TEXT }];
    const text = "SELECT v, format('%s', v) FROM random_values ORDER BY i";
    const { rows } = decodeRows(await wireRows({ url: database.url, text, columns }), { columns, cuts: [50_001] });
    expect(rows).toHaveLength(ROWS);
    expect(new Set(rows.map(([v]) => v)).size).toBeGreaterThan(ROWS / 50);
    expect(rows.filter(([printed, expected]) => printed !== expected).slice(0, 5)).toEqual([]);
  });
});

describe(titled('nested values are what the server says in JSON'), () => {
  it.each(NESTED)('$name', async ({ type, wire, value, json }) => {
    await makeValues(value);
    const client = await database.client();
    const { rows: oids } = await client.query("SELECT 'part'::regtype::oid::int4 AS oid");
    const columns = [{ type, wire: wire(oids[0].oid) }, { type: TEXT }];
    const text = `SELECT v, (${json})::text FROM random_values ORDER BY i`;
    const { rows } = decodeRows(await wireRows({ url: database.url, text, columns }), { columns, cuts: [50_001] });
    expect(rows).toHaveLength(ROWS);
    const expected = rows.map(([, said]): Json => {
      return said === null ? null : asText(JSON.parse(Buffer.from(said as string, 'latin1').toString('utf8')));
    });
    expect(new Set(expected.map((v) => JSON.stringify(v))).size).toBeGreaterThan(20);
    expect(rows.map(([v]) => jsonOf(type, v!))).toEqual(expected);
  });
});
