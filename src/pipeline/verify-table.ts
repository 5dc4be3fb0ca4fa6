/**
 * Compares one table with its rows in the lake: one pass over either side, and where they differ a second one over the
 * differing columns, to name rows.
 *
 * A differing row is found by buckets: each side adds up the digests of a column's values by their first three hexadecimal
 * digits; only the digests of the buckets that differ are then fetched and compared one by one. So what is moved does not
 * grow with the table.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatTable, quoteIdentifier } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import type { ColumnDifference, DifferingRow } from '../core/verify-report.ts';
import type { LakeEngine } from '../engine/duckdb.ts';
import { type BlockSample, chunkRows, searchPathOf } from '../extract/chunk-query.ts';
import { checkedRead } from '../postgres/source-checks.ts';
import {
  duckdbBucketsSql,
  duckdbCheckSql,
  duckdbRowChecksumSql,
  duckdbRowsSql,
  MAX_COLUMNS_PER_PASS,
  postgresBucketsSql,
  postgresCheckSql,
  postgresRowChecksumSql,
  postgresRowsSql,
} from '../verify/column-checks.ts';
import { DigestPlaces } from '../verify/digest-places.ts';
import {
  addChecks,
  type CheckRow,
  compareChecks,
  emptyCheck,
  parseCheck,
  type TableCheck,
} from '../verify/table-check.ts';
import type { SourceSession } from './source-session.ts';

export const MAX_NAMED_ROWS = 10;
/** Digests of the source that are held at a time, with their places: some 300 bytes each. */
const MAX_HELD_DIGESTS = 200_000;
/** Buckets that are looked into for rows: one differing row is in one or two of them. */
const MAX_SEARCHED_BUCKETS = 10;

/** The ctids of rows, by the name of their relation. */
export type Places = ReadonlyMap<string, readonly string[]>;

export interface TableSides {
  readonly source: SourceSession;
  readonly engine: LakeEngine;
  /** The dataset's name in SQL over the lake. */
  readonly view: string;
  readonly plan: TablePlan;
  /** The columns to compare, with the types that the lake has. */
  readonly columns: readonly Column[];
  /** Rows of the source that are not to be in the lake. */
  readonly aside?: Places;
  /** Only these rows of the source. */
  readonly only?: Places;
  /** The share of the source that was asked about, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Interrupts either side. */
  readonly signal?: AbortSignal | undefined;
}

export interface TableComparison {
  readonly sourceRows: bigint;
  readonly lakeRows: bigint;
  readonly columns: readonly ColumnDifference[];
  /** Each column has the same values on both sides, but some stand in other rows. */
  readonly isMixed: boolean;
  readonly rows: readonly DifferingRow[];
  /** Of a sample: it had more rows than are held at a time, and a share of them was compared. */
  readonly isShare?: boolean;
}

/** All rows. Throws what the server or DuckDB refuse. */
export async function compareTable(sides: TableSides): Promise<TableComparison> {
  const { columns } = sides;
  const [source, lake] = await checkBoth(sides);
  const hasSameRows = source.rows === lake.rows;
  const differing = compareChecks(source, lake, columns);
  // Of tables with other numbers of rows nearly every column differs, and says nothing more than that.
  const told = hasSameRows ? differing : [];
  const isMixed = hasSameRows && differing.length === 0 && source.checksum !== lake.checksum;
  const isSame = hasSameRows && differing.length === 0 && !isMixed;
  const searched = told.length > 0 ? columns.filter(({ name }) => told.some(({ column }) => column === name)) : columns;
  return {
    sourceRows: source.rows,
    lakeRows: lake.rows,
    columns: told,
    isMixed,
    rows: isSame ? [] : await findRows(sides, searched),
  };
}

/** Both at a time. When one fails the other is stopped, and neither works on behind the error. */
async function checkBoth(sides: TableSides): Promise<[TableCheck, TableCheck]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(sides.signal ? [sides.signal] : [])]);
  const stopping = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  const both = { ...sides, signal };
  const [source, lake] = await Promise.allSettled([checkSource(both).catch(stopping), checkLake(both).catch(stopping)]);
  if (source.status === 'fulfilled' && lake.status === 'fulfilled') return [source.value, lake.value];
  throw stop.signal.reason; // of the one that failed first
}

