/**
 * Rows set aside under `awkward: 'quarantine'`: each awkward row is in the side dataset, once, with every column as Postgres prints it,
 * and the others are in the dataset, exactly. Postgres is the oracle of both, DuckDB reads them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engine/duckdb.ts';
import { type CopyOptions, planTables } from '../../src/index.ts';
import { currentFiles } from '../../src/lake/describe.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, HAS_CTID_RANGES, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROWS = fewerIfHostile(6_000, 600);

/** Columns that no type of ours holds for some rows, by a condition on the row's number that says which. */
const AWKWARD: Readonly<
  Record<
    string,
    {
      readonly type: string;
      readonly good: string;
      readonly bad: string;
      readonly when: string;
      readonly reason: string;
    }
  >
> = {
  d: { type: 'date', good: "date '2024-01-01' + i % 1000", bad: "'infinity'", when: 'i % 97 = 0', reason: 'infinity' },
  ts: { type: 'timestamptz', good: "'epoch'", bad: "'-infinity'", when: 'i % 101 = 0', reason: 'infinity' },
  late: { type: 'timestamp', good: "'epoch'", bad: "'294276-12-31'", when: 'i % 103 = 0', reason: 'out of range' },
  n: { type: 'numeric(10,2)', good: 'i', bad: "'NaN'", when: 'i % 97 = 0 OR i % 107 = 0', reason: 'nan' },
  u: { type: 'numeric', good: 'i', bad: '12345678901234', when: 'i % 109 = 0', reason: 'overflow' },
  grid: {
    type: 'int[]',
    good: 'ARRAY[i, NULL]',
    bad: 'ARRAY[[i, 2], [3, 4]]',
    when: 'i % 113 = 0',
    reason: 'array dimensions',
  },
  terms: {
    type: 'term[]',
    good: "ARRAY[('a', '2024-02-29')::term]",
    bad: "ARRAY[NULL, ('b', 'infinity')::term]",
    when: 'i % 127 = 0',
    reason: 'infinity',
  },
};
const isAwkward = Object.values(AWKWARD)
  .map(({ when }) => `(${when})`)
  .join(' OR ')
  .replaceAll(/\bi\b/g, 'id');

/** Columns that print otherwise than a cast to text would. */
const PLAIN = `c char(5) DEFAULT 'ab', host inet DEFAULT '10.0.0.1', "odd ""name" text DEFAULT E'a\\nb,"c" \\\\', bytes bytea DEFAULT '\\x00ff',
  flag bool DEFAULT true, half term DEFAULT ('x', NULL), nothing text, j jsonb DEFAULT '{"a": 1.0}'`;

function tableSql(name: string): string {
  const columns = Object.entries(AWKWARD);
  return `CREATE TABLE ${name} (id int, ${columns.map(([column, { type }]) => `${column} ${type}`).join(', ')}, ${PLAIN});
    INSERT INTO ${name} SELECT i, ${columns.map(([, { type, good, bad, when }]) => `CASE WHEN ${when} THEN ${bad}::${type} ELSE (${good})::${type} END`).join(', ')}
      FROM generate_series(1, ${ROWS}) i;
    DELETE FROM ${name} WHERE id % 5 = 0;`;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(
    await testServer(),
    `CREATE TYPE term AS (name text, since date); ${tableSql('awkward')}
     CREATE TABLE good AS SELECT i AS id FROM generate_series(1, 50) i;
     CREATE VIEW seen AS SELECT * FROM awkward;
     CREATE TABLE parts (id int, d date) PARTITION BY RANGE (id);
     CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100);
     CREATE TABLE parts_2 (d date, id int); ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (100) TO (200);
     INSERT INTO parts SELECT i, CASE WHEN i % 50 = 0 THEN 'infinity' ELSE date 'epoch' END FROM generate_series(1, 199) i;
     CREATE TABLE taken (id int, "_Dracula_CTID" text);
     CREATE TABLE hopeless AS SELECT i AS id, repeat('x', 400) AS pad, CASE WHEN i % 1000 = 0 THEN date 'epoch' ELSE 'infinity' END AS d FROM generate_series(1, ${fewerIfHostile(40_000, 2_000)}) i;
     CREATE TABLE awkward__quarantine (id int);`,
  );
});
afterAll(() => database.drop());

