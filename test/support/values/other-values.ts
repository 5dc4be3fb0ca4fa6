/** Types whose values have parts or are rendered here, and those that are read as the text that Postgres prints. */
import type { ValueType } from './value-table.ts';

const intervals = [
  '0',
  '-178000000 years',
  '178000000 years',
  '1 mon -1 day 00:00:00.000001',
  '-1 year 2 mons',
  '-1 mon 1 day -00:00:00.5',
  '2147483647 days',
  '1000000:00:00',
];

const RENDERED: readonly ValueType[] = [
  {
    name: 'interval',
    type: 'interval',
    extremes: intervals,
    random: `rnd(i, 1) % 1000000 * interval '1.000001 second' + rnd(i, 2) % 99 * interval '1 mon'`,
  },
  {
    name: 'timetz',
    type: 'timetz',
    extremes: ['00:00:00+15:59:59', '24:00:00-15:59:59', '12:00:00.000001+05:45', '01:02:03+00', '23:59:59.9-00:00:01'],
    random: `(time '00:00' + (abs(rnd(i, 1) % 86400000000)) * interval '1 microsecond')::text || '-' || abs(rnd(i, 2) % 15)`,
  },
  {
    name: 'money',
    type: 'money',
    extremes: ['-92233720368547758.08', '92233720368547758.07', '0', '-0.01'],
    random: `rnd(i, 1) % 1000000`,
  },
  {
    name: 'inet',
    type: 'inet',
    extremes: [
      ...['10.0.0.1', '10.0.0.1/8', '0.0.0.0/0', '255.255.255.255/32', '::', '::1', '::/0', 'fe80::1/64', '1::8/128'],
      ...[
        '::ffff:1.2.3.4',
        '::1.2.3.4',
        '2001:db8:0:0:1:0:0:1',
        '2001:0:0:1::',
        'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      ],
    ],
    random: `set_masklen('0.0.0.0'::inet + abs(rnd(i, 1) % 4294967296), abs(rnd(i, 2) % 33)::int)`,
  },
  {
    name: 'cidr',
    type: 'cidr',
    extremes: [
      ...['10.0.0.0/8', '::/0', '0.0.0.0/0', '10.1.2.3/32', '192.168.100.128/25', '2001:db8::/32'],
      '::ffff:1.2.3.0/120',
    ],
  },
  {
    name: 'macaddr',
    type: 'macaddr',
    extremes: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '08:00:2b:01:02:03'],
  },
  { name: 'macaddr8', type: 'macaddr8', extremes: ['00:00:00:00:00:00:00:00', '08:00:2b:01:02:03:04:05'] },
  { name: 'bit_3', type: 'bit(3)', extremes: ['000', '101', '111'] },
  {
    name: 'varbit',
    type: 'varbit',
    extremes: ['', '1', '00000000', '10101010101010101010', '0'.repeat(1001)],
    random: 'substring(rnd(i, 1)::bit(64)::varbit, 1, i)',
  },
  { name: 'xid', type: 'xid', extremes: ['0', '4294967295'] },
  { name: 'cid', type: 'cid', extremes: ['0', '4294967295'] },
  { name: 'pg_lsn', type: 'pg_lsn', extremes: ['0/0', '1/A', '0/FFFFFFFF', 'FFFFFFFF/FFFFFFFF'] },
  {
    name: 'tsvector',
    type: 'tsvector',
    extremes: ['', `'a' 'it''s':1A,2 'ж🧛':3`, `'back\\\\slash' 'a b':16383D 'c':1B,2C,3`],
    random: `to_tsvector('simple', rnd_text(i, 1))`,
  },
  { name: 'jsonpath', type: 'jsonpath', extremes: ['$', 'strict $."a"[*] ? (@ > 1)'] },
];

