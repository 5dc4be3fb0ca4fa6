/**
 * Rows that were set aside, beside the rows of the source at their ctids: each column as the text that Postgres prints.
 *
 * A ctid is a row's place, and in a later snapshot another row may lie there, or none. So the places alone say nothing: what lies there is
 * compared with what was set aside, and a row that is another one by now is a difference like any other.
 */
import type { TablePlan } from '../core/copy-plan.ts';
import { quoteIdentifier } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import type { ColumnDifference } from '../core/verify-report.ts';
import { isInSqlAscii, type ScalarForm } from '../core/wire-form.ts';
import type { LakeEngine } from '../engine/duckdb.ts';
import type { VersionColumn } from '../lake/dataset-version.ts';
import { isAboutRow } from './quarantine-plan.ts';
import { compareTable, type Places, type TableComparison, type TableSides } from './verify-table.ts';

/** Where the rows of a side dataset lie, as it says itself. `view`: its name in SQL over the lake. */
export async function placesAside(engine: LakeEngine, view: string): Promise<Places> {
  const { batches } = await engine.query(`SELECT "_dracula_relation", "_dracula_ctid" FROM ${quoteIdentifier(view)}`);
  const places = new Map<string, string[]>();
  for await (const batch of batches)
    for (const [relation, ctid] of batch) {
      const known = places.get(String(relation));
      if (known === undefined) places.set(String(relation), [String(ctid)]);
      else known.push(String(ctid));
    }
  return places;
}

export interface AsideComparison extends TableComparison {
  readonly places: Places;
  /** Columns that the source has no more. */
  readonly changed: readonly ColumnDifference[];
}

/** The side dataset whose columns were committed so, beside the source's rows at its places. */
export async function compareAside(
  sides: Omit<TableSides, 'columns'>,
  committed: readonly VersionColumn[],
): Promise<AsideComparison> {
  const places = await placesAside(sides.engine, sides.view);
  const { columns, changed } = printedColumns(committed, sides.plan);
  return { ...(await compareTable({ ...sides, columns, only: places })), places, changed };
}

/** The table's columns as `setAsideQuery` prints them. */
function printedColumns(committed: readonly VersionColumn[], { schema }: TablePlan) {
  const columns: Column[] = [];
  const changed: ColumnDifference[] = [];
  for (const { name, type } of committed) {
    if (isAboutRow(name)) continue;
    const today = schema.columns.find((column) => column.name === name);
    if (today === undefined) changed.push({ column: name, measures: ['gone'] });
    else columns.push({ ...today, type, source: { ...today.source, readAs: 'binary', wire: printedForm(today) } });
  }
  return { columns, changed };
}

function printedForm({ source }: Column): ScalarForm {
  return isInSqlAscii(source.wire) ? { form: 'text', encoding: 'SQL_ASCII', escaped: true } : { form: 'text' };
}
