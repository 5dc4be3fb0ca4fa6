import { expect, it } from 'vitest';
import { formatLogicalType } from '../../../src/core/logical-type.ts';
import { DraculaError, isDraculaError } from '../../../src/errors.ts';
import { planCopy } from '../../../src/pipeline/plan.ts';
import type { PlanOptions } from '../../../src/pipeline/plan-options.ts';
import { partitionedTable, serverInfo, sourceRelation, sourceTable } from '../../support/source-table.ts';

const OPTIONS: PlanOptions = { connections: 2 };

function thrownBy(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (e) {
    if (isDraculaError(e)) return { code: e.code, message: e.message };
    throw e;
  }
  throw new Error('nothing was thrown');
}

function planOne(table: ReturnType<typeof sourceTable>, options: Partial<PlanOptions> = {}, server = serverInfo()) {
  return planCopy(server, [table], { ...OPTIONS, ...options });
}

function refusal(...args: Parameters<typeof planOne>) {
  const { tables, refused } = planOne(...args);
  expect(tables).toEqual([]);
  return { code: refused[0]!.error.code, message: refused[0]!.error.message };
}

it('plans a table: its dataset, its columns with field ids, what Describe must say, its chunks', () => {
  const table = sourceTable('orders', { oid: 77, attnums: [1, 4, 5] }, { comment: 'sold' });
  const { tables, refused, serverVersion, serverVersionNum } = planOne(table);
  expect(refused).toEqual([]);
  expect([serverVersion, serverVersionNum]).toEqual(['18.4', 180004]);
  const [plan] = tables;
  expect(plan).toMatchObject({
    dataset: 'orders',
    kind: 'table',
    comment: 'sold',
    estimatedRows: 100,
    sourceBytes: 81920,
    textColumns: ['price'],
    notices: ['Read as text: price (numeric).'],
    relations: [{ oid: 77, relkind: 'r', hasCtid: true, blocks: 10, bytes: 81920, estimatedRows: 100 }],
    chunks: [{ id: 0, relation: 0, range: { kind: 'relation' } }],
  });
  expect(plan!.schema.columns.map((column) => [column.fieldId, column.name, column.type.kind, column.comment])).toEqual(
    [
      [1, 'id', 'int32', undefined],
      [2, 'note', 'text', 'said'],
      [3, 'price', 'text', undefined],
    ],
  );
  expect(plan!.relations[0]!.expected).toEqual([
    { tableOid: 77, attnum: 1, typeOid: 23, typmod: -1 },
    { tableOid: 77, attnum: 4, typeOid: 25, typmod: -1 },
    { tableOid: 77, attnum: 5, typeOid: 1700, typmod: -1 },
  ]);
});

it('numbers chunks through all tables', () => {
  const tables = ['a', 'b', 'c'].map((name) => sourceTable(name, { blocks: 20_000, bytes: 20_000 * 8192 }));
  const ids = planCopy(serverInfo(), tables, OPTIONS).tables.flatMap((table) => table.chunks.map((chunk) => chunk.id));
  expect(ids).toEqual(Array.from({ length: 24 }, (_, i) => i));
});

it('refuses two tables of one dataset before anything is read', () => {
  const tables = [
    sourceTable('billing__orders'),
    sourceTable('', {}, { name: { namespace: 'billing', name: 'orders' } }),
  ];
  expect(thrownBy(() => planCopy(serverInfo(), tables, OPTIONS))).toEqual({
    code: 'E_NAME_COLLISION',
    message: 'public.billing__orders and billing.orders would both be the dataset billing__orders; nothing was read.',
  });
});

it('refuses two names that SQL cannot tell apart, of tables, of rows set aside and of datasets that the lake has', () => {
  const tables = (...names: string[]) => names.map((name) => sourceTable(name));
  const lake = new Map([['%4Frders', null]]);
  const aside = { ...OPTIONS, awkward: 'quarantine' } as const;
  expect(thrownBy(() => planCopy(serverInfo(), tables('orders', 'Orders'), OPTIONS))).toEqual({
    code: 'E_NAME_COLLISION',
    message:
      'public.orders and public."Orders" would be the datasets orders and "Orders", and SQL cannot tell their names apart, since it folds case; nothing was read.',
  });
  expect(thrownBy(() => planCopy(serverInfo(), tables('orders'), { ...OPTIONS, lake }))).toEqual({
    code: 'E_NAME_COLLISION',
    message:
      'public.orders would be the dataset orders; the lake has "Orders" already (folder %4Frders), and SQL cannot tell their names apart, since it folds case; nothing was read.',
  });
  expect(thrownBy(() => planCopy(serverInfo(), tables('a', 'A__quarantine'), aside)).message).toContain(
    'public."A__quarantine" and what is set aside of public.a would be the datasets "A__quarantine" and a__quarantine, and SQL',
  );
  const lakeOfAside = new Map([['%41__quarantine', null]]);
  expect(thrownBy(() => planCopy(serverInfo(), tables('a'), { ...aside, lake: lakeOfAside })).message).toContain(
    'what is set aside of public.a would be the dataset a__quarantine; the lake has "A__quarantine" already',
  );
  const again = planCopy(serverInfo(), tables('Orders', 'a'), { ...OPTIONS, lake: new Map([...lake, ...lakeOfAside]) });
  expect(again.tables.map(({ dataset }) => dataset)).toEqual(['%4Frders', 'a']);
});