const WITH_PARTS: readonly ValueType[] = [
  {
    name: 'point',
    type: 'point',
    extremes: ['(0,-0)', '(1e300,-1e-300)', '(NaN,Infinity)'],
    random: 'point(rnd(i, 1) / 3.0, rnd(i, 2) / 7.0)',
  },
  {
    name: 'int4range',
    type: 'int4range',
    extremes: ['empty', '(,)', '[1,2)', '[-2147483648,2147483647)'],
    random: 'int4range(least(i, (rnd(i, 1) % 100)::int), greatest(i, (rnd(i, 1) % 100)::int))',
  },
  { name: 'int8range', type: 'int8range', extremes: ['empty', '[-9223372036854775808,9223372036854775807)', '(,-1]'] },
  { name: 'numrange', type: 'numrange', extremes: ['empty', '(,1.10]', '[0.1,1e50)', '[NaN,NaN]', '(-1,-0.001)'] },
  {
    name: 'daterange',
    type: 'daterange',
    extremes: ['empty', '(,)', '[4713-01-01 BC,)', '[2024-01-01,2024-02-29]', '(,5874897-12-31)'],
  },
  {
    name: 'tstzrange',
    type: 'tstzrange',
    extremes: [
      ...['[2024-06-01 12:00:00+00,2024-06-01 12:00:00.000001+00)', '(,1970-01-01 00:00:00+00]', '(,)', 'empty'],
    ],
  },
  {
    name: 'tsrange',
    type: 'tsrange',
    extremes: ['empty', '(4714-11-24 00:00:00 BC,)'],
    random: `tsrange(timestamp 'epoch' + (rnd(i, 1) % 1000000) * interval '1 second', NULL, '(]')`,
  },
  { name: 'amountrange', type: 'amountrange', extremes: ['empty', '(,)', '[0.10,999.99]', '(-1,1)'] },
  { name: 'textrange', type: 'textrange', extremes: ['["a, ""b""",ж🧛)', '["",)', 'empty'] },
  {
    name: 'address',
    type: 'address',
    extremes: ['("it\'s, ""here"" \\\\",,)', '(,,)', '(a,2024-06-01 12:00:00+00,"{0.1,NaN}")'],
  },
  { name: 'shout', type: 'shout', extremes: ['("(a,,)","{""(b,,)"",NULL}")', '(,{})', '(,)'] },
  {
    name: 'town',
    type: 'town',
    extremes: ['(,,,,,,,)', '(x,"(,)",{},"{""[1,2)"",empty,NULL}",1 mon,1.5,12.34,"{{1,NULL},{3,4}}")'],
    random: `ROW(rnd_text(i, 1), ROW(ROW(rnd_text(i, 2), 'epoch', ARRAY[rnd(i, 3) / 7.0, NULL])::address, ARRAY[NULL, ROW('', NULL, '{}')::address])::shout,
      ARRAY[ROW(NULL, ARRAY[ROW(rnd_text(i, 4), NULL, NULL)::address])::shout, NULL], ARRAY[int4range(1, i), 'empty', NULL],
      interval '1 second' * (rnd(i, 5) % 10000), (rnd_digits(i, 60) || 'e-20')::numeric, 1.25, ARRAY[[1, i], [NULL, 3]])::town`,
  },
  { name: 'grid', type: 'grid', extremes: ['{}', '{{1}}', '{{1,2,3},{4,NULL,6}}', '{{NULL},{NULL}}'], derived: false },
  { name: 'bytea_pair', type: 'bytea_pair', extremes: ['("\\\\\\\\x00ff","1 day")'] },
];

/** What the server prints. */
const PRINTED: readonly ValueType[] = [
  { name: 'one_char', type: '"char"', extremes: ['', ' ', 'a', '~'] },
  { name: 'tid', type: 'tid', extremes: ['(0,0)', '(4294967295,65535)'] },
  { name: 'regclass', type: 'regclass', extremes: ['pg_class', 'information_schema.tables', '0'] },
  { name: 'oidvector', type: 'oidvector', extremes: ['', '1 4294967295'], derived: false },
  { name: 'int2vector', type: 'int2vector', extremes: ['', '-32768 32767'], derived: false },
  { name: 'aclitem', type: 'aclitem', extremes: ['=r/postgres', 'postgres=arwdDxt/postgres'] },
  { name: 'box', type: 'box', extremes: ['(1,2),(3,4)', '(0.1,0.2),(-0.3,1e20)'] },
  { name: 'circle', type: 'circle', extremes: ['<(0.1,0.2),0.3>'] },
  { name: 'line', type: 'line', extremes: ['{1,2,3}'] },
  { name: 'lseg', type: 'lseg', extremes: ['[(1,2),(3,4.1)]'] },
  { name: 'path', type: 'path', extremes: ['[(1,2),(3,4)]', '((1,2),(3,4))'] },
  { name: 'polygon', type: 'polygon', extremes: ['((0,0),(1,1.1),(2,0))'] },
  { name: 'tsquery', type: 'tsquery', extremes: ['', `'a' & !'b' | 'c':*AB <2> 'd'`] },
  { name: 'txid_snapshot', type: 'txid_snapshot', extremes: ['10:20:10,14,15'] },
  { name: 'boxed', type: 'boxed', extremes: ['("(3,4),(1,2)",1)', '(,)'] },
];

