import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DatasetFiles } from '../../../src/core/dataset-files.ts';
import type { Cell } from '../../../src/engine/cell.ts';
import { damagedPart } from '../../../src/engine/damaged-part.ts';
import { type EngineOptions, type LakeEngine, openEngine, type QueryOptions } from '../../../src/engine/duckdb.ts';
import { DraculaError } from '../../../src/errors.ts';
import { writeParts } from '../../support/duckdb-parts.ts';
import { queryDuckdbJson } from '../../support/duckdb-reader.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ID = { name: 'id', fieldId: 1, type: { kind: 'int64' } } as const;
const NAME = { name: 'name', fieldId: 2, type: { kind: 'text' } } as const;

async function open(datasets: readonly DatasetFiles[], options?: EngineOptions): Promise<LakeEngine> {
  const engine = await openEngine(datasets, options);
  onTestFinished(() => engine.close());
  return engine;
}

async function rowsOf(engine: LakeEngine, sql: string): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const batch of (await engine.query(sql)).batches) rows.push(...batch.map((row) => [...row]));
  return rows;
}

async function orders(folder: string): Promise<DatasetFiles> {
  const selects = ["SELECT 1::BIGINT AS id, 'a' AS name", "SELECT 2::BIGINT AS id, 'b' AS name"];
  return writeParts({ folder, dataset: 'orders', columns: [ID, NAME], selects });
}

test('every dataset is a view over its parts, by its decoded name alone', async () => {
  const folder = await temporaryFolder();
  const mixed = { ...(await orders(folder)), dataset: '%4Dixed%20%22%43ase' };
  const engine = await open([await orders(folder), mixed]);
  expect(await rowsOf(engine, 'SELECT * FROM orders ORDER BY id')).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
  expect(await rowsOf(engine, 'SELECT count(*) FROM "Mixed ""Case"')).toEqual([[2]]);
  expect(await rowsOf(engine, 'SHOW TABLES')).toEqual([['Mixed "Case'], ['orders']]);
  await expect(engine.query('SELECT count(*) FROM "%4Dixed%20%22%43ase"')).rejects.toMatchObject({
    code: 'E_DATASET_NOT_FOUND',
    message: 'The dataset %4Dixed%20%22%43ase is called "Mixed ""Case" in SQL.',
  });
});

test('a text that begins with a byte order mark comes back whole, also within a list', async () => {
  const engine = await open([]);
  const sql = "SELECT chr(65279) || 'a' AS short, chr(65279) || repeat('a', 40) AS long, [chr(65279) || 'a'] AS list";
  const [[short, long, list] = []] = await rowsOf(engine, sql);
  expect([short, long]).toEqual(['\ufeffa', `\ufeff${'a'.repeat(40)}`]);
  expect(JSON.stringify(list)).toContain('\ufeffa');
});

test('two datasets whose names SQL cannot tell apart are never given views', async () => {
  const folder = await temporaryFolder();
  const upper = { ...(await orders(folder)), dataset: '%4Frders', parts: [], rows: 0 };
  await expect(open([upper, await orders(folder)])).rejects.toMatchObject({
    code: 'E_INTERNAL',
    message: 'One view was to show %4Frders and orders. Nothing was read.',
  });
});

test('columns are found by field id: a part written before a rename, or without a column, reads right', async () => {
  const folder = await temporaryFolder();
  const old = await writeParts({
    folder,
    dataset: 'old',
    columns: [
      { ...ID, name: 'name' },
      { ...NAME, name: 'id' },
    ],
    selects: ["SELECT 7::BIGINT AS name, 'seven' AS id"],
  });
  const added = { name: 'since', fieldId: 9, type: { kind: 'decimal', precision: 10, scale: 2 } } as const;
  const engine = await open([{ ...old, columns: [ID, NAME, added] }]);
  expect(await rowsOf(engine, 'SELECT id, name, since FROM old')).toEqual([[7, 'seven', null]]);
});

