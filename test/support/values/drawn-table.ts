/**
 * Rounds of an oracle's test on a time budget: each makes a table with a column of every type and one of something made of that type, both of
 * random values, copies it in a random way, and has what a reader finds in the files compared with what Postgres says.
 *
 * A round's seed says all of it: round n of the seed s is round 0 of the seed s + n, as the error of a difference says.
 */
import fc from 'fast-check';
import type pg from 'pg';
import type { RunEvent } from '../../../src/core/run-event.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import type { EmbeddedPostgres } from '../../../src/demo/embedded-postgres.ts';
import type { CopyOptions } from '../../../src/index.ts';
import { copy } from '../copied.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { SEED } from '../property.ts';
import { expectSameValues, ORACLE_SETTINGS, valuesOfSource } from './compare-values.ts';
import { drawnLeaves } from './drawn-leaves.ts';
import { type DrawnType, declared, typeOver } from './drawn-types.ts';
import { NATIVE_TYPES_SQL } from './native-values.ts';
import type { Cell } from './nested-values.ts';
import { OTHER_EXTENSIONS, OTHER_TYPES_SQL } from './other-values.ts';
import { filesOf } from './value-database.ts';

const MOST_ROWS = 60;

export interface Drawing {
  readonly database: TestDatabase;
  readonly client: pg.Client;
  readonly major: number;
  readonly extensions: readonly string[];
  readonly hasXml: boolean;
}

export async function createDrawing(server: EmbeddedPostgres): Promise<Drawing> {
  const database = await createDatabase(server);
  const client = await database.client();
  const { rows } = await client.query<{ major: number; names: string[] }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major,
       ARRAY(SELECT name::text FROM pg_available_extensions WHERE name = ANY ($1) ORDER BY name) AS names`,
    [OTHER_EXTENSIONS],
  );
  const { major, names } = rows[0]!;
  const hasXml = await client.query(`SELECT '<a/>'::xml`).then(
    () => true,
    () => false, // built without libxml
  );
  const extensions = names.map((name) => `CREATE EXTENSION ${name};`).join('');
  await client.query(`${ORACLE_SETTINGS} ${extensions} ${NATIVE_TYPES_SQL} ${OTHER_TYPES_SQL}`);
  return { database, client, major, extensions: names, hasXml };
}

/** What is known of a round's files, for more questions to them. */
export interface DrawnFiles {
  readonly seed: number;
  readonly files: readonly string[];
  readonly columns: readonly Column[];
}

export type ReadFiles = (files: readonly string[], columns: readonly Column[]) => Promise<readonly Cell[][]>;

export interface RoundsOptions {
  readonly budgetMs: number;
  /** An empty folder of a round. */
  readonly folder: (round: number) => Promise<string>;
  readonly read: ReadFiles;
  /** Asks more of a round's files. */
  readonly look?: (files: DrawnFiles) => Promise<void>;
}

export interface Compared {
  readonly rounds: number;
  readonly values: number;
  readonly types: number;
}

/** At least one round, so that each type is drawn from. */
export async function compareRounds(drawing: Drawing, options: RoundsOptions): Promise<Compared> {
  const until = performance.now() + options.budgetMs;
  const kinds = new Set<string>();
  let values = 0;
  let rounds = 0;
  do {
    values += await compareRound(drawing, SEED + rounds, await options.folder(rounds), options, kinds);
    rounds++;
  } while (performance.now() < until);
  return { rounds, values, types: kinds.size };
}

async function compareRound(
  drawing: Drawing,
  seed: number,
  folder: string,
  { read, look }: RoundsOptions,
  kinds: Set<string>,
): Promise<number> {
  const manner = draw(anyManner, seed);
  const types = drawTypes(drawing, seed, manner.readers !== undefined);
  const schema = `round_${seed}`;
  try {
    await fill(drawing.client, schema, types, manner.rows, seed);
    const { files, columns } = await copyRound(drawing, schema, `${folder}/`, manner);
    const expected = await valuesOfSource(drawing.client, `${schema}.drawn`, columns);
    const same = expectSameValues('drawn', columns, expected, await read(files, columns));
    await look?.({ seed, files, columns });
    for (const { what } of types) kinds.add(what);
    return same;
  } catch (error) {
    const { message } = error as Error;
    const [, column] = /column c(\d+)\b/.exec(message) ?? [];
    const of = column === undefined ? '' : ` c${column} is of ${types[Number(column)]?.what}.`;
    throw new Error(`${message}.${of} Once more: DRACULA_TEST_SEED=${seed}`, { cause: error });
  } finally {
    await drawing.client.query(`RESET search_path; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  }
}

