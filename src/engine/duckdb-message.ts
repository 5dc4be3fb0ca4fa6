/**
 * How much of DuckDB's messages may be shown: they speak of names, types and syntax, or of values that the query met (`Could not convert
 * string '…' to INT32`). Which it is, their class says, the words before `Error: `. Behind the message DuckDB shows the place in the SQL.
 */

/** Classes that never hold a value of a row. What is not listed, a new class too, is not shown. */
const SHOWN =
  /^(?:Failed to extract statements: )?(?:Binder|Catalog|Dependency|FATAL|INTERNAL|IO|Missing Extension|Not implemented|Parameter Not Allowed|Parameter Not Resolved|Parser|Permission|Planner|Settings|Syntax) Error: /;
const CLASS = /^[A-Za-z ]{1,40} Error(?=: )/;
/** Where DuckDB points into the SQL: a line of it, or a piece of one between dots. */
const PLACE = /\n\nLINE \d+: (?:\.\.\.)?(.*?)(?:\.\.\.)?\n *\^$/;

/** The message; of a class that may hold a value only the class, and the place in the SQL that was asked. */
export function shownMessage(message: string, sql: string): string {
  if (SHOWN.test(message)) return message;
  const kind = CLASS.exec(message)?.[0] ?? 'Error';
  const [place = '', excerpt = ''] = PLACE.exec(message) ?? [];
  // A value may look like it.
  const shown = excerpt !== '' && sql.includes(excerpt) ? place : '';
  return `${kind}: what DuckDB says of it may hold values and is not shown.${shown}`;
}

/** The first line of a message about a part's bytes, without the text that it may quote. */
export function aboutBytes(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.replace(/: value ".*$/, ': a text is not valid UTF-8').replace(/[.!]$/, '');
}
