/**
 * Every type of Postgres at its extremes, null, random, in domains and arrays: copied, read back by DuckDB and compared value by
 * value with what Postgres says itself. The same again under a role with odd settings.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import { planTables } from '../../src/index.ts';
import { runCli } from '../support/cli-process.ts';
import { copy } from '../support/copied.ts';
import { readWithDuckdb } from '../support/duckdb-reader.ts';
import { DEFAULT_MAJOR, testServer } from '../support/postgres.ts';
import { titled } from '../support/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectSameValues, valuesOfFiles, valuesOfSource } from '../support/values/compare-values.ts';
import {
  type CopiedValues,
  copyAndCompare,
  createValueDatabase,
  EVERYTHING,
  filesOf,
  type ValueDatabase,
} from '../support/values/value-database.ts';

let values: ValueDatabase;
let total = 0;

/** Types that the server prints: the columns of them, of arrays of them and of domains over them. ltree has no binary form before 13. */
const PRINTED = `xid8|one_char|tid|regclass|oidvector|int2vector|aclitem|box|circle|line|lseg|path|polygon|tsquery|txid_snapshot|boxed|isbn|seg|cube${
  DEFAULT_MAJOR >= 13 ? '' : '|ltree'
}`;
const AS_TEXT = new RegExp(`^(${PRINTED})_(v|d|a|da)$|^boxes$`);

beforeAll(async () => {
  values = await createValueDatabase(await testServer());
});
afterAll(async () => {
  console.log(`values.test.ts: ${total.toLocaleString('en')} values compared with what Postgres says`);
  await values?.database.drop();
});

async function copied(options: Partial<CopyOptions>, target?: string): Promise<CopiedValues> {
  const result = await copyAndCompare(values.client, {
    url: values.database.url,
    target: target ?? `${await temporaryFolder('values')}/`,
    tables: ['public.*'],
    exclude: [EVERYTHING],
    ...options,
  });
  total += result.compared;
  return result;
}

function expectAllSame({ differences, compared, report }: CopiedValues): void {
  expect(differences.slice(0, 5).join('\n')).toBe('');
  expect(report.exitCode).toBe(0);
  expect(report.tables.flatMap(({ awkward }) => awkward)).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
  const asText = report.tables.flatMap(({ textColumns }) => textColumns);
  expect(asText.filter((column) => !AS_TEXT.test(column))).toEqual([]);
  expect(asText.length).toBeGreaterThan(40);
}

/** What the tables' columns are said to be, in files and reports. */
function plannedTypes({ events }: CopiedValues) {
  const { plan } = events.find((event) => event.type === 'planned')!;
  return Object.fromEntries(
    plan.tables.map(({ dataset, schema }) => [
      dataset,
      schema.columns.map(({ type, source }) => [type, source.pgType]),
    ]),
  );
}

describe(titled('every value of every type arrives'), () => {
  it('in a lake, and the same for a role whose settings would change every text', async () => {
    const [plain, odd] = [await copied({}), await copied({ url: values.oddUrl })];
    expectAllSame(plain);
    expectAllSame(odd);
    expect(plannedTypes(odd)).toEqual(plannedTypes(plain));
  });

  it.each(['zstd', 'snappy', 'gzip', 'none'] as const)(
    'in a single file of all columns, with %s',
    async (compression) => {
      const target = join(await temporaryFolder('values'), `${EVERYTHING}.parquet`);
      expectAllSame(await copied({ tables: [EVERYTHING], exclude: [], compression }, target));
    },
  );

  it('up to the last microsecond that DuckDB does not take for infinity', async () => {
    const sqlOf = (fraction: string) => `SELECT timestamp '294247-01-10 04:00:54.${fraction}' AS last`;
    const target = join(await temporaryFolder('values'), 'last.parquet');
    const copyOf = (fraction: string) =>
      copy({ url: values.database.url, target, force: true, query: { sql: sqlOf(fraction), name: 'last' } });
    expect((await copyOf('775806')).exitCode).toBe(0);
    expect(await readWithDuckdb(target)).toEqual([{ last: '294247-01-10 04:00:54.775806' }]);
    expect((await copyOf('775807')).tables[0]!.error).toMatchObject({ code: 'E_AWKWARD_VALUE' });
  });

  it('through the command line', async () => {
    const lake = `${await temporaryFolder('values')}/`;
    const tables = ['v_numerics', 'v_text', 'v_timestamptz', 'v_others'];
    const { code, stderr } = await runCli(['copy', values.oddUrl, ...tables, lake, '--row-group-rows', '7']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const plan = await planTables({ url: values.database.url, target: lake, tables, env: {} });
    for (const { dataset, table, schema } of plan.tables) {
      const source = await valuesOfSource(values.client, table.name, schema.columns);
      const got = await valuesOfFiles(await filesOf(lake, dataset), schema.columns);
      total += expectSameValues(dataset, schema.columns, source, got);
    }
  });
});
