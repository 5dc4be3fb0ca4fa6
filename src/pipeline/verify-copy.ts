/**
 * `--verify`: before a table is committed, its written parts are compared with the source inside the snapshot that they were
 * read in. So a difference is a fault on the way, never a change of the source, and nothing of the table is published.
 *
 * Each comparison has a session and a DuckDB of its own. Small tables are copied faster than they are compared, so there are at
 * most as many comparisons at a time as connections that read, which share the memory; the others wait for their turn.
 */
import { availableParallelism } from 'node:os';
import type { TablePlan } from '../core/copy-plan.ts';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { formatTable, queryName } from '../core/identifiers.ts';
import { openEngine } from '../engine/duckdb.ts';
import { DraculaError } from '../errors.ts';
import type { CopyRun } from './copy-run.ts';
import { type SharedSnapshot, SourceSession } from './source-session.ts';
import { placesAside } from './verify-aside.ts';
import { compareTable, type TableComparison } from './verify-table.ts';

/** DuckDB reads no wide table in less. */
const LEAST_ENGINE_BYTES = 128 * 2 ** 20;

export class CopyVerifier {
  /** The most comparisons that there were at a time. */
  most = 0;
  readonly #run: CopyRun;
  readonly #snapshot: SharedSnapshot;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(run: CopyRun, snapshot: SharedSnapshot) {
    this.#run = run;
    this.#snapshot = snapshot;
  }

  /** As `verifyCopied`, when its turn comes. */
  async verify(plan: TablePlan, parts: readonly string[], rows: number, aside: readonly string[] = []): Promise<void> {
    const { connections, signal } = this.#run.options;
    if (this.#running === connections) await new Promise<void>((begin) => this.#waiting.push(begin));
    else this.most = Math.max(this.most, ++this.#running);
    try {
      signal?.throwIfAborted();
      await verifyCopied(this.#run, this.#snapshot, plan, parts, rows, aside);
    } finally {
      // The turn is handed on, or given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** `parts`: absolute paths, whole files; `aside`: those of rows set aside, which the source is read without. Throws E_VERIFY with the columns that differ, or what either side refuses. */
export async function verifyCopied(
  run: CopyRun,
  snapshot: SharedSnapshot,
  plan: TablePlan,
  parts: readonly string[],
  rows: number,
  aside: readonly string[] = [],
): Promise<void> {
  const { columns, readers } = plan.schema;
  if (columns.length === 0) return; // its rows were counted
  const files = { dataset: plan.dataset, columns, parts, rows, ...(readers ? { readers } : {}) };
  const engine = await openEngine([files, ...asideFiles(plan, aside)], {
    memoryBytes: Math.max(LEAST_ENGINE_BYTES, run.options.memoryBytes / run.options.connections),
    threads: Math.max(1, Math.floor(availableParallelism() / run.options.connections)),
  });
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
  const doubt = isStored
    ? ''
    : ` It is a ${plan.kind}, which may give other rows each time it is asked (the clock, random(), another server): then this says nothing.`;
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
