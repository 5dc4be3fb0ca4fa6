/**
 * One dataset beside its table: the plan of the table as it is now, the dataset's columns in it, and which of its rows are to be there.
 *
 * Rows that were set aside are in the side dataset instead. Dataset and side dataset together are the source: the rows at the places
 * of the side dataset are compared with it, and all others with the dataset.
 */
import type { CopyPlan, RelationRead, TablePlan } from '../core/copy-plan.ts';
import { formatTable, queryName } from '../core/identifiers.ts';
import type { DatasetVerification } from '../core/verify-report.ts';
import type { LakeEngine } from '../engine/duckdb.ts';
import { DraculaError, type ErrorCode, serializeError } from '../errors.ts';
import type { DatasetVersion } from '../lake/dataset-version.ts';
import type { Lake } from '../lake/lake.ts';
import { namedQuarantine, quarantineOwner } from '../lake/quarantine.ts';
import type { CopyRun } from './copy-run.ts';
import { matchColumns } from './lake-columns.ts';
import { makePlan } from './make-plan.ts';
import { pathOfUserSql } from './plan-table.ts';
import type { SourceSession } from './source-session.ts';
import { type AsideComparison, compareAside } from './verify-aside.ts';
import type { VerifyOptions } from './verify-options.ts';
import {
  compareRowCounts,
  compareSample,
  compareTable,
  MAX_NAMED_ROWS,
  type TableComparison,
  type TableSides,
} from './verify-table.ts';

export interface Comparing {
  readonly run: CopyRun;
  readonly lake: Lake;
  readonly engine: LakeEngine;
  readonly source: SourceSession;
  readonly client: Parameters<typeof makePlan>[0];
  readonly options: VerifyOptions;
  /** What was found of rows set aside, by their dataset: it is said of them and of the dataset that they are missing from. */
  readonly asides: Map<string, AsideComparison>;
}

type Found = Pick<
  DatasetVerification,
  'status' | 'isSample' | 'sourceRows' | 'lakeRows' | 'asideRows' | 'asideDiffers' | 'columns' | 'isMixed' | 'rows'
>;

/** Never rejects but for an abort: what broke is in the verification. */
export async function compareDataset(comparing: Comparing, version: DatasetVersion): Promise<DatasetVerification> {
  const startedAt = performance.now();
  const { table } = version.source;
  const nothing = {
    dataset: version.dataset,
    table: table === null ? null : formatTable(table),
    version: version.version,
    sourceRows: 0,
    lakeRows: version.rows,
    isSample: false,
    asideRows: 0,
    asideDiffers: false,
    columns: [],
    isMixed: false,
    lacksWhere: false,
    rows: [],
    error: null,
  };
  const seconds = () => (performance.now() - startedAt) / 1000;
  if (table === null) {
    const why = new DraculaError('E_USAGE', `${version.dataset} comes from a query, which the lake does not keep.`);
    return { ...nothing, status: 'skipped', seconds: seconds(), error: serializeError(why) };
  }
  try {
    const plan = await planOne(comparing, formatTable(table), version);
    const isSide = quarantineOwner(version) !== null;
    const found = isSide ? await compareSide(comparing, version, plan) : await compareOwn(comparing, version, plan);
    const lacksWhere = version.source.isFiltered === true && comparing.options.where === undefined;
    return { ...nothing, ...found, lacksWhere, seconds: seconds() };
  } catch (error) {
    comparing.run.options.signal?.throwIfAborted();
    return { ...nothing, status: 'failed', seconds: seconds(), error: serializeError(error) };
  }
}

/** With all columns of the table, of which one may be its key; where they cannot be read together, with those that the dataset has. */
async function planOne({ run, client }: Comparing, table: string, { schema }: DatasetVersion): Promise<TablePlan> {
  const whole = await makePlan(client, run, [table]);
  if (!whole.refused.some(({ error }) => OF_COLUMNS.includes(error.code))) return planned(whole);
  const names = schema.columns.map(({ name }) => name);
  return planned(await makePlan(client, run, [table], names));
}

/** Of a table that is refused for single columns of it. */
const OF_COLUMNS: readonly ErrorCode[] = ['E_PERMISSION', 'E_COLUMN_COLLISION', 'E_UNSUPPORTED_TYPE', 'E_ENCODING'];

function planned({ tables, refused }: CopyPlan): TablePlan {
  if (refused[0] === undefined) return tables[0]!;
  const { code, message, facts } = refused[0].error;
  throw new DraculaError(code, message, facts);
}

