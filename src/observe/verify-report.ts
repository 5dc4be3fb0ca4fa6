/** A verification for people: a line a dataset, and below a different one what differs. Names and places only. Pure. */
import type { DatasetVerification, DifferingRow, VerifyReport } from '../core/verify-report.ts';
import { renderError } from './error-text.ts';
import { formatCount, formatPlural, formatSeconds } from './number-format.ts';
import { printableDataset, printableName } from './printable-text.ts';

/** No line feed at the end. It says `differs now`, since the source may have changed since the copy. */
export function renderVerification(verification: DatasetVerification): string {
  const { dataset, status, sourceRows, asideRows, seconds, error } = verification;
  const name = printableDataset(dataset);
  switch (status) {
    case 'same':
      if (isEmptySample(verification))
        return `${name}: nothing was compared${asideRows === 0 ? '' : ` but the ${formatPlural(asideRows, 'row')} set aside`}, since the sample has no rows`;
      return `${name}: the same, ${formatPlural(sourceRows, 'row')}${asideRows === 0 ? '' : ` and ${formatCount(asideRows)} set aside`} in ${formatSeconds(seconds)}`;
    case 'different':
      return [`${name}: differs now`, ...differences(verification).map((line) => `  ${line}`)].join('\n');
    case 'skipped':
      return `${name}: not compared\n${renderError(error!, { indent: 2 })}`;
    case 'failed':
      return `${name}: could not be compared\n${renderError(error!, { indent: 2 })}`;
  }
}

function isEmptySample({ isSample, sourceRows }: DatasetVerification): boolean {
  return isSample && sourceRows === 0;
}

function differences(verification: DatasetVerification): string[] {
  const { isSample, sourceRows, lakeRows, asideDiffers, columns, isMixed, lacksWhere, rows } = verification;
  const lines = columns.map(
    ({ column, measures }) =>
      `${printableName(column)}: ${measures.map((measure) => (measure === 'gone' ? 'no such column in the source any more' : measure)).join(', ')}`,
  );
  if (sourceRows !== lakeRows) {
    lines.unshift(
      isSample
        ? `rows: ${formatCount(sourceRows - lakeRows)} of ${formatCount(sourceRows)} in the sample are not in the lake`
        : `rows: ${formatCount(sourceRows)} in the source, ${formatCount(lakeRows)} in the lake`,
    );
  }
  if (isMixed) lines.push('rows: each column has its values, but some stand in other rows');
  if (asideDiffers) lines.push('rows set aside: some do not lie in the source as the quarantine has them');
  if (rows.length > 0) lines.push(`for example: ${describeRows(rows).join('; ')}`);
  if (lacksWhere) lines.push('it was copied with --where: compare it with the same condition');
  return lines;
}

/** Those that have neither a place nor a key are counted. */
function describeRows(rows: readonly DifferingRow[]): string[] {
  const nameless = rows.filter(({ ctid, key }) => ctid === null && key === null);
  const named = rows.filter((row) => !nameless.includes(row)).map(describeRow);
  const counts = (['source', 'lake'] as const).flatMap((side) => {
    const count = nameless.filter((row) => row.side === side).length;
    return count === 0 ? [] : [`${count === 1 ? 'a row' : formatPlural(count, 'row')} only in the ${side}`];
  });
  return [...named, ...counts];
}

function describeRow({ side, ctid, relation, key }: DifferingRow): string {
  const where = relation === null ? '' : ` of ${printableName(relation)}`;
  const place = [...(ctid === null ? [] : [`ctid ${ctid}${where}`]), ...(key === null ? [] : [`key ${key}`])].join(
    ', ',
  );
  return `${place} only in the ${side}`;
}

/** The last line: how many of which. */
export function renderVerifyTotal({ datasets, seconds, samplePercent, lake }: VerifyReport): string {
  const count = (status: DatasetVerification['status']) =>
    datasets.filter((dataset) => dataset.status === status && !(status === 'same' && isEmptySample(dataset))).length;
  const empty = datasets.filter((dataset) => dataset.status === 'same' && isEmptySample(dataset)).length;
  const parts = [
    `${formatPlural(datasets.length, 'dataset')} of ${printableName(lake)}`,
    `${count('same')} the same`,
    ...(empty === 0 ? [] : [`${empty} with an empty sample`]),
    ...(['different', 'skipped', 'failed'] as const).flatMap((status) =>
      count(status) === 0 ? [] : [`${count(status)} ${status}`],
    ),
    `${formatSeconds(seconds)}`,
  ];
  return `${parts.join(', ')}${samplePercent === null ? '' : ` (a sample of ${samplePercent} % of the blocks)`}`;
}