test('structs, lists of lists and maps are found by the field id of their column', async () => {
  const folder = await temporaryFolder();
  const point = {
    kind: 'struct',
    fields: [
      { name: 'x "y"', type: { kind: 'float64' } },
      { name: 'select', type: { kind: 'list', element: { kind: 'list', element: { kind: 'int16' } } } },
    ],
  } as const;
  const columns = [
    { name: 'p', fieldId: 1, type: { kind: 'list', element: point } },
    { name: 'm', fieldId: 2, type: { kind: 'map', value: point } },
    { name: 'g', fieldId: 3, type: { kind: 'geometry', geography: false, srid: 4326 } },
  ] as const;
  const value = `{'x "y"': 0.5::DOUBLE, 'select': [[1::SMALLINT, NULL], []]}`;
  const selects = [`SELECT [${value}, NULL] AS p, MAP {'k': ${value}} AS m, '\\x01'::BLOB AS g`];
  const files = await writeParts({ folder, dataset: 'd', columns, selects });
  const engine = await open([files, { ...files, dataset: 'empty', parts: [] }]);
  const struct = {
    fields: [
      ['x "y"', 0.5],
      ['select', [[1, null], []]],
    ],
  };
  const entry = {
    fields: [
      ['key', 'k'],
      ['value', struct],
    ],
  };
  expect(await rowsOf(engine, 'SELECT * FROM d')).toEqual([[[struct, null], [entry], '\\x01']]);
  expect(await rowsOf(engine, `SELECT p[1]."x ""y""", m['k'].select[1][1] FROM d`)).toEqual([[0.5, 1]]);
  const typesOf = (name: string) => rowsOf(engine, `SELECT column_type FROM (DESCRIBE ${name})`);
  expect(await typesOf('empty')).toEqual(await typesOf('d'));
  expect((await typesOf('d'))[0]).toEqual(['STRUCT("x ""y""" DOUBLE, "select" SMALLINT[][])[]']);
});

test('folders that look like patterns or Hive partitions are plain folders', async () => {
  const root = await temporaryFolder();
  // What the names would match as patterns must not be read along.
  const decoys = ["it's k ab", "it's k b", "it's * ?"];
  for (const name of ["it's [k] *?", ...decoys]) await mkdir(join(root, name, 'name=hive'), { recursive: true });
  for (const name of decoys) {
    await orders(join(root, name, 'name=hive'));
  }
  const engine = await open([await orders(join(root, "it's [k] *?", 'name=hive')), await decoyed(root)]);
  expect(await rowsOf(engine, 'SELECT name FROM orders ORDER BY 1')).toEqual([['a'], ['b']]);
  expect(await rowsOf(engine, 'SELECT name FROM decoyed ORDER BY 1')).toEqual([['a'], ['b']]);
});

/** `orders` below a folder `*`, beside others. */
async function decoyed(root: string): Promise<DatasetFiles> {
  await mkdir(join(root, '*', 'name=hive'), { recursive: true });
  return { ...(await orders(join(root, '*', 'name=hive'))), dataset: 'decoyed' };
}

test('a dataset without parts has its columns and no rows; one without columns says that SQL has no such table', async () => {
  const list = { name: 'list', fieldId: 2, type: { kind: 'list', element: { kind: 'timestamp', utc: true } } } as const;
  const engine = await open([
    { dataset: 'empty', columns: [ID, list], parts: [], rows: 0 },
    { dataset: 'bare', columns: [], parts: [], rows: 3 },
  ]);
  const { columns } = await engine.query('SELECT * FROM empty');
  expect(columns.map(({ type }) => type)).toEqual(['BIGINT', 'TIMESTAMP WITH TIME ZONE[]']);
  expect(await rowsOf(engine, 'SELECT * FROM empty')).toEqual([]);
  await expect(engine.query('SELECT * FROM Bare')).rejects.toMatchObject({
    code: 'E_DATASET_NOT_FOUND',
    message: 'bare has 3 rows and no columns: SQL has no such table. Nothing was read.',
  });
});

test('a query of a dataset that is known to be unreadable is told why; the others can be asked', async () => {
  const error = new DraculaError('E_LAKE_CORRUPT', 'v1.json is damaged.', { dataset: '%55sers' });
  const engine = await open([await orders(await temporaryFolder())], { unreadable: [{ dataset: '%55sers', error }] });
  await expect(engine.query('SELECT * FROM orders JOIN users USING (id)')).rejects.toBe(error);
  await expect(engine.query('SELECT * FROM nothing')).rejects.toMatchObject({
    message: expect.stringContaining('Datasets of this lake: "Users", orders.'),
  });
  expect(await rowsOf(engine, 'SELECT count(*) FROM orders')).toEqual([[2]]);
});

