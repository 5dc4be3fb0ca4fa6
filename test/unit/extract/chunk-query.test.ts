import { expect, it } from 'vitest';
import type { Chunk, ChunkRange, RelationRead, TablePlan } from '../../../src/core/copy-plan.ts';
import { printedSql } from '../../../src/core/printed-sql.ts';
import type { Column, ReadAs } from '../../../src/core/table-schema.ts';
import { chunkQuery, chunkRows, continueAfter, rowLocationQuery } from '../../../src/extract/chunk-query.ts';
import { setAsideQuery } from '../../../src/extract/set-aside-query.ts';

const text = { type: { kind: 'text' }, fieldId: 1 } as const;
const asText = (pgType: string, typeOid: number, readAs: ReadAs): Column['source'] => {
  return { pgType, typeOid, typmod: -1, readAs, wire: { form: 'text' } };
};
const COLUMNS: readonly Column[] = [
  {
    ...text,
    name: 'id',
    type: { kind: 'int32' },
    source: { pgType: 'integer', typeOid: 23, typmod: -1, readAs: 'binary', wire: { form: 'int4' } },
  },
  { ...text, name: 'took"n', source: asText('box', 603, 'text') },
  { ...text, name: 'hosts', source: asText('box[]', 1020, 'text[]') },
];

function plan(relation: Partial<RelationRead>, more: Partial<TablePlan> = {}): TablePlan {
  return {
    dataset: 'orders',
    table: { namespace: 'public', name: 'orders' },
    kind: 'table',
    schema: { columns: COLUMNS },
    relations: [
      {
        oid: 20000,
        name: { namespace: 'my.ns', name: 'orders' },
        relkind: 'r',
        hasCtid: true,
        blocks: 10,
        estimatedRows: 10,
        bytes: 81920,
        expected: [],
        ...relation,
      },
    ],
    chunks: [],
    estimatedRows: 10,
    sourceBytes: 81920,
    textColumns: [],
    notices: [],
    ...more,
  };
}

function chunk(range: ChunkRange): Chunk {
  return { id: 3, relation: 0, range, estimatedRows: 1, estimatedBytes: 1 };
}

const WHOLE = chunk({ kind: 'relation' });
const READ = `"id", ${printedSql('"took""n"')}, "hosts"::pg_catalog.text[]`;

it('reads a whole heap with its ctid first, and describes the columns without casts', () => {
  expect(chunkQuery(plan({}), WHOLE)).toEqual({
    read: { text: `SELECT ctid, ${READ} FROM ONLY "my.ns"."orders"`, values: [] },
    bare: 'SELECT "id", "took""n", "hosts" FROM ONLY "my.ns"."orders"',
    selectsCtid: true,
    inCtidOrder: true,
    usesCtidRange: false,
    searchPath: 'pg_catalog',
  });
});

it('bounds a ctid range by parameters, and leaves the last one open', () => {
  const closed = chunkQuery(plan({}), chunk({ kind: 'ctid', fromBlock: 5, toBlock: 9 }));
  expect(closed.read).toEqual({
    text:
      `SELECT ${READ} FROM ONLY "my.ns"."orders" ` +
      'WHERE ctid OPERATOR(pg_catalog.>=) $1::pg_catalog.tid AND ctid OPERATOR(pg_catalog.<) $2::pg_catalog.tid',
    values: ['(5,0)', '(9,0)'],
  });
  expect([closed.selectsCtid, closed.usesCtidRange]).toEqual([false, true]);
  const last = chunkQuery(plan({}), chunk({ kind: 'ctid', fromBlock: 9, toBlock: null }));
  expect(last.read.text).toMatch(/ WHERE ctid OPERATOR\(pg_catalog\.>=\) \$1::pg_catalog\.tid$/);
  expect(last.read.values).toEqual(['(9,0)']);
});

it("puts the user's condition on lines of its own, says that it is there, and then selects no ctid of a whole relation", () => {
  const where = 'id > 5 -- new ones';
  const ranged = chunkQuery(
    plan({}, { where, searchPath: 'app' }),
    chunk({ kind: 'ctid', fromBlock: 1, toBlock: null }),
  );
  expect(ranged.read.text).toMatch(/\$1::pg_catalog\.tid AND \(\nid > 5 -- new ones\n\)$/);
  expect(ranged.searchPath).toBe('app');
  const whole = chunkQuery(plan({}, { where, searchPath: 'app' }), WHOLE);
  expect([whole.selectsCtid, whole.searchPath]).toEqual([false, 'app']);
  expect(whole.bare).not.toContain('id > 5');
});

it("lets a partition go by its table's name in a condition", () => {
  const table = plan({ name: { namespace: 'p', name: 'orders_1' } }, { kind: 'partitioned', where: 'orders.id > 5' });
  expect(chunkQuery(table, WHOLE).read.text).toMatch(
    /FROM ONLY "p"\."orders_1" AS "orders" WHERE \(\norders\.id > 5\n\)$/,
  );
});

it('bounds a key range by values without a type, so that the key gives it', () => {
  const key = (from: string | null, to: string | null, nulls = false) =>
    chunkQuery(plan({}), chunk({ kind: 'key', column: 'i"d', from, to, nulls })).read;
  const where = (query: { text: string }) => query.text.split(' WHERE ')[1];
  expect(where(key('a', 'b'))).toBe('"i""d" OPERATOR(pg_catalog.>=) $1 AND "i""d" OPERATOR(pg_catalog.<) $2');
  expect(key('a', 'b').values).toEqual(['a', 'b']);
  expect(where(key(null, 'b'))).toBe('"i""d" OPERATOR(pg_catalog.<) $1');
  expect(where(key('a', null))).toBe('"i""d" OPERATOR(pg_catalog.>=) $1');
  expect(where(key(null, null, true))).toBe('"i""d" IS NULL');
});