async function copyInto(options: Partial<CopyOptions>, target?: string) {
  const lake = target ?? `${await temporaryFolder('quarantine')}/`;
  const report = await copy({
    url: database.url,
    target: lake,
    numeric: { precision: 12, scale: 2 },
    tables: ['awkward'],
    ...options,
  });
  return { target: lake, report };
}

/** Rows of SQL over the lake, as `dracula query` reads it. */
async function ask(target: string, sql: string): Promise<unknown[][]> {
  const { datasets, problems } = await currentFiles(await openLake(target, { create: false }));
  expect(problems).toEqual([]);
  const engine = await openEngine(datasets, {});
  try {
    const rows: unknown[][] = [];
    for await (const batch of (await engine.query(sql)).batches) rows.push(...batch.map((row) => [...row]));
    return rows;
  } finally {
    await engine.close();
  }
}

/** Every value as the text that the server sends. */
const AS_PRINTED = { getTypeParser: () => (text: string) => text };

async function askSource(sql: string, types?: typeof AS_PRINTED): Promise<unknown[][]> {
  const question = { text: sql, rowMode: 'array', ...(types ? { types } : {}) } as const;
  return (await (await database.client()).query(question)).rows as unknown[][];
}

const NAMES = ['id', ...Object.keys(AWKWARD), 'c', 'host', 'odd "name', 'bytes', 'flag', 'half', 'nothing', 'j'];
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The rows of both datasets are those of the table, each once, in the one or in the other. */
async function expectExact(target: string, awkward = isAwkward): Promise<void> {
  const aside = await ask(
    target,
    `SELECT "_dracula_ctid", ${NAMES.map(quoted).join(', ')} FROM awkward__quarantine ORDER BY id::int`,
  );
  expect(aside).toEqual(
    await askSource(
      `SELECT ctid, ${NAMES.map(quoted).join(', ')} FROM awkward WHERE ${awkward} ORDER BY awkward.id`,
      AS_PRINTED,
    ),
  );
  const good = ['id', 'd', 'n', 'u', 'grid', 'host', 'c', 'j'];
  const cast = (name: string) =>
    name === 'grid'
      ? 'grid[1]::text'
      : name === 'host' || name === 'c'
        ? `format('%s', ${name})`
        : `${quoted(name)}::text`;
  expect(
    await ask(
      target,
      `SELECT ${good.map((name) => (name === 'grid' ? 'grid[1]::VARCHAR' : name === 'u' ? 'u::BIGINT::VARCHAR' : `${quoted(name)}::VARCHAR`)).join(', ')} FROM awkward ORDER BY awkward.id`,
    ),
  ).toEqual(
    await askSource(`SELECT ${good.map(cast).join(', ')} FROM awkward WHERE NOT (${awkward}) ORDER BY awkward.id`),
  );
}

const WAYS: readonly ('ctid' | 'relation')[] = HAS_CTID_RANGES ? ['ctid', 'relation'] : ['relation'];

