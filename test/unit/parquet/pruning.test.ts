/**
 * Statistics never make a reader wrong: a filter at min, at max and just inside and outside gives what a full scan gives. Row
 * groups have 3 rows and pages 2, so that readers skip nearly all of them. DuckDB prunes row groups, hyparquet pages too.
 */
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Reader } from '../../../src/core/reader.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { columnIndexOf, useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();
const TINY = { rowGroupRows: 3, pageRows: 2 };
const OPERATORS = ['<', '<=', '=', '>=', '>', '<>'];

interface Case {
  readonly type: LogicalType;
  readonly values: readonly Value[];
  /** SQL literals: values of the column, and their neighbours. */
  readonly literals: readonly string[];
}

const prefix = 'p'.repeat(64);
const day = 86_400_000_000n;

const CASES: Readonly<Record<string, Case>> = {
  int32: {
    type: { kind: 'int32' },
    values: [-5, -3, null, 0, 7, 2147483647, -2147483648, 1],
    literals: ['-2147483648', '-5', '-4', '0', '1', '6', '7', '8', '2147483647'],
  },
  int64: {
    type: { kind: 'int64' },
    values: [-(2n ** 63n), 2n ** 63n - 1n, null, 4294967296n, 4294967295n, -1n, 0n, 2147483648n, -4294967296n],
    literals: [
      '-9223372036854775808',
      '-4294967296',
      '-1',
      '0',
      '4294967294',
      '4294967295',
      '4294967296',
      '9223372036854775807',
    ],
  },
  float64: {
    type: { kind: 'float64' },
    values: [-0, 1.5, null, 0, 0, -2, Infinity, -Infinity, 3, NaN, 5, 1, 2],
    literals: [
      '0.0',
      '-0.0',
      '-2',
      '1.4',
      '1.5',
      '3',
      '4',
      '5',
      '6',
      "'inf'::double",
      "'-inf'::double",
      "'nan'::double",
    ],
  },
  float32: {
    type: { kind: 'float32' },
    values: [-0, 1.5, null, 7, NaN, 1, 2, 3, 4],
    literals: ['0.0::float', '1.5::float', '4::float', '5::float', '6::float', '8::float', "'nan'::float"],
  },
  'floats, one in each row group': {
    type: { kind: 'float64' },
    values: [NaN, NaN, null, -0, -0, -0, 0, 0, 0, null, null, null, Infinity, Infinity, Infinity, 5, 5, 5, -1, -1, -1],
    literals: ['0.0', '-0.0', '5', '4', '6', '-1', "'inf'::double", "'-inf'::double", "'nan'::double"],
  },
  'int32, most row groups nothing but null': {
    type: { kind: 'int32' },
    values: [null, null, null, null, null, null, 5, null, 7, null, null, null, null, null, null],
    literals: ['4', '5', '6', '7', '8'],
  },
  'text, most row groups nothing but null': {
    type: { kind: 'text' },
    values: [null, null, null, '', '', '', null, null, null, 'a', null, 'b', null, null, null],
    literals: ["''", "'a'", "'aa'", "'b'", "'c'"],
  },
  int16: {
    type: { kind: 'int16' },
    values: [-32768, 32767, null, -1, 0, 1],
    literals: ['-32768', '-2', '-1', '0', '1', '2', '32767'],
  },
  uint32: {
    type: { kind: 'uint32' },
    values: [0n, 2n ** 32n - 1n, null, 2n ** 31n, 2n ** 31n - 1n, 1n],
    literals: ['0', '1', '2', '2147483647', '2147483648', '2147483649', '4294967295'],
  },
  json: {
    type: { kind: 'json' },
    values: ['{}', '[1, 2]', null, '"\u{ffff}"', '"\u{10000}"', 'null'],
    literals: [`'{}'`, `'[1, 2]'`, `'"\u{ffff}"'`, `'"\u{10000}"'`, `'"a"'`, `'null'`],
  },
  'decimal(9,2)': {
    type: { kind: 'decimal', precision: 9, scale: 2 },
    values: [-999999999n, 0n, null, 100n, 101n, -1n],
    literals: ['-9999999.99', '-0.01', '0', '1', '1.01', '1.02'],
  },
  'decimal(18,2)': {
    type: { kind: 'decimal', precision: 18, scale: 2 },
    values: [-(10n ** 17n), 0n, null, 10n ** 17n, 101n, -1n],
    literals: ['-1000000000000000', '-0.01', '0', '1', '1.01', '1000000000000000'],
  },
  'decimal(38,0)': {
    type: { kind: 'decimal', precision: 38, scale: 0 },
    values: [-(10n ** 37n), 0n, null, 10n ** 37n, 2n ** 64n, -(2n ** 64n), 2n ** 32n, -1n, 1n, 255n, 256n],
    literals: [
      '-10000000000000000000000000000000000000',
      '-18446744073709551616',
      '-1',
      '0',
      '1',
      '255',
      '256',
      '4294967296',
      '18446744073709551616',
      '18446744073709551617',
    ],
  },
  text: {
    type: { kind: 'text' },
    values: ['', 'a', null, 'Z', 'ä', '\u{ffff}', '\u{10000}', 'abc', 'abd', 'abca', 'ab'],
    literals: ["''", "'a'", "'ab'", "'abc'", "'abcz'", "'abd'", "'Z'", "'ä'", "'ü'", "'\u{ffff}'", "'\u{10000}'"],
  },
  'long text': {
    type: { kind: 'text' },
    values: [
      `${prefix}a`,
      `${prefix}b`,
      null,
      `${prefix}`,
      `${prefix.slice(1)}ä-`,
      `${prefix.slice(1)}\u{d7ff}-`,
      '\u{10ffff}'.repeat(20),
      '\u{10ffff}'.repeat(21),
    ],
    literals: [
      `'${prefix}'`,
      `'${prefix}a'`,
      `'${prefix}b'`,
      `'${prefix}c'`,
      `'${prefix.slice(1)}ä'`,
      `'${prefix.slice(1)}ä-'`,
      `'${prefix.slice(1)}å'`,
      `'${prefix.slice(1)}\u{d7ff}-'`,
      `'${'\u{10ffff}'.repeat(20)}'`,
      `'${'\u{10ffff}'.repeat(22)}'`,
    ],
  },
  bytes: {
    type: { kind: 'bytes' },
    values: [
      Uint8Array.of(0),
      Uint8Array.of(255),
      null,
      new Uint8Array(70).fill(255),
      new Uint8Array(70).fill(1),
      new Uint8Array(0),
      Uint8Array.of(128),
    ],
    literals: [
      "'\\x00'::blob",
      "'\\xFF'::blob",
      "'\\x80'::blob",
      "''::blob",
      `'${'\\x01'.repeat(70)}'::blob`,
      `'${'\\xFF'.repeat(70)}'::blob`,
      `'${'\\xFF'.repeat(71)}'::blob`,
    ],
  },
  uuid: {
    type: { kind: 'uuid' },
    values: [
      '00000000-0000-0000-0000-000000000001',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      null,
      '7fffffff-0000-0000-0000-000000000000',
      '80000000-0000-0000-0000-00000000000a',
    ],
    literals: [
      "'00000000-0000-0000-0000-000000000001'",
      "'7fffffff-0000-0000-0000-000000000000'",
      "'80000000-0000-0000-0000-00000000000a'",
      "'80000000-0000-0000-0000-00000000000b'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    ],
  },
  date: {
    type: { kind: 'date' },
    values: [-1, 0, null, 365, -719162],
    literals: ["date '1969-12-31'", "date '1970-01-01'", "date '1970-01-02'", "date '0001-01-01'", "date '1971-01-01'"],
  },
  time: {
    type: { kind: 'time' },
    values: [0n, 1n, null, day, day - 1n, 36_000_000_000n],
    literals: ["'00:00:00.000000'", "'00:00:00.000001'", "'10:00:00.000000'", "'24:00:00.000000'", "'23:59:59.999999'"],
  },
  timestamp: {
    type: { kind: 'timestamp', utc: false },
    values: [0n, -1n, null, 1_700_000_000_000_001n],
    literals: [
      "timestamp '1970-01-01'",
      "timestamp '1969-12-31 23:59:59.999999'",
      "timestamp '2023-11-14 22:13:20.000001'",
      "timestamp '2023-11-14 22:13:20.000002'",
    ],
  },
  bool: {
    type: { kind: 'bool' },
    values: [true, true, true, false, false, null, true, false],
    literals: ['true', 'false'],
  },
};

async function expectPrunedAsScanned(file: Uint8Array, literals: readonly string[], value = 'c'): Promise<void> {
  for (const literal of literals) {
    const pruned = OPERATORS.map((op) => `(select count(*)::int from FILE where ${value} ${op} ${literal})`);
    // An aggregate's filter is not pushed into the scan.
    const scanned = OPERATORS.map((op) => `count(*) filter (where ${value} ${op} ${literal})::int`);
    const [row] = await duckdb.query(file, `select [${pruned.join(', ')}], [${scanned.join(', ')}] from FILE`);
    expect(row![0], `${literal}: ${OPERATORS.join(' ')}`).toEqual(row![1]);
  }
}

const EVERYBODY = 'everybody';
/** For readers that share more, so that uuids and times are native, and pages of version 2. */
const SHARED: readonly Reader[] = ['duckdb', 'pyarrow'];

/** A case as a column for these readers has it: Parquet's TIME has no 24:00:00. */
function nativeCase({ type, values, literals }: Case): Case {
  if (type.kind !== 'time') return { type, values, literals };
  return { type: { kind: 'time', below24h: true }, values: values.filter((value) => value !== day), literals };
}

const caseNames = Object.keys(CASES).flatMap((name) => [
  [name, EVERYBODY],
  [name, 'DuckDB and pyarrow'],
]);

describe.each(caseNames)('filters on %s, written for %s', (name, whom) => {
  const isNative = whom !== EVERYBODY;
  const { type, values, literals } = isNative ? nativeCase(CASES[name!]!) : CASES[name!]!;
  const readers = isNative ? { readers: SHARED } : {};
  const schema = { ...schemaOf({ c: type }), ...readers };

  it.each([
    ['in tiny row groups and pages', TINY],
    ['with one value a row group', { rowGroupRows: 1, pageRows: 1 }],
    ['in one row group', { rowGroupRows: 1000, pageRows: 1000 }],
  ])('agree with a full scan: %s', async (_, options) => {
    const { file } = writeParquet(schema, batchesOf(schema, [values], 4), options);
    await expectPrunedAsScanned(file, literals);
  });

  it('agree with a full scan of dictionary-coded pages', async () => {
    const repeated = values.flatMap((value) => new Array<Value>(20).fill(value));
    // Pages that hold many different values in any order, so that their bounds are not their first and last.
    const shuffled = repeated.map((_, i) => repeated[(i * 37) % repeated.length]!);
    const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [shuffled], 30), {
      rowGroupRows: repeated.length / 2,
      pageRows: 9,
    });
    const isCoded = rowGroups.map(({ columns: [chunk] }) => chunk!.dictionaryPageOffset !== null);
    // Where there is a choice, a dictionary need not win.
    if (!isNative) expect(isCoded).toEqual(isCoded.map(() => type.kind !== 'bool'));
    await expectPrunedAsScanned(file, literals);
  });

  it('agree with a full scan where the column is a field of a struct in a struct', async () => {
    const nested = schemaOf({
      s: {
        kind: 'struct',
        fields: [
          { name: 'before', type: { kind: 'int32' } },
          { name: 't', type: { kind: 'struct', fields: [{ name: 'c', type }] } },
        ],
      },
    });
    const rows = values.flatMap((c, i): Value[] => [
      { before: i, t: { c } },
      i % 3 === 0 ? null : { before: i, t: null },
    ]);
    const { file } = writeParquet({ ...nested, ...readers }, batchesOf(nested, [rows], 4), TINY);
    await expectPrunedAsScanned(file, literals, 's.t.c');
    const isNull = '(select count(*)::int from FILE where s.t.c is null), count(*) filter (where s.t.c is null)::int';
    const [row] = await duckdb.query(file, `select ${isNull} from FILE`);
    expect(row).toEqual(new Array(2).fill(values.length + values.filter((value) => value === null).length));
  });

  it('for null agree with a full scan', async () => {
    const { file } = writeParquet(schema, batchesOf(schema, [values], 4), TINY);
    const [row] = await duckdb.query(
      file,
      'select (select count(*)::int from FILE where c is null), (select count(*)::int from FILE where c is not null)',
    );
    const nulls = values.filter((value) => value === null).length;
    expect(row).toEqual([nulls, values.length - nulls]);
  });
});

