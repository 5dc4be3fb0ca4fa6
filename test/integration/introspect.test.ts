/** What the catalogs of real servers say, against what the same servers do. */
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/copy-plan.ts';
import { formatLogicalType } from '../../src/core/logical-type.ts';
import { isDraculaError } from '../../src/errors.ts';
import { chunkQuery } from '../../src/extract/chunk-query.ts';
import { describeStatement } from '../../src/introspect/describe-statement.ts';
import { readKeyFacts } from '../../src/introspect/key-facts.ts';
import { describeQuery } from '../../src/introspect/query-columns.ts';
import type { TableSelection } from '../../src/introspect/selection.ts';
import { readServer } from '../../src/introspect/server.ts';
import type { SourceTable } from '../../src/introspect/source-table.ts';
import { introspectTables } from '../../src/introspect/source-tables.ts';
import { readWhereFacts } from '../../src/introspect/where-facts.ts';
import { planCopy } from '../../src/pipeline/plan.ts';
import type { PlanOptions } from '../../src/pipeline/plan-options.ts';
import { createDatabase, runSql, type TestDatabase, testServer } from '../support/postgres.ts';

const LONGEST = `${'ж'.repeat(31)}x`; // 63 bytes
const HARD_NAMES = ['Mixed Case', 'select', 'a"b', 'a.b', 'two\nlines', '🧛 table', "o'brien", 'na%ïve', LONGEST];

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A column of each type: name, type, what it becomes. */
const EVERY_TYPE = [
  ['b', 'bool', 'bool'],
  ['i2', 'int2', 'int16'],
  ['i4', 'int4', 'int32'],
  ['i8', 'int8', 'int64'],
  ['o', 'oid', 'uint32'],
  ['f4', 'float4', 'float32'],
  ['f8', 'float8', 'float64'],
  ['n', 'numeric(15,2)', 'decimal(15,2)'],
  ['n_open', 'numeric', 'text ::text'],
  ['n_wide', 'numeric(60,5)', 'text'],
  ['t', 'text', 'text'],
  ['vc', 'varchar(44)', 'text'],
  ['vc_open', 'varchar', 'text'],
  ['ch', 'char(5)', 'text'],
  ['nm', 'name', 'text'],
  ['bin', 'bytea', 'bytes'],
  ['u', 'uuid', 'uuid'],
  ['j', 'json', 'json'],
  ['jb', 'jsonb', 'json'],
  ['d', 'date', 'date'],
  ['ts', 'timestamp(3)', 'timestamp'],
  ['tz', 'timestamptz', 'timestamp(utc)'],
  ['tm', 'time(2)', 'time'],
  ['m', 'mood', 'text'],
  ['p', 'price', 'decimal(10,2)'],
  ['vp', 'vat_price', 'decimal(10,2)'],
  ['c', 'code', 'text'],
  ['i4s', 'int4[]', 'list<int32>'],
  ['vcs', 'varchar(9)[]', 'list<text>'],
  ['ns', 'numeric(9,1)[]', 'list<decimal(9,1)>'],
  ['moods', 'mood[]', 'list<text>'],
  ['prices', 'vat_price[]', 'list<decimal(10,2)>'],
  ['tagged', 'tags', 'list<text>'],
  ['codes', 'code[]', 'list<text>'],
  ['jbs', 'jsonb[]', 'list<json>'],
  ['docs', 'doc[]', 'list<json>'],
  ['chars', 'char(3)[]', 'list<text>'],
  ['nested_tags', 'tags[]', 'list<list<text>>'],
  ['one', '"char"', 'text ::text'],
  ['iv', 'interval(3)', 'struct<months int32, days int32, micros int64>'],
  ['ivs', 'interval day to second []', 'list<struct<months int32, days int32, micros int64>>'],
  ['money_', 'money', 'decimal(19,2)'],
  ['tt', 'timetz', 'text'],
  ['bits', 'bit(3)', 'text'],
  ['vbits', 'varbit(9)', 'text'],
  ['ip', 'inet', 'text'],
  ['net', 'cidr', 'text'],
  ['mac', 'macaddr', 'text'],
  ['r', 'int4range', 'struct<lower int32, upper int32, lower_inclusive bool, upper_inclusive bool, empty bool>'],
  ['a', 'address', 'struct<street text, no int32>'],
  ['addresses', 'address[]', 'list<struct<street text, no int32>>'],
  ['x', 'xml', 'text'],
  ['pt', 'point', 'struct<x float64, y float64>'],
  ['ov', 'oidvector', 'text ::text'],
  ['reg', 'regclass', 'text ::text'],
  ['tsv', 'tsvector', 'text'],
  ['acl', 'aclitem', 'text ::text'],
  ['acls', 'aclitem[]', 'list<text> ::text[]'],
  ['grid', 'int4[][]', 'list<list<int32>>'],
  ['boxes', 'box[3][3]', 'list<list<text>> ::text[]'],
  ['grids', 'grid', 'list<list<int32>>'],
  ['ns_open', 'numeric[]', 'list<text>'],
  ['nr', 'numrange', 'struct<lower text, upper text, lower_inclusive bool, upper_inclusive bool, empty bool>'],
  ['xd', 'xid', 'uint32'],
] as const;

