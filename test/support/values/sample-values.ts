/**
 * Values of every base type of a stock server and its contrib extensions, by the type's name, as SQL. What composites, ranges,
 * domains and arrays are made of follows from them (every-type.ts).
 */

const NO_INPUT = 'a key within an index: its input function refuses every text';

/** Types of which no value can stand in a table, and why. */
export const WITHOUT_VALUES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'gtsvector ghstore gtrgm intbig_gkey ltree_gist gbtreekey2 gbtreekey4 gbtreekey8 gbtreekey16 gbtreekey32 gbtreekey_var ' +
    'pg_brin_bloom_summary pg_brin_minmax_multi_summary'
  )
    .split(' ')
    .map((name) => [name, NO_INPUT]),
);

/** Literals; the last ones are repeated where others have more. */
export const LITERALS: Readonly<Record<string, readonly string[]>> = {
  aclitem: ['=r/postgres', 'postgres=arwdDxt/postgres'],
  bit: ['0', '1'],
  bool: ['true', 'false'],
  box: ['(3,4),(1,2)', '(0.1,0.2),(-0.3,1e20)'],
  bpchar: ['a', ' ж🧛 '],
  bytea: ['\\x00ff', ''],
  char: ['a', '~'],
  cid: ['0', '4294967295'],
  cidr: ['10.0.0.0/8', '2001:db8::/32'],
  circle: ['<(0.1,0.2),0.3>', '<(1,2),0>'],
  citext: ['MiXed 🧛', ''],
  cube: ['(1,2),(3,4.5)', '(0)'],
  date: ['2024-02-29', '4713-01-01 BC'],
  ean13: ['978-0-393-04002-9'],
  float4: ['0.1', '-0', 'NaN'],
  float8: ['0.1', '-0', 'NaN'],
  hstore: ['', '"a"=>"1", "it\'s \\"b\\""=>NULL, "ж🧛"=>""'],
  inet: ['10.0.0.1', '::ffff:1.2.3.4/96'],
  int2: ['32767', '-32768'],
  int2vector: ['', '-32768 32767'],
  int4: ['2147483647', '-2147483648'],
  int8: ['9223372036854775807', '-9223372036854775808'],
  interval: ['1 mon -1 day 00:00:00.000001', '-178000000 years'],
  isbn: ['0-393-04002-X'],
  isbn13: ['978-0-393-04002-9'],
  ismn: ['M-2306-7118-7'],
  ismn13: ['979-0-2306-7118-7'],
  issn: ['1436-4522'],
  issn13: ['977-1436-452-00-8'],
  json: [' {"a" :\t1,\n"a":2 } ', 'null'],
  jsonb: ['{"b": 1, "a": [1.10, {"c": null}]}', 'null'],
  jsonpath: ['$', 'strict $."a"[*] ? (@ > 1)'],
  line: ['{1,2,3}', '{0.1,-0.2,1e20}'],
  lquery: ['Top.*{2}.Astronomy', '!a|b'],
  lseg: ['[(1,2),(3,4.1)]', '[(0,0),(0,0)]'],
  ltree: ['Top.Science.Astronomy', ''],
  ltxtquery: ['Europe & Russia*@ & !Transportation', 'a'],
  macaddr: ['08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff'],
  macaddr8: ['08:00:2b:01:02:03:04:05', '00:00:00:00:00:00:00:00'],
  money: ['-92233720368547758.08', '92233720368547758.07'],
  name: ['Mixed Case', 'ж🧛'],
  numeric: ['12345.678', '-0.125', '0'],
  oid: ['4294967295', '0'],
  oidvector: ['', '1 4294967295'],
  path: ['[(1,2),(3,4)]', '((1,2),(3,4))'],
  pg_lsn: ['1/A', 'FFFFFFFF/FFFFFFFF'],
  pg_snapshot: ['10:20:10,14,15', '1:1:'],
  point: ['(0,-0)', '(NaN,1e300)'],
  polygon: ['((0,0),(1,1.1),(2,0))', '((0,0))'],
  query_int: ['1&(2|!3)', '7'],
  refcursor: ['cursor', ''],
  regclass: ['pg_class', '0'],
  regcollation: ['"C"', '0'],
  regconfig: ['simple', '0'],
  regdictionary: ['simple', '0'],
  regnamespace: ['pg_catalog', '0'],
  regoper: ['|/', '0'],
  regoperator: ['+(integer,integer)', '0'],
  regproc: ['pg_backend_pid', '0'],
  regprocedure: ['abs(integer)', '0'],
  regrole: ['postgres', '0'],
  regtype: ['integer', '0'],
  seg: ['1 .. 2', '~5'],
  text: ['ж🧛', '', 'tab\tnew\nline'],
  tid: ['(4294967295,65535)', '(0,0)'],
  time: ['24:00:00', '00:00:00.000001'],
  timestamp: ['9999-12-31 23:59:59.999999', '0001-12-31 23:59:59.999999 BC'],
  timestamptz: ['9999-12-31 23:59:59.999999+00', '0001-12-31 23:59:59.999999+00 BC'],
  timetz: ['24:00:00-15:59:59', '12:00:00.000001+05:45'],
  tsquery: [`'a' & !'b' | 'c':*AB <2> 'd'`, ''],
  tsvector: [`'a' 'it''s':1A,2 'ж🧛':3`, ''],
  txid_snapshot: ['10:20:10,14,15', '1:1:'],
  upc: ['220356483481'],
  uuid: ['01234567-89ab-cdef-8000-7fffffffffff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  varbit: ['10101010101010101010', ''],
  varchar: ['ж🧛', ''],
  xid: ['4294967295', '0'],
  xid8: ['18446744073709551615', '0'],
  xml: ['<a b="1">ж🧛</a>', 'text only'],
  // Domains whose checks the literals of their base types do not pass.
  'information_schema.cardinal_number': ['2147483647', '0'],
  'information_schema.yes_or_no': ['YES', 'NO'],
  earth: ['(6378168, 0, 0)'],
};

/** What only the server itself makes: found in its catalogs, once STATISTICS_SQL has run. */
export const FOUND: Readonly<Record<string, string>> = {
  pg_node_tree: 'SELECT ev_action FROM pg_rewrite ORDER BY oid LIMIT 1',
  pg_ndistinct: 'SELECT stxdndistinct FROM pg_statistic_ext_data LIMIT 1',
  pg_dependencies: 'SELECT stxddependencies FROM pg_statistic_ext_data LIMIT 1',
  pg_mcv_list: 'SELECT stxdmcv FROM pg_statistic_ext_data LIMIT 1',
};

export const STATISTICS_SQL = `CREATE SCHEMA measured;
  CREATE TABLE measured.pairs AS SELECT i % 3 AS a, i % 3 * 2 AS b FROM generate_series(1, 99) i;
  CREATE STATISTICS measured.both_columns ON a, b FROM measured.pairs; ANALYZE measured.pairs;`;
