import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { readShopReport, type SeedProgress, seedShop } from '../../src/demo/shop.ts';
import { isDraculaError } from '../../src/errors.ts';
import { queryDuckdb } from '../support/duckdb-reader.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What every server holds after every run. The checksum is the sum of a 64-bit hash of each row's text. */
const SHOP = {
  currencies: { rows: 10, checksum: '15837760552147313984' },
  events: { rows: 1_000_000, checksum: '1894494619610684398706' },
  invoices: { rows: 180_000, checksum: '-525739665346893594232' },
  milestones: { rows: 60_000, checksum: '-2395339771883310429225' },
  notes: { rows: 150_000, checksum: '-4138919548563612043106' },
  orders: { rows: 200_000, checksum: '-471123523837043528647' },
  organizations: { rows: 2_000, checksum: '99514795784506005080' },
  proposals: { rows: 120_000, checksum: '-4129678363487058890384' },
  providers: { rows: 1_500, checksum: '126689827498597381151' },
  purchase_orders: { rows: 80_000, checksum: '-1191391823095980722275' },
  requests: { rows: 100_000, checksum: '128831439565493931015' },
  shippings: { rows: 150_000, checksum: '584268238653559827209' },
  taxes: { rows: 40, checksum: '-73885888948658225286' },
  users: { rows: 20_000, checksum: '2005236770771799344469' },
  wares: { rows: 40_000, checksum: '211447441380347221922' },
} as const;

const MAJORS = [...new Set([DEFAULT_MAJOR, 14])];
const servers = new Map<number, EmbeddedPostgres>();
for (const major of MAJORS) servers.set(major, await testServer(major));

describe.each(MAJORS)('the shop on PostgreSQL %i', (major) => {
  let shop: TestDatabase;
  const progress: SeedProgress[] = [];
  beforeAll(async () => {
    shop = await createDatabase(servers.get(major)!);
    await seedShop(shop.url, (p) => progress.push(p));
  });
  afterAll(() => shop.drop());

  test('every table has the same rows on every server and in every run', async () => {
    const client = await shop.client();
    await client.query(`SET TimeZone = 'UTC'`);
    const names = await client.query(
      `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const found: Record<string, unknown> = {};
    for (const { relname } of names.rows as { relname: string }[]) {
      const sql = `SELECT count(*)::int AS rows, sum(hashtextextended(t::text, 0))::text AS checksum FROM ${relname} AS t`;
      found[relname] = (await client.query(sql)).rows[0];
    }
    expect(found).toEqual(SHOP);
  });

  test('progress names each table once, with its rows, and counts to the end', () => {
    const tables = Object.keys(SHOP).length;
    expect(Object.fromEntries(progress.map((p) => [p.table, p.rows]))).toEqual(
      Object.fromEntries(Object.entries(SHOP).map(([table, { rows }]) => [table, rows])),
    );
    expect(progress.map((p) => `${p.filled}/${p.tables}`)).toEqual(progress.map((_, i) => `${i + 1}/${tables}`));
  });

  test('the planner has statistics of every table', async () => {
    const client = await shop.client();
    const bare = await client.query(
      `SELECT relname FROM pg_class AS c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
         AND (reltuples <= 0 OR NOT EXISTS (SELECT FROM pg_stats WHERE tablename = relname))`,
    );
    expect(bare.rows).toEqual([]);
  });

  test('every organization hangs below a root, over at least four levels', async () => {
    const client = await shop.client();
    const { rows } = await client.query(
      `WITH RECURSIVE tree AS (
         SELECT id, 1 AS level FROM organizations WHERE parent_id IS NULL
         UNION ALL SELECT o.id, level + 1 FROM organizations AS o JOIN tree ON o.parent_id = tree.id)
       SELECT count(*)::int AS n, max(level) AS deepest FROM tree`,
    );
    expect(rows[0]!.n).toBe(SHOP.organizations.rows);
    expect(rows[0]!.deepest).toBeGreaterThanOrEqual(4);
  });

  test('DuckDB answers the report as PostgreSQL does, to the cent', async () => {
    const folder = await temporaryFolder('report');
    await chmod(folder, 0o777); // the server writes the exports, perhaps as another user
    const client = await shop.client();
    const report = await readShopReport();
    const expected = await client.query({ text: report, rowMode: 'array', types: { getTypeParser: () => String } });
    expect(expected.rows).toHaveLength(12);

    const views: string[] = [];
    for (const [table, columns] of Object.entries(REPORT_COLUMNS)) {
      const file = join(folder, `${table}.csv`);
      const names = Object.keys(columns).join(', ');
      await client.query(`COPY (SELECT ${names} FROM ${table}) TO '${file}' (FORMAT csv, HEADER)`);
      views.push(
        `CREATE VIEW ${table} AS FROM read_csv('${file}', header = true, columns = ${JSON.stringify(columns).replaceAll('"', "'")})`,
      );
    }
    const found = await queryDuckdb(`${views.join('; ')}; ${report}`);
    expect(found.map((row) => Object.values(row))).toEqual(expected.rows);
  });

  test('a database that has the tables already is refused with what the server says', async () => {
    const error = await seedShop(shop.url).catch((e: unknown) => e);
    expect(isDraculaError(error, 'E_QUERY') && error.message).toMatch(/function "pick" already exists/);
  });
});

/** What the report reads, in the types that Dracula gives these columns in a lake. */
const REPORT_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  organizations: { id: 'BIGINT', parent_id: 'BIGINT', name: 'VARCHAR' },
  currencies: { code: 'VARCHAR', rate_to_eur: 'DECIMAL(12,6)' },
  invoices: {
    subject_type: 'VARCHAR',
    organization_id: 'BIGINT',
    currency: 'VARCHAR',
    amount: 'DECIMAL(15,2)',
    issued_on: 'DATE',
    paid_at: 'TIMESTAMPTZ',
  },
};