describe('a part that is not what was written', () => {
  /** Random, but the same each time. */
  const garbage = (bytes: number) => Uint8Array.from({ length: bytes }, (_, i) => (i * 2654435761) >>> 13);
  const overwrite = (from: (size: number) => number, bytes: number) => async (path: string) => {
    const content = await readFile(path);
    content.set(garbage(bytes), from(content.length));
    await writeFile(path, content);
  };
  const fill = (from: number, bytes: number, byte: number) => async (path: string) => {
    const content = await readFile(path);
    content.fill(byte, from, from + bytes);
    await writeFile(path, content);
  };
  const flip = (at: number, bits: number) => async (path: string) => {
    const content = await readFile(path);
    content[at]! ^= bits;
    await writeFile(path, content);
  };
  const damages: Record<string, (path: string) => Promise<void>> = {
    'is gone': (path) => rm(path),
    'is empty': (path) => writeFile(path, ''),
    'is cut short': (path) => truncate(path, 300),
    'is something else': (path) => writeFile(path, garbage(5000)),
    'has other bytes in a page': overwrite(() => 100, 200),
    // The first page's header is at byte 4: its first field has an unknown type, and its first number is too long.
    'has a type of Thrift in a page header that there is not': flip(4, 0x0f),
    'has a number without an end in a page header': fill(5, 12, 0xff),
    'has other bytes in its footer': overwrite((size) => size - 200, 150),
  };

  test.each(Object.entries(damages))(
    'that %s is E_PART_DAMAGED with its dataset and path, first or not',
    async (_, damage) => {
      for (const which of [0, 1]) {
        const folder = await temporaryFolder();
        const texts = (n: number) => `SELECT range + ${n} AS id, md5(range::VARCHAR) AS name FROM range(1000)`;
        const dataset = await writeParts({
          folder,
          dataset: 'big',
          columns: [ID, NAME],
          selects: [texts(0), texts(1)],
        });
        const whole = await orders(folder);
        await damage(dataset.parts[which]!);
        const engine = await open([whole, dataset], { outputPath: join(folder, 'out.parquet') });
        const expected = {
          code: 'E_PART_DAMAGED',
          exitCode: 4,
          facts: { dataset: 'big', path: dataset.parts[which] },
          message: expect.stringContaining(`The part ${dataset.parts[which]} cannot be read: `),
        };
        await expect(rowsOf(engine, 'SELECT sum(id), max(name) FROM big')).rejects.toMatchObject(expected);
        await expect(engine.writeParquet('SELECT * FROM big')).rejects.toMatchObject(expected);
        expect(await rowsOf(engine, 'SELECT count(*) FROM orders')).toEqual([[2]]);
      }
    },
  );

  test('is not taken for another one, which memory does not suffice to read', async () => {
    const folder = await temporaryFolder();
    const long = ["SELECT 1::BIGINT AS id, repeat('x', 100_000_000) AS name"];
    const large = await writeParts({ folder, dataset: 'large', columns: [ID, NAME], selects: long });
    const damaged = await orders(folder);
    await flip(4, 0x0f)(damaged.parts[0]!);
    const engine = await open([large, damaged], { memoryBytes: 20_000_000 });
    await expect(rowsOf(engine, 'SELECT max(name) FROM large')).rejects.toMatchObject({ code: 'E_MEMORY' });
    await expect(rowsOf(engine, 'SELECT sum(id) FROM orders')).rejects.toMatchObject({
      code: 'E_PART_DAMAGED',
      facts: { dataset: 'orders', path: damaged.parts[0] },
    });
  });

  test('is another thing than one that may not be read', () => {
    const cause = new Error('IO Error: Cannot open file "/lake/a.parquet": Permission denied');
    expect(damagedPart('a', '/lake/a.parquet', cause)).toMatchObject({
      code: 'E_TARGET',
      message: 'The part /lake/a.parquet cannot be read: permission denied. Nothing was changed.',
      facts: { dataset: 'a', path: '/lake/a.parquet', reason: 'EACCES' },
    });
  });

  test('is not blamed for what a query does wrong', async () => {
    const engine = await open([await orders(await temporaryFolder())]);
    for (const sql of [
      "SELECT error('no') FROM orders",
      'SELECT name::INTEGER FROM orders',
      'SELECT 1 FROM orders WHERE nope',
    ]) {
      await expect(rowsOf(engine, sql)).rejects.toMatchObject({ code: 'E_ENGINE' });
    }
  });
});

