/** A lake's datasets as a table for people. Pure. */
import type { DatasetStatus, LakeDescription } from '../lake/describe.ts';
import { renderError } from '../observe/error-text.ts';
import { formatAge, formatBytes, formatCount, formatPlural } from '../observe/number-format.ts';
import { printableName } from '../observe/printable-text.ts';
import { layoutTable } from '../observe/text-table.ts';

/** Ends with a line feed. `nowMs` since 1970, for the ages. */
export function renderStatus(lake: LakeDescription, nowMs: number): string {
  const blocks = [[describeTotal(lake)], layoutDatasets(lake.datasets, nowMs), lake.problems.map(describeProblem)];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function describeTotal({ root, datasets }: LakeDescription): string {
  const rows = datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  const bytes = datasets.reduce((sum, dataset) => sum + dataset.bytes, 0);
  return `${printableName(root)}: ${formatPlural(datasets.length, 'dataset')}, ${formatPlural(rows, 'row')}, ${formatBytes(bytes)}`;
}

function layoutDatasets(datasets: readonly DatasetStatus[], nowMs: number): string[] {
  if (datasets.length === 0) return [];
  return layoutTable({
    align: 'lrrrrrrl',
    header: ['dataset', 'version', 'rows', 'columns', 'parts', 'size', 'age', 'source'],
    rows: datasets.map((status) => [
      printableName(status.dataset),
      String(status.version),
      formatCount(status.rows),
      formatCount(status.columns),
      formatCount(status.parts),
      formatBytes(status.bytes),
      formatAge((nowMs - Date.parse(status.committedAt)) / 1000),
      status.table === null ? '(query)' : printableName(status.table),
    ]),
  });
}

function describeProblem({ dataset, error }: LakeDescription['problems'][number]): string {
  return `${printableName(dataset)} cannot be read\n${renderError(error, { indent: 2 })}`;
}