function sidesOf({ run, engine, source }: Comparing, dataset: string, plan: TablePlan) {
  return {
    source,
    engine,
    view: queryName(dataset),
    plan,
    signal: run.options.signal,
    onProgress: (fraction: number) => run.emit({ type: 'verify-progress', dataset, fraction }),
  };
}

/** A dataset of rows that were set aside. */
async function compareSide(comparing: Comparing, version: DatasetVersion, plan: TablePlan): Promise<Found> {
  const found = await compareAsideOnce(comparing, version, plan);
  return {
    status: isSameAside(found) ? 'same' : 'different',
    sourceRows: Number(found.sourceRows),
    lakeRows: Number(found.lakeRows),
    isSample: false,
    asideRows: 0,
    asideDiffers: false,
    columns: [...found.changed, ...found.columns],
    isMixed: found.isMixed,
    rows: found.rows,
  };
}

async function compareOwn(comparing: Comparing, version: DatasetVersion, plan: TablePlan): Promise<Found> {
  const aside = await compareOwnAside(comparing, version, plan);
  const { columns, changed } = matchColumns(version.schema.columns, plan.schema.columns);
  const asked = { ...plan, ...pathOfUserSql(comparing.run.server, plan, columns) };
  const sides = { ...sidesOf(comparing, version.dataset, asked), columns, ...(aside ? { aside: aside.places } : {}) };
  const found = await compare(sides, version.rows, comparing.options.samplePercent);
  if (found.isShare)
    comparing.run.emit({
      type: 'notice',
      level: 'info',
      dataset: version.dataset,
      message: `The sample of ${formatTable(plan.table)} has more rows than are held in memory; ${found.sourceRows} of them were compared, chosen by their digests.`,
    });
  const differing = [...changed, ...found.columns];
  const asideDiffers = aside !== null && !isSameAside(aside);
  const isSame = differing.length === 0 && areRowsSame(found) && !asideDiffers;
  return {
    status: isSame ? 'same' : 'different',
    sourceRows: Number(found.sourceRows),
    lakeRows: Number(found.lakeRows),
    isSample: found.isShare !== undefined,
    asideRows: Number(aside?.lakeRows ?? 0),
    asideDiffers,
    columns: differing,
    isMixed: found.isMixed,
    // A row that lies where another was set aside is in neither. What the quarantine alone has is told of the quarantine.
    rows: [...found.rows, ...(aside?.rows ?? []).filter(({ side }) => side === 'source')].slice(0, MAX_NAMED_ROWS),
  };
}

/** The rows that this version's run set aside, beside those that lie at their places now. */
async function compareOwnAside(
  comparing: Comparing,
  version: DatasetVersion,
  plan: TablePlan,
): Promise<AsideComparison | null> {
  const named = namedQuarantine(version);
  if (named === null) return null;
  const side = await comparing.lake.dataset(named.dataset).load();
  if (side === null)
    throw new DraculaError(
      'E_LAKE_CORRUPT',
      `Version ${version.version} of ${version.dataset} names rows set aside in ${named.dataset}, which is not there.`,
      { dataset: named.dataset },
    );
  return compareAsideOnce(comparing, side, plan);
}

async function compareAsideOnce(
  comparing: Comparing,
  { dataset, schema }: DatasetVersion,
  plan: TablePlan,
): Promise<AsideComparison> {
  const known = comparing.asides.get(dataset);
  if (known !== undefined) return known;
  const found = await compareAside(sidesOf(comparing, dataset, plan), schema.columns);
  comparing.asides.set(dataset, found);
  return found;
}

function isSameAside(aside: AsideComparison): boolean {
  return aside.changed.length === 0 && aside.columns.length === 0 && areRowsSame(aside);
}

function areRowsSame({ sourceRows, lakeRows, isMixed }: TableComparison): boolean {
  return sourceRows === lakeRows && !isMixed;
}

/** A relation without blocks (a view, a foreign table) has no sample of them: it is compared whole. */
const WITHOUT_BLOCKS: ReadonlySet<RelationRead['relkind']> = new Set(['v', 'f', 'q']);

function compare(sides: TableSides, lakeRows: number, samplePercent: number | undefined): Promise<TableComparison> {
  if (sides.columns.length === 0) return compareRowCounts(sides, lakeRows);
  if (samplePercent === undefined || sides.plan.relations.some(({ relkind }) => WITHOUT_BLOCKS.has(relkind)))
    return compareTable(sides);
  return compareSample(sides, { percent: samplePercent, seed: Math.floor(Math.random() * 2 ** 31) });
}