test("a value that is too long for the memory is E_MEMORY, without DuckDB's advice about its own settings", async () => {
  const engine = await open([await orders(await temporaryFolder())], { memoryBytes: 20_000_000 });
  const sql = "SELECT length(string_agg(repeat('x', 100_000_000), '')) FROM orders";
  await expect(rowsOf(engine, sql)).rejects.toMatchObject({
    code: 'E_MEMORY',
    exitCode: 2,
    message: expect.stringMatching(
      /^DuckDB needs more memory than its share: failed to allocate [^\n]*\. Nothing was changed\.$/,
    ),
  });
});

test('SQL that DuckDB refuses is E_ENGINE with its message; an unknown table names the datasets there are', async () => {
  const folder = await temporaryFolder();
  const engine = await open([await orders(folder), { ...(await orders(folder)), dataset: 'users' }]);
  await expect(engine.query('SELEC 1')).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: expect.stringContaining('Parser Error'),
  });
  await expect(engine.query('SELECT * FROM ordres')).rejects.toMatchObject({
    code: 'E_DATASET_NOT_FOUND',
    message: 'There is no dataset ordres. Datasets of this lake: orders, users.',
  });
  await expect(engine.query(' -- nothing\n;')).rejects.toMatchObject({
    code: 'E_SQL',
    message: 'The query is empty.',
  });
});

test('what DuckDB says of a value is not shown, but where in the SQL it came to it', async () => {
  const engine = await open([await orders(await temporaryFolder())]);
  const messageOf = async (sql: string) => {
    const error: unknown = await rowsOf(engine, sql).catch((thrown: unknown) => thrown);
    const { code, cause, message } = error as DraculaError;
    expect([code, cause]).toEqual(['E_ENGINE', undefined]);
    return message;
  };
  const said = 'what DuckDB says of it may hold values and is not shown.';
  expect(await messageOf('SELECT (name || $$secret$$)::INTEGER FROM orders')).toBe(
    `Conversion Error: ${said}\n\nLINE 1: SELECT (name || $$secret$$)::INTEGER FROM orders\n                                   ^`,
  );
  expect(await messageOf('SELECT id + 9223372036854775807 FROM orders')).toMatch(`Out of Range Error: ${said}`);
  const counterfeit = "SELECT error(name || '\n\nLINE 1: ' || chr(120) || name || '\n ^') FROM orders";
  expect(await messageOf(counterfeit)).toBe(`Invalid Input Error: ${said}`);
});

test('SELECT in all its forms is run', async () => {
  const engine = await open([await orders(await temporaryFolder())]);
  for (const sql of [
    'FROM orders',
    'WITH o AS (SELECT * FROM orders) SELECT * FROM o;',
    'DESCRIBE orders',
    'SHOW TABLES',
    'SUMMARIZE orders',
    'PIVOT orders ON name USING count(*)',
    'EXPLAIN SELECT * FROM orders',
    'EXPLAIN ANALYZE SELECT * FROM orders',
    '/* a comment */ VALUES (1), (2) -- and another',
  ]) {
    expect((await rowsOf(engine, sql)).length, sql).toBeGreaterThan(0);
  }
});

