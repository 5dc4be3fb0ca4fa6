/**
 * The plan for people (`--dry-run`): which tables, how large by the server's own estimate, in how many chunks, and what each
 * column becomes on its way from Postgres to Parquet. Pure: a `CopyPlan` in, text out.
 */
import type { CopyPlan, RefusedTable, TablePlan } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { formatLogicalType } from '../core/logical-type.ts';
import type { Reader } from '../core/reader.ts';
import type { Column } from '../core/table-schema.ts';
import { renderError } from './error-text.ts';
import { formatBytes, formatPlural } from './number-format.ts';
import { formatParquetForm } from './parquet-form.ts';
import { printableDataset, printableName } from './printable-text.ts';
import { layoutTable } from './text-table.ts';

/** The whole plan; ends with a line feed. */
export function renderPlan(plan: CopyPlan): string {
  const blocks = [
    [describeTotal(plan)],
    ...plan.tables.map(describeTable),
    plan.refused.flatMap(describeRefused),
    ['Nothing was read and nothing was written.'],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** `15 tables, about 1,234,567 rows, 234.5 MB in 42 chunks (PostgreSQL 18.4)`; the progress display says the same. */
export function describeTotal(plan: CopyPlan): string {
  const sum = (pick: (table: TablePlan) => number) => plan.tables.reduce((total, table) => total + pick(table), 0);
  const size = describeSize(
    sum((table) => table.estimatedRows),
    sum((table) => table.sourceBytes),
    sum((table) => table.chunks.length),
  );
  const refused = plan.refused.length === 0 ? '' : `, ${formatPlural(plan.refused.length, 'table')} refused`;
  return `${formatPlural(plan.tables.length, 'table')}, ${size}${refused} (PostgreSQL ${printableName(plan.serverVersion)})`;
}

function describeSize(rows: number, bytes: number, chunks: number): string {
  return `about ${formatPlural(rows, 'row')}, ${formatBytes(bytes)} in ${formatPlural(chunks, 'chunk')}`;
}

function describeTable(table: TablePlan): string[] {
  const kind = table.kind === 'partitioned' ? 'partitioned table' : table.kind;
  const source = table.kind === 'query' ? kind : `${kind} ${printableName(formatTable(table.table))}`;
  const relations = table.relations.length === 1 ? '' : ` of ${formatPlural(table.relations.length, 'relation')}`;
  const size = describeSize(table.estimatedRows, table.sourceBytes, table.chunks.length);
  return [
    `${printableDataset(table.dataset)}: ${source}, ${size}${relations}`,
    ...layoutColumns(table),
    ...(table.where === undefined ? [] : [`  where: ${printableName(table.where)}`]),
    ...table.notices.map((notice) => `  note: ${printableName(notice)}`),
  ];
}

function layoutColumns(table: TablePlan): string[] {
  if (table.schema.columns.length === 0) return ['  (no columns)'];
  return layoutTable({
    align: 'llll',
    header: ['column', 'in Postgres', 'type', 'in Parquet'],
    rows: table.schema.columns.map((column) => columnRow(column, table.schema.readers)),
    indent: 2,
  });
}

const READ_AS_NAMES = { text: 'text', 'text[]': 'text[]', json: 'to_json' } as const;

function columnRow({ name, type, source }: Column, readers: readonly Reader[] | undefined): string[] {
  const form = formatLogicalType(type);
  return [
    printableName(name),
    printableName(source.pgType),
    printableName(source.readAs === 'binary' ? form : `${form} (read as ${READ_AS_NAMES[source.readAs]})`),
    printableName(formatParquetForm(type, readers)),
  ];
}

function describeRefused(refused: RefusedTable): string[] {
  return [`${printableDataset(refused.dataset)}: refused`, renderError(refused.error, { indent: 2 })];
}
