/**
 * The side dataset of a table whose rows may be set aside: each of the table's columns as text, behind columns that say which run
 * set the row aside, where it lies, and what of it is awkward. Pure.
 */
import type { QuarantinePlan, RelationRead, TableName } from '../core/copy-plan.ts';
import { formatName, formatTable, quarantineDataset } from '../core/identifiers.ts';
import type { LogicalType } from '../core/logical-type.ts';
import type { Column, SourceColumn, TableSchema } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';

/** pg_type.dat: text and text[]. */
const TEXT_OID = 25;
const TEXT_ARRAY_OID = 1009;

const TEXT: LogicalType = { kind: 'text' };
const TEXT_SOURCE: SourceColumn = {
  pgType: 'text',
  typeOid: TEXT_OID,
  typmod: -1,
  readAs: 'binary',
  wire: { form: 'text' },
};
const TEXTS: LogicalType = { kind: 'list', element: TEXT };
const TEXTS_SOURCE: SourceColumn = {
  pgType: 'text[]',
  typeOid: TEXT_ARRAY_OID,
  typmod: -1,
  readAs: 'binary',
  wire: { form: 'array', elementOid: TEXT_OID, element: { form: 'text' }, dimensions: 1 },
};

/** What comes before the table's columns, in the order of `setAsideQuery`. */
const ABOUT: readonly Omit<Column, 'fieldId'>[] = [
  { name: '_dracula_run', type: TEXT, source: TEXT_SOURCE },
  { name: '_dracula_relation', type: TEXT, source: TEXT_SOURCE },
  { name: '_dracula_ctid', type: TEXT, source: TEXT_SOURCE },
  { name: '_dracula_columns', type: TEXTS, source: TEXTS_SOURCE },
  { name: '_dracula_reasons', type: TEXTS, source: TEXTS_SOURCE },
];

/** Whether a column of a side dataset is one of those that say why a row is there: no column of its table has such a name. */
export function isAboutRow(name: string): boolean {
  return ABOUT.some((ours) => ours.name === name);
}

/** Null where no column sets rows aside. Throws E_USAGE where rows have no ctid, E_NAME_COLLISION where a column has a name of ours. */
export function planQuarantine(
  table: TableName,
  dataset: string,
  { columns, readers }: TableSchema,
  relations: readonly RelationRead[],
): QuarantinePlan | null {
  const asking = columns.find(({ awkward }) => awkward === 'quarantine');
  if (asking === undefined) return null;
  const name = formatTable(table);
  const without = relations.find(({ hasCtid }) => !hasCtid);
  if (without !== undefined)
    throw new DraculaError(
      'E_USAGE',
      `Rows of ${name} cannot be set aside (\`awkward: quarantine\`): ${formatTable(without.name)} is no table whose rows have a ctid that this role may read, to find them again. Nothing of it was read.`,
      { table: name },
    );
  const taken = columns.find((column) => ABOUT.some((ours) => ours.name === column.name.toLowerCase()));
  if (taken !== undefined)
    throw new DraculaError(
      'E_NAME_COLLISION',
      `${name} has a column ${formatName(taken.name)}, a name that the rows set aside need (\`awkward: quarantine\`). Nothing of it was read.`,
      { table: name, column: taken.name },
    );
  const all = [...ABOUT, ...columns.map((column) => ({ name: column.name, type: TEXT, source: textOf(column) }))];
  return {
    dataset: quarantineDataset(dataset),
    schema: {
      columns: all.map((column, i) => ({ ...column, fieldId: i + 1 })),
      ...(readers === undefined ? {} : { readers }),
    },
  };
}

/** The column's Postgres type stays known. */
function textOf({ source: { pgType } }: Column): SourceColumn {
  return { ...TEXT_SOURCE, pgType };
}
