import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Cell } from '../../../src/engine/cell.ts';
import { type LakeEngine, openEngine } from '../../../src/engine/duckdb.ts';
import { cellText } from '../../../src/engine/result-format.ts';

async function open(): Promise<LakeEngine> {
  const engine = await openEngine([]);
  onTestFinished(() => engine.close());
  return engine;
}

async function rowsOf(engine: LakeEngine, sql: string): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const batch of (await engine.query(sql)).batches) rows.push(...batch.map((row) => [...row]));
  return rows;
}

/** Columns of `test_all_types()` whose text DuckDB's own cast to VARCHAR gives: the oracle. */
const SCALARS = [
  ...[
    'bool',
    'tinyint',
    'smallint',
    'int',
    'bigint',
    'hugeint',
    'uhugeint',
    'utinyint',
    'usmallint',
    'uint',
    'ubigint',
  ],
  ...['bignum', 'date', 'time', 'timestamp', 'timestamp_s', 'timestamp_ms', 'timestamp_ns', 'time_tz'],
  ...['dec_4_1', 'dec_9_4', 'dec_18_6', 'dec38_10', 'uuid', 'interval', 'varchar', 'bit', 'small_enum', 'large_enum'],
];

test('the extremes of every scalar type have the text that DuckDB gives them', async () => {
  const engine = await open();
  const values = await rowsOf(engine, `SELECT ${SCALARS.join(', ')} FROM test_all_types()`);
  const oracle = await rowsOf(
    engine,
    `SELECT ${SCALARS.map((name) => `${name}::VARCHAR`).join(', ')} FROM test_all_types()`,
  );
  expect(values).toHaveLength(3);
  for (const [row, cells] of values.entries()) {
    for (const [i, name] of SCALARS.entries()) {
      const cell = cells[i]!;
      expect(cell === null ? null : cellText(cell), name).toEqual(oracle[row]![i]);
    }
  }
});

test("the last timestamptz keeps its microseconds, which DuckDB's own cast to text rounds away", async () => {
  const engine = await open();
  expect(
    await rowsOf(engine, 'SELECT timestamp_tz, epoch_us(timestamp_tz) FROM test_all_types() LIMIT 2 OFFSET 1'),
  ).toEqual([
    ['294247-01-10 04:00:54.775806+00', 9223372036854775806n],
    [null, null],
  ]);
});

test('dates and timestamps of every year have the text that DuckDB gives them', async () => {
  const engine = await open();
  // 0 and 1 BC, leap days and ends of centuries, the ends of the ranges, infinities.
  const dates =
    "SELECT d FROM (SELECT unnest([DATE '0001-01-01' - 1, DATE '0001-01-01', DATE '0001-01-01' - 366, DATE '0001-01-01' - 367, DATE '2000-02-29', DATE '1900-02-28' + 1, 'infinity'::DATE, '-infinity'::DATE, DATE '5881580-07-10', DATE '5877642-06-25 (BC)']) AS d UNION ALL SELECT DATE '1970-01-01' + (range * 40503)::INTEGER FROM range(-50000, 50000, 7))";
  for (const [value, text] of await rowsOf(engine, `SELECT d, d::VARCHAR FROM (${dates})`)) expect(value).toBe(text);
  const times =
    "SELECT unnest(['infinity'::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ, make_timestamp(-1)::TIMESTAMPTZ, make_timestamp(-62135596800000001)::TIMESTAMPTZ, make_timestamp(100)::TIMESTAMPTZ]) AS t UNION ALL SELECT make_timestamp(range * 9000000000000007)::TIMESTAMPTZ FROM range(-1000, 1000)";
  const rows = await rowsOf(engine, `SELECT t, t::VARCHAR, t::TIMESTAMP, t::TIMESTAMP::VARCHAR FROM (${times})`);
  expect(rows).toHaveLength(2005);
  for (const [utc, utcText, local, localText] of rows) expect([utc, local]).toEqual([utcText, localText]);
});

test('integers are numbers where those are exact, else bigints; a float32 is its shortest number', async () => {
  const engine = await open();
  expect(
    await rowsOf(
      engine,
      'SELECT 9007199254740991, 9007199254740992, -9223372036854775808, 170141183460469231731687303715884105727::HUGEINT',
    ),
  ).toEqual([[9007199254740991, 9007199254740992n, -9223372036854775808n, 170141183460469231731687303715884105727n]]);
  expect(
    await rowsOf(
      engine,
      "SELECT 0.1::FLOAT, 16777216::FLOAT, 3.4028235e38::FLOAT, '-0.0'::DOUBLE, 'nan'::FLOAT, 0.1::DOUBLE",
    ),
  ).toEqual([[0.1, 16777216, 3.4028235e38, -0, Number.NaN, 0.1]]);
});

test('every finite float32 is given by a number that is that float32 again', async () => {
  const engine = await open();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
      async (floats) => {
        const list = floats.map((x) => `'${Object.is(x, -0) ? '-0' : x}'::FLOAT`).join(', ');
        const [[cells]] = (await rowsOf(engine, `SELECT [${list}]`)) as [[number[]]];
        expect(cells.map(Math.fround)).toEqual(floats);
        for (const cell of cells) expect(String(cell).length).toBeLessThanOrEqual(24);
      },
    ),
    { numRuns: 50, examples: [[[-0, 0]], [[0, -0]]] },
  );
});

test('nested values keep their shape, bytes are hex', async () => {
  const engine = await open();
  const sql = `SELECT [[1, NULL], NULL, []], {'a': 1.50, 'b b': [DATE '2020-01-02']}, MAP {'k': 1, 'l': NULL},
    union_value(tag := 12345678901234567890::UBIGINT), '\\x00\\xFF'::BLOB, [1, 2]::INTEGER[2]`;
  expect(await rowsOf(engine, sql)).toEqual([
    [
      [[1, null], null, []],
      {
        fields: [
          ['a', '1.50'],
          ['b b', ['2020-01-02']],
        ],
      },
      [
        {
          fields: [
            ['key', 'k'],
            ['value', 1],
          ],
        },
        {
          fields: [
            ['key', 'l'],
            ['value', null],
          ],
        },
      ],
      { fields: [['tag', 12345678901234567890n]] },
      '\\x00ff',
      [1, 2],
    ],
  ]);
});

test('a decimal that left its precision is an error, not a number', async () => {
  const engine = await open();
  const nines = '9'.repeat(38);
  const sum = `SELECT sum(x) AS total FROM (VALUES (${nines}::DECIMAL(38,0)), (5::DECIMAL(38,0))) v(x)`;
  await expect(rowsOf(engine, sum)).rejects.toMatchObject({ code: 'E_ENGINE', facts: { column: 'total' } });
  expect(await rowsOf(engine, `SELECT ${nines}::DECIMAL(38,0), -${nines}::DECIMAL(38,0)`)).toEqual([
    [nines, `-${nines}`],
  ]);
});

test('a field that the client loses is an error, not another value; by itself it is read', async () => {
  const engine = await open();
  const struct = `{'__proto__': 'hello', 'a': 1}`;
  await expect(rowsOf(engine, `SELECT [${struct}] AS c`)).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: expect.stringContaining('__proto__'),
  });
  expect(await rowsOf(engine, `SELECT (${struct})['__proto__'] AS p`)).toEqual([['hello']]);
});