test('no query writes a file, reads one outside the lake, or changes the configuration', async () => {
  const folder = await temporaryFolder();
  const dataset = await orders(folder);
  const secret = join(folder, 'secret.txt');
  await writeFile(secret, 'secret');
  const before = await Promise.all(dataset.parts.map((part) => readFile(part)));
  const engine = await open([dataset]);
  const part = dataset.parts[0]!;
  for (const sql of [
    `COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false)`,
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false)`,
    `EXPLAIN /* */ ANALYZE COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false)`,
    `EXPLAIN (ANALYZE) COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false)`,
    `SELECT 1; COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false)`,
    `COPY (SELECT 1) TO '${part}' (FORMAT parquet, USE_TMP_FILE false); SELECT 1`,
    `COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
    `EXPORT DATABASE '${join(folder, 'export')}'`,
    `ATTACH '${join(folder, 'x.db')}'`,
    `CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x'); SELECT 1`,
    `SELECT * FROM read_text('${secret}')`,
    `SELECT * FROM read_csv('${secret}')`,
    `SELECT * FROM glob('${folder}/*')`,
    `FROM '${secret}'`,
    'SET enable_external_access = true',
    "SET memory_limit = '1GB'",
    "PRAGMA profiling_output = '/nowhere/profile'",
    'INSTALL httpfs',
    'LOAD httpfs',
    `CALL enable_logging(storage = 'file', storage_path = '${join(folder, 'logs')}')`,
    `SELECT * FROM enable_logging(storage = 'file', storage_path = '${join(folder, 'logs')}')`,
    `SELECT * FROM enable_profiling(save_location := '${join(folder, 'profile.txt')}')`,
    `SELECT * FROM query /* */ ('SELECT * FROM enable_prof' || 'iling(save_location := ''${join(folder, 'profile.txt')}'')')`,
    'DROP VIEW orders',
    'CREATE TABLE t (a INTEGER)',
  ]) {
    await expect(
      rowsOf(engine, sql).then((rows) => [sql, rows]),
      sql,
    ).rejects.toMatchObject({ code: expect.stringMatching('E_ENGINE|E_SQL|E_DATASET_NOT_FOUND') });
  }
  expect((await readdir(folder)).sort()).toEqual(
    [...dataset.parts.map((p) => p.slice(folder.length + 1)), 'secret.txt'].sort(),
  );
  expect(await Promise.all(dataset.parts.map((p) => readFile(p)))).toEqual(before);
  expect(await rowsOf(engine, 'SELECT count(*) FROM orders')).toEqual([[2]]);
});

test('two results can be read side by side, and a broken-off one ends', async () => {
  const engine = await open([]);
  const [first, second] = await Promise.all([engine.query('FROM range(10000)'), engine.query('FROM range(10000)')]);
  const [a, b] = [first.batches[Symbol.asyncIterator](), second.batches[Symbol.asyncIterator]()];
  for (let i = 0; i < 2; i++) expect((await a.next()).value).toEqual((await b.next()).value);
  await a.return?.();
  let rows = 4096;
  for (let next = await b.next(); !next.done; next = await b.next()) rows += next.value.length;
  expect(rows).toBe(10000);
});

test('a signal interrupts the query', async () => {
  const engine = await open([]);
  const slow = 'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b';
  await expect(
    (async () => {
      const result = await engine.query(slow, { signal: AbortSignal.timeout(100) });
      for await (const _ of result.batches);
    })(),
  ).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  await expect(engine.query('SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'E_INTERRUPTED',
  });
});

test('columns of one name get names that no other column has', async () => {
  const engine = await open([]);
  const { columns, batches } = await engine.query('SELECT 1 AS a, 2 AS a, 3 AS "a:1", 4 AS a, 5 AS "a:1"');
  expect(columns.map(({ name }) => name)).toEqual(['a', 'a:2', 'a:1', 'a:3', 'a:1:1']);
  for await (const rows of batches) expect(rows).toEqual([[1, 2, 3, 4, 5]]);
});

test('a result that breaks off behind some rows is an error, never a shorter result', async () => {
  const engine = await open([]);
  let rows = 0;
  const read = async (sql: string, options: QueryOptions, after = Number.POSITIVE_INFINITY) => {
    rows = 0;
    const { batches } = await engine.query(sql, options);
    for await (const batch of batches) {
      rows += batch.length;
      if (rows > after) interrupt.abort();
    }
  };
  const interrupt = new AbortController();
  const failing = "SELECT CASE WHEN range = 150000 THEN error('boom') ELSE range END AS r FROM range(200000);";
  const reason = { code: 'E_ENGINE', message: expect.stringMatching(/^Invalid Input Error/) };
  await expect(read(failing, {})).rejects.toMatchObject(reason);
  expect(rows).toBeGreaterThan(0);
  const late = `SELECT date_trunc(CASE WHEN range = 2999999 THEN 'timezone' ELSE 'day' END, DATE '2020-01-01' + (range % 1000)::INTEGER) FROM range(3000000)`;
  await expect(read(late, {})).rejects.toMatchObject({ message: expect.stringMatching(/^Not implemented Error/) });
  await expect(read('FROM range(2000000)', { signal: interrupt.signal }, 50_000)).rejects.toMatchObject({
    code: 'E_INTERRUPTED',
  });
  await expect(read(failing.replace(';', '; -- tail'), {})).rejects.toMatchObject({
    code: 'E_ENGINE',
    message: expect.stringContaining('What came is not all of it'),
  });
  for (let turns = 0; turns < 12; turns++) {
    const soon = new AbortController();
    const reading = read('FROM range(30000000)', { signal: soon.signal });
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    soon.abort();
    await expect(reading, `an abort after ${turns} turns`).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  }
  await read('FROM range(200000) WHERE range % 2 = 0', {});
  expect(rows).toBe(100_000);
});

