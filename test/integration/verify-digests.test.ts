/**
 * The canonical forms of a verification: for each form in which values come, Postgres and DuckDB compute the same checks from
 * the same values, under odd settings of the session; and a value that differs in its last digit has another checksum.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogicalType } from '../../src/core/logical-type.ts';
import type { Column, ReadAs } from '../../src/core/table-schema.ts';
import type { WireForm, WireFormOf } from '../../src/core/wire-form.ts';
import { duckdbCheckSql, postgresCheckSql } from '../../src/verify/column-checks.ts';
import { parseCheck, type TableCheck } from '../../src/verify/table-check.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';

interface Sample {
  readonly title: string;
  readonly pgType: string;
  readonly type: LogicalType;
  readonly wire: WireForm;
  /** Pairs of SQL: the value in Postgres, and what the lake holds of it, in DuckDB. */
  readonly values: readonly (readonly [postgres: string, duckdb: string])[];
  readonly readAs?: ReadAs;
  readonly since?: number;
}

const bool: LogicalType = { kind: 'bool' };
const int32: LogicalType = { kind: 'int32' };
const text: LogicalType = { kind: 'text' };
const date: LogicalType = { kind: 'date' };
const float64: LogicalType = { kind: 'float64' };
const decimal = (precision: number, scale: number): LogicalType => ({ kind: 'decimal', precision, scale });
const list = (element: LogicalType): LogicalType => ({ kind: 'list', element });
const struct = (fields: Readonly<Record<string, LogicalType>>): LogicalType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const rangeOf = (bound: LogicalType): LogicalType =>
  struct({ lower: bound, upper: bound, lower_inclusive: bool, upper_inclusive: bool, empty: bool });
const wire = (form: Exclude<WireForm['form'], 'array' | 'composite' | 'range' | 'multirange'>): WireForm => ({ form });
const arrayOf = (element: WireForm, dimensions = 1): WireForm => ({
  form: 'array',
  elementOid: 0,
  element,
  dimensions,
});
const rangeWire = (bound: WireForm): WireFormOf<'range'> => ({ form: 'range', bound });

const inner = struct({ a: int32, 'B b': list(text) });
const innerWire: WireForm = {
  form: 'composite',
  fields: [
    { typeOid: 23, wire: wire('int4') },
    { typeOid: 1009, wire: arrayOf(wire('text')) },
  ],
};
const outerWire: WireForm = {
  form: 'composite',
  fields: [
    { typeOid: 0, wire: innerWire },
    { typeOid: 1082, wire: wire('date') },
  ],
};
const range = (lower: string, upper: string, flags: string): string => {
  const [lowerInclusive, upperInclusive, empty] = [...flags].map((flag) => flag === '1');
  return `{lower: ${lower}, upper: ${upper}, lower_inclusive: ${lowerInclusive}, upper_inclusive: ${upperInclusive}, empty: ${empty}}`;
};
const same = (...values: string[]): [string, string][] => values.map((value) => [value, value]);

const hstore: LogicalType = { kind: 'map', value: text };
const MAP_SWAPPED = "MAP {'a': '2', 'b': '1'}";

