/** The types that have a decoder of their own, each with its extremes and a way to random values of it. */
import type { ValueType } from './value-table.ts';

const INT64 = 9_223_372_036_854_775_807n;

const integers: ValueType[] = [
  { name: 'bool', type: 'bool', extremes: ['true', 'false'], random: 'rnd(i, 1) % 2 = 0' },
  { name: 'int2', type: 'int2', extremes: ['-32768', '-1', '0', '1', '32767'], random: 'rnd(i, 1) % 32768' },
  { name: 'int4', type: 'int4', extremes: ['-2147483648', '-1', '0', '2147483647'], random: 'rnd(i, 1) % 2147483648' },
  {
    name: 'int8',
    type: 'int8',
    extremes: [`${-INT64 - 1n}`, '-4294967297', '-4294967296', '-1', '0', '4294967295', '9007199254740993', `${INT64}`],
    random: 'rnd(i, 1) >> abs(rnd(i, 2) % 63)::int',
  },
  { name: 'oid', type: 'oid', extremes: ['0', '2147483648', '4294967295'], random: 'rnd(i, 1) & 4294967295' },
];

const floats: ValueType[] = [
  {
    name: 'float4',
    type: 'float4',
    extremes: [
      ...['NaN', 'Infinity', '-Infinity', '-0', '0', '0.1', '16777217'],
      ...['1.401298464324817e-45', '-1.1754942e-38', '1.17549435e-38', '3.4028235e38', '-3.4028235e38'],
    ],
    random: 'rnd(i, 1) * power(10::float8, (rnd(i, 2) % 18) - 18)',
  },
  {
    name: 'float8',
    type: 'float8',
    extremes: [
      ...['NaN', 'Infinity', '-Infinity', '-0', '0', '0.1', '9007199254740993', '123456789.123456789'],
      ...['4.9406564584124654e-324', '-2.225073858507201e-308', '2.2250738585072014e-308', '1.7976931348623157e308'],
    ],
    random: 'rnd(i, 1) * power(10::float8, rnd(i, 2) % 280)',
  },
];

/** ±(10^p - 1), ±1, 0 and some between, over 10^s; random ones of any number of digits. */
function numeric(precision: number, scale: number): ValueType {
  const nines = '9'.repeat(precision);
  const unscaled = [
    '0',
    '1',
    '-1',
    nines,
    `-${nines}`,
    `1${'0'.repeat(precision - 1)}`,
    `-${'12345678'.repeat(5).slice(0, precision)}`,
  ];
  return {
    name: `numeric_${precision}_${scale}`.replace('-', 'minus_'),
    type: `numeric(${precision},${scale})`,
    extremes: unscaled.map((value) => `${value}e${-scale}`),
    random: `(rnd_digits(i, ${precision}) || 'e${-scale}')::numeric`,
  };
}

const DECIMALS =
  '1,0 1,1 4,4 5,2 9,0 9,9 10,0 10,5 15,2 16,1 18,0 18,18 19,0 19,4 28,6 38,0 38,10 38,37 38,38 ' +
  // Beyond what a decimal can be here: text.
  '39,0 60,5 1000,1000';
/** A scale that is negative, or larger than the precision: text. */
const DECIMALS_OF_15 = '5,-3 3,5 1000,-1000';

function numerics(types: string): ValueType[] {
  return types.split(' ').map((type) => {
    const [precision, scale] = type.split(',').map(Number);
    return numeric(precision!, scale!);
  });
}

const unicode = [
  '',
  ' ',
  '  a  ',
  'plain',
  '\u0001\u0002\u007f',
  'tab\tnew\nline\rreturn',
  `"quoted" 'it''s' \\back\\slash\\`,
];
const planes = [
  'ünï',
  '\u0800\ufffd\ufeff',
  '𝄞🧛',
  '\u{1ffff}\u{2a6df}\u{e0001}\u{f0000}\u{10ffff}',
  'e\u0301 \u202eright',
  '\ud7ff\ue000',
];

const texts: ValueType[] = [
  { name: 'text', type: 'text', extremes: [...unicode, ...planes], random: 'rnd_text(i, 1)' },
  { name: 'varchar_44', type: 'varchar(44)', extremes: [...unicode, ...planes], random: 'left(rnd_text(i, 1), 44)' },
  { name: 'varchar', type: 'varchar', extremes: [...unicode, ...planes], random: 'rnd_text(i, 1)' },
  {
    name: 'char_5',
    type: 'char(5)',
    extremes: ['', ' ', 'a', 'a b', '12345', 'ж🧛', ' x  '],
    random: 'left(rnd_text(i, 1), 5)',
  },
  { name: 'char', type: 'char', extremes: ['', ' ', 'x', '🧛'], random: 'left(rnd_text(i, 1), 1)' },
  {
    name: 'name',
    type: 'name',
    extremes: ['', 'Mixed Case', 'ж'.repeat(31), 'x'.repeat(63)],
    random: 'left(rnd_text(i, 1), 15)',
  },
  {
    name: 'mood',
    type: 'mood',
    extremes: ['sad', '', "it's", 'ж🧛', 'x'.repeat(63)],
    random: `(ARRAY['sad', '', 'ж🧛'])[1 + abs(rnd(i, 1) % 3)]`,
  },
];

