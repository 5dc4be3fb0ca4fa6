/**
 * `--verify`: before a table is committed, its written parts are compared with the source inside the snapshot that they were
 * read in. So a difference is a fault on the way, never a change of the source, and nothing of the table is published.
 *
 * Each comparison has a session and a DuckDB of its own. Small tables are copied faster than they are compared, so there are at
 * most as many comparisons at a time as connections that read, which share the memory; the others wait for their turn. Values so
 * large that a share does not suffice are compared alone, by one thread with all of it.
 */
import { availableParallelism } from 'node:os';
import type { TablePlan } from '../core/copy-plan.ts';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { formatTable, queryName } from '../core/identifiers.ts';
import { type EngineOptions, openEngine } from '../engine/duckdb.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import type { CopyRun } from './copy-run.ts';
import { type SharedSnapshot, SourceSession } from './source-session.ts';
import { Turns } from './turns.ts';
import { placesAside } from './verify-aside.ts';
import { compareTable, type TableComparison } from './verify-table.ts';

/** DuckDB reads no wide table in less. */
const LEAST_ENGINE_BYTES = 128 * 2 ** 20;

/** What was written of a table and is not yet committed. */
export interface WrittenTable {
  readonly plan: TablePlan;
  /** Absolute paths of whole files. */
  readonly parts: readonly string[];
  readonly rows: number;
  /** Those of rows set aside, which the source is read without. */
  readonly aside?: readonly string[];
}

export class CopyVerifier {
  readonly #run: CopyRun;
  readonly #snapshot: SharedSnapshot;
  readonly #turns: Turns;

  constructor(run: CopyRun, snapshot: SharedSnapshot) {
    this.#run = run;
    this.#snapshot = snapshot;
    const { connections, memoryBytes } = run.options;
    this.#turns = new Turns(Math.min(connections, Math.max(1, Math.floor(memoryBytes / LEAST_ENGINE_BYTES))));
  }

  /** The most comparisons that there were at a time. */
  get most(): number {
    return this.#turns.most;
  }

  /** As `verifyCopied`, when its turn comes; where a turn's memory does not suffice, once more with that of all turns. */
  async verify(written: WrittenTable): Promise<void> {
    const { total } = this.#turns;
    const { memoryBytes } = this.#run.options;
    const threads = Math.max(1, Math.floor(availableParallelism() / total));
    try {
      await this.#during(1, written, { memoryBytes: Math.max(LEAST_ENGINE_BYTES, memoryBytes / total), threads });
    } catch (error) {
      if (!isDraculaError(error, 'E_MEMORY') || (total === 1 && threads === 1)) throw error;
      await this.#during(total, written, { memoryBytes: Math.max(LEAST_ENGINE_BYTES, memoryBytes), threads: 1 });
    }
  }

  #during(turns: number, written: WrittenTable, share: EngineShare): Promise<void> {
    return this.#turns.during(turns, async () => {
      this.#run.options.signal?.throwIfAborted();
      await verifyCopied(this.#run, this.#snapshot, written, share);
    });
  }
}

/** What of the machine a comparison's DuckDB may take. */
export type EngineShare = Required<Pick<EngineOptions, 'memoryBytes' | 'threads'>>;

/** Throws E_VERIFY with the columns that differ, E_MEMORY where DuckDB needs more than its share, or what either side refuses, with the table's name. */
export async function verifyCopied(
  run: CopyRun,
  snapshot: SharedSnapshot,
  written: WrittenTable,
  share: EngineShare,
): Promise<void> {
  const table = formatTable(written.plan.table);
  await compareWritten(run, snapshot, written, share).catch((error: unknown) => {
    if (!isDraculaError(error) || error.facts.table !== undefined) throw error;
    throw new DraculaError(error.code, error.message, { ...error.facts, table }, error.cause);
  });
}

async function compareWritten(
  run: CopyRun,
  snapshot: SharedSnapshot,
  { plan, parts, rows, aside = [] }: WrittenTable,
  share: EngineShare,
): Promise<void> {
  const { columns, readers } = plan.schema;
  if (columns.length === 0) return; // its rows were counted
  const files = { dataset: plan.dataset, columns, parts, rows, ...(readers ? { readers } : {}) };
  const engine = await openEngine([files, ...asideFiles(plan, aside)], share);
  try {
    const source = await SourceSession.open(run, snapshot);
    try {
      const view = queryName(plan.dataset);
      const found = await compareTable({
        source,
        engine,
        view,
        plan,
        columns,
        aside: aside.length === 0 ? new Map() : await placesAside(engine, sideView(plan)),
        signal: run.options.signal,
        onProgress: (fraction) => run.emit({ type: 'verify-progress', dataset: plan.dataset, fraction }),
      });
      if (found.columns.length > 0 || found.sourceRows !== found.lakeRows || found.isMixed)
        throw different(plan, found);
    } finally {
      await source.close();
    }
  } finally {
    await engine.close();
  }
}

function asideFiles({ quarantine }: TablePlan, parts: readonly string[]): DatasetFiles[] {
  if (quarantine === undefined || parts.length === 0) return [];
  return [{ dataset: quarantine.dataset, columns: quarantine.schema.columns, parts, rows: 0 }];
}

/** The side dataset's name in SQL. */
function sideView({ quarantine }: TablePlan): string {
  return queryName(quarantine!.dataset);
}

function different(plan: TablePlan, found: TableComparison): DraculaError {
  const { columns, rows } = found;
  const first = rows.find(({ ctid, key }) => ctid !== null || key !== null);
  const isStored = plan.kind === 'table' || plan.kind === 'partitioned' || plan.kind === 'materialized view';
  const what = isStored ? 'Its rows are those of a condition' : `It is a ${plan.kind}`;
  const doubt =
    isStored && plan.where === undefined
      ? ''
      : ` ${what}, which may give other rows each time it is asked (the clock, random(), another server): then this says nothing.`;
  return new DraculaError(
    'E_VERIFY',
    `What was written of ${formatTable(plan.table)} is not what its snapshot holds: ${whatDiffers(found)}.${doubt} Nothing of it is published.`,
    {
      table: formatTable(plan.table),
      ...(columns[0] === undefined ? {} : { column: columns[0].column }),
      ...(first?.ctid == null ? {} : { ctid: first.ctid }),
      ...(first?.key == null ? {} : { key: first.key }),
    },
  );
}

function whatDiffers({ sourceRows, lakeRows, columns, isMixed }: TableComparison): string {
  if (sourceRows !== lakeRows) return `${sourceRows} rows in the source, ${lakeRows} in the files`;
  if (isMixed) return 'each column has its values, but some stand in other rows';
  return columns.map(({ column, measures }) => `${column} (${measures.join(', ')})`).join('; ');
}
