/**
 * The live block of a terminal as lines: one per running table and a total, cut to the width and height at hand.
 * ```
 * order_items    1,234,567 rows   45 %   82.1 MB/s
 * users             12,345 rows   99 %   12.1 MB/s
 * … 3 more
 * 3 of 15 tables, 1,246,912 rows, 94.2 MB/s, 12.4 s to go
 * ```
 * Pure: state in, lines out; lines are cut by code points.
 */
import { formatBytes, formatCount, formatPlural, formatSeconds, formatShare } from './number-format.ts';
import { printableDataset } from './printable-text.ts';
import { type RunProgress, type TableProgress, totalOf } from './progress-state.ts';
import { layoutTable } from './text-table.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** More lines than this move too much to be read. */
const MAX_TABLE_LINES = 16;

/** At least one line (the total), at most `screen.rows - 1` of at most `screen.columns - 1` characters. */
export function layoutLive(run: RunProgress, screen: Screen, nowMs: number): string[] {
  const room = Math.max(0, Math.min(MAX_TABLE_LINES, screen.rows - 2));
  const tables = [...run.running.values()];
  const shown = tables.length <= room ? tables : tables.slice(0, Math.max(0, room - 1));
  const lines = layoutTable({ align: 'lrrr', rows: shown.map((table) => tableCells(table, nowMs)) });
  if (shown.length < tables.length && room > 0) lines.push(`… ${formatCount(tables.length - shown.length)} more`);
  lines.push(describeProgress(run, nowMs));
  return lines.map((line) => cut(line, Math.max(1, screen.columns - 1)));
}

function tableCells(table: TableProgress, nowMs: number): string[] {
  const seconds = (nowMs - table.startedAtMs) / 1000;
  if (table.verified !== null)
    return [printableDataset(table.dataset), formatPlural(table.rows, 'row'), formatShare(table.verified), 'verified'];
  return [
    printableDataset(table.dataset),
    formatPlural(table.rows, 'row'),
    formatShare(table.fraction),
    describePace(table.wireBytes, seconds),
  ];
}

/** `3 of 15 tables, 1,246,912 rows, 94.2 MB/s, 12.4 s to go`; the plain log prints it too. */
export function describeProgress(run: RunProgress, nowMs: number): string {
  if (run.plannedTables === 0) return 'planning';
  const total = totalOf(run, nowMs);
  const parts = [
    `${formatCount(run.finishedTables)} of ${formatPlural(run.plannedTables, 'table')}`,
    formatPlural(total.rows, 'row'),
    describePace(total.wireBytes, total.seconds),
  ];
  if (run.failedTables > 0) parts.splice(1, 0, `${formatCount(run.failedTables)} failed`);
  if (run.stopping) parts.push('stopping');
  else if (total.etaSeconds !== null) parts.push(`${formatSeconds(total.etaSeconds)} to go`);
  return parts.join(', ');
}

/** `82.1 MB/s`, the mean since the start. */
export function describePace(bytes: number, seconds: number): string {
  return `${formatBytes(seconds > 0 ? bytes / seconds : 0)}/s`;
}

export function cut(line: string, width: number): string {
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
}