describe("under awkward: 'quarantine'", () => {
  it.each(WAYS)('awkward rows go aside as Postgres prints them, and the others arrive, read by %s', async (chunkBy) => {
    const { target, report } = await copyInto({ awkward: 'quarantine', chunkBy });
    expect(report.exitCode).toBe(0);
    await expectExact(target);
    const { quarantine, rows, awkward } = tableOf(report, 'awkward');
    const [[all, bad]] = (await askSource(
      `SELECT count(*)::int, (count(*) FILTER (WHERE ${isAwkward}))::int FROM awkward`,
    )) as [[number, number]];
    expect([rows, quarantine?.rows, awkward]).toEqual([all - bad, bad, []]);
    const expected = await Promise.all(
      Object.entries(AWKWARD).map(async ([column, { when, reason }]) => ({
        column,
        reason,
        count: Number(
          (await askSource(`SELECT count(*) FROM awkward WHERE ${when.replaceAll(/\bi\b/g, 'id')}`))[0]![0],
        ),
      })),
    );
    const byColumn = (a: { column: string }, b: { column: string }) => (a.column < b.column ? -1 : 1);
    expect([...quarantine!.values].sort(byColumn)).toEqual(expected.filter(({ count }) => count > 0).sort(byColumn));
  });

  it('a row says its run, its relation, and all that is awkward in it', async () => {
    const { target, report } = await copyInto({ awkward: 'quarantine' });
    const rows = await ask(
      target,
      `SELECT "_dracula_run", "_dracula_relation", array_to_string("_dracula_columns", ','), array_to_string("_dracula_reasons", ',') FROM awkward__quarantine WHERE id = '97'`,
    );
    expect(rows).toEqual([[report.runId, 'public.awkward', 'd,n', 'infinity,nan']]);
    const version = await (await openLake(target, { create: false })).dataset('awkward').load();
    expect(version?.summary).toMatchObject({
      quarantine: { dataset: 'awkward__quarantine', version: 1, rows: tableOf(report, 'awkward').quarantine!.rows },
    });
  });

  it('tells nothing of a value: not in the report, not in an event', async () => {
    const told: unknown[] = [];
    const onEvent = (event: unknown) => void told.push(event);
    const { report } = await copyInto({ awkward: 'quarantine', onEvent });
    const text = JSON.stringify([report, told]);
    expect(text).toContain(
      `${tableOf(report, 'awkward').quarantine!.rows} rows of public.awkward set aside in awkward__quarantine`,
    );
    for (const value of ['12345678901234', '10.0.0.1', '294276-12-31']) expect(text).not.toContain(value);
  });

  it('one column sets rows aside, another becomes null', async () => {
    const { target, report } = await copyInto({
      awkward: 'null',
      columnOptions: { 'awkward.n': { awkward: 'quarantine' } },
    });
    const { quarantine, awkward } = tableOf(report, 'awkward');
    // A row that goes aside for n takes its other awkward values with it: none of them became null.
    expect(quarantine!.values.map(({ column }) => column).sort()).toContain('d');
    const [[both]] = (await askSource(`SELECT count(*)::int FROM awkward WHERE id % 97 = 0`)) as [[number]];
    expect(quarantine!.values.find(({ column }) => column === 'd')).toEqual({
      column: 'd',
      reason: 'infinity',
      count: both,
    });
    expect(awkward.map(({ column }) => column)).not.toContain('d');
    const [[asideRows]] = (await ask(target, 'SELECT count(*)::INT FROM awkward__quarantine')) as [[number]];
    expect(asideRows).toBe(quarantine!.rows);
    const nulls = await ask(target, 'SELECT count(*)::INT FROM awkward WHERE late IS NULL');
    expect(nulls).toEqual(
      await askSource('SELECT count(*)::int FROM awkward WHERE id % 103 = 0 AND NOT (id % 97 = 0 OR id % 107 = 0)'),
    );
  });

  it('of a table in which nearly every row is awkward, the rows are read as they come', async () => {
    const { target, report } = await copyInto({ awkward: 'quarantine', tables: ['hopeless'], chunkBy: 'relation' });
    expect(outcomes(report)).toEqual({ hopeless: 'copied' });
    const count = (from: string) => `SELECT count(*)::INT, count(DISTINCT id)::INT, sum(id::INT)::INT FROM ${from}`;
    for (const [dataset, condition] of [
      ['hopeless', 'id % 1000 = 0'],
      ['hopeless__quarantine', 'id % 1000 <> 0'],
    ])
      expect(await ask(target, count(dataset!))).toEqual(await askSource(count(`hopeless WHERE ${condition}`)));
  });

  it('a column that stops its table does so, whatever the others', async () => {
    const { report } = await copyInto({
      awkward: 'quarantine',
      columnOptions: { 'awkward.grid': { awkward: 'fail' } },
    });
    expect(tableOf(report, 'awkward').error).toMatchObject({ code: 'E_AWKWARD_VALUE', facts: { column: 'grid' } });
  });

  it.each(['awkward', 'parts'])('--verify compares the rest of %s with the source', async (table) => {
    const { report } = await copyInto({ awkward: 'quarantine', verify: true, tables: [table] });
    expect(outcomes(report)).toEqual({ [table]: 'copied' });
    expect(tableOf(report, table).quarantine!.rows).toBeGreaterThan(0);
  });

  it('partitions are told apart, whatever the order of their columns', async () => {
    const { target } = await copyInto({ awkward: 'quarantine', tables: ['parts'] });
    const rows = await ask(
      target,
      'SELECT "_dracula_relation", "_dracula_ctid", id, d FROM parts__quarantine ORDER BY id::int',
    );
    expect(rows).toEqual(
      await askSource(
        "SELECT 'public.' || tableoid::regclass, ctid::text, id::text, d::text FROM parts WHERE id % 50 = 0 ORDER BY parts.id",
      ),
    );
  });

  it('rows set aside are written for the readers of their dataset, and bring no others into the lake', async () => {
    const readers = ['duckdb', 'pyarrow'] as const;
    const { target } = await copyInto({ awkward: 'quarantine', tables: ['parts'], readers });
    const lake = await openLake(target, { create: false });
    expect((await lake.dataset('parts__quarantine').load())?.schema.readers).toEqual(readers);
    const { tables } = await planTables({ url: database.url, env: {}, target, tables: ['good'] });
    expect(tables[0]!.schema.readers).toEqual(readers);
  });

  it('a table without awkward rows has no quarantine, and one that has them no more loses it', async () => {
    const { target, report } = await copyInto({ awkward: 'quarantine' });
    expect(await (await openLake(target, { create: false })).datasets()).toEqual(['awkward', 'awkward__quarantine']);
    const again = await copyInto({ awkward: 'quarantine', where: `NOT (${isAwkward})` }, target);
    expect(tableOf(again.report, 'awkward')).toMatchObject({ quarantine: null, rows: tableOf(report, 'awkward').rows });
    expect(await (await openLake(target, { create: false })).datasets()).toEqual(['awkward']);
  });
});