/** The number of rows alone, where there are no columns to compare. */
export async function compareRowCounts(sides: TableSides, lakeRows: number): Promise<TableComparison> {
  const { rows } = await checkSource({ ...sides, columns: [] });
  return { sourceRows: rows, lakeRows: BigInt(lakeRows), columns: [], isMixed: false, rows: [] };
}

/** Rows of a share of the source's blocks: each must be in the lake, as often. */
export async function compareSample(sides: TableSides, sample: BlockSample): Promise<TableComparison> {
  const { columns, plan } = sides;
  const wanted = new DigestPlaces(MAX_HELD_DIGESTS);
  await eachChunk(
    sides,
    (from, hasCtid) => postgresRowsSql(columns, from, hasCtid, plan.rowKey),
    (row, relation) => addPlace(wanted, row, relation),
    { sample, isLong: true },
  );
  let found = 0;
  for await (const [digest] of askLake(sides, duckdbRowsSql(columns, datasetView(sides))))
    if (wanted.take(String(digest)) === 'found') found++;
  return {
    sourceRows: BigInt(wanted.rows),
    lakeRows: BigInt(found),
    columns: [],
    isMixed: false,
    rows: wanted.left(MAX_NAMED_ROWS),
    isShare: !wanted.isWhole,
  };
}

function addPlace(places: DigestPlaces, row: Readonly<Record<string, string | null>>, relation: string | null): void {
  places.add(row['d']!, { side: 'source', ctid: row['at'] ?? null, relation, key: row['key'] ?? null });
}

async function checkSource(sides: TableSides): Promise<TableCheck> {
  const passes: TableCheck[] = [];
  const all = passesOf(sides);
  const count = all.length === 1 ? 1 : all.length + 1;
  const telling = (done: number): TableSides => ({
    ...sides,
    onProgress: (fraction) => sides.onProgress?.((done + fraction) / count),
  });
  for (const columns of all) {
    let check = emptyCheck(columns);
    await eachChunk(
      telling(passes.length),
      (from) => postgresCheckSql(columns, from),
      (row) => {
        check = addChecks(check, parseCheck(row, columns));
      },
    );
    passes.push(check);
  }
  const rows = joinPasses(passes);
  if (all.length === 1) return rows;
  let checksum = 0n;
  await eachChunk(
    telling(all.length),
    (from) => postgresRowChecksumSql(sides.columns, from),
    ({ r }) => {
      checksum += BigInt(r ?? 0);
    },
  );
  return { ...rows, checksum };
}

async function checkLake(sides: TableSides): Promise<TableCheck> {
  const passes: TableCheck[] = [];
  for (const columns of passesOf(sides)) {
    const { columns: names, batches } = await queryLake(sides, duckdbCheckSql(columns, datasetView(sides)));
    for await (const batch of batches)
      for (const cells of batch) {
        const row = Object.fromEntries(names.map(({ name }, i) => [name, cells[i]])) as CheckRow;
        passes.push(parseCheck(row, columns));
      }
  }
  const rows = joinPasses(passes);
  if (passes.length === 1) return rows;
  for await (const [r] of askLake(sides, duckdbRowChecksumSql(sides.columns, datasetView(sides))))
    return { ...rows, checksum: BigInt(String(r ?? 0)) };
  return rows;
}

/** The columns in runs that one pass takes. Where they are several, one more pass ties them together: the checksum of whole rows. */
function passesOf({ columns }: TableSides): (readonly Column[])[] {
  const count = Math.max(1, Math.ceil(columns.length / MAX_COLUMNS_PER_PASS));
  return Array.from({ length: count }, (_, i) =>
    columns.slice(i * MAX_COLUMNS_PER_PASS, (i + 1) * MAX_COLUMNS_PER_PASS),
  );
}

function joinPasses([first, ...further]: readonly TableCheck[]): TableCheck {
  return { ...first!, columns: [...first!.columns, ...further.flatMap(({ columns }) => columns)] };
}

/** Rows that one side has more often than the other, by the values of these columns together, and by the key where there is one. */
async function findRows(sides: TableSides, differing: readonly Column[]): Promise<DifferingRow[]> {
  const columns = sides.columns.filter((column) => column.name === sides.plan.rowKey || differing.includes(column));
  const buckets = await differingBuckets(sides, columns);
  return buckets.length === 0 ? [] : differingRows(sides, columns, buckets);
}

