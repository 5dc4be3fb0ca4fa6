/**
 * The columns of a dataset as they were committed, with the way in which the source's values come today: what both sides of a
 * comparison are computed from. Pure.
 */
import { formatLogicalType, type LogicalType } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import type { ColumnDifference } from '../core/verify-report.ts';
import { inSqlAscii, isInSqlAscii, type WireForm, type WireFormOf } from '../core/wire-form.ts';
import { NUMERIC_OID } from '../introspect/native-scalars.ts';
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
    if (matched === null) changed.push({ column: column.name, measures: [today === undefined ? 'gone' : 'type'] });
    // Of a version that does not tell, nulls may be what became of awkward values.
    else columns.push({ ...matched, awkward: column.awkward ?? 'null' });
  }
  return { columns, changed };
}

/**
 * A numeric without precision is a decimal in one run and text in another, alone or in an array, and an array has as many
 * dimensions as the run was told; its values are compared in the form they have. Which times and geometries a column holds
 * depends on its readers: what was committed counts.
 */
function matchType({ name, type }: VersionColumn, today: Column): Column | null {
  if (formatLogicalType(type) === formatLogicalType(today.type)) return { ...today, type };
  const { source } = today;
  if (type.kind === 'json' && (source.wire.form === 'array' || source.isArray))
    return { ...today, name, type, source: { ...source, readAs: 'json', wire: textOf(source.wire) } };
  if (type.kind === 'list' && source.wire.form === 'array') {
    const wire = matchArray(type, today.type, source.wire);
    return wire === null ? null : { ...today, name, type, source: { ...source, wire } };
  }
  // As Describe gives it: a domain is its base type.
  if (source.typeOid !== NUMERIC_OID || source.typmod !== -1) return null;
  if (type.kind === 'text')
    return { ...today, name, type, source: { ...source, readAs: 'text', wire: { form: 'text' } } };
  if (type.kind === 'decimal')
    return { ...today, name, type, source: { ...source, readAs: 'binary', wire: { form: 'numeric' } } };
  return null;
}

/** What the server prints of it. */
function textOf(wire: WireForm): WireForm {
  return isInSqlAscii(wire) ? inSqlAscii({ form: 'text' }) : { form: 'text' };
}

/** The same array with the dimensions of the committed type; null where its elements are others. */
function matchArray(type: LogicalType, today: LogicalType, wire: WireFormOf<'array'>): WireFormOf<'array'> | null {
  const [committed, expected] = [withinLists(type), withinLists(today)];
  const isNumeric = wire.element.form === 'numeric';
  const isSame =
    formatLogicalType(committed.type) === formatLogicalType(expected.type) ||
    (isNumeric && (committed.type.kind === 'text' || committed.type.kind === 'decimal'));
  // Lists that the elements themselves are made of are no dimensions.
  const dimensions = wire.dimensions + committed.lists - expected.lists;
  return isSame && dimensions >= 1 ? { ...wire, dimensions } : null;
}

/** What stands in lists, and in how many. */
function withinLists(type: LogicalType): { readonly type: LogicalType; readonly lists: number } {
  if (type.kind !== 'list') return { type, lists: 0 };
  const { type: within, lists } = withinLists(type.element);
  return { type: within, lists: lists + 1 };
}