describe.each([
  [EVERYBODY, {}],
  ['DuckDB and pyarrow', { readers: SHARED }],
] as const)('filters by the page index, written for %s,', (_, readers) => {
  const values = Array.from({ length: 60 }, (_, i) => (i % 11 === 0 ? null : ((i * 37) % 60) - 20));
  const schema = schemaOf({
    row: { kind: 'int32' },
    c: { kind: 'int32' },
    t: { kind: 'text' },
    f: { kind: 'float64' },
  });
  const texts = values.map((value) => (value === null ? null : `${'x'.repeat(70)}${String(value + 100)}`));
  const columns = [values.map((_, i) => i), values, texts, values];
  const { file } = writeParquet({ ...schema, ...readers }, batchesOf(schema, columns, 7), {
    rowGroupRows: 25,
    pageRows: 2,
  });

  it.each([-21, -20, -19, 0, 5, 38, 39, 40])('find what a full scan finds around %i', async (value) => {
    expect(columnIndexOf(file, 0, 1)!.nullPages.length).toBe(13);
    for (const operator of ['$lt', '$lte', '$eq', '$gte', '$gt'] as const) {
      for (const [column, operand] of [
        ['c', value],
        ['f', value],
        ['t', `${'x'.repeat(70)}${value + 100}`],
      ] as const) {
        const filter = { [column]: { [operator]: operand } };
        const options = { file: file.buffer, compressors, filter, columns: ['row'] };
        const byIndex = await parquetReadObjects({ ...options, usePageIndex: true, useOffsetIndex: true });
        const expected = columns[0]!.filter((row) =>
          matches(columns[column === 't' ? 2 : 1]![row as number]!, operator, operand),
        );
        expect(byIndex.map(({ row }) => row)).toEqual(expected);
      }
    }
  });
});