/** Types that other majors or builds have. */
const SINCE: readonly (readonly [major: number, type: ValueType])[] = [
  [13, { name: 'xid8', type: 'xid8', extremes: ['0', '18446744073709551615'] }],
  [14, { name: 'int4multirange', type: 'int4multirange', extremes: ['{}', '{[1,2),[5,)}', '{(,)}', '{(,-5),[0,1)}'] }],
  // Before 15 such an interval can be had, but not written.
  [
    15,
    {
      name: 'long_interval',
      type: 'interval',
      extremes: ['2562047788:00:54.775807', '-2562047788:00:54.775807'],
    },
  ],
  [14, { name: 'nummultirange', type: 'nummultirange', extremes: ['{}', '{(0.10,1],(5,)}'] }],
  [
    14,
    { name: 'tstzmultirange', type: 'tstzmultirange', extremes: ['{[2024-06-01 12:00:00+00,2024-06-01 13:00:00+00)}'] },
  ],
];

const EXTENSION_VALUES: Readonly<Record<string, ValueType>> = {
  hstore: {
    name: 'hstore',
    type: 'hstore',
    extremes: ['', '"a"=>"1", "it\'s \\"b\\""=>NULL, "ж🧛"=>""', '""=>NULL'],
    random: `hstore(ARRAY[i::text, rnd_text(i, 1), 'k'], ARRAY[rnd_text(i, 2), NULL, ''])`,
  },
  citext: { name: 'citext', type: 'citext', extremes: ['', 'MiXed 🧛'], random: 'rnd_text(i, 1)' },
  ltree: {
    name: 'ltree',
    type: 'ltree',
    extremes: ['', 'Top.Science.Astronomy'],
    random: `'a' || abs(rnd(i, 1)) || '.b'`,
  },
  isn: { name: 'isbn', type: 'isbn13', extremes: ['978-0-393-04002-9'] },
  seg: { name: 'seg', type: 'seg', extremes: ['1 .. 2', '~5'] },
  cube: { name: 'cube', type: 'cube', extremes: ['(1,2),(3,4.5)'] },
};

/** Extensions of these types; before the tables. */
export const OTHER_EXTENSIONS: readonly string[] = Object.keys(EXTENSION_VALUES);

/** `hasXml`: the server was built with libxml. */
export function otherValues(major: number, extensions: readonly string[], hasXml: boolean): readonly ValueType[] {
  const xml: ValueType = { name: 'xml', type: 'xml', extremes: ['<a b="1">ж🧛</a>', 'text only', ''] };
  return [
    ...RENDERED,
    ...WITH_PARTS,
    ...PRINTED,
    ...SINCE.flatMap(([since, type]) => (major >= since ? [type] : [])),
    ...extensions.map((extension) => EXTENSION_VALUES[extension]!),
    ...(hasXml ? [xml] : []),
  ];
}

export const OTHER_TYPES_SQL = `
CREATE DOMAIN grid AS int4[][];
CREATE DOMAIN positive AS numeric(6,2);
CREATE TYPE amountrange AS RANGE (subtype = positive);
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TYPE address AS (street text, since timestamptz, weights float8[]);
CREATE TYPE shout AS (one address, many address[]);
CREATE TYPE town AS (name text, first shout, others shout[], spans int4range[], took interval, open numeric, price positive, cells int4[][]);
CREATE TYPE bytea_pair AS (a bytea, b interval);
CREATE TYPE boxed AS (b box, n int);`;
