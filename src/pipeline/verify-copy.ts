/**
 * `--verify`: before a table is committed, its written parts are compared with the source inside the snapshot that they were
 * read in. So a difference is a fault on the way, never a change of the source, and nothing of the table is published.
 */
import type { TablePlan } from '../core/copy-plan.ts';
import { formatTable, queryNames } from '../core/identifiers.ts';
import { openEngine } from '../engine/duckdb.ts';
import { DraculaError } from '../errors.ts';
import type { CopyRun } from './copy-run.ts';
import { SourceSession } from './source-session.ts';
import { compareTable, type TableComparison } from './verify-table.ts';

/** `parts`: absolute paths, whole files. Throws E_VERIFY with the columns that differ, or what either side refuses. */
export async function verifyCopied(
  run: CopyRun,
  snapshotId: string,
  plan: TablePlan,
  parts: readonly string[],
  rows: number,
): Promise<void> {
  const { columns, readers } = plan.schema;
  if (columns.length === 0) return; // its rows were counted
  const engine = await openEngine([{ dataset: plan.dataset, columns, parts, rows, ...(readers ? { readers } : {}) }], {
    memoryBytes: run.options.memoryBytes,
  });
  try {
    const source = await SourceSession.open(run, snapshotId);
    try {
      const view = queryNames([plan.dataset]).get(plan.dataset)!;
      const found = await compareTable({ source, engine, view, plan, columns });
      if (found.columns.length > 0 || found.sourceRows !== found.lakeRows) throw different(plan, found);
    } finally {
      await source.close();
    }
  } finally {
    await engine.close();
  }
}

function different(plan: TablePlan, { sourceRows, lakeRows, columns, rows }: TableComparison): DraculaError {
  const what =
    sourceRows === lakeRows
      ? columns.map(({ column, measures }) => `${column} (${measures.join(', ')})`).join('; ')
      : `${sourceRows} rows in the source, ${lakeRows} in the files`;
  const [first] = rows.filter(({ ctid }) => ctid !== null);
  return new DraculaError(
    'E_VERIFY',
    `What was written of ${formatTable(plan.table)} is not what its snapshot holds: ${what}. Nothing of it is published.`,
    {
      table: formatTable(plan.table),
      ...(columns[0] === undefined ? {} : { column: columns[0].column }),
      ...(first === undefined ? {} : { ctid: first.ctid! }),
    },
  );
}