it('refuses a table whose dataset no file system could name, and copies the others', () => {
  const long = sourceTable('', {}, { name: { namespace: '🧛'.repeat(15), name: '🦇'.repeat(15) } });
  const { tables, refused } = planCopy(serverInfo(), [long, sourceTable('orders')], OPTIONS);
  expect(tables.map((table) => table.dataset)).toEqual(['orders']);
  expect(refused[0]!.error.code).toBe('E_DATASET_NAME');
  expect(refused[0]!.error.message).toContain('a name of 362 bytes; 240 is the most');
});

it('takes the columns that are named, in their order', () => {
  const { tables } = planOne(sourceTable('orders', { oid: 77, attnums: [1, 4, 5] }), { columns: ['price', 'id'] });
  expect(tables[0]!.schema.columns.map((column) => [column.fieldId, column.name])).toEqual([
    [1, 'price'],
    [2, 'id'],
  ]);
  expect(tables[0]!.relations[0]!.expected.map(({ attnum }) => attnum)).toEqual([5, 1]);
});

it('refuses a table that lacks a named column, and throws when all do', () => {
  const narrow = sourceTable('narrow');
  const tables = [sourceTable('orders'), { ...narrow, columns: narrow.columns.slice(0, 1) }];
  const plan = planCopy(serverInfo(), tables, { ...OPTIONS, columns: ['id', 'note'] });
  expect(plan.tables.map((table) => table.dataset)).toEqual(['orders']);
  expect(plan.refused.map(({ error }) => error.message)).toEqual(['public.narrow has no column note. It has: id.']);
  const odd = { ...narrow, columns: [{ ...narrow.columns[0]!, name: 'a,b' }] };
  expect(thrownBy(() => planCopy(serverInfo(), [odd], { ...OPTIONS, columns: ['A'] })).message).toBe(
    'public.narrow has no column "A". It has: "a,b".',
  );
  expect(thrownBy(() => planCopy(serverInfo(), tables, { ...OPTIONS, columns: ['nope'] })).code).toBe(
    'E_COLUMN_NOT_FOUND',
  );
  expect(thrownBy(() => planCopy(serverInfo(), tables, { ...OPTIONS, columns: ['id', 'id'] })).code).toBe('E_USAGE');
});

it('refuses columns that SQL over the lake cannot tell apart, unless one of them is left out', () => {
  const table = sourceTable('orders');
  const renamed = { ...table, columns: [...table.columns, { ...table.columns[1]!, attnum: 4, name: 'Id' }] };
  expect(refusal(renamed)).toEqual({
    code: 'E_COLUMN_COLLISION',
    message: `public.orders has the columns id and "Id", and SQL over the lake cannot tell their names apart, since it folds case. Nothing of it was read.`,
  });
  expect(planOne(renamed, { columns: ['Id', 'note'] }).refused).toEqual([]);
});

it('makes a numeric without precision what was declared, else a decimal where the statistics fit it, else text', () => {
  const price = (fits: readonly string[], numeric?: PlanOptions['numeric']) => {
    const table = sourceTable('orders', {}, { statisticsFitDecimal: new Set(fits) });
    const { tables } = planOne(table, numeric === undefined ? {} : { numeric });
    return formatLogicalType(tables[0]!.schema.columns[2]!.type);
  };
  expect(price([])).toBe('text');
  expect(price(['price'])).toBe('decimal(38,18)');
  expect(price(['price'], 'text')).toBe('text');
  expect(price([], { precision: 38, scale: 9 })).toBe('decimal(38,9)');
});

