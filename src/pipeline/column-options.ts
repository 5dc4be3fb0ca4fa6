/**
 * What the user says of single columns, `namespace.table.column` or `table.column`: which column of which table is meant. Pure.
 *
 * Parts are quoted as in the name of a table: `"Mixed Case"."a.b".id`. A name that no selected table has is a mistake in the command,
 * so it ends the run before a row is read.
 */
import { formatName, formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import { describedColumnType } from '../introspect/logical-types.ts';
import type { SourceTable } from '../introspect/source-table.ts';
import type { ColumnOptions } from './copy-options.ts';
import type { PlanOptions } from './plan-options.ts';

interface ColumnName {
  /** Null for a table in any namespace. */
  readonly namespace: string | null;
  readonly table: string;
  readonly column: string;
}

type Said = Pick<PlanOptions, 'columns' | 'columnOptions'>;

/** Throws E_USAGE, E_COLUMN_NOT_FOUND or E_TABLE_AMBIGUOUS for a column that is not one, and E_USAGE for `dims` of what is no array. */
export function checkColumnOptions(tables: readonly SourceTable[], { columns, columnOptions = {} }: Said): void {
  const meant = new Map<string, string>();
  for (const [written, { dims }] of Object.entries(columnOptions)) {
    const name = parseColumnName(written);
    const named = tables.filter((table) => isOf(name, table));
    const found = named.filter((table) => table.columns.some((column) => column.name === name.column));
    const [table] = found;
    if (table === undefined) throw notFound(written, name, named);
    if (found.length > 1) throw ambiguous(written, found);
    if (columns !== undefined && !columns.includes(name.column)) throw notChosen(written, name);
    const facts = table.columns.find((column) => column.name === name.column)!;
    if (dims !== undefined && describedColumnType(facts, table.types).elementOid === 0)
      throw noArray(written, facts.pgType);
    const key = JSON.stringify([table.name, name.column]);
    const other = meant.get(key);
    if (other !== undefined) throw twice(written, other);
    meant.set(key, written);
  }
}

/** What was said of this column of the table. */
export function columnOptionsOf(
  table: SourceTable,
  column: string,
  columnOptions: PlanOptions['columnOptions'] = {},
): ColumnOptions {
  const said = Object.entries(columnOptions).find(([written]) => {
    const name = parseColumnName(written);
    return name.column === column && isOf(name, table);
  });
  return said?.[1] ?? {};
}

const PART = '"(?:[^"]|"")+"|[^".]+';
const COLUMN_NAME = new RegExp(`^(?:(${PART})\\.)?(${PART})\\.(${PART})$`, 's');

function parseColumnName(written: string): ColumnName {
  const [, namespace, table, column] = COLUMN_NAME.exec(written) ?? [];
  if (table === undefined || column === undefined)
    throw new DraculaError(
      'E_USAGE',
      `${written} is no column: write namespace.table.column or table.column, a part that holds a dot or a quote in double quotes. Nothing was read.`,
    );
  return {
    namespace: namespace === undefined ? null : unquote(namespace),
    table: unquote(table),
    column: unquote(column),
  };
}

function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}

function isOf({ namespace, table }: ColumnName, { name }: SourceTable): boolean {
  return name.name === table && (namespace === null || name.namespace === namespace);
}

function notFound(
  written: string,
  { namespace, table: name, column }: ColumnName,
  named: readonly SourceTable[],
): DraculaError {
  const [table] = named;
  const why =
    table === undefined
      ? noTable(namespace, name)
      : `${formatTable(table.name)} has no column ${formatName(column)}; it has ${table.columns.map(({ name }) => formatName(name)).join(', ')}`;
  return new DraculaError('E_COLUMN_NOT_FOUND', `\`columnOptions\` names ${written}: ${why}. Nothing was read.`, {
    column,
  });
}

/** The last two parts are table and column: of two, the first is easily meant as a namespace. */
function noTable(namespace: string | null, name: string): string {
  return namespace === null
    ? `${formatName(name)} was taken as the table's name, and no table of that name is selected; write namespace.table.column or table.column`
    : `no table ${formatTable({ namespace, name })} is selected`;
}

function ambiguous(written: string, found: readonly SourceTable[]): DraculaError {
  const tables = found.map(({ name }) => formatTable(name)).join(', ');
  return new DraculaError(
    'E_TABLE_AMBIGUOUS',
    `\`columnOptions\` names ${written}, which could be of any of ${tables}. Nothing was read.`,
  );
}

function notChosen(written: string, { column }: ColumnName): DraculaError {
  return new DraculaError(
    'E_USAGE',
    `\`columnOptions\` names ${written}, which \`columns\` leaves out. Nothing was read.`,
    { column },
  );
}

function noArray(written: string, pgType: string): DraculaError {
  return new DraculaError(
    'E_USAGE',
    `\`columnOptions\` gives dimensions to ${written}, which is no array but ${pgType}. Nothing was read.`,
  );
}

function twice(written: string, other: string): DraculaError {
  return new DraculaError(
    'E_USAGE',
    `\`columnOptions\` names one column twice, as ${other} and as ${written}. Nothing was read.`,
  );
}
