/**
 * Rows that SQL of the user's gives (a condition, a query, a view), as FROM and WHERE for what is computed of them.
 *
 * OFFSET 0 keeps levels of a query apart for the planner. So what a view or a query computes is computed once a row, however often the
 * select list names it. And so text that names tables, types or functions (`regclass` and its kin) is printed alike whoever chose the rows: the server
 * writes such a name without its namespace where the search_path finds it so, SQL of the user's runs on the role's own path, all else under
 * `pg_catalog`. Of three levels the innermost gives a row on the role's path; the condition of the middle one sets the path to `pg_catalog`
 * before its select list prints; that of the outer one sets it back, before the next row is asked for. It takes about a microsecond a row.
 */
import type { TablePlan } from '../core/copy-plan.ts';
import { quoteIdentifier } from '../core/identifiers.ts';
import { printedSql } from '../core/printed-sql.ts';
import type { Column } from '../core/table-schema.ts';

/**
 * `rows`, FROM and WHERE of a chunk, as another FROM and WHERE of the same rows, in their order, with the same columns (and the ctid); those
 * that name objects are what `readExpression` makes of them, which it leaves as they are another time. As they are where nothing of it is the user's.
 */
export function givenRows(
  { kind, searchPath }: Pick<TablePlan, 'kind' | 'searchPath'>,
  rows: string,
  columns: readonly Column[],
  selectsCtid: boolean,
): string {
  const namesObjects = columns.some(({ source }) => source.namesObjects);
  if (searchPath === undefined || !(namesObjects || kind === 'view' || kind === 'query')) return rows;
  const level = (expressions: readonly string[]): string =>
    `SELECT ${[...(selectsCtid ? ['ctid'] : []), ...expressions].join(', ')}`;
  const own = `${level(columns.map(({ name }) => quoteIdentifier(name)))} ${rows} OFFSET 0`;
  const given = `FROM (\n${own}\n) AS given`;
  if (!namesObjects) return given;
  const printing = `${level(columns.map(printed))} ${given} WHERE ${setPath('pg_catalog')} OFFSET 0`;
  return `FROM (\n${printing}\n) AS printed WHERE ${setPath(searchPath)}`;
}

function printed({ name, source: { namesObjects, castsToJson, readAs } }: Column): string {
  const x = quoteIdentifier(name);
  // A cast to json runs on the role's own path, and names beside it in the value are then printed by that.
  if (!namesObjects || (readAs === 'json' && castsToJson)) return x;
  if (readAs === 'json') return `pg_catalog.to_json(${x}) AS ${x}`;
  return `${readAs === 'text[]' ? `${x}::pg_catalog.text[]` : printedSql(x)} AS ${x}`;
}

/** A condition that holds always. */
function setPath(path: string): string {
  return `pg_catalog.set_config('search_path', ${quoteLiteral(path)}, true) IS NOT NULL`;
}

/** Under every `standard_conforming_strings` and `backslash_quote`. */
function quoteLiteral(text: string): string {
  return `E'${text.replace(/['\\]/g, '$&$&')}'`;
}
