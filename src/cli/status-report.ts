/** A lake's datasets as a table for people. Pure. */
import { formatDataset } from '../core/identifiers.ts';
import type { DatasetStatus, LakeDescription } from '../lake/describe.ts';
import { renderError } from '../observe/error-text.ts';
import { formatAge, formatBytes, formatCount, formatPlural } from '../observe/number-format.ts';
import { printableName } from '../observe/printable-text.ts';
import { layoutTable } from '../observe/text-table.ts';

/** Ends with a line feed. `nowMs` since 1970, for the ages. */
export function renderStatus(lake: LakeDescription, nowMs: number): string {
  const show = (dataset: string) => printableName(formatDataset(dataset));
  const blocks = [
    [describeTotal(lake)],
    layoutDatasets(lake.datasets, show, nowMs),
    lake.problems.map(({ dataset, error }) => `${show(dataset)} cannot be read\n${renderError(error, { indent: 2 })}`),
  ];
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

/** A dataset has the name under which `query` finds it. */
function layoutDatasets(
  datasets: readonly DatasetStatus[],
  show: (dataset: string) => string,
  nowMs: number,
): string[] {
  if (datasets.length === 0) return [];
  return layoutTable({
    align: 'lrrrrrrl',
    header: ['dataset', 'version', 'rows', 'columns', 'parts', 'size', 'age', 'source'],
    rows: datasets.map((status) => [
      show(status.dataset),
      String(status.version),
      formatCount(status.rows),
      formatCount(status.columns),
      status.damagedParts === 0
        ? formatCount(status.parts)
        : `${formatCount(status.parts)} (${formatCount(status.damagedParts)} damaged)`,
      formatBytes(status.bytes),
      formatAge((nowMs - Date.parse(status.committedAt)) / 1000),
      status.table === null ? '(query)' : printableName(status.table),
    ]),
  });
}