it('says which decimals are a guess, none where it was declared what numerics become', () => {
  const notices = (options: Parameters<typeof planOne>[1]) =>
    planOne(sourceTable('orders', {}, { statisticsFitDecimal: new Set(['price']) }), options).tables[0]!.notices.join();
  expect(notices({})).toMatch(/guess.*decimal for price\..*read once more, with that column as text/);
  expect(notices({ numeric: { precision: 38, scale: 18 } })).toBe('');
});

it('refuses a table without the right to read it, and names what is missing', () => {
  const denied = { namespace: true, select: false, columns: [] };
  expect(refusal(sourceTable('orders', { privileges: denied }))).toEqual({
    code: 'E_PERMISSION',
    message: 'Role reader has no SELECT right on public.orders.',
  });
  expect(refusal(sourceTable('orders', { privileges: { ...denied, namespace: false } })).message).toBe(
    'Role reader has no USAGE right on namespace public.',
  );
  expect(refusal(sourceTable('orders', { privileges: { ...denied, columns: [1] } })).message).toBe(
    'Role reader has no SELECT right on note, price of public.orders.',
  );
});

it('reads columns that are granted one by one, without ctid, which is not granted with them', () => {
  const privileges = { namespace: true, select: false, columns: [1, 2] };
  const plan = planOne(sourceTable('orders', { privileges }), { columns: ['id', 'note'] }).tables[0]!;
  expect(plan.relations[0]!.hasCtid).toBe(false);
});

it.each([
  ['policies would hide rows', { rowSecurity: true }, {}, 'E_ROW_SECURITY'],
  ['a materialised view was never filled', { relkind: 'm', populated: false }, {}, 'E_NOT_POPULATED'],
  ['it is unlogged and the server a standby', { persistence: 'unlogged' }, { isStandby: true }, 'E_STANDBY'],
] as const)('refuses a table where %s', (_, root, server, code) => {
  expect(refusal(sourceTable('orders', root), {}, serverInfo(server)).code).toBe(code);
});

it('reads a partitioned table leaf by leaf, columns by name', () => {
  const leaves = [sourceRelation('p1', { oid: 81 }), sourceRelation('p2', { oid: 82, attnums: [1, 3, 2] })];
  const plan = planOne(partitionedTable('measures', leaves)).tables[0]!;
  expect(plan.relations.map(({ oid, relkind }) => [oid, relkind])).toEqual([
    [81, 'r'],
    [82, 'r'],
  ]);
  expect(plan.relations[1]!.expected.map(({ tableOid, attnum }) => [tableOid, attnum])).toEqual([
    [82, 1],
    [82, 3],
    [82, 2],
  ]);
  expect(plan.estimatedRows).toBe(200);
});

it.each([
  ['is a foreign table', { relkind: 'f', accessMethod: null }, 'public.odd is a foreign table'],
  ['is no heap', { accessMethod: 'columnar' }, 'public.odd is not a heap'],
  [
    'is not granted',
    { privileges: { namespace: true, select: false, columns: [] } },
    'role reader has no SELECT right on public.odd',
  ],
  ['has policies of its own', { rowSecurity: true }, 'public.odd has row-level security of its own'],
] as const)('reads a partitioned table through its root, in one chunk, when a leaf %s', (_, odd, reason) => {
  const table = partitionedTable('measures', [sourceRelation('p1'), sourceRelation('odd', odd)], { oid: 80 });
  const plan = planOne(table).tables[0]!;
  expect(plan.relations).toMatchObject([{ oid: 80, relkind: 'p', hasCtid: false, bytes: 163840, estimatedRows: 200 }]);
  expect(plan.relations[0]!.expected[0]).toMatchObject({ tableOid: 80, attnum: 1 });
  expect(plan.chunks.map((chunk) => chunk.range)).toEqual([{ kind: 'relation' }]);
  expect(plan.notices).toContain(`All partitions are read in one chunk, through the table itself, since ${reason}.`);
});

it("asks a partitioned table's own rights and policies first, since a leaf read by itself passes them by", () => {
  const leaves = [sourceRelation('p1')];
  expect(refusal(partitionedTable('m', leaves, { rowSecurity: true })).code).toBe('E_ROW_SECURITY');
  const privileges = { namespace: true, select: false, columns: [] };
  expect(refusal(partitionedTable('m', leaves, { privileges })).code).toBe('E_PERMISSION');
});

it('reads a partitioned table without partitions through its root', () => {
  const plan = planOne(partitionedTable('m', [])).tables[0]!;
  expect(plan.relations.map(({ relkind }) => relkind)).toEqual(['p']);
  expect(plan.chunks).toHaveLength(1);
  expect(plan.notices).toEqual(['Read as text: price (numeric).']);
});

