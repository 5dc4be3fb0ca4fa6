/**
 * Numeric without precision: decimal(38,18) where the server's statistics fit it, else text; a value that refutes the statistics
 * makes its table be read again with that column as text, once, and the run says so. Never a digit less.
 */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CopyPlan } from '../../src/core/copy-plan.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { Column } from '../../src/core/table-schema.ts';
import type { CopyOptions } from '../../src/index.ts';
import { openLake } from '../../src/lake/lake.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { fewerIfHostile } from '../support/hostile.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectSameValues, valuesOfFiles, valuesOfSource } from '../support/values/compare-values.ts';
import { filesOf } from '../support/values/value-database.ts';

const ROWS = fewerIfHostile(1_500, 300);
/** Values that fit, of up to 20 digits before and 18 behind the point. */
const FITTING = `(i * 12345678901234567::numeric * (i % 3 - 1)) * 0.000000000000000001 + i % 100`;

/** A table of fitting values, analysed; what is added afterwards is not in the statistics. */
function analysed(name: string, columns: string, values: string, added = ''): string {
  return `CREATE TABLE ${name} (id int, ${columns}) WITH (autovacuum_enabled = off);
    INSERT INTO ${name} SELECT i, ${values} FROM generate_series(1, ${ROWS}) i; ANALYZE ${name};
    ${added === '' ? '' : `INSERT INTO ${name} VALUES (${ROWS + 1}, ${added});`}`;
}

const FIXTURE = `
  CREATE DOMAIN amount AS numeric;
  ${analysed('fits', 'n numeric, d amount, a numeric[], da amount[]', `${FITTING}, ${FITTING}, ARRAY[${FITTING}, NULL], ARRAY[${FITTING}]::amount[]`)}
  ${analysed('limits', 'n numeric', `CASE i % 2 WHEN 0 THEN 1 ELSE -1 END * (99999999999999999999.999999999999999999 - i % 2)`)}
  ${analysed('too_long', 'n numeric', 'i * 1e20')}
  ${analysed('too_fine', 'n numeric', 'i + 0.0000000000000000001')}
  ${analysed('has_nan', 'n numeric', `CASE WHEN i % 2 = 0 THEN 'NaN' ELSE i::numeric END`)}
  ${analysed('grew_long', 'n numeric', FITTING, '1e20')}
  ${analysed('grew_fine', 'n numeric', FITTING, '1/3.0')}
  ${analysed('grew_nan', 'n numeric', FITTING, `'NaN'`)}
  ${analysed('grew_twice', 'n numeric, kept numeric, m numeric', `${FITTING}, ${FITTING}, ${FITTING}`, '1e-30, 1.50, -1e300')}
  ${analysed('grew_array', 'a numeric[]', `ARRAY[${FITTING}]`, `'{1,NULL,1e20}'`)}
  ${analysed('matrix', 'a numeric[]', `ARRAY[${FITTING}]`, `'{{1},{2}}'`)}
  ${analysed('grew_domain', 'd amount', FITTING, '1e20')}
  ${analysed('grew_domain_array', 'da amount[]', `ARRAY[${FITTING}]::amount[]`, `'{1e20}'`)}
  CREATE TABLE never_analysed (id int, n numeric) WITH (autovacuum_enabled = off);
  INSERT INTO never_analysed SELECT i, i * 0.1 FROM generate_series(1, 100) i;`;

const DECIMAL = 'decimal(38,18)';
const LIST = 'list<decimal(38,18)>';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(await testServer(), FIXTURE);
});
afterAll(() => database?.drop());

interface Copied {
  readonly target: string;
  readonly plan: CopyPlan;
}

async function copyInto(tables: readonly string[], options: Partial<CopyOptions> = {}) {
  const target = `${await temporaryFolder('numeric')}/`;
  const events: RunEvent[] = [];
  const report = await copy({ url: database.url, target, tables, onEvent: (event) => events.push(event), ...options });
  const retried = events.flatMap((event) =>
    event.type === 'table-retried' ? [`${event.dataset}: ${event.reason}`] : [],
  );
  const { plan } = events.find((event) => event.type === 'planned')!;
  return { copied: { target, plan }, report, retried };
}

