/**
 * The lines that a run leaves behind on stderr, per event: what the plain log prints, and of which the live display keeps
 * those above its block, and `--quiet` the warnings and errors only.
 */

import type { RefusedTable } from '../core/copy-plan.ts';
import type { RunEvent, TableReport } from '../core/run-event.ts';
import { renderError } from './error-text.ts';
import { formatBytes, formatCount, formatPlural, formatSeconds } from './number-format.ts';
import { describeTotal } from './plan-report.ts';
import { printableDataset, printableName, printableText } from './printable-text.ts';

/** `step`: the run as it goes; `event`: worth keeping on a live terminal too; `problem`: also when quiet. */
export type MessageLevel = 'step' | 'event' | 'problem';

export interface RunMessage {
  readonly level: MessageLevel;
  /** May have several lines; no line feed at the end. */
  readonly text: string;
}

/** What to print for an event; nothing for progress, which the clock prints, and for the end, whose report the caller prints. */
export function describeEvent(event: RunEvent, color: boolean): readonly RunMessage[] {
  switch (event.type) {
    case 'run-started':
      return [{ level: 'step', text: `run ${event.runId} into ${printableName(event.target)}` }];
    case 'planned':
      return [
        {
          level: 'step',
          text: `${describeTotal(event.plan)}, ${formatPlural(event.connections, 'reading connection')}`,
        },
        ...event.plan.refused.map((refused) => describeRefused(refused, color)),
      ];
    case 'table-started':
      return [{ level: 'step', text: `${printableDataset(event.dataset)}: started, ${describeEstimate(event)}` }];
    case 'table-finished':
      return [{ level: 'step', text: `${printableDataset(event.dataset)}: ${describeEnd(event.table)}` }];
    case 'table-failed':
      return event.table.status === 'not-started' ? [] : [describeFailure(event.table, color)];
    case 'table-retried':
      return [
        {
          level: 'event',
          text: `${printableDataset(event.dataset)}: read again: ${printableText(event.reason)}`,
        },
      ];
    case 'notice':
      return [describeNotice(event, color)];
    case 'verify-progress':
      if (event.fraction > 0) return [];
      return [{ level: 'step', text: `${printableDataset(event.dataset)}: being compared with its source` }];
    case 'table-progress':
    case 'run-finished':
      return [];
  }
}

function describeEstimate(table: { readonly estimatedRows: number; readonly sourceBytes: number }): string {
  return `about ${formatPlural(table.estimatedRows, 'row')}, ${formatBytes(table.sourceBytes)}`;
}

function describeEnd(table: TableReport): string {
  const size = `${formatBytes(table.parquetBytes)} of Parquet`;
  return `done, ${formatPlural(table.rows, 'row')} in ${formatSeconds(table.seconds)}, ${size}`;
}

/** A table that cannot be read never starts, so no other event tells of it. */
function describeRefused(refused: RefusedTable, color: boolean): RunMessage {
  const text = `${printableDataset(refused.dataset)}: refused\n${renderError(refused.error, { color, indent: 2 })}`;
  return { level: 'problem', text };
}

/** What stopped a table with all others is told once, at the end of the run. */
function describeFailure(table: TableReport, color: boolean): RunMessage {
  const name = printableDataset(table.dataset);
  const after = `after ${formatSeconds(table.seconds)}`;
  if (table.error?.code === 'E_INTERRUPTED') {
    return { level: 'event', text: `${name}: stopped ${after}; nothing of it is published` };
  }
  const state = `${name}: failed ${after}`;
  const text = table.error === null ? state : `${state}\n${renderError(table.error, { color, indent: 2 })}`;
  return { level: 'problem', text };
}

function describeNotice(event: Extract<RunEvent, { type: 'notice' }>, color: boolean): RunMessage {
  const about = event.dataset === undefined ? '' : `${printableDataset(event.dataset)}: `;
  const text = about + printableName(event.message);
  if (event.level === 'info') return { level: 'event', text };
  return { level: 'problem', text: `${renderWarningLabel(color)} ${text}` };
}

/** `warning:`, in yellow where colour is wanted. */
export function renderWarningLabel(color: boolean): string {
  return color ? '\x1b[33mwarning:\x1b[0m' : 'warning:';
}

/** One line of a table on its way, for the plain log. */
export function describeRunning(table: {
  readonly dataset: string;
  readonly rows: number;
  readonly fraction: number;
  readonly verified: number | null;
}): string {
  if (table.verified !== null)
    return `${printableDataset(table.dataset)}: ${formatCount(table.rows)} rows, ${Math.floor(table.verified * 100)} % verified`;
  return `${printableDataset(table.dataset)}: ${formatCount(table.rows)} rows, ${Math.floor(table.fraction * 100)} %`;
}
