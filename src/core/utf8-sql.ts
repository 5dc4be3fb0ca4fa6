/**
 * Whether a text of a SQL_ASCII database is UTF-8, as a condition in SQL: no server has a function for it that does not end the
 * query. There every byte is a character of its own, so a regular expression sees the bytes (RFC 3629: no overlong forms, no
 * surrogates, nothing beyond U+10FFFF), under whatever locale.
 */

/** As hexadecimal ranges of bytes, `-` between the ends: each becomes a bracket of the regular expression. */
const SEQUENCES = [
  '01-7f',
  'c2-df 80-bf',
  'e0-e0 a0-bf 80-bf',
  'e1-ec 80-bf 80-bf',
  'ed-ed 80-9f 80-bf',
  'ee-ef 80-bf 80-bf',
  'f0-f0 90-bf 80-bf 80-bf',
  'f1-f3 80-bf 80-bf 80-bf',
  'f4-f4 80-8f 80-bf 80-bf',
].map((sequence) => sequence.replaceAll(/(\w\w)-(\w\w) ?/g, '[\\\\u00$1-\\\\u00$2]'));

/** The backslashes are doubled: it stands in an E'' string, which no setting reads otherwise. */
const PATTERN = `E'^(?:${SEQUENCES.join('|')})*$'`;

/** The text as it is where it is UTF-8, else its bytes as `encode(…, 'escape')` prints them. Null where it is null. */
export function escapedSql(text: string): string {
  const bytes = `pg_catalog.encode(pg_catalog.convert_to(${text}, 'SQL_ASCII'), 'escape')`;
  return `CASE WHEN ${isUtf8Sql(text)} THEN ${text} ELSE ${bytes} END`;
}

/** `text`: an SQL expression of type text. Null where it is null. */
export function isUtf8Sql(text: string): string {
  return `((${text}) COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) ${PATTERN})`;
}