const SAMPLES: readonly Sample[] = [
  { title: 'bool', pgType: 'bool', type: bool, wire: wire('bool'), values: same('true', 'false', 'null') },
  {
    title: 'int8',
    pgType: 'int8',
    type: { kind: 'int64' },
    wire: wire('int8'),
    values: same('-9223372036854775808', '9223372036854775807', 'null'),
  },
  {
    title: 'numeric with 38 digits; a NaN is what no decimal holds',
    pgType: 'numeric(38,10)',
    type: decimal(38, 10),
    wire: wire('numeric'),
    values: [
      ['1.5', '1.5::DECIMAL(38,10)'],
      ['-0.0000000001', '-0.0000000001::DECIMAL(38,10)'],
      ['9999999999999999999999999999.9999999999', "'9999999999999999999999999999.9999999999'::DECIMAL(38,10)"],
      ["'NaN'", 'NULL'],
    ],
  },
  {
    title: 'numeric without digits before the point',
    pgType: 'numeric(5,5)',
    type: decimal(5, 5),
    wire: wire('numeric'),
    values: [
      ['0.5', '0.5::DECIMAL(5,5)'],
      ['-0.00001', '-0.00001::DECIMAL(5,5)'],
    ],
  },
  {
    title: 'numeric without precision as a decimal',
    pgType: 'numeric',
    type: decimal(38, 18),
    wire: wire('numeric'),
    values: [
      ['1.5', '1.5::DECIMAL(38,18)'],
      ['1e-19', 'NULL'],
    ],
  },
  {
    title: 'float8',
    pgType: 'float8',
    type: float64,
    wire: wire('float8'),
    values: [
      ...['1e-300', '0.1', '1e15', '123456789012345678', '5e-324', '1.7976931348623157e308', '1e100'].map(
        (value): [string, string] => [value, `${value}::DOUBLE`],
      ),
      ...['-0.0', 'NaN', 'Infinity', '-Infinity'].map((value): [string, string] => [
        `'${value}'`,
        `'${value}'::DOUBLE`,
      ]),
    ],
  },
  {
    title: 'float4',
    pgType: 'float4',
    type: { kind: 'float32' },
    wire: wire('float4'),
    values: ['0.1', '3.4028235e38', '1e-45'].map((value) => [value, `${value}::FLOAT`]),
  },
  {
    title: 'char(n) with its padding',
    pgType: 'char(5)',
    type: text,
    wire: wire('text'),
    values: [["'ab'", "'ab   '"]],
  },
  { title: 'text', pgType: 'text', type: text, wire: wire('text'), values: same("'ab%s'", "''", "'é🦇'") },
  {
    title: 'bytea',
    pgType: 'bytea',
    type: { kind: 'bytes' },
    wire: wire('bytea'),
    values: [["'\\x00ff'", "'\\x00\\xff'::BLOB"]],
  },
  {
    title: 'jsonb',
    pgType: 'jsonb',
    type: { kind: 'json' },
    wire: wire('versioned text'),
    values: [[`'{"a":  1}'`, `'{"a": 1}'`]],
  },
  {
    title: 'date, and infinity',
    pgType: 'date',
    type: date,
    wire: wire('date'),
    values: [
      ["'1969-12-31'", "DATE '1969-12-31'"],
      ["'4714-11-24 BC'", "DATE '4714-11-24 (BC)'"],
      ["'5874897-12-31'", "DATE '5874897-12-31'"],
      ["'infinity'", 'NULL'],
    ],
  },
  {
    title: 'time',
    pgType: 'time',
    type: { kind: 'time' },
    wire: wire('time'),
    values: [
      ["'24:00:00'", "'24:00:00.000000'"],
      ["'12:34:56.7'", "'12:34:56.700000'"],
    ],
  },
  {
    title: 'timestamp, and what lies beyond its last microsecond',
    pgType: 'timestamp',
    type: { kind: 'timestamp', utc: false },
    wire: wire('timestamp'),
    values: [
      ["'1969-12-31 23:59:59.999999'", "TIMESTAMP '1969-12-31 23:59:59.999999'"],
      ["'4714-11-24 00:00:00.000001 BC'", "TIMESTAMP '4714-11-24 (BC) 00:00:00.000001'"],
      ["'294247-01-10 04:00:54.775806'", 'make_timestamp(9223372036854775806)'],
      ["'294247-01-10 04:00:54.775807'", 'NULL'],
      ["'-infinity'", 'NULL'],
    ],
  },
  {
    title: 'timestamptz',
    pgType: 'timestamptz',
    type: { kind: 'timestamp', utc: true },
    wire: wire('timestamp'),
    values: [["'2020-06-01 12:00:00.5+02'", "TIMESTAMPTZ '2020-06-01 10:00:00.5+00'"]],
  },
  {
    title: 'interval',
    pgType: 'interval',
    type: struct({ months: int32, days: int32, micros: { kind: 'int64' } }),
    wire: wire('interval'),
    values: [
      ["'-1 year -2 mons +3 days -04:05:06.789'", '{months: -14, days: 3, micros: -14706789000}'],
      ["'2000000000 hours'", '{months: 0, days: 0, micros: 7200000000000000000}'],
    ],
  },
  { title: 'inet', pgType: 'inet', type: text, wire: wire('inet'), values: same("'10.0.0.1'", "'::ffff:1.2.3.4/96'") },
  {
    title: 'point',
    pgType: 'point',
    type: struct({ x: float64, y: float64 }),
    wire: wire('point'),
    values: [["'(1,-0)'", "{x: 1::DOUBLE, y: '-0.0'::DOUBLE}"]],
  },
  {
    title: 'arrays; other dimensions and lower bounds have no form',
    pgType: 'int[]',
    type: list(int32),
    wire: arrayOf(wire('int4')),
    values: [
      ["'{1,NULL,3}'", '[1, NULL, 3]'],
      ["'{}'", '[]'],
      ["'{{1}}'", 'NULL'],
      ["'[2:3]={1,2}'", 'NULL'],
      ['null', 'NULL'],
    ],
  },
  {
    title: 'hstore, in any order',
    pgType: 'public.hstore',
    type: hstore,
    wire: wire('hstore'),
    values: [
      ['\'a=>1, bb=>NULL, c=>"ü"\'', "MAP {'c': 'ü', 'a': '1', 'bb': NULL}"],
      ["''", 'MAP {}::MAP(VARCHAR, VARCHAR)'],
    ],
  },
  {
    title: 'arrays of two dimensions',
    pgType: 'int[]',
    type: list(list(int32)),
    wire: arrayOf(wire('int4'), 2),
    values: [
      ["'{{1,2},{3,4},{5,NULL}}'", '[[1, 2], [3, 4], [5, NULL]]'],
      ["'{}'", '[]'],
      ["'{1}'", 'NULL'],
    ],
  },
  {
    title: 'ranges',
    pgType: 'int4range',
    type: rangeOf(int32),
    wire: rangeWire(wire('int4')),
    values: [
      ["'[1,5]'", range('1', '6', '100')],
      ["'empty'", range('NULL', 'NULL', '001')],
      ["'(,3)'", range('NULL', '3', '000')],
      ['null', 'NULL'],
    ],
  },
  {
    title: 'a range with an infinite bound that is a value',
    pgType: 'daterange',
    type: rangeOf(date),
    wire: rangeWire(wire('date')),
    values: [["'[2020-01-01,infinity]'", 'NULL']],
  },
  {
    title: 'multiranges',
    pgType: 'int4multirange',
    type: list(rangeOf(int32)),
    wire: { form: 'multirange', range: rangeWire(wire('int4')) },
    since: 14,
    values: [
      ["'{[1,2),[5,)}'", `[${range('1', '2', '100')}, ${range('5', 'NULL', '100')}]`],
      ["'{}'", '[]'],
    ],
  },
  {
    title: 'composites within composites; one of nulls is not null',
    pgType: 'public.outer_t',
    type: struct({ i: inner, d: date }),
    wire: outerWire,
    values: [
      [
        "row(row(1, array['x', null])::public.inner_t, '2020-01-01')::public.outer_t",
        `{i: {a: 1, "B b": ['x', NULL]}, d: DATE '2020-01-01'}`,
      ],
      ['row(row(null, null)::public.inner_t, null)::public.outer_t', '{i: {a: NULL, "B b": NULL}, d: NULL}'],
      ['row(null, null)::public.outer_t', '{i: NULL, d: NULL}'],
      ['null', 'NULL'],
    ],
  },
  {
    title: 'arrays of composites with arrays',
    pgType: 'public.inner_t[]',
    type: list(inner),
    wire: arrayOf(innerWire),
    values: [
      [
        "array[row(1, array['x'])::public.inner_t, null, row(null, null)::public.inner_t]",
        `[{a: 1, "B b": ['x']}, NULL, {a: NULL, "B b": NULL}]`,
      ],
    ],
  },
  {
    title: 'what is read as text',
    pgType: 'box',
    type: text,
    wire: wire('text'),
    readAs: 'text',
    values: [["'(1,2),(0,1)'", "'(1,2),(0,1)'"]],
  },
  {
    title: 'arrays read as text[]',
    pgType: 'box[]',
    type: list(text),
    wire: arrayOf(wire('text')),
    readAs: 'text[]',
    values: [["'{(1,2),(0,1);(3,4),(1,1)}'", "['(1,2),(0,1)', '(3,4),(1,1)']"]],
  },
];

