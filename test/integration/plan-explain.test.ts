/**
 * The plans that real servers choose for reading queries: Tid Range Scan or Seq Scan, never parallel, with parameters known
 * (custom plans) and unknown (generic ones), under the settings of a reading transaction.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk, ChunkRange, TablePlan } from '../../src/core/copy-plan.ts';
import { type ChunkQuery, chunkQuery, continueAfter, rowLocationQuery } from '../../src/extract/chunk-query.ts';
import { readSettings } from '../../src/extract/read-settings.ts';
import { readServer, type ServerInfo } from '../../src/introspect/server.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { planCopy } from '../../src/pipeline/plan.ts';
import { createDatabase, runSql, type TestDatabase, testServer } from '../support/postgres.ts';

const ROWS = 100_000;
/** Large enough for the planner to want indexes and workers; its rows' order differs from the key's. */
const FIXTURE = `
CREATE TABLE big (id int PRIMARY KEY, n int, note text);
INSERT INTO big SELECT (i * 7919) % 200003, i, repeat('x', 50) FROM generate_series(1, ${ROWS}) i;
CREATE INDEX ON big (n);
CREATE MATERIALIZED VIEW big_view AS SELECT id, n FROM big;
CREATE TABLE parts (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000000);
INSERT INTO parts SELECT i, i FROM generate_series(1, ${ROWS}) i;
ANALYZE big, big_view, parts;
`;
const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 1_000, pauseMs: 1_000, busyMs: 20_000 };
/** A server that would use workers for everything. */
const EAGER = `SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
  SET min_parallel_index_scan_size = 0; SET max_parallel_workers_per_gather = 8; SET random_page_cost = 0.01`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'TID Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

