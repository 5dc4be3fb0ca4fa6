/**
 * The SELECT that reads rows which were set aside once more, by their ctid and as text: in the snapshot that they were read in, so
 * that a ctid is still the same row.
 *
 * A value is what a result prints, by its type's output function, which `format` calls. A cast to text may differ: char(n) would lose its
 * padding, inet be given a mask, and bool say `true`. Everything is qualified, as in chunk-query.ts.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatTable, quoteIdentifier } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import { fromClause, type ParameterisedQuery } from './chunk-query.ts';
import type { SetAsideRow } from './wire/set-aside.ts';

/** The columns of a quarantine (pipeline/quarantine-plan.ts), one row for each of `rows`, all of the chunk's relation. */
export function setAsideQuery(
  table: TablePlan,
  chunk: Chunk,
  rows: readonly SetAsideRow[],
  runId: string,
): ParameterisedQuery {
  const places = rows.map(({ ctid }) => `(${ctid.block},${ctid.offset})`);
  const columns = rows.map(({ values }) => arrayLiteral(values.map(({ column }) => column)));
  const reasons = rows.map(({ values }) => arrayLiteral(values.map(({ reason }) => reason)));
  const place = 'pg_catalog.array_position($1::pg_catalog.tid[], ctid)';
  const expressions = [
    '$2::pg_catalog.text',
    '$3::pg_catalog.text',
    'ctid::pg_catalog.text',
    `($4::pg_catalog.text[])[${place}]::pg_catalog.text[]`,
    `($5::pg_catalog.text[])[${place}]::pg_catalog.text[]`,
    ...table.schema.columns.map(printedExpression),
  ];
  return {
    text: `SELECT ${expressions.join(', ')} ${fromClause(table, chunk)} WHERE ctid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.tid[])`,
    values: [
      arrayLiteral(places),
      runId,
      formatTable(table.relations[chunk.relation]!.name),
      arrayLiteral(columns),
      arrayLiteral(reasons),
    ],
  };
}

/** Unlike IS NOT NULL, the condition is true for a composite of which a field is null. */
function printedExpression({ name }: Column): string {
  const column = quoteIdentifier(name);
  return `CASE WHEN ${column} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ${column}) END`;
}

/** `{"a","b"}`, each element in quotes. */
function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