/** Columns to filter, each of another kind; what is below lists and maps cannot be named. */
export function someColumns({ seed, columns }: DrawnFiles, count: number): readonly Column[] {
  const shuffled = draw(fc.shuffledSubarray([...columns], { minLength: columns.length }), seed);
  const byKind = new Map(shuffled.map((column) => [column.type.kind, column]));
  return [...byKind.values()].filter(({ type }) => type.kind !== 'list' && type.kind !== 'map').slice(0, count);
}

/** One value of this seed. */
function draw<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  return fc.sample(arbitrary, { seed, numRuns: 1 })[0]!;
}

type Manner = { readonly rows: number } & Pick<CopyOptions, 'rowGroupRows' | 'compression' | 'readers' | 'chunkBy'>;

/** A hostile run has row groups of its own. */
const anyManner: fc.Arbitrary<Manner> = fc.record(
  {
    rows: fc.integer({ min: 1, max: MOST_ROWS }),
    rowGroupRows: fc.integer({ min: 3, max: 30 }),
    compression: fc.constantFrom('zstd', 'snappy', 'gzip', 'none'),
    readers: fc.constant(['duckdb', 'pyarrow'] as const),
    chunkBy: fc.constant('relation' as const),
  },
  { requiredKeys: ['rows'] },
);

/** Every leaf and, behind all of them, for each something that is made of it. */
function drawTypes({ major, extensions, hasXml }: Drawing, seed: number, below24h: boolean): DrawnType[] {
  const leaves = drawnLeaves(major, extensions, hasXml, below24h);
  let made = 0;
  // ARRAY[…] of them is no array of arrays before 13.
  const elements = major >= 13 ? leaves : leaves.filter(({ type }) => type !== 'oidvector' && type !== 'int2vector');
  const any = { leaves: elements, newName: () => `t${made++}`, hasMultiranges: major >= 14 };
  const over = elements.map((leaf, i) => draw(typeOver(leaf, 3, any), seed + i));
  return [...leaves, ...over];
}

async function fill(
  client: pg.Client,
  schema: string,
  types: readonly DrawnType[],
  rows: number,
  seed: number,
): Promise<void> {
  // A type is asked for once by each that is made of it.
  const ddl = [...new Set(types.flatMap((type) => type.ddl))];
  const columns = types.map((type, c) => `c${c} ${declared(type)}`);
  // Statistics made meanwhile would change what an undeclared numeric becomes.
  await client.query(
    `CREATE SCHEMA ${schema}; SET search_path = ${schema}, public; ${ddl.map((sql) => `${sql};`).join('')}
     CREATE TABLE drawn (id int, ${columns.join(', ')}) WITH (autovacuum_enabled = off)`,
  );
  const drawn = types.map(({ value }, c) =>
    fc.sample(fc.option(value, { freq: 6 }), { seed: seed + c, numRuns: rows }),
  );
  const tuples = Array.from(
    { length: rows },
    (_, i) => `(${[i, ...drawn.map((values) => values[i] ?? 'NULL')].join(', ')})`,
  );
  // One by one: the server's parser takes memory and time beyond proportion for all at once.
  for (const tuple of tuples) await client.query(`INSERT INTO drawn VALUES ${tuple}`);
}

async function copyRound(
  { database }: Drawing,
  schema: string,
  target: string,
  { rows: _, ...manner }: Manner,
): Promise<Pick<DrawnFiles, 'files' | 'columns'>> {
  const events: RunEvent[] = [];
  const report = await copy({
    ...{ url: database.url, target, tables: [`${schema}.drawn`], connections: 1, ...manner },
    onEvent: (event) => events.push(event),
  });
  const [table] = report.tables;
  if (table?.status !== 'copied') throw new Error(`${table?.error?.code}: ${table?.error?.message}`);
  const { plan } = events.find((event) => event.type === 'planned')!;
  return { files: await filesOf(target, table.dataset), columns: plan.tables[0]!.schema.columns };
}