const kindOf = (type: Column['type']): string =>
  type.kind === 'list'
    ? `list<${kindOf(type.element)}>`
    : type.kind === 'decimal'
      ? `decimal(${type.precision},${type.scale})`
      : type.kind;

/** The types that were published, after all values were compared with Postgres's own. */
async function publishedTypes({ target, plan }: Copied, dataset: string): Promise<Record<string, string>> {
  const version = (await (await openLake(target, { create: false })).dataset(dataset).load())!;
  const planned = plan.tables.find((table) => table.dataset === dataset)!.schema;
  const columns = version.schema.columns.map((column, i): Column => {
    const source = planned.columns[i]!.source;
    return { ...column, source: { ...source, readAs: column.type.kind === 'text' ? 'text' : 'binary' } };
  });
  const expected = await valuesOfSource(await database.client(), dataset, columns);
  const files = await filesOf(target, dataset);
  expectSameValues(dataset, columns, expected, await valuesOfFiles(files, columns));
  expect(await readdir(dirname(files[0]!)), 'nothing of a first reading is left').toHaveLength(files.length);
  return Object.fromEntries(columns.slice(1).map(({ name, type }) => [name, kindOf(type)]));
}

it('the statistics of the server decide', async () => {
  const types = {
    fits: { n: DECIMAL, d: DECIMAL, a: LIST, da: LIST },
    limits: { n: DECIMAL },
    too_long: { n: 'text' },
    too_fine: { n: 'text' },
    has_nan: { n: 'text' },
    never_analysed: { n: 'text' },
  };
  const { report, copied, retried } = await copyInto(Object.keys(types));
  for (const [table, expected] of Object.entries(types)) {
    expect(await publishedTypes(copied, table), table).toEqual(expected);
    const texts = Object.entries(expected).flatMap(([name, type]) => (type === 'text' ? [name] : []));
    expect(tableOf(report, table).textColumns).toEqual(texts);
  }
  expect(retried).toEqual([]);
});

it('a column of another table that has the same name and holds no numbers is not taken for theirs', async () => {
  const same = await createDatabase(
    await testServer(),
    `CREATE TABLE prices AS SELECT i AS id, i::numeric AS price FROM generate_series(1, 5000) AS i;
    CREATE TABLE labels AS SELECT i AS id, 'about ' || i % 7 AS price FROM generate_series(1, 500) AS i;
    CREATE TABLE lists AS SELECT i AS id, array[i::numeric, null] AS n FROM generate_series(1, 1000) AS i;
    CREATE TABLE counts AS SELECT i AS id, i % 3 AS n FROM generate_series(1, 1000) AS i;
    ANALYZE;`,
  );
  try {
    const report = await copy({ url: same.url, target: `${await temporaryFolder('numeric')}/` });
    expect(outcomes(report)).toEqual({ prices: 'copied', labels: 'copied', lists: 'copied', counts: 'copied' });
    expect(report.tables.flatMap(({ textColumns }) => textColumns)).toEqual([]);
  } finally {
    await same.drop();
  }
});