const documents = [
  ...[
    'null',
    'true',
    '{}',
    '[]',
    '""',
    '{"b": 1, "a": [1, {"c": null}]}',
    '"\\u00e9 \\ud83e\\udddb \\" \\\\ \\/ é 🧛"',
  ],
  ...['0.1000', '-0', '1e5', '12345678901234567890123456789012345.678901234567890123456789012345678901234567890'],
  ...[`[${'9'.repeat(400)}, 1e400, 1e-400]`, '{"a": 1, "a": 2, "": {"a": 3}}'],
];
const document = `json_build_object('k' || i, rnd_text(i, 1), 'n', rnd(i, 2), 'd', ARRAY[rnd_digits(i, 90)::numeric, NULL])`;

const bytes: ValueType[] = [
  {
    name: 'bytea',
    type: 'bytea',
    extremes: ['', '\\x00', '\\xff00', `\\x${Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('hex')}`],
    random: `decode(md5(rnd(i, 1)::text) || md5(rnd(i, 2)::text), 'hex')`,
  },
  {
    name: 'uuid',
    type: 'uuid',
    extremes: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '01234567-89ab-cdef-8000-7fffffffffff',
    ],
    random: `md5(rnd(i, 1)::text)`,
  },
  {
    name: 'json',
    type: 'json',
    extremes: [...documents, ' {"a" :\t1,\n"a":2 } ', '"\\u0000"', '{"\\ud83d": "a\\udc00b"}'],
    random: document,
  },
  { name: 'jsonb', type: 'jsonb', extremes: [...documents, ' {"a" :\t1,\n"b":2 } '], random: `(${document})::jsonb` },
];

const days = [
  ...[
    '4713-01-01 BC',
    '0044-03-15 BC',
    '0001-12-31 BC',
    '0001-01-01',
    '1582-10-10',
    '1900-02-28',
    '1969-12-31',
    '1970-01-01',
  ],
  ...['1999-12-31', '2000-01-01', '2000-02-29', '9999-12-31', '10000-01-01'],
];
const moments = [
  ...['4714-11-24 00:00:00 BC', '0001-12-31 23:59:59.999999 BC', '0001-01-01 00:00:00', '1582-10-10 12:00:00'],
  ...['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00', '1970-01-01 00:00:00.000001', '1999-12-31 23:59:59.999999'],
  // The edges of the words that a timestamp is made of, since 1970 and since 2000.
  ...[
    '1970-01-01 01:11:34.967295',
    '1970-01-01 01:11:34.967296',
    '2000-01-01 01:11:34.967295',
    '2000-01-01 01:11:34.967296',
  ],
  ...['2000-01-01 00:00:00', '2024-03-31 02:30:00.5', '9999-12-31 23:59:59.999999', '294247-01-10 04:00:54.775806'],
];
const anyMoment = `timestamp '1970-01-01' + (rnd(i, 1) % 200000000) * interval '1 second' + (rnd(i, 2) % 1000000) * interval '1 microsecond'`;

const times: ValueType[] = [
  {
    name: 'date',
    type: 'date',
    extremes: [...days, '5874897-12-31'],
    random: `date '2000-01-01' + (rnd(i, 1) % 800000)::int`,
  },
  {
    name: 'time',
    type: 'time',
    extremes: [
      '00:00:00',
      '00:00:00.000001',
      '01:11:34.967295',
      '01:11:34.967296',
      '12:34:56.789',
      '23:59:59.999999',
      '24:00:00',
    ],
    random: `time '00:00' + (abs(rnd(i, 1) % 86400000000)) * interval '1 microsecond'`,
  },
  {
    name: 'time_2',
    type: 'time(2)',
    extremes: ['00:00:00.01', '24:00:00'],
    random: `time '00:00' + (abs(rnd(i, 1) % 86399)) * interval '1.01 second'`,
  },
  { name: 'timestamp', type: 'timestamp', extremes: moments, random: anyMoment },
  {
    name: 'timestamp_3',
    type: 'timestamp(3)',
    extremes: ['2024-01-01 00:00:00.1239', '1969-12-31 23:59:59.9999'],
    random: anyMoment,
  },
  {
    name: 'timestamptz',
    type: 'timestamptz',
    extremes: moments.map((moment) => moment.replace(/( BC)?$/, '+00$1')),
    random: `(${anyMoment}) AT TIME ZONE 'UTC'`,
  },
];

/** All of them that this major has. */
export function nativeValues(major: number): readonly ValueType[] {
  return [
    ...integers,
    ...floats,
    ...numerics(DECIMALS),
    ...(major >= 15 ? numerics(DECIMALS_OF_15) : []),
    ...texts,
    ...bytes,
    ...times,
  ];
}

/** Types of the tables' types; before the tables. */
export const NATIVE_TYPES_SQL = `CREATE TYPE mood AS ENUM ('sad', '', 'it''s', 'ж🧛', '${'x'.repeat(63)}');`;