async function differingBuckets(
  { onProgress: _, ...sides }: TableSides,
  columns: readonly Column[],
): Promise<string[]> {
  const sums = new Map<string, bigint>();
  const add = (bucket: string, sum: bigint) => sums.set(bucket, (sums.get(bucket) ?? 0n) + sum);
  await eachChunk(
    sides,
    (from) => postgresBucketsSql(columns, from),
    (row) => add(row['bucket']!, BigInt(row['k']!)),
  );
  for await (const [bucket, , sum] of askLake(sides, duckdbBucketsSql(columns, datasetView(sides))))
    add(String(bucket), -BigInt(String(sum)));
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([bucket]) => bucket)
    .slice(0, MAX_SEARCHED_BUCKETS);
}

async function differingRows(
  { onProgress: _, ...sides }: TableSides,
  columns: readonly Column[],
  buckets: readonly string[],
): Promise<DifferingRow[]> {
  const { rowKey } = sides.plan;
  const source = new DigestPlaces(MAX_HELD_DIGESTS);
  await eachChunk(
    sides,
    (from, hasCtid) => postgresRowsSql(columns, from, hasCtid, rowKey, buckets),
    (row, relation) => addPlace(source, row, relation),
    { isLong: true },
  );
  const inLakeOnly: DifferingRow[] = [];
  const lakeKey = sides.columns.some(({ name }) => name === rowKey) ? rowKey : undefined;
  for await (const [digest, key] of askLake(sides, duckdbRowsSql(columns, datasetView(sides), lakeKey, buckets))) {
    if (source.take(String(digest)) !== 'missing' || inLakeOnly.length === MAX_NAMED_ROWS) continue;
    inLakeOnly.push({ side: 'lake', ctid: null, relation: null, key: key === null ? null : String(key) });
  }
  return [...source.left(MAX_NAMED_ROWS), ...inLakeOnly].slice(0, MAX_NAMED_ROWS);
}

/** Asks about each chunk of the plan, or about a sample of each relation; what has a long answer is taken in pieces. `take` is told the relation where there are several. */
async function eachChunk(
  sides: TableSides,
  sqlOf: (from: string, hasCtid: boolean) => string,
  take: (row: Record<string, string | null>, relation: string | null) => void,
  { sample, isLong = false }: { readonly sample?: BlockSample; readonly isLong?: boolean } = {},
): Promise<void> {
  const { source, plan, aside, only, onProgress, signal } = sides;
  const chunks = askedChunks(sides, sample);
  onProgress?.(0);
  for (const [i, chunk] of chunks.entries()) {
    const { hasCtid, name } = plan.relations[chunk.relation]!;
    const relation = formatTable(name);
    const choice = only === undefined ? { sample, without: aside?.get(relation) } : { only: only.get(relation) ?? [] };
    const { from, bare, values } = chunkRows(plan, chunk, choice, sides.columns);
    const question = {
      text: sqlOf(from, hasCtid),
      values,
      searchPath: searchPathOf(plan),
      usesCtidRange: chunk.range.kind === 'ctid',
      planned: {
        bare,
        expected: plan.relations[chunk.relation]!.expected,
        ...checkedRead(plan.relations[chunk.relation]!, plan),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    const of = plan.relations.length === 1 ? null : relation;
    if (isLong) await source.askInPieces(question, (row) => take(row, of));
    else for (const row of await source.ask(question)) take(row, of);
    onProgress?.((i + 1) / chunks.length);
  }
}

/** Each chunk of the plan; of a sample, or of rows by their places, each relation. */
function askedChunks({ plan, only }: TableSides, sample?: BlockSample): readonly Chunk[] {
  if (sample === undefined && only === undefined) return plan.chunks;
  const whole = plan.relations.map((_, relation) => ({
    ...plan.chunks[0]!,
    relation,
    range: { kind: 'relation' } as const,
  }));
  return only === undefined ? whole : whole.filter((_, i) => only.has(formatTable(plan.relations[i]!.name)));
}

function datasetView({ view }: TableSides): string {
  return quoteIdentifier(view);
}

function queryLake({ engine, signal }: TableSides, sql: string) {
  return engine.query(sql, signal ? { signal } : {});
}

async function* askLake(sides: TableSides, sql: string): AsyncGenerator<readonly unknown[]> {
  const { batches } = await queryLake(sides, sql);
  for await (const batch of batches) yield* batch;
}
