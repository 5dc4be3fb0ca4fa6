/**
 * The SELECT that reads rows which were set aside once more, by their ctid and as text: in the snapshot that they were read in, so
 * that a ctid is still the same row.
 *
 * A value is what a result prints: `::text`, and where that differs (char(n) loses its padding, inet is given a mask) the output function,
 * which `format` calls. Everything is qualified, as in chunk-query.ts.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatTable, quoteIdentifier } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';
import { fromClause, type ParameterisedQuery } from './chunk-query.ts';
import type { SetAsideRow } from './wire/set-aside.ts';

/** pg_type.dat: bpchar and inet. */
const PRINTED_OTHERWISE: ReadonlySet<number> = new Set([1042, 869]);

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

function printedExpression({ name, source }: Column): string {
  const column = quoteIdentifier(name);
  if (!PRINTED_OTHERWISE.has(source.typeOid)) return `${column}::pg_catalog.text`;
  return `CASE WHEN ${column} IS NOT NULL THEN pg_catalog.format('%s', ${column}) END`;
}

/** `{"a","b"}`, each element in quotes. */
function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