describe('the page index of a leaf below structs, lists and maps', () => {
  const a: LogicalType = { kind: 'int32' };
  const schema = schemaOf({
    s: { kind: 'struct', fields: [{ name: 'a', type: a }] },
    l: { kind: 'list', element: { kind: 'struct', fields: [{ name: 'a', type: a }] } },
    m: { kind: 'map', value: a },
  });
  const one = (n: number) => [{ a: n }, [{ a: n }, { a: n + 5 }, null], new Map([[`k${n}`, n]])] as const;
  const rows = [
    one(7),
    one(-3),
    [null, [], new Map()],
    [{ a: null }, null, null],
    one(100),
    [null, [null], null],
  ] as const;
  const columns = schema.columns.map((_, c) => rows.map((row): Value => row[c]!));
  const { file } = writeParquet(schema, batchesOf(schema, columns, 4), { pageRows: 2 });

  it('holds bounds and null counts of each page', () => {
    expect(columnIndexOf(file, 0, 0)).toMatchObject({
      nullPages: [false, true, false],
      mins: [-3, expect.anything(), 100],
      maxes: [7, expect.anything(), 100],
      nullCounts: [0n, 2n, 1n],
    });
    expect(columnIndexOf(file, 0, 1)).toMatchObject({
      nullPages: [false, true, false],
      mins: [-3, expect.anything(), 100],
      maxes: [12, expect.anything(), 105],
      nullCounts: [2n, 2n, 2n],
    });
    expect(columnIndexOf(file, 0, 2)).toMatchObject({ mins: ['k-3', '', 'k100'], nullCounts: [0n, 2n, 1n] });
    expect(columnIndexOf(file, 0, 3)).toMatchObject({ maxes: [7, expect.anything(), 100], nullCounts: [0n, 2n, 1n] });
  });

  it('lets a reader read a range of rows from the pages that hold it', async () => {
    const options = { file: file.buffer, compressors, useOffsetIndex: true, rowStart: 4, rowEnd: 5 };
    expect(await parquetReadObjects(options)).toEqual([
      { s: { a: 100 }, l: [{ a: 100 }, { a: 105 }, undefined], m: { k100: 100 } },
    ]);
  });
});

function matches(value: Value, operator: string, operand: number | string): boolean {
  if (value === null) return false;
  if (operator === '$eq') return value === operand;
  if (operator === '$lt') return value < operand;
  if (operator === '$lte') return value <= operand;
  return operator === '$gt' ? value > operand : value >= operand;
}
