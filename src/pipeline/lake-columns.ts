/**
 * The columns of a dataset as they were committed, with the way in which the source's values come today: what both sides of a
 * comparison are computed from. Pure.
 */
import { formatLogicalType } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import type { ColumnDifference } from '../core/verify-report.ts';
import type { VersionColumn } from '../lake/dataset-version.ts';

export interface MatchedColumns {
  readonly columns: readonly Column[];
  /** Columns that the source has no more, or with another type. */
  readonly changed: readonly ColumnDifference[];
}

export function matchColumns(committed: readonly VersionColumn[], planned: readonly Column[]): MatchedColumns {
  const columns: Column[] = [];
  const changed: ColumnDifference[] = [];
  for (const column of committed) {
    const today = planned.find(({ name }) => name === column.name);
    const matched = today === undefined ? null : matchType(column, today);
    if (matched === null) changed.push({ column: column.name, measures: ['type'] });
    else columns.push(matched);
  }
  return { columns, changed };
}

/**
 * A numeric without precision is a decimal in one run and text in another; its values are compared in the form they have. Which
 * times and geometries a column holds depends on its readers: what was committed counts.
 */
function matchType({ name, type }: VersionColumn, today: Column): Column | null {
  if (formatLogicalType(type) === formatLogicalType(today.type)) return { ...today, type };
  const isNumeric = today.source.pgType === 'numeric';
  if (!isNumeric) return null;
  if (type.kind === 'text')
    return { ...today, name, type, source: { ...today.source, readAs: 'text', wire: { form: 'text' } } };
  if (type.kind === 'decimal')
    return { ...today, name, type, source: { ...today.source, readAs: 'binary', wire: { form: 'numeric' } } };
  return null;
}
