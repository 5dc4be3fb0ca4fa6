/**
 * The SELECT that reads rows which were set aside once more, by their ctid and as text: in the snapshot that they were read in, so
 * that a ctid is still the same row.
 *
 * A value is what a result prints. In a SQL_ASCII database a text that is not UTF-8 stands as `encode(…, 'escape')` prints
 * its bytes, and the row says so of the column. Everything is qualified, as in chunk-query.ts.
 */
import type { Chunk, TablePlan } from '../core/copy-plan.ts';
import { formatTable, quoteIdentifier } from '../core/identifiers.ts';
import { printedSql } from '../core/printed-sql.ts';
import type { Column } from '../core/table-schema.ts';
import { escapedSql, isUtf8Sql } from '../core/utf8-sql.ts';
import { isInSqlAscii } from '../core/wire-form.ts';
import { fromClause, type ParameterisedQuery } from './chunk-query.ts';
import { givenRows } from './given-rows.ts';
import type { AwkwardReason } from './wire/kernel.ts';
import type { SetAsideRow } from './wire/set-aside.ts';

const NOT_UTF8: AwkwardReason = 'not UTF-8';

/** The columns of a quarantine (pipeline/quarantine-plan.ts), one row for each of `rows`, all of the chunk's relation. */
export function setAsideQuery(
  table: TablePlan,
  chunk: Chunk,
  rows: readonly SetAsideRow[],
  runId: string,
): ParameterisedQuery {
  const { columns: all } = table.schema;
  const unchecked = all.filter(({ source }) => isInSqlAscii(source.wire));
  // Of texts the server says it, who prints them: also of those within a value that is awkward for another reason.
  const isToldHere = ({ reason }: { readonly reason: AwkwardReason }) => unchecked.length === 0 || reason !== NOT_UTF8;
  const told = rows.map(({ values }) => values.filter(isToldHere));
  const places = rows.map(({ ctid }) => `(${ctid.block},${ctid.offset})`);
  const place = 'pg_catalog.array_position($1::pg_catalog.tid[], ctid)';
  // What is told of all rows stands in one array; each row has a slice of it.
  const slices: { readonly from: number; readonly to: number }[] = [];
  for (const { length } of told) {
    const from = (slices.at(-1)?.to ?? 0) + 1;
    slices.push({ from, to: from + length - 1 });
  }
  const slice = (array: string) =>
    `(${array}::pg_catalog.text[])[($4::pg_catalog.int4[])[${place}]:($5::pg_catalog.int4[])[${place}]]`;
  const expressions = [
    '$2::pg_catalog.text',
    '$3::pg_catalog.text',
    'pg_catalog.textin(pg_catalog.tidout(ctid))',
    withBroken(unchecked, slice('$6'), 'broken.name'),
    withBroken(unchecked, slice('$7'), `'${NOT_UTF8}'`),
    ...all.map(textExpression),
  ];
  const asked = `${fromClause(table, chunk)} WHERE ctid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.tid[])`;
  return {
    text: `SELECT ${expressions.join(', ')} ${givenRows(table, asked, all.map(asText), true)}`,
    values: [
      arrayLiteral(places),
      runId,
      formatTable(table.relations[chunk.relation]!.name),
      `{${slices.map(({ from }) => from).join(',')}}`,
      `{${slices.map(({ to }) => to).join(',')}}`,
      arrayLiteral(told.flatMap((values) => values.map(({ column }) => column))),
      arrayLiteral(told.flatMap((values) => values.map(({ reason }) => reason))),
      ...(unchecked.length === 0 ? [] : [arrayLiteral(unchecked.map(({ name }) => name))]),
    ],
  };
}

/** As a whole, arrays too. */
function asText(column: Column): Column {
  return { ...column, source: { ...column.source, readAs: 'text' } };
}

/** The array with one more element for each of these columns whose text is not UTF-8; their names are $8. */
function withBroken(unchecked: readonly Column[], array: string, element: string): string {
  if (unchecked.length === 0) return array;
  const broken = unchecked.map((column) => `NOT ${isUtf8Sql(printedExpression(column))}`).join(', ');
  const names = `ROWS FROM (pg_catalog.unnest($8::pg_catalog.text[]), pg_catalog.unnest(ARRAY[${broken}])) AS broken(name, is_so)`;
  return `pg_catalog.array_cat(${array}, ARRAY(SELECT ${element}::pg_catalog.text FROM ${names} WHERE broken.is_so))`;
}

/** What is printed, in UTF-8. */
function textExpression(column: Column): string {
  const printed = printedExpression(column);
  return isInSqlAscii(column.source.wire) ? escapedSql(printed) : printed;
}

function printedExpression({ name }: Column): string {
  return printedSql(quoteIdentifier(name));
}

/** `{"a","b"}`, each element in quotes. */
function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