let database: TestDatabase;
let source: pg.Client;
let lake: DuckDBConnection;

beforeAll(async () => {
  database = await createDatabase(await testServer());
  source = await database.client();
  await source.query(`CREATE TYPE public.inner_t AS (a int, "B b" text[]);
    CREATE TYPE public.outer_t AS (i public.inner_t, d date);
    CREATE TYPE public.pair_t AS (a int, b int);
    CREATE EXTENSION hstore;
    SET search_path = pg_catalog; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601'`);
  lake = await (await DuckDBInstance.create(':memory:')).connect();
  await lake.run(`SET TimeZone = 'UTC'`);
});
afterAll(() => database?.drop());

describe('Postgres and DuckDB give the same values the same checks', () => {
  it.each(SAMPLES.filter(({ since = 0 }) => since <= DEFAULT_MAJOR))('$title', async (sample) => {
    const column = columnOf(sample);
    await source.query(`DROP TABLE IF EXISTS public.t; CREATE TABLE public.t ("we""ird" ${sample.pgType});
      ${sample.values.map(([value]) => `INSERT INTO public.t VALUES (${value});`).join(' ')}`);
    const inSource = await sourceCheck(column);
    expect(inSource.rows).toBe(BigInt(sample.values.length));
    expect(
      await lakeCheck(
        column,
        sample.values.map(([, value]) => value),
      ),
    ).toEqual(inSource);
  });

  it.each([
    ['a float in its last bit', 'float8', float64, wire('float8'), '0.1', '0.10000000000000002::DOUBLE'],
    ['the sign of a zero', 'float8', float64, wire('float8'), '0', "'-0.0'::DOUBLE"],
    [
      'a decimal in its last digit',
      'numeric(20,10)',
      decimal(20, 10),
      wire('numeric'),
      '1.0000000001',
      '1.0000000002::DECIMAL(20,10)',
    ],
    [
      'a microsecond',
      'timestamp',
      { kind: 'timestamp', utc: false } as const,
      wire('timestamp'),
      "'2020-01-01'",
      "TIMESTAMP '2020-01-01 00:00:00.000001'",
    ],
    ['a blank', 'text', text, wire('text'), "'a'", "'a '"],
    ['an element that moved', 'int[]', list(int32), arrayOf(wire('int4')), "'{1,2}'", '[2, 1]'],
    ['an empty list for a null', 'int[]', list(int32), arrayOf(wire('int4')), 'null', '[]'],
    ...[
      '[[1, 3], [2, 4], [5, 6]]',
      '[[1, 2], [3], [4, 5, 6]]',
      '[[1, 2], NULL, [3, 4, 5, 6]]',
      '[[1, 2], [], [3, 4, 5, 6]]',
    ].map(
      (inLake) =>
        [
          `${inLake} for a box`,
          'int[]',
          list(list(int32)),
          arrayOf(wire('int4'), 2),
          "'{{1,2},{3,4},{5,6}}'",
          inLake,
        ] as const,
    ),
    [
      'inner lists of other lengths at the third level',
      'int[]',
      list(list(list(int32))),
      arrayOf(wire('int4'), 3),
      "'{{{1,2},{3,4},{5,6}}}'",
      '[[[1, 2], [3], [4, 5, 6]]]',
    ],
    ['a list of a null for a null', 'int[]', list(list(int32)), arrayOf(wire('int4'), 2), 'NULL', '[NULL]::INT[][]'],
    ['a first list that is null', 'int[]', list(list(int32)), arrayOf(wire('int4'), 2), 'NULL', '[NULL, [1]]'],
    ['an element in another array', 'int[]', list(list(int32)), arrayOf(wire('int4'), 2), "'{{1},{2}}'", '[[1, 2]]'],
    ["values of a map in each other's entries", 'public.hstore', hstore, wire('hstore'), "'a=>1,b=>2'", MAP_SWAPPED],
    ['a key of a map that is a value', 'public.hstore', hstore, wire('hstore'), "'a=>b'", "MAP {'b': 'a'}"],
    ['a null in a map', 'public.hstore', hstore, wire('hstore'), "'a=>NULL'", "MAP {'a': ''}"],
    ['no entry for one', 'public.hstore', hstore, wire('hstore'), "'a=>1'", 'MAP {}::MAP(VARCHAR, VARCHAR)'],
    [
      'a field of a composite in the next',
      'public.pair_t',
      struct({ a: int32, b: int32 }),
      { form: 'composite', fields: [1, 2].map(() => ({ typeOid: 23, wire: wire('int4') })) },
      "'(1,2)'",
      '{a: 2, b: 1}',
    ],
  ] as const)('%s changes the check', async (title, pgType, type, form, inSource, inLake) => {
    const column = columnOf({ title, pgType, type, wire: form, values: [] });
    await source.query(
      `DROP TABLE IF EXISTS public.t; CREATE TABLE public.t ("we""ird" ${pgType}); INSERT INTO public.t VALUES (${inSource})`,
    );
    expect(await lakeCheck(column, [inLake])).not.toEqual(await sourceCheck(column));
  });

  it.each([
    ['a number', 'numeric(5,2)', decimal(5, 2), wire('numeric'), "'NaN'", 'NULL'],
    ['a date', 'date', { kind: 'date' }, wire('date'), "'infinity'", 'NULL'],
    ['an element', 'date[]', list({ kind: 'date' }), arrayOf(wire('date')), "'{infinity}'", '[NULL]::DATE[]'],
    ['an array', 'int[]', list(int32), arrayOf(wire('int4')), "'{{1}}'", 'NULL'],
  ] as const)(
    '%s that is awkward is null only where the policy made it so',
    async (title, pgType, type, form, inSource, inLake) => {
      const { awkward: _, ...column } = columnOf({ title, pgType, type, wire: form, values: [] });
      await source.query(
        `DROP TABLE IF EXISTS public.t; CREATE TABLE public.t ("we""ird" ${pgType}); INSERT INTO public.t VALUES (${inSource})`,
      );
      const check = await lakeCheck(column, [inLake]);
      expect(await sourceCheck({ ...column, awkward: 'null' })).toEqual(check);
      expect(await sourceCheck(column)).not.toEqual(check);
      expect(await sourceCheck({ ...column, awkward: 'quarantine' })).not.toEqual(check);
      await source.query('UPDATE public.t SET "we""ird" = null');
      expect(await sourceCheck(column)).toEqual(await lakeCheck(column, ['NULL']));
    },
  );
});

function columnOf({ pgType, type, wire: form, readAs = 'binary' }: Sample): Column {
  const source = { pgType, typeOid: 0, typmod: -1, readAs, wire: form };
  return { name: 'we"ird', type, fieldId: 1, source, awkward: 'null' };
}

async function sourceCheck(column: Column): Promise<TableCheck> {
  const { rows } = await source.query(postgresCheckSql([column], 'FROM ONLY public.t'));
  return parseCheck(rows[0], [column]);
}

async function lakeCheck(column: Column, values: readonly string[]): Promise<TableCheck> {
  const rows = values.map((value) => `SELECT ${value} AS "we""ird"`).join(' UNION ALL ');
  const result = await lake.runAndReadAll(duckdbCheckSql([column], `(${rows})`));
  return parseCheck(result.getRowObjectsJson()[0] as Record<string, string>, [column]);
}