for (const major of [18, 14]) {
  describe(`PostgreSQL ${major}`, () => {
    let database: TestDatabase;
    let client: pg.Client;
    let server: ServerInfo;

    beforeAll(async () => {
      database = await createDatabase(await testServer(major), FIXTURE);
      await runSql(database.url, 'VACUUM big, big_view, parts_1'); // so that an Index Only Scan would pay
      client = await database.client();
      await client.query(EAGER);
      server = await readServer(client);
    });
    afterAll(() => database.drop());

    async function planTable(name: string, where?: string, columns?: readonly string[]): Promise<TablePlan> {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const tables = await introspectTables(client, { tables: [name] });
      await client.query('ROLLBACK');
      const options = { connections: 2, ...(where === undefined ? {} : { where }), ...(columns ? { columns } : {}) };
      return planCopy(server, tables, options).tables[0]!;
    }

    /** Begins a transaction with the settings that this query is to be read under. */
    async function begin(flags: Pick<ChunkQuery, 'searchPath' | 'usesCtidRange'>): Promise<void> {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (const [name, value] of readSettings(flags, LIMITS, server)) {
        await client.query('SELECT set_config($1, $2, true)', [name, value]);
      }
    }

    /** The node types from the top down, and the conditions on ctid, of the plan that `mode` gives. */
    async function explain(
      { read, ...flags }: Pick<ChunkQuery, 'read' | 'searchPath' | 'usesCtidRange'>,
      mode: 'force_custom_plan' | 'force_generic_plan',
    ) {
      await begin(flags);
      await client.query(`SET LOCAL plan_cache_mode = ${mode}`);
      await client.query(`PREPARE chunk AS ${read.text}`);
      const values = read.values.map((value) => `'${value}'`).join(', ');
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE chunk${values === '' ? '' : `(${values})`}`);
      await client.query('DEALLOCATE chunk; ROLLBACK');
      const nodes = walk(rows[0]['QUERY PLAN'][0].Plan as PlanNode);
      return { nodes: nodes.map((node) => node['Node Type']), tidCond: nodes.at(-1)!['TID Cond'] };
    }

    function walk(node: PlanNode): PlanNode[] {
      return [node, ...(node.Plans ?? []).flatMap(walk)];
    }

    function chunk(range: ChunkRange): Chunk {
      return { id: 0, relation: 0, range, estimatedRows: 0, estimatedBytes: 0 };
    }
    const WHOLE = chunk({ kind: 'relation' });
    const FIRST = chunk({ kind: 'ctid', fromBlock: 0, toBlock: 100 });
    const MIDDLE = chunk({ kind: 'ctid', fromBlock: 100, toBlock: 200 });
    const LAST = chunk({ kind: 'ctid', fromBlock: 200, toBlock: null });

    for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
      describe(mode, () => {
        it('would use an index or workers if it were let', async () => {
          const { rows } = await client.query('EXPLAIN (FORMAT JSON) SELECT count(id) FROM big');
          expect(walk(rows[0]['QUERY PLAN'][0].Plan).map((node) => node['Node Type'])).toContain('Gather');
        });

        it.each(['big', 'big_view', 'parts'])('scans a range of ctids of %s', async (name) => {
          const table = await planTable(name);
          for (const range of [MIDDLE, LAST]) {
            expect((await explain(chunkQuery(table, range), mode)).nodes).toEqual(['Tid Range Scan']);
          }
        });

        it('puts both bounds into the scan', async () => {
          const { tidCond } = await explain(chunkQuery(await planTable('big'), MIDDLE), mode);
          expect(tidCond).toMatch(/ctid >= .*ctid < /);
        });

        it('scans a range of ctids under a condition that an index would serve', async () => {
          const table = await planTable('big', 'n = 77');
          expect((await explain(chunkQuery(table, MIDDLE), mode)).nodes).toEqual(['Tid Range Scan']);
        });

        it('scans a whole relation in its physical order, even when an index has all columns', async () => {
          const table = await planTable('big', undefined, ['n']);
          expect((await explain(chunkQuery(table, WHOLE), mode)).nodes).toEqual(['Seq Scan']);
        });

        it('takes the index for a whole relation with a condition that it serves', async () => {
          const table = await planTable('big', 'n = 77');
          expect((await explain(chunkQuery(table, WHOLE), mode)).nodes[0]).toMatch(/^(Index|Bitmap Heap) Scan$/);
        });

        it('goes on after a ctid by a scan of the rest', async () => {
          const query = continueAfter(await planTable('big'), WHOLE, '(150,3)');
          const { nodes, tidCond } = await explain(query, mode);
          expect(nodes).toEqual(['Tid Range Scan']);
          expect(tidCond).toContain('ctid > ');
        });

        it('finds a row by its ordinal in the same order', async () => {
          const table = await planTable('big', 'n % 2 = 0');
          const read = rowLocationQuery(table, MIDDLE, null, 41)!;
          const { nodes } = await explain({ read, searchPath: 'public', usesCtidRange: true }, mode);
          expect(nodes).toEqual(['Limit', 'Tid Range Scan']);
          const whole = rowLocationQuery(await planTable('big', undefined, ['n']), WHOLE, null, 41)!;
          const plain = await explain({ read: whole, searchPath: 'pg_catalog', usesCtidRange: false }, mode);
          expect(plain.nodes).toEqual(['Limit', 'Seq Scan']);
        });

        it('reads a key range without workers', async () => {
          const key = chunk({ kind: 'key', column: 'id', from: '1000', to: '2000', nulls: false });
          const { nodes } = await explain(chunkQuery(await planTable('big'), key), mode);
          expect(nodes.join()).not.toContain('Gather');
          expect(nodes[0]).toMatch(/^(Index|Bitmap Heap) Scan$/);
        });
      });
    }

    it('names the row at an ordinal that the read delivers there', async () => {
      const table = await planTable('big', 'n % 3 = 0');
      const query = chunkQuery(table, MIDDLE);
      await begin(query);
      const { rows } = await client.query({ text: query.read.text, values: [...query.read.values] });
      const location = rowLocationQuery(table, MIDDLE, null, 41)!;
      const [{ ctid }] = (await client.query({ text: location.text, values: [...location.values] })).rows;
      const found = await client.query('SELECT id FROM big WHERE ctid = $1', [ctid]);
      await client.query('ROLLBACK');
      expect(found.rows[0].id).toBe(rows[41].id);
    });

    it('reads each row once, whole, in ranges, or in two halves around a ctid', async () => {
      const table = await planTable('big', undefined, ['id']);
      const read = async (query: ChunkQuery) => {
        await begin(query);
        const { rows } = await client.query({ text: query.read.text, values: [...query.read.values] });
        await client.query('ROLLBACK');
        return rows as { id: number; ctid: string }[];
      };
      const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id).join();

      const whole = await read(chunkQuery(table, WHOLE));
      expect(new Set(whole.map(({ id }) => id)).size).toBe(ROWS);
      const half = ROWS / 2;
      const rest = await read(continueAfter(table, WHOLE, whole[half - 1]!.ctid));
      expect(ids(rest) === ids(whole.slice(half))).toBe(true);
      const inRanges: { id: number }[] = [];
      for (const range of [FIRST, MIDDLE, LAST]) inRanges.push(...(await read(chunkQuery(table, range))));
      expect(ids(inRanges) === ids(whole)).toBe(true);
    });
  });
}