test('a sort larger than the memory spills into a folder that is gone afterwards', async () => {
  const engine = await openEngine([], { memoryBytes: 100e6, threads: 1 });
  const [[setting]] = (await rowsOf(engine, "SELECT current_setting('temp_directory')")) as [[string]];
  const sorted =
    "SELECT max(length(s)) FROM (SELECT repeat('x', 100) || hash(range) AS s FROM range(2000000) ORDER BY s LIMIT 1500000)";
  const rows = rowsOf(engine, sorted);
  let spilled = false;
  const watch = setInterval(() => {
    stat(setting).then(
      () => {
        spilled = true;
      },
      () => undefined,
    );
  }, 5);
  expect(await rows).toEqual([[120]]);
  clearInterval(watch);
  await engine.close();
  expect(spilled).toBe(true);
  await expect(stat(setting)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('Parquet output keeps 128-bit integers, nested ones too, and types that Parquet would bend', async () => {
  const folder = await temporaryFolder();
  const outputPath = join(folder, "it's out.parquet");
  const engine = await open([await orders(folder)], { outputPath });
  const sql = `SELECT sum(id) + 9007199254740993 AS total, [sum(id)] AS list, {'a "b"': sum(id)} AS struct,
    MAP {'k': sum(id)} AS map, INTERVAL '-1.000001 seconds' AS interval, '10:00:00+02'::TIMETZ AS timetz, count(*) AS n,
    99999999999999999999999999999999999999::DECIMAL(38,0) AS big FROM orders; -- comment`;
  expect(await engine.writeParquet(sql.replace('; -- comment', ' -- comment'))).toBe(1);
  const path = outputPath.replaceAll("'", "''");
  expect(
    await queryDuckdbJson(`SELECT name, type, logical_type FROM parquet_schema('${path}') WHERE name = 'total'`),
  ).toEqual([['total', 'FIXED_LEN_BYTE_ARRAY', expect.stringContaining('38')]]);
  expect(await queryDuckdbJson(`SELECT * FROM '${path}'`)).toEqual([
    [
      '9007199254740996',
      ['3'],
      { 'a "b"': '3' },
      [{ key: 'k', value: '3' }],
      '-00:00:01.000001',
      '10:00:00+02',
      '2',
      '9'.repeat(38),
    ],
  ]);
  expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
});

test('Parquet output refuses what it would lose or has no name for', async () => {
  const folder = await temporaryFolder();
  const outputPath = join(folder, 'out.parquet');
  const engine = await open([await orders(folder)], { outputPath });
  const nines = '9'.repeat(38);
  for (const sql of [
    `SELECT sum(x) AS s FROM (VALUES (${nines}::DECIMAL(38,0)), (5::DECIMAL(38,0))) v(x)`,
    `SELECT ${nines}0::HUGEINT AS h`,
    'SELECT 1 AS a, 2 AS A',
    `SELECT 1) TO '${join(folder, 'other.parquet')}' --`,
    `COPY (SELECT 1) TO '${outputPath}'`,
    'PIVOT orders ON name USING count(*)',
    'EXPLAIN SELECT 1',
  ]) {
    await expect(engine.writeParquet(sql), sql).rejects.toMatchObject({
      code: expect.stringMatching('E_ENGINE|E_SQL'),
    });
  }
  await rm(outputPath, { force: true });
  expect((await readdir(folder)).sort()).toEqual(['orders-0.parquet', 'orders-1.parquet']);
});