const FILLED_ARRAYS = ['i4s', 'vcs', 'ns', 'moods', 'prices', 'tagged', 'codes', 'jbs', 'docs', 'chars', 'addresses'];

const FIXTURE = `
CREATE SCHEMA billing;
CREATE SCHEMA "my.ns";
CREATE TABLE billing.orders (id bigint PRIMARY KEY, total numeric(12,2));
COMMENT ON TABLE billing.orders IS 'sold';
COMMENT ON COLUMN billing.orders.total IS 'with tax';
${HARD_NAMES.map((name) => `CREATE TABLE "my.ns".${quote(name)} (${quote(name)} int, "type" text);`).join('\n')}

CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE wide (${Array.from({ length: 1600 }, (_, i) => `c${i} bool`).join(', ')});

CREATE TABLE dropped (a int, gone text, b int);
ALTER TABLE dropped DROP COLUMN gone;

CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE address AS (street text, no int);
CREATE DOMAIN price AS numeric(10,2);
CREATE DOMAIN vat_price AS price NOT NULL DEFAULT 0;
CREATE DOMAIN tags AS text[];
CREATE DOMAIN doc AS jsonb;
CREATE DOMAIN grid AS int4[][];
CREATE DOMAIN code AS varchar(7);
CREATE TABLE every_type (${EVERY_TYPE.map(([name, type]) => `${name} ${type}`).join(', ')});

CREATE TABLE measures (id int, at date NOT NULL, gone text, region text) PARTITION BY RANGE (at);
ALTER TABLE measures DROP COLUMN gone;
CREATE TABLE measures_2024 (extra int, region text, at date NOT NULL, id int);
ALTER TABLE measures_2024 DROP COLUMN extra;
ALTER TABLE measures ATTACH PARTITION measures_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE billing.measures_2025 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
  PARTITION BY LIST (region);
CREATE TABLE measures_2025_eu PARTITION OF billing.measures_2025 FOR VALUES IN ('eu');
CREATE TABLE measures_2025_us PARTITION OF billing.measures_2025 FOR VALUES IN ('us');
INSERT INTO measures VALUES (1, '2024-05-01', 'eu'), (2, '2025-05-01', 'eu'), (3, '2025-06-01', 'us');

CREATE TABLE leaving (a int) PARTITION BY LIST (a);
CREATE TABLE leaving_1 PARTITION OF leaving FOR VALUES IN (1);
CREATE TABLE leaving_2 PARTITION OF leaving FOR VALUES IN (2);

CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
INSERT INTO child VALUES (1, 2);

CREATE VIEW a_view AS SELECT id, total * 2 AS double_total FROM billing.orders;
CREATE MATERIALIZED VIEW filled AS SELECT generate_series(1, 10) AS n;
CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS n WITH NO DATA;
CREATE UNLOGGED TABLE unlogged_table (a int);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far_away (a int) SERVER elsewhere;
CREATE TABLE of_extension (a int);
ALTER EXTENSION plpgsql ADD TABLE of_extension;
CREATE ACCESS METHOD heap_by_another_name TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE other_method (a int) USING heap_by_another_name;

CREATE TABLE rls_root (a int) PARTITION BY LIST (a);
CREATE TABLE rls_root_1 PARTITION OF rls_root FOR VALUES IN (1);
ALTER TABLE rls_root ENABLE ROW LEVEL SECURITY;
CREATE TABLE rls_leaf (a int) PARTITION BY LIST (a);
CREATE TABLE rls_leaf_1 PARTITION OF rls_leaf FOR VALUES IN (1);
INSERT INTO rls_leaf VALUES (1);
ALTER TABLE rls_leaf_1 ENABLE ROW LEVEL SECURITY;
CREATE TABLE ungranted (a int);
CREATE TABLE ungranted_leaf (a int) PARTITION BY LIST (a);
CREATE TABLE ungranted_leaf_1 PARTITION OF ungranted_leaf FOR VALUES IN (1);
INSERT INTO ungranted_leaf VALUES (1);
CREATE TABLE some_columns (a int, secret int, b int);
CREATE SCHEMA closed;
CREATE TABLE closed.inside (a int);

CREATE TABLE numerics (fits numeric, too_fine numeric, too_large numeric, nan numeric, all_null numeric, declared numeric(5,1),
  fitting numeric[], unfitting numeric[]);
INSERT INTO numerics SELECT i * 1.25, 1 / 3.0 + i, 1e25, CASE WHEN i % 3 = 0 THEN 'NaN'::numeric ELSE 1 END, NULL, 1.5,
  ARRAY[i, NULL, 0.5], ARRAY[1, i + 1e-30] FROM generate_series(1, 1000) i;
CREATE TABLE never_analysed (n numeric);
INSERT INTO never_analysed VALUES (1);
CREATE TABLE numeric_root (k int, n numeric) PARTITION BY LIST (k);
CREATE TABLE numeric_root_1 PARTITION OF numeric_root FOR VALUES IN (1);
CREATE TABLE numeric_root_2 PARTITION OF numeric_root FOR VALUES IN (2);
CREATE TABLE numeric_root_3 PARTITION OF numeric_root FOR VALUES IN (3);
INSERT INTO numeric_root SELECT 1 + i % 2, i FROM generate_series(1, 100) i;

CREATE DOMAIN key_code AS text;
CREATE TABLE int_keys (id int PRIMARY KEY, n int);
INSERT INTO int_keys SELECT i, i FROM generate_series(1, 5000) i;
CREATE TABLE text_keys (id key_code PRIMARY KEY);
INSERT INTO text_keys SELECT md5(i::text) FROM generate_series(1, 5000) i;
CREATE TABLE two_keys (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE date_keys (d date PRIMARY KEY);

CREATE TABLE one_numeric (n numeric);
INSERT INTO one_numeric VALUES (1.5), (NULL);
CREATE TABLE wide_numerics (n numeric);
INSERT INTO wide_numerics SELECT repeat('12345678', 400)::numeric + i FROM generate_series(1, 50) AS i;
ANALYZE numerics, one_numeric, wide_numerics, numeric_root_1, numeric_root_2, int_keys, text_keys, filled;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN CREATE ROLE reader LOGIN; END IF;
END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
REVOKE SELECT ON ungranted, ungranted_leaf_1, some_columns FROM reader;
GRANT SELECT (a, b) ON some_columns TO reader;
GRANT SELECT ON closed.inside TO reader;
`;

