/** Types without a decoder of their own: read as the text that Postgres prints. Arrays, composites and ranges of all kinds too. */
import type { ValueType } from './value-table.ts';

const intervals = [
  '0',
  '-178000000 years',
  '178000000 years',
  '1 mon -1 day 00:00:00.000001',
  '-1 year 2 mons',
  '1000000:00:00',
];

const OTHERS: readonly ValueType[] = [
  {
    name: 'interval',
    type: 'interval',
    extremes: intervals,
    random: `rnd(i, 1) % 1000000 * interval '1.000001 second' + rnd(i, 2) % 99 * interval '1 mon'`,
  },
  { name: 'timetz', type: 'timetz', extremes: ['00:00:00+15:59:59', '24:00:00-15:59:59', '12:00:00.000001+05:45'] },
  {
    name: 'money',
    type: 'money',
    extremes: ['-92233720368547758.08', '92233720368547758.07', '0'],
    random: `rnd(i, 1) % 1000000`,
  },
  {
    name: 'inet',
    type: 'inet',
    extremes: ['10.0.0.1', '10.0.0.1/8', '::1', 'fe80::1/64', '255.255.255.255/32'],
  },
  { name: 'cidr', type: 'cidr', extremes: ['10.0.0.0/8', '::/0', '10.1.2.3/32'] },
  { name: 'macaddr', type: 'macaddr', extremes: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'] },
  { name: 'macaddr8', type: 'macaddr8', extremes: ['00:00:00:00:00:00:00:00', '08:00:2b:01:02:03:04:05'] },
  { name: 'bit_3', type: 'bit(3)', extremes: ['000', '101', '111'] },
  { name: 'varbit', type: 'varbit', extremes: ['', '1', '10101010101010101010'], random: 'rnd(i, 1)::bit(64)' },
  { name: 'one_char', type: '"char"', extremes: ['', ' ', 'a', '~'] },
  { name: 'xid', type: 'xid', extremes: ['0', '4294967295'] },
  { name: 'tid', type: 'tid', extremes: ['(0,0)', '(4294967295,65535)'] },
  { name: 'regclass', type: 'regclass', extremes: ['pg_class', 'information_schema.tables', '0'] },
  { name: 'pg_lsn', type: 'pg_lsn', extremes: ['0/0', 'FFFFFFFF/FFFFFFFF'] },
  { name: 'oidvector', type: 'oidvector', extremes: ['', '1 4294967295'], derived: false },
  { name: 'int2vector', type: 'int2vector', extremes: ['', '-32768 32767'], derived: false },
  { name: 'aclitem', type: 'aclitem', extremes: ['=r/postgres', 'postgres=arwdDxt/postgres'] },
  {
    name: 'point',
    type: 'point',
    extremes: ['(0,-0)', '(1e300,-1e-300)', '(NaN,Infinity)'],
    random: 'point(rnd(i, 1) / 3.0, rnd(i, 2) / 7.0)',
  },
  { name: 'box', type: 'box', extremes: ['(1,2),(3,4)', '(0.1,0.2),(-0.3,1e20)'] },
  { name: 'circle', type: 'circle', extremes: ['<(0.1,0.2),0.3>'] },
  { name: 'line', type: 'line', extremes: ['{1,2,3}'] },
  { name: 'lseg', type: 'lseg', extremes: ['[(1,2),(3,4.1)]'] },
  { name: 'path', type: 'path', extremes: ['[(1,2),(3,4)]', '((1,2),(3,4))'] },
  { name: 'polygon', type: 'polygon', extremes: ['((0,0),(1,1.1),(2,0))'] },
  {
    name: 'tsvector',
    type: 'tsvector',
    extremes: ['', `'a' 'it''s':1A,2 'ж🧛':3`],
    random: `to_tsvector('simple', rnd_text(i, 1))`,
  },
  { name: 'tsquery', type: 'tsquery', extremes: ['', `'a' & !'b' | 'c':*AB <2> 'd'`] },
  { name: 'jsonpath', type: 'jsonpath', extremes: ['$', 'strict $."a"[*] ? (@ > 1)'] },
  { name: 'txid_snapshot', type: 'txid_snapshot', extremes: ['10:20:10,14,15'] },
  { name: 'int4range', type: 'int4range', extremes: ['empty', '(,)', '[1,2)', '[-2147483648,2147483647)'] },
  { name: 'numrange', type: 'numrange', extremes: ['empty', '(,1.10]', '[0.1,1e50)'] },
  { name: 'daterange', type: 'daterange', extremes: ['[4713-01-01 BC,)', '[2024-01-01,infinity]'] },
  {
    name: 'tstzrange',
    type: 'tstzrange',
    extremes: ['[2024-06-01 12:00:00+00,2024-06-01 12:00:00.000001+00)', '(,infinity)'],
  },
  {
    name: 'address',
    type: 'address',
    extremes: ['("it\'s, ""here"" \\\\",,)', '(,,)', '(a,2024-06-01 12:00:00+00,"{0.1,NaN}")'],
  },
  { name: 'shout', type: 'shout', extremes: ['("(a,,)","{""(b,,)"",NULL}")'] },
  { name: 'bytea_pair', type: 'bytea_pair', extremes: ['("\\\\\\\\x00ff","1 day")'] },
];

/** Types that other majors or builds have. */
const SINCE: readonly (readonly [major: number, type: ValueType])[] = [
  [13, { name: 'xid8', type: 'xid8', extremes: ['0', '18446744073709551615'] }],
  [14, { name: 'int4multirange', type: 'int4multirange', extremes: ['{}', '{[1,2),[5,)}'] }],
  [
    14,
    { name: 'tstzmultirange', type: 'tstzmultirange', extremes: ['{[2024-06-01 12:00:00+00,2024-06-01 13:00:00+00)}'] },
  ],
];

const EXTENSION_VALUES: Readonly<Record<string, ValueType>> = {
  hstore: { name: 'hstore', type: 'hstore', extremes: ['', '"a"=>"1", "it\'s \\"b\\""=>NULL, "ж🧛"=>""'] },
  citext: { name: 'citext', type: 'citext', extremes: ['', 'MiXed 🧛'], random: 'rnd_text(i, 1)' },
  ltree: { name: 'ltree', type: 'ltree', extremes: ['', 'Top.Science.Astronomy'] },
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
    ...OTHERS,
    ...SINCE.flatMap(([since, type]) => (major >= since ? [type] : [])),
    ...extensions.map((extension) => EXTENSION_VALUES[extension]!),
    ...(hasXml ? [xml] : []),
  ];
}

export const OTHER_TYPES_SQL = `
CREATE TYPE address AS (street text, since timestamptz, weights float8[]);
CREATE TYPE shout AS (one address, many address[]);
CREATE TYPE bytea_pair AS (a bytea, b interval);`;