it.each([
  ['r', 'FROM ONLY "my.ns"."orders"'],
  ['m', 'FROM ONLY "my.ns"."orders"'],
  ['f', 'FROM ONLY "my.ns"."orders"'],
  ['p', 'FROM "my.ns"."orders"'],
  ['v', 'FROM "my.ns"."orders"'],
  ['q', 'FROM (\nselect 1 -- one\n) AS query'],
] as const)('names a relation of kind %s', (relkind, from) => {
  const table = plan({ relkind, hasCtid: relkind === 'r' || relkind === 'm' }, { query: 'select 1 -- one' });
  expect(chunkQuery(table, WHOLE).read.text.endsWith(from)).toBe(true);
  expect(chunkQuery(table, WHOLE).selectsCtid).toBe(relkind === 'r' || relkind === 'm');
});

it('reads rows without fields where a table has no columns', () => {
  const query = chunkQuery(plan({}, { schema: { columns: [] } }), chunk({ kind: 'ctid', fromBlock: 0, toBlock: null }));
  expect(query.read.text).toMatch(/^SELECT FROM ONLY/);
  expect(query.bare).toBe('SELECT FROM ONLY "my.ns"."orders"');
});

it('goes on after a ctid where the chunk is in ctid order, and refuses elsewhere', () => {
  const rest = continueAfter(plan({}), WHOLE, '(7,3)');
  expect(rest.read).toEqual({
    text: `SELECT ctid, ${READ} FROM ONLY "my.ns"."orders" WHERE ctid OPERATOR(pg_catalog.>) $1::pg_catalog.tid`,
    values: ['(7,3)'],
  });
  expect([rest.selectsCtid, rest.usesCtidRange]).toEqual([true, true]);
  expect(() => continueAfter(plan({}, { where: 'true' }), WHOLE, '(7,3)')).toThrow(/no order/);
  expect(() => continueAfter(plan({ hasCtid: false }), WHOLE, '(7,3)')).toThrow(/no order/);
});

it('asks for the ctid of a row by its ordinal where rows come in ctid order', () => {
  const range = chunk({ kind: 'ctid', fromBlock: 5, toBlock: 9 });
  expect(rowLocationQuery(plan({}, { where: 'true' }), range, null, 41)).toEqual({
    text:
      'SELECT ctid FROM ONLY "my.ns"."orders" WHERE ctid OPERATOR(pg_catalog.>=) $1::pg_catalog.tid ' +
      'AND ctid OPERATOR(pg_catalog.<) $2::pg_catalog.tid AND (\ntrue\n) LIMIT 1 OFFSET $3::pg_catalog.int8',
    values: ['(5,0)', '(9,0)', '41'],
  });
  expect(rowLocationQuery(plan({}), WHOLE, '(7,3)', 0)?.values).toEqual(['(7,3)', '0']);
  expect(rowLocationQuery(plan({}, { where: 'true' }), WHOLE, null, 0)).toBeNull();
  expect(rowLocationQuery(plan({ hasCtid: false }), WHOLE, null, 0)).toBeNull();
});

it('a column that sets rows aside has the ctid selected in every chunk, whose order is not told by it', () => {
  const columns = COLUMNS.map((column) => ({ ...column, awkward: 'quarantine' as const }));
  const aside = plan({}, { schema: { columns } });
  const range = chunkQuery(aside, chunk({ kind: 'ctid', fromBlock: 0, toBlock: 5 }));
  expect(range.read.text).toMatch(/^SELECT ctid, "id"/);
  expect([range.selectsCtid, range.inCtidOrder]).toEqual([true, false]);
  expect(chunkQuery({ ...aside, where: 'true' }, WHOLE)).toMatchObject({ selectsCtid: true, inCtidOrder: false });
});

it('rows set aside are asked for by ctid, as a result prints them', () => {
  const value = (column: string) => ({ column, row: 0, reason: 'nan' }) as const;
  const { text: sql, values } = setAsideQuery(
    plan({}),
    WHOLE,
    [
      { ctid: { block: 4_294_967_294, offset: 1 }, values: [value('id'), value('took"n')] },
      { ctid: { block: 0, offset: 2 }, values: [value('c\\')] },
    ],
    'run-1',
  );
  expect(values).toEqual([
    '{"(4294967294,1)","(0,2)"}',
    'run-1',
    '"my.ns".orders',
    '{1,3}',
    '{2,3}',
    String.raw`{"id","took\"n","c\\"}`,
    '{"nan","nan","nan"}',
  ]);
  const printed = (column: string) =>
    `CASE WHEN ${column} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ${column}) END`;
  expect(sql).toContain(
    `, ${['"id"', '"took""n"', '"hosts"'].map(printed).join(', ')} FROM ONLY "my.ns"."orders" WHERE ctid`,
  );
});

it('another question about the rows of a chunk can leave some out', () => {
  const { from: sql, values } = chunkRows(plan({}), chunk({ kind: 'ctid', fromBlock: 1, toBlock: null }), {
    without: ['(1,2)', '(3,4)'],
  });
  expect(values).toEqual(['{"(1,2)","(3,4)"}', '(1,0)']);
  expect(sql).toContain('AND NOT EXISTS (SELECT FROM pg_catalog.unnest($1::pg_catalog.tid[]) AS aside(place)');
});