it('refuses --chunk-by ctid for a whole run before 14, and for one relation without ctid', () => {
  const old = serverInfo({ versionNum: 130010, version: '13.10' });
  expect(thrownBy(() => planOne(sourceTable('orders'), { chunkBy: 'ctid' }, old)).code).toBe('E_CHUNK_BY');
  const view = sourceTable('v', { relkind: 'v', accessMethod: null }, { kind: 'view' });
  expect(refusal(view, { chunkBy: 'ctid' }).code).toBe('E_CHUNK_BY');
});

it('wants key chunks for --consistency chunk', () => {
  expect(thrownBy(() => planOne(sourceTable('orders'), { consistency: 'chunk' })).code).toBe('E_USAGE');
  const byChunk = { consistency: 'chunk', chunkBy: 'key' } as const;
  expect(planOne(sourceTable('orders'), byChunk).tables).toHaveLength(1);
  const split = partitionedTable('measures', [sourceRelation('p1'), sourceRelation('p2')]);
  const told = (options: Partial<PlanOptions>) => planOne(split, options).tables[0]!.notices.join();
  expect(told(byChunk)).toMatch(/a row that moves to another one meanwhile may be missed or doubled/);
  expect(told({ chunkBy: 'key' })).not.toMatch(/missed or doubled/);
});

it('cuts by key, warns where its order is not the physical one, and refuses a collation that changed', () => {
  const table = sourceTable('orders', { oid: 91, blocks: 200_000, bytes: 200_000 * 8192 });
  const facts = { column: 'id', values: ['5', '9'], correlation: 0.2, collationMismatch: false };
  const plan = planOne(table, { chunkBy: 'key', keyFacts: new Map([[91, facts]]) }).tables[0]!;
  expect(plan.chunks.map((chunk) => chunk.range.kind)).toEqual(['key', 'key', 'key']);
  expect(plan.notices.join()).toContain("The key's order is not the physical order in public.orders");
  const well = planOne(table, { chunkBy: 'key', keyFacts: new Map([[91, { ...facts, correlation: -0.95 }]]) });
  expect(well.tables[0]!.notices.join()).not.toContain('physical order');
  const mismatch = new Map([[91, { ...facts, collationMismatch: true }]]);
  expect(refusal(table, { chunkBy: 'key', keyFacts: mismatch }).message).toContain('collation of id');
});

it('passes a where on, makes one chunk where an index serves it, and refuses the table that it does not fit', () => {
  const table = sourceTable('orders', { oid: 92, blocks: 200_000, bytes: 200_000 * 8192 });
  const planWith = (whereFacts: PlanOptions['whereFacts']) =>
    planOne(table, { where: 'id > 3', ...(whereFacts === undefined ? {} : { whereFacts }) });
  const [scanned] = planWith(undefined).tables;
  expect(scanned!.where).toBe('id > 3');
  expect(scanned!.chunks.length).toBeGreaterThan(1);
  expect(planWith(new Map([[92, { indexed: true, named: [], error: null }]])).tables[0]!.chunks).toHaveLength(1);
  const error = new DraculaError('E_QUERY', 'column "id" does not exist');
  expect(planWith(new Map([[92, { indexed: false, named: [], error }]])).refused[0]!.error.code).toBe('E_QUERY');
});

it('tells of rows that are not its own, of partitions that leave, and of pages that no VACUUM has seen', () => {
  const table = sourceTable(
    'orders',
    { blocks: 20_000, bytes: 20_000 * 8192, allVisibleBlocks: 8_000 },
    { hasInheritors: true, detaching: [{ namespace: 'public', name: 'old' }] },
  );
  const notices = planOne(table, { columns: ['id'] }).tables[0]!.notices;
  expect(notices).toEqual([
    'Left out, since DETACH CONCURRENTLY is taking it away: public.old.',
    'Only its own rows: the tables that inherit from it are datasets of their own.',
    expect.stringContaining('Up to 98 MB of pages were not vacuumed'),
  ]);
  expect(planOne(table, { columns: ['id'] }, serverInfo({ isStandby: true })).tables[0]!.notices).toHaveLength(2);
});

it('guesses rows where the planner knows nothing', () => {
  const plan = planOne(sourceTable('orders', { estimatedRows: null })).tables[0]!;
  expect(plan.estimatedRows).toBe(Math.round(81920 / 76));
});
