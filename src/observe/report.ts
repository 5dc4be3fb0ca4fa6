/**
 * The report at the end of a run, for people: what arrived, what it took, and what the source paid.
 * Pure: a `CopyReport` in, text out. Failed tables come last, since the end is what a terminal shows; a line for each, since the messages
 * of the run have told where it failed and what to do (run-messages.ts).
 */
import type { CopyReport, SourceBill, TableReport } from '../core/run-event.ts';
import { renderErrorLine } from './error-text.ts';
import { formatBytes, formatCount, formatPerSecond, formatPlural, formatSeconds } from './number-format.ts';
import { printableDataset, printableName } from './printable-text.ts';
import { layoutTable } from './text-table.ts';

/** The whole report; ends with a line feed. */
export function renderReport(report: CopyReport): string {
  const blocks = [
    layoutTables(report),
    [...describeRun(report), ...describeBill(report.source)],
    report.tables.flatMap(describeRemarks),
    [...report.tables.flatMap(describeFailure), ...describeNotStarted(report.tables)],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function layoutTables(report: CopyReport): string[] {
  if (report.tables.length === 0) return ['No table was copied.'];
  return layoutTable({
    align: 'lrrrrrrr',
    header: ['dataset', 'rows', 'Postgres', 'Parquet', 'parts', 'time', 'rows/s', 'version'],
    rows: report.tables.map(tableRow),
    footer: ['total', ...totalCells(report)],
  });
}

function tableRow(table: TableReport): string[] {
  const dataset = printableDataset(table.dataset);
  if (table.status !== 'copied') {
    const status = table.status === 'failed' ? 'failed' : 'not started';
    return [dataset, status, formatBytes(table.sourceBytes), '-', '-', formatSeconds(table.seconds), '-', '-'];
  }
  return [
    dataset,
    formatCount(table.rows),
    formatBytes(table.sourceBytes),
    formatBytes(table.parquetBytes),
    formatCount(table.parts),
    formatSeconds(table.seconds),
    formatPerSecond(table.rows, table.seconds),
    table.version === null ? '-' : String(table.version),
  ];
}

function totalCells(report: CopyReport): string[] {
  const copied = report.tables.filter((table) => table.status === 'copied');
  const sum = (pick: (table: TableReport) => number) => copied.reduce((total, table) => total + pick(table), 0);
  return [
    formatCount(report.rows),
    formatBytes(sum((table) => table.sourceBytes)),
    formatBytes(report.parquetBytes),
    formatCount(sum((table) => table.parts)),
    formatSeconds(report.seconds),
    formatPerSecond(report.rows, report.seconds),
  ];
}

function describeRun(report: CopyReport): string[] {
  const copied = report.tables.filter((table) => table.status === 'copied').length;
  const all = report.tables.length;
  const count = copied === all ? formatPlural(all, 'table') : `${formatCount(copied)} of ${formatPlural(all, 'table')}`;
  return [
    `copied    ${count} to ${printableName(report.target)} (run ${report.runId}, consistency ${report.consistency})`,
    `took      ${formatSeconds(report.seconds)}, ${formatSeconds(report.cpuSeconds)} of CPU, ` +
      `${formatBytes(report.peakRssBytes)} of memory at the peak, ${formatBytes(report.wireBytes)} received`,
  ];
}

function describeBill(bill: SourceBill): string[] {
  const blocks =
    bill.blocksHit === null || bill.blocksRead === null
      ? []
      : [
          `          ${formatCount(bill.blocksHit)} blocks found in its cache, ${formatCount(bill.blocksRead)} read from disk ` +
            '(by everybody on that database)',
        ];
  return [
    `source    ${formatPlural(bill.connections, 'connection')}, ${formatBytes(bill.bytesSent)} sent, ` +
      `a snapshot open for ${formatSeconds(bill.snapshotSeconds)}, gave way ${formatPlural(bill.yields, 'time')}`,
    ...blocks,
  ];
}

/** What a copied table's reader should know: text columns, awkward values, chunks that were read again. */
function describeRemarks(table: TableReport): string[] {
  const name = printableDataset(table.dataset);
  const text = table.textColumns.map(printableName).join(', ');
  return [
    ...(text === '' ? [] : [`${name}: read as text: ${text}`]),
    ...table.awkward.map(
      (value) =>
        `${name}: ${formatPlural(value.count, 'value')} of ${printableName(value.column)} became null (${printableName(value.reason)})`,
    ),
    ...describeQuarantine(table),
    ...(table.chunksRetried === 0 ? [] : [`${name}: ${formatPlural(table.chunksRetried, 'chunk')} read again`]),
  ];
}

function describeQuarantine({ dataset, status, quarantine }: TableReport): string[] {
  if (quarantine === null) return [];
  const why = quarantine.values.map(
    ({ column, reason, count }) =>
      `${formatPlural(count, 'value')} of ${printableName(column)} (${printableName(reason)})`,
  );
  const where = status === 'copied' ? ` in ${printableDataset(quarantine.dataset)}` : '';
  return [
    `${printableDataset(dataset)}: ${formatPlural(quarantine.rows, 'row')} set aside${where}, for ${why.join(', ')}`,
  ];
}

function describeFailure(table: TableReport): string[] {
  if (table.status !== 'failed') return [];
  const state = `${printableName(table.table)} was not copied`;
  return [table.error === null ? state : `${state}: ${renderErrorLine(table.error)}`];
}

function describeNotStarted(tables: readonly TableReport[]): string[] {
  const names = tables.filter(({ status }) => status === 'not-started').map(({ table }) => printableName(table));
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${formatCount(names.length - MOST_NAMES)} more` : '';
  return [`not started, since the first failure ends the run (--fail-fast): ${shown}${more}`];
}

const MOST_NAMES = 20;