describe('a value that refutes them makes the table be read again with its column as text, once', () => {
  const again = (column: string) =>
    `column ${column} holds a numeric that decimal(38,18) cannot: it is read again as text`;
  const cases: [string, Record<string, string>, string[]][] = [
    ['grew_long', { n: 'text' }, ['n']],
    ['grew_fine', { n: 'text' }, ['n']],
    ['grew_nan', { n: 'text' }, ['n']],
    ['grew_twice', { n: 'text', kept: DECIMAL, m: 'text' }, ['n', 'm']],
    ['grew_array', { a: 'list<text>' }, ['a']],
    ['grew_domain', { d: 'text' }, ['d']],
    ['grew_domain_array', { da: 'list<text>' }, ['da']],
  ];
  it.each<['fail' | 'null', Partial<CopyOptions>]>([
    ['fail', {}],
    ['null', { connections: 1 }],
  ])("under awkward: '%s', with %o", async (awkward, options) => {
    const { report, copied, retried } = await copyInto(['grew_*'], { awkward, ...options });
    expect(outcomes(report)).toEqual(Object.fromEntries(cases.map(([table]) => [table, 'copied'])));
    expect(retried.sort()).toEqual(
      cases.flatMap(([table, , columns]) => columns.map((c) => `${table}: ${again(c)}`)).sort(),
    );
    for (const [table, types, textColumns] of cases) {
      expect(await publishedTypes(copied, table)).toEqual(types);
      const { rows, awkward: counted, textColumns: told } = tableOf(report, table);
      expect({ rows, counted, told: [...told].sort() }).toEqual({
        rows: ROWS + 1,
        counted: [],
        told: [...textColumns].sort(),
      });
    }
  });

  it('but not for its dimensions, which no list of text holds either', async () => {
    const { report, retried } = await copyInto(['matrix']);
    expect(tableOf(report, 'matrix').error?.facts).toMatchObject({
      column: 'a',
      reason: 'array dimensions',
      row: ROWS,
    });
    const nulled = await copyInto(['matrix'], { awkward: 'null' });
    expect(tableOf(nulled.report, 'matrix').awkward).toEqual([{ column: 'a', reason: 'array dimensions', count: 1 }]);
    expect([...retried, ...nulled.retried]).toEqual([]);
  });

  it('in a single file too', async () => {
    const target = `${await temporaryFolder('numeric')}/n.parquet`;
    const report = await copy({ url: database.url, target, tables: ['grew_fine'] });
    expect(outcomes(report)).toEqual({ grew_fine: 'copied' });
    const source = { pgType: 'numeric', typeOid: 1700, typmod: -1, readAs: 'text', wire: { form: 'text' } } as const;
    const columns: Column[] = [{ name: 'n', fieldId: 2, type: { kind: 'text' }, source }];
    const expected = await valuesOfSource(await database.client(), 'grew_fine', columns);
    expect(expectSameValues('grew_fine', columns, expected, await valuesOfFiles([target], columns))).toBe(ROWS + 1);
  });
});

describe('a form that the user declared is kept', () => {
  it('text', async () => {
    const { copied, retried } = await copyInto(['fits', 'grew_fine'], { numeric: 'text' });
    expect(await publishedTypes(copied, 'fits')).toEqual({ n: 'text', d: 'text', a: 'list<text>', da: 'list<text>' });
    expect(retried).toEqual([]);
  });

  it.each([
    ['too_fine', { precision: 38, scale: 9 }, 'does not fit the declared scale'],
    ['too_long', { precision: 22, scale: 0 }, 'overflow'],
    ['has_nan', { precision: 9, scale: 0 }, 'nan'],
  ] as const)('%s as %o stops at a value that does not fit', async (table, numeric, reason) => {
    const { report, retried } = await copyInto([table], { numeric });
    expect(tableOf(report, table).error).toMatchObject({ code: 'E_AWKWARD_VALUE', facts: { column: 'n', reason } });
    expect(retried).toEqual([]);
  });

  it('a decimal that all values fit, read again by nobody', async () => {
    const { copied, retried, report } = await copyInto(['too_fine', 'never_analysed'], {
      numeric: { precision: 24, scale: 19 },
    });
    expect(await publishedTypes(copied, 'too_fine')).toEqual({ n: 'decimal(24,19)' });
    expect(await publishedTypes(copied, 'never_analysed')).toEqual({ n: 'decimal(24,19)' });
    expect({ retried, exit: report.exitCode }).toEqual({ retried: [], exit: 0 });
  });
});
