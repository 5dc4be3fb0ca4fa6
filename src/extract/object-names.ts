/**
 * Text that names tables, types or functions (`regclass` and its kin), in rows that SQL of the user's gives.
 *
 * The server writes such a name with its namespace, unless the search_path finds it without. SQL of the user's runs on the role's own path, all
 * else under `pg_catalog`; a column's text must not depend on which. So it is printed under `pg_catalog` there too, row by row, on three levels
 * that OFFSET 0 keeps apart: the innermost gives a row on the role's path; the condition of the middle one sets the path to `pg_catalog` before
 * its select list prints; that of the outer one sets it back, before the next row is asked for.
 */
import { quoteIdentifier } from '../core/identifiers.ts';
import type { Column } from '../core/table-schema.ts';

/** What prints the column: a cast that may be applied to its own result, since the reading query applies it again. */
function printed(x: string, { source: { readAs } }: Column): string {
  if (readAs === 'json') return `pg_catalog.to_json(${x})`;
  return `${x}::pg_catalog.${readAs === 'text[]' ? 'text[]' : 'text'}`;
}

/**
 * `rows`, FROM and WHERE, as another FROM and WHERE of the same rows, in their order, with the same columns (and the ctid): those
 * that name objects are text. As it is where none does.
 */
export function printNames(rows: string, columns: readonly Column[], selectsCtid: boolean): string {
  if (!columns.some(({ source }) => source.namesObjects)) return rows;
  const path = quoteIdentifier(unusedName(columns));
  const plain = (name: string): string => quoteIdentifier(name);
  const select = (level: readonly string[]): string =>
    `SELECT ${[...(selectsCtid ? ['ctid'] : []), ...level].join(', ')}`;
  const given = columns.map(({ name }) => plain(name));
  const texts = columns.map((column) => {
    const x = plain(column.name);
    return column.source.namesObjects ? `${printed(x, column)} AS ${x}` : x;
  });
  const own = `${select([...given, `pg_catalog.current_setting('search_path') AS ${path}`])} ${rows} OFFSET 0`;
  const printing = `${select([...texts, path])} FROM (\n${own}\n) AS given WHERE ${setPath("'pg_catalog'")} OFFSET 0`;
  return `FROM (\n${printing}\n) AS printed WHERE ${setPath(path)}`;
}

/** A condition that holds always. */
function setPath(value: string): string {
  return `pg_catalog.set_config('search_path', ${value}, true) IS NOT NULL`;
}

function unusedName(columns: readonly Column[]): string {
  let name = '_dracula_path';
  while (columns.some((column) => column.name === name)) name += '_';
  return name;
}
