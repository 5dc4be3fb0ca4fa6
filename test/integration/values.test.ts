/**
 * Every type of Postgres at its extremes, null, random, in domains and arrays: copied, read back by DuckDB and compared value by
 * value with what Postgres says itself. The same again under a role with odd settings.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CopyOptions } from '../../src/index.ts';
import { planTables } from '../../src/index.ts';
import { runCli } from '../support/cli-process.ts';
import { copy } from '../support/copied.ts';
import { testServer } from '../support/postgres.ts';
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

/** Tables of types without a decoder of their own. */
const MOSTLY_TEXT = ['v_others', EVERYTHING];
/** Elsewhere a column is text only where no decimal holds it, or where the wire hides that its elements are jsonb. */
const IS_TEXT = /^da$|^numeric_(39_0|60_5|1000_1000|5_minus_3|3_5|1000_minus_1000)_/;

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
  const asText = report.tables.filter(({ dataset }) => !MOSTLY_TEXT.includes(dataset));
  expect(asText.flatMap(({ textColumns }) => textColumns).filter((column) => !IS_TEXT.test(column))).toEqual([]);
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

  it('the last microsecond of int64 too, which DuckDB takes for infinity', async () => {
    const sql = `SELECT timestamp '294247-01-10 04:00:54.775807' AS last, timestamptz '294247-01-10 04:00:54.775807+00' AS last_utc`;
    const target = join(await temporaryFolder('values'), 'last.parquet');
    const report = await copy({ url: values.database.url, target, query: { sql, name: 'last' } });
    expect(report.exitCode).toBe(0);
    const parsers = { ...DEFAULT_PARSERS, timestampFromMicroseconds: (micros: bigint) => micros };
    const file = Uint8Array.from(await readFile(target)).buffer;
    const rows = await parquetReadObjects({ file, compressors, parsers: parsers as never });
    expect(rows).toEqual([{ last: 2n ** 63n - 1n, last_utc: 2n ** 63n - 1n }]);
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