describe('what cannot be set aside is refused before a row is read', () => {
  it('a view, and a table with a column of that name', async () => {
    const { report } = await copyInto({ awkward: 'quarantine', tables: ['good', 'seen', 'taken'] });
    expect(outcomes(report)).toEqual({ good: 'copied', seen: 'E_USAGE', taken: 'E_NAME_COLLISION' });
  });

  it('the rows of a query, a table with the name of the side dataset, a single file', async () => {
    const query = { sql: 'SELECT 1 AS one', name: 'one' };
    const asked = await copy({
      url: database.url,
      target: `${await temporaryFolder('q')}/`,
      query,
      awkward: 'quarantine',
    });
    expect(outcomes(asked)).toEqual({ one: 'E_USAGE' });
    const both = copyInto({ awkward: 'quarantine', tables: ['awkward', 'awkward__quarantine'] });
    await expect(both).rejects.toMatchObject({ code: 'E_NAME_COLLISION' });
    await expect(copyInto({ awkward: 'quarantine' }, '/nowhere/x.parquet')).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

describe('maxQuarantined', () => {
  it.each([0, '1%'] as const)(
    'more than %s fails the table, and nothing of it is published',
    async (maxQuarantined) => {
      const { target, report } = await copyInto({ awkward: 'quarantine', maxQuarantined, tables: ['awkward', 'good'] });
      expect([report.exitCode, outcomes(report)]).toEqual([5, { awkward: 'E_QUARANTINE', good: 'copied' }]);
      expect(await (await openLake(target, { create: false })).datasets()).toEqual(['good']);
      expect(tableOf(report, 'awkward').error!.message).toContain(`at most ${maxQuarantined} may be set aside`);
    },
  );

  it.each([ROWS, '50%'] as const)('up to %s is a success', async (maxQuarantined) => {
    const { report } = await copyInto({ awkward: 'quarantine', maxQuarantined });
    expect(report.exitCode).toBe(0);
  });
});