const COLLATED = `
CREATE SCHEMA "odd ""s"; CREATE COLLATION "odd ""s"."en 'x" (provider = icu, locale = 'en');
CREATE TABLE keys_c (id text COLLATE "C" PRIMARY KEY); CREATE TABLE keys_en (id text COLLATE "odd ""s"."en 'x" PRIMARY KEY);
GRANT SELECT ON keys_c, keys_en TO reader;
CREATE TABLE split_keys (id text PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE split_keys_1 PARTITION OF split_keys FOR VALUES FROM (MINVALUE) TO (MAXVALUE);`;

for (const major of [18, 14]) {
  describe(`PostgreSQL ${major}`, () => {
    let database: TestDatabase;
    let client: pg.Client;

    beforeAll(async () => {
      const server = await testServer(major);
      database = await createDatabase(server);
      await runSql(database.url, FIXTURE);
      if (major >= 18) await runSql(database.url, COLLATED);
      await runSql(database.url, 'VACUUM');
      client = await database.client();
    });
    beforeEach(async () => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    });
    afterEach(async () => {
      await client.query('ROLLBACK');
    });
    afterAll(() => database.drop());

    async function introspect(selection: TableSelection = {}): Promise<SourceTable[]> {
      return introspectTables(client, selection);
    }

    async function plan(selection: TableSelection, options: Partial<PlanOptions> = {}) {
      return planCopy(await readServer(client), await introspect(selection), { connections: 2, ...options });
    }

    async function planOne(name: string, options: Partial<PlanOptions> = {}): Promise<TablePlan> {
      const { tables, refused } = await plan({ tables: [name] }, options);
      expect(refused).toEqual([]);
      return tables[0]!;
    }

    /** Does `work` while another session's transaction has done `sql`. */
    async function whileHolding<T>(sql: string, work: () => Promise<T>): Promise<T> {
      const holder = await database.client();
      await holder.query(`BEGIN; ${sql}`);
      try {
        return await work();
      } finally {
        await holder.query('ROLLBACK');
      }
    }

    /** Does `work` in a transaction of the role `reader`. */
    async function asReader<T>(work: () => Promise<T>): Promise<T> {
      await client.query('SET LOCAL ROLE reader');
      try {
        return await work();
      } finally {
        await client.query('RESET ROLE');
      }
    }

    /** Describes the bare columns of each relation and compares with what was planned; then reads a row or more. */
    async function expectAsDescribed(table: TablePlan): Promise<number> {
      let rows = 0;
      for (const chunk of table.chunks) {
        const query = chunkQuery(table, chunk);
        const { fields: described } = await describeStatement(client, query.bare);
        expect(
          described.map((field) => ({
            tableOid: field.tableID,
            attnum: field.columnID,
            typeOid: field.dataTypeID,
            typmod: field.dataTypeModifier,
          })),
        ).toEqual(table.relations[chunk.relation]!.expected);
        expect(described.map((field) => field.name)).toEqual(table.schema.columns.map((column) => column.name));
        rows += (await client.query({ text: query.read.text, values: [...query.read.values] })).rowCount ?? 0;
      }
      return rows;
    }

    it('says what the server is', async () => {
      const info = await readServer(client);
      expect(info).toMatchObject({
        isStandby: false,
        blockSize: 8192,
        role: 'postgres',
      });
      expect(Math.floor(info.versionNum / 10000)).toBe(major);
      expect(info.version.startsWith(`${major}.`)).toBe(true);
      expect(info.settings).toContain('jit');
      expect(info.settings.includes('transaction_timeout')).toBe(major >= 17);
    });

    it('finds all tables of the user by default', async () => {
      const tables = await introspect();
      const names = tables.map(({ name }) => `${name.namespace}.${name.name}`);
      expect(names.filter((name) => name.startsWith('my.ns')).sort()).toEqual(
        HARD_NAMES.map((n) => `my.ns.${n}`).sort(),
      );
      expect(names).toEqual(
        expect.arrayContaining(['billing.orders', 'public.filled', 'public.measures', 'public.child']),
      );
      for (const left of ['a_view', 'far_away', 'of_extension', 'measures_2024', 'measures_2025_eu']) {
        expect(names).not.toContain(`public.${left}`);
      }
      expect(names.some((name) => name.startsWith('pg_') || name.startsWith('information_schema'))).toBe(false);
    });

    it('reads views, foreign tables, partitions and what an extension owns when they are named', async () => {
      const kinds = async (...tables: string[]) => (await introspect({ tables })).map(({ kind }) => kind);
      expect(await kinds('a_view')).toEqual(['view']);
      expect(await kinds('far_away')).toEqual(['foreign table']);
      expect(await kinds('measures_2024', 'of_extension')).toEqual(['table', 'table']);
    });

    it('keeps hard names as they are, and the queries made from them run', async () => {
      const { tables, refused } = await plan({ tables: ['"my.ns".*'] });
      expect(refused).toEqual([]);
      expect(tables.map(({ table }) => table.name).sort()).toEqual([...HARD_NAMES].sort());
      for (const table of tables) {
        expect(table.schema.columns.map(({ name }) => name)).toEqual([table.table.name, 'type']);
        await expectAsDescribed(table);
      }
      expect(new Set(tables.map(({ dataset }) => dataset.toLowerCase())).size).toBe(HARD_NAMES.length);
    });

    it('types every column as the server describes it', async () => {
      const table = await planOne('every_type');
      await expectAsDescribed(table);
      expect(
        table.schema.columns.map(({ name, type, source }) => [
          name,
          `${formatLogicalType(type)}${source.readAs === 'binary' ? '' : ` ::${source.readAs}`}`,
        ]),
      ).toEqual(EVERY_TYPE.map(([name, , becomes]) => [name, becomes]));
    });

    it('names the element type that an array of the server carries', async () => {
      await runSql(
        database.url,
        `TRUNCATE every_type; INSERT INTO every_type (vp, ${FILLED_ARRAYS.join(', ')})
         VALUES (1, '{1}', '{a}', '{1.5}', '{ok}', '{2.5}', '{x}', '{c}', '{1}', '{1}', '{z}', '{"(a,1)"}')`,
      );
      const table = await planOne('every_type');
      const arrays = table.schema.columns.flatMap(({ name, source }) =>
        source.wire.form === 'array' && source.readAs === 'binary' ? [{ name, wire: source.wire }] : [],
      );
      const filled = arrays.filter(({ name }) => FILLED_ARRAYS.includes(name));
      expect(filled.map(({ name }) => name)).toEqual(FILLED_ARRAYS);
      const reader = await database.client();
      const { rows } = await reader.query({
        text: `SELECT ${filled.map(({ name }) => `array_send(${name}) AS ${name}`).join(', ')} FROM every_type`,
      });
      const headers = filled.map(({ name }) => (rows[0] as Record<string, Buffer>)[name]!.readUInt32BE(8));
      expect(filled.map(({ wire }) => wire.elementOid)).toEqual(headers);
    });

    it('reads tables without columns, with 1,600 columns and with dropped ones', async () => {
      expect(await expectAsDescribed(await planOne('no_columns'))).toBe(1);
      const wide = await planOne('wide');
      expect(wide.schema.columns).toHaveLength(1600);
      await expectAsDescribed(wide);
      const dropped = await planOne('dropped');
      expect(dropped.relations[0]!.expected.map(({ attnum }) => attnum)).toEqual([1, 3]);
      await expectAsDescribed(dropped);
    });

    it('reads generated columns, virtual ones too', async () => {
      await runSql(
        database.url,
        `CREATE TABLE computed (a int, stored int GENERATED ALWAYS AS (a * 2) STORED);
         INSERT INTO computed VALUES (1);
         ${major >= 18 ? 'ALTER TABLE computed ADD virtual int GENERATED ALWAYS AS (a * 3) VIRTUAL' : ''}`,
      );
      const table = await planOne('computed');
      expect(table.schema.columns.map(({ name }) => name)).toEqual([
        'a',
        'stored',
        ...(major >= 18 ? ['virtual'] : []),
      ]);
      expect(await expectAsDescribed(table)).toBe(1);
    });

    it('carries comments', async () => {
      const table = await planOne('billing.orders');
      expect(table.comment).toBe('sold');
      expect(table.schema.columns.map(({ comment }) => comment)).toEqual([undefined, 'with tax']);
    });

    it('reads a partitioned table leaf by leaf through sub-partitions, columns matched by name', async () => {
      const table = await planOne('measures');
      expect(table.kind).toBe('partitioned');
      expect(table.schema.columns.map(({ name }) => name)).toEqual(['id', 'at', 'region']);
      expect(table.relations.map(({ name, expected }) => [name.name, ...expected.map(({ attnum }) => attnum)])).toEqual(
        [
          ['measures_2024', 4, 3, 2],
          ['measures_2025_eu', 1, 2, 3],
          ['measures_2025_us', 1, 2, 3],
        ],
      );
      expect(await expectAsDescribed(table)).toBe(3);
    });

    it('leaves out a partition that DETACH CONCURRENTLY is taking away, and says so', async () => {
      await whileHolding('SELECT FROM leaving', async () => {
        const detacher = await database.client();
        await detacher.query("SET statement_timeout = '300ms'");
        const detach = detacher.query('ALTER TABLE leaving DETACH PARTITION leaving_1 CONCURRENTLY');
        await expect(detach).rejects.toMatchObject({ code: '57014' });
      });
      const table = await planOne('leaving');
      expect(table.relations.map(({ name }) => name.name)).toEqual(['leaving_2']);
      expect(table.notices).toContain('Left out, since DETACH CONCURRENTLY is taking it away: public.leaving_1.');
    });

    it('reads of an inheritance parent its own rows, and says so', async () => {
      const table = await planOne('parent');
      expect(await expectAsDescribed(table)).toBe(0);
      expect(table.notices.join()).toContain('Only its own rows');
      expect((await planOne('child')).schema.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    });

    it('reads views, materialised views and other access methods by what they are', async () => {
      const facts = async (name: string) => {
        const table = await planOne(name);
        if (name !== 'far_away') await expectAsDescribed(table);
        return [table.kind, table.relations[0]!.relkind, table.relations[0]!.hasCtid];
      };
      expect(await facts('a_view')).toEqual(['view', 'v', false]);
      expect(await facts('filled')).toEqual(['materialized view', 'm', true]);
      expect(await facts('far_away')).toEqual(['foreign table', 'f', false]);
      expect(await facts('other_method')).toEqual(['table', 'r', false]);
      expect(await facts('unlogged_table')).toEqual(['table', 'r', true]);
    });

    it('refuses a materialised view that was never filled', async () => {
      const { refused } = await plan({ tables: ['never_filled'] });
      expect(refused.map(({ error }) => error.code)).toEqual(['E_NOT_POPULATED']);
    });

    it('sizes relations and estimates their rows', async () => {
      const [table] = await introspect({ tables: ['int_keys'] });
      const { rows } = await client.query("SELECT pg_relation_size('int_keys') AS bytes");
      expect(table!.root.bytes).toBe(Number(rows[0].bytes));
      expect(table!.root.blocks).toBe(Number(rows[0].bytes) / 8192);
      expect(table!.root.estimatedRows).toBe(5000);
      expect(table!.root.allVisibleBlocks).toBe(table!.root.blocks);
    });

    it('counts TOAST into the bytes of a table', async () => {
      await runSql(
        database.url,
        `CREATE TABLE IF NOT EXISTS toasted (t text); ALTER TABLE toasted ALTER t SET STORAGE EXTERNAL;
         INSERT INTO toasted SELECT repeat('x', 100000)`,
      );
      const own = await database.client();
      await own.query('BEGIN');
      const [table] = await introspectTables(own, { tables: ['toasted'] });
      await own.query('ROLLBACK');
      expect(table!.root.blocks).toBe(1);
      expect(table!.root.bytes).toBeGreaterThan(100_000);
    });

    it('refuses what a role may not read, and goes on with the rest', async () => {
      await asReader(async () => {
        const { tables, refused } = await plan({
          tables: ['ungranted', 'int_keys', 'closed.inside', 'some_columns', 'rls_root'],
        });
        expect(tables.map(({ dataset }) => dataset)).toEqual(['int_keys']);
        expect(refused.map(({ dataset, error }) => [dataset, error.code, error.message])).toEqual([
          ['closed__inside', 'E_PERMISSION', 'Role reader has no USAGE right on namespace closed.'],
          ['rls_root', 'E_ROW_SECURITY', 'Row-level security would hide rows of public.rls_root from role reader.'],
          ['some_columns', 'E_PERMISSION', 'Role reader has no SELECT right on secret of public.some_columns.'],
          ['ungranted', 'E_PERMISSION', 'Role reader has no SELECT right on public.ungranted.'],
        ]);
      });
    });

    it('reads granted columns alone', async () => {
      await asReader(async () => {
        const table = await planOne('some_columns', { columns: ['b', 'a'] });
        expect(table.relations[0]!.hasCtid).toBe(false);
        expect(await expectAsDescribed(table)).toBe(0);
        const tables = await introspect({ tables: ['some_columns'] });
        const errorOf = async (where: string, columns?: readonly string[]) =>
          (await readWhereFacts(client, tables, where, columns)).get(tables[0]!.oid)!.error?.code ?? null;
        expect(await errorOf('a = 1', ['b', 'a'])).toBeNull();
        expect(await errorOf('secret = 1', ['b', 'a'])).toBe('E_PERMISSION');
        expect(await errorOf('a = 1')).toBe('E_PERMISSION');
      });
    });

    it('reads a partitioned table through its root where a leaf is not readable by itself', async () => {
      await asReader(async () => {
        for (const [name, reason] of [
          ['ungranted_leaf', 'role reader has no SELECT right on public.ungranted_leaf_1'],
          ['rls_leaf', 'public.rls_leaf_1 has row-level security of its own'],
        ] as const) {
          const table = await planOne(name);
          expect(table.relations.map(({ relkind }) => relkind)).toEqual(['p']);
          expect(table.notices.join()).toContain(reason);
          expect(await expectAsDescribed(table)).toBe(1);
        }
      });
    });

    it("judges a numeric without precision by the server's statistics", async () => {
      const fitting = async (name: string) => [...(await introspect({ tables: [name] }))[0]!.statisticsFitDecimal];
      expect(await fitting('numerics')).toEqual(['fits', 'all_null', 'fitting']);
      expect(await fitting('wide_numerics')).toEqual([]);
      expect(await fitting('one_numeric')).toEqual(['n']);
      expect(await fitting('never_analysed')).toEqual([]);
      expect(await fitting('numeric_root')).toEqual(['n']); // an empty leaf has nothing to say
    });

    it('finds bounds of keys in the statistics', async () => {
      const tables = await introspect({ tables: ['*_keys'] });
      const { versionNum } = await readServer(client);
      const facts = await readKeyFacts(client, versionNum, tables);
      const byName = new Map(tables.map((table) => [table.name.name, facts.get(table.oid)]));
      expect(byName.get('two_keys')).toBeUndefined();
      expect(byName.get('date_keys')).toBeUndefined();
      const ints = byName.get('int_keys')!;
      expect(ints).toMatchObject({ column: 'id', correlation: 1, collationMismatch: false });
      expect(ints.values.length).toBeGreaterThan(50);
      expect(ints.values.map(Number)).toEqual([...ints.values].map(Number).sort((a, b) => a - b));
      expect(Math.abs(byName.get('text_keys')!.correlation!)).toBeLessThan(0.5);
    });

    // 18 takes statistics from elsewhere, as pg_upgrade brings them.
    describe.runIf(major >= 18)('statistics of another order', () => {
      const restore = async (name: string, values: string) =>
        client.query(`SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', '${name}', 'attname', 'id', 'inherited', false, 'version', 180000,
          'null_frac', 0::real, 'avg_width', 4, 'n_distinct', -1::real, 'histogram_bounds', '${values}'::text)`);
      const factsOf = async (name: string) => {
        const tables = await introspect({ tables: [name] });
        return (await readKeyFacts(client, 180000, tables)).get(tables[0]!.oid)!;
      };
      it.each([
        ['int_keys', '{7,80,900}', '{7,900,80}'],
        ['text_keys', '{10,100,9}', '{10,9,100}'],
        ['keys_c', '{B,a}', '{a,B}'],
        ['keys_en', '{a,B}', '{B,a}'],
      ])('of %s: bounds that ascend are taken, others are none', async (name, ascending, others) => {
        await restore(name, ascending);
        expect(await factsOf(name)).toMatchObject({ values: ascending.slice(1, -1).split(','), isOutOfOrder: false });
        await restore(name, others);
        expect(await factsOf(name)).toMatchObject({ values: [], isOutOfOrder: true });
      });

      it('a partition that is selected beside its table has its bounds once', async () => {
        await restore('split_keys_1', '{10,100,9}');
        const tables = await introspect({ tables: ['split_keys', 'split_keys_1'] });
        const facts = await readKeyFacts(client, 180000, tables);
        expect(facts.get(tables[1]!.oid)).toMatchObject({ values: ['10', '100', '9'], isOutOfOrder: false });
      });

      it('a collation that the role may not name costs its own table the bounds, and the plan says so', async () => {
        for (const name of ['keys_c', 'keys_en']) await restore(name, name === 'keys_c' ? '{B,a}' : '{a,B}');
        await asReader(async () => {
          expect((await factsOf('keys_c')).values).toEqual(['B', 'a']);
          const tables = await introspect({ tables: ['keys_*'] });
          const keyFacts = await readKeyFacts(client, 180000, tables);
          expect([...keyFacts.values()].map(({ isOutOfOrder }) => isOutOfOrder)).toEqual([false, true]);
          const { notices } = await planOne('keys_en', { chunkBy: 'key', keyFacts });
          expect(notices.join()).toMatch(/a collation that cannot be asked: one chunk for public\.keys_en/);
        });
      });
    });

    it('reads every row once by key ranges, of integers and of a domain over text', async () => {
      const { versionNum } = await readServer(client);
      for (const name of ['int_keys', 'text_keys']) {
        const keyFacts = await readKeyFacts(client, versionNum, await introspect({ tables: [name] }));
        const table = await planOne(name, { chunkBy: 'key', keyFacts, chunkBytes: 8192 });
        expect(table.chunks.length).toBeGreaterThan(10);
        expect(await expectAsDescribed(table)).toBe(5000);
      }
    });

    it('reads every row once by ctid ranges', async () => {
      const table = await planOne('int_keys', { chunkBy: 'ctid', chunkBytes: 8192 });
      expect(table.chunks.length).toBeGreaterThan(10);
      expect(await expectAsDescribed(table)).toBe(5000);
    });

    it('describes a query without executing it', async () => {
      const sql =
        'SELECT id, total AS t, total * 2 AS "a ""b", 1 / (id - id) AS never, ARRAY[1.5] AS ns FROM billing.orders; ';
      const source = await describeQuery(client, { sql, name: 'Top 10' });
      const { tables } = planCopy(await readServer(client), [source], { connections: 2 });
      expect(tables[0]).toMatchObject({ dataset: '%54op%2010', kind: 'query', textColumns: ['a "b'] });
      expect(tables[0]!.schema.columns.map(({ name, source }) => [name, source.pgType])).toEqual([
        ['id', 'bigint'],
        ['t', 'numeric(12,2)'],
        ['a "b', 'numeric'],
        ['never', 'bigint'],
        ['ns', 'numeric[]'],
      ]);
      expect(await expectAsDescribed(tables[0]!)).toBe(0);
    });

    it.each([
      ['no SELECT', 'DELETE FROM billing.orders', 'E_SQL'],
      ['a syntax error', 'SELECT FROM WHERE', 'E_SQL'],
      ['a WITH that changes data', 'WITH x AS (DELETE FROM billing.orders RETURNING *) SELECT * FROM x', 'E_SQL'],
      ['two statements', 'SELECT 1; SELECT 2', 'E_SQL'],
      ['a parameter', 'SELECT id FROM billing.orders WHERE id = $1', 'E_SQL'],
      ['two columns of one name', 'SELECT 1 AS a, 2 AS a', 'E_USAGE'],
    ])('refuses a query that is %s, and the transaction goes on', async (_, sql, code) => {
      const error = await describeQuery(client, { sql, name: 'q' }).catch((e: unknown) => e);
      expect(isDraculaError(error) && error.code).toBe(code);
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    it('refuses a column of a pseudo-type with its name', async () => {
      const source = await describeQuery(client, { sql: 'SELECT 1 AS a, ROW(1, 2) AS pair', name: 'q' });
      const { refused } = planCopy(await readServer(client), [source], { connections: 2 });
      expect(refused[0]!.error.code).toBe('E_UNSUPPORTED_TYPE');
      expect(refused[0]!.error.message).toContain('Column pair has the pseudo-type record');
    });

    it('asks the server whether an index serves a condition, and whether it is one', async () => {
      const factsOf = async (where: string, name = 'int_keys') => {
        const tables = await introspect({ tables: [name] });
        const facts = (await readWhereFacts(client, tables, where)).get(tables[0]!.oid)!;
        return facts.error?.code ?? facts.indexed;
      };
      expect(await factsOf('id = 7 -- the seventh')).toBe(true);
      expect(await factsOf('n = 7')).toBe(false);
      expect(await factsOf('id > 0')).toBe(false);
      expect(await factsOf('n IN (SELECT id FROM text_keys t WHERE t.id = $$5$$)')).not.toBe(true);
      expect(await factsOf('nope = 1')).toBe('E_SQL');
      expect(await factsOf('n = 1) OR (true')).toBe('E_SQL');
      expect(await factsOf('n = $1')).toBe('E_SQL');
      expect(await factsOf('n = 1 LIMIT 3')).toBe('E_SQL');
    });

    it('reads partitions under a condition that names their table', async () => {
      const where = "measures.at > '2025-01-01' -- recent";
      const tables = await introspect({ tables: ['measures'] });
      const whereFacts = await readWhereFacts(client, tables, where);
      expect(whereFacts.get(tables[0]!.oid)?.error).toBeNull();
      expect(await expectAsDescribed(await planOne('measures', { where, whereFacts }))).toBe(2);
      const qualified = await readWhereFacts(client, tables, "public.measures.at > '2025-01-01'");
      expect(qualified.get(tables[0]!.oid)?.error?.code).toBe('E_SQL');
    });

    it("does not depend on the session's search_path, and leaves it as it was", async () => {
      const own = await database.client();
      await own.query(`BEGIN; CREATE SCHEMA trap;
        CREATE FUNCTION trap.f(oid, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = oideq);
        CREATE TABLE trap.pg_class (oid oid); CREATE TABLE trap.pg_attribute (oid oid);
        SET LOCAL search_path = trap, billing, pg_catalog`);
      const types = (tables: SourceTable[]) => tables[0]!.columns.map(({ pgType }) => pgType);
      const expected = types(await introspect({ tables: ['every_type'] }));
      expect(expected).toEqual(expect.arrayContaining(['public.mood', 'public.vat_price[]', 'numeric(15,2)']));
      expect(types(await introspectTables(own, { tables: ['every_type'] }))).toEqual(expected);
      expect((await own.query('SHOW search_path')).rows).toEqual([{ search_path: 'trap, billing, pg_catalog' }]);
      const described = await describeQuery(own, { sql: 'SELECT total FROM orders', name: 'q' });
      expect(described.columns[0]!.pgType).toBe('numeric(12,2)');
      await own.query('ROLLBACK');
    });

    it('waits for no lock on a table', async () => {
      await whileHolding('LOCK TABLE int_keys, toasted IN ACCESS EXCLUSIVE MODE', async () => {
        await client.query("SET LOCAL lock_timeout = '2s'");
        const [table] = await introspect({ tables: ['int_keys'] });
        expect(table!.root.blocks).toBeGreaterThan(0); // as of the last VACUUM
      });
    });

    it('waits a second for a lock where it must name the table', async () => {
      const tables = await introspect({ tables: ['int_keys', 'text_keys'] });
      await whileHolding('LOCK TABLE int_keys IN ACCESS EXCLUSIVE MODE', async () => {
        const facts = await readWhereFacts(client, tables, "id::text <> ''");
        expect(tables.map(({ oid }) => facts.get(oid)!.error?.code)).toEqual(['E_LOCK_TIMEOUT', undefined]);
        const described = describeQuery(client, { sql: 'SELECT * FROM int_keys', name: 'q' });
        await expect(described).rejects.toMatchObject({ code: 'E_LOCK_TIMEOUT' });
      });
      expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
    });

    it('keeps no lock on any table', async () => {
      const tables = await introspect({ tables: ['int_keys', 'measures'] });
      await readWhereFacts(client, tables, 'id > 3');
      await readKeyFacts(client, (await readServer(client)).versionNum, tables);
      await describeQuery(client, { sql: 'SELECT * FROM int_keys', name: 'q' });
      const { rows } = await client.query(
        "SELECT relation::regclass FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384",
      );
      expect(rows).toEqual([]);
    });

    it('asks the same number of queries for one table as for all', async () => {
      const count = async (selection: TableSelection) => {
        let queries = 0;
        const counting = new Proxy(client, {
          get: (target, key) => {
            if (key === 'query') queries++;
            const value = Reflect.get(target, key) as unknown;
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
        await introspectTables(counting, selection);
        return queries;
      };
      expect(await count({})).toBe(await count({ tables: ['numeric_root'] }));
    });
  });
}
