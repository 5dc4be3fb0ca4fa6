/**
 * SQL of the user's (`query`, `where`) that the server refuses while it is only parsed and planned: E_SQL says whose text it is and
 * what the server says of it, in words that fit that text, and not the statement that we put around it.
 */
import { DraculaError, type ErrorFacts } from '../errors.ts';
import { describeServerError, isServerError, type ServerError } from '../postgres/server-error.ts';
import { queryError } from '../postgres/sqlstate.ts';

export interface GivenSql {
  /** The beginning of a sentence: "The query (`query`) is refused". */
  readonly refused: string;
  /** What stands before it in the statement. */
  readonly before: string;
  readonly sql: string;
  readonly facts?: ErrorFacts;
}

/** No such name, a wrong type, wrong syntax; not implemented; a constant that is no value of its type. A missing right is none of these. */
const MISTAKES = /^(?:0A|22|3F|42(?!501))/;
const SYNTAX_ERROR = '42601';

/** What `queryError` makes of it where it is no mistake in the SQL. */
export function givenSqlError(e: unknown, { refused, before, sql, facts = {} }: GivenSql): DraculaError {
  if (!isServerError(e) || !MISTAKES.test(e.code)) return queryError(e, facts);
  const why = isBehind(e, before + sql) ? `it ends before it is complete (${e.code})` : describeServerError(e);
  return new DraculaError('E_SQL', `${refused}: ${why}. Nothing of it was read.`, { ...facts, sqlstate: e.code });
}

/** The parser stopped at what we put behind the text. Positions count characters, from 1. */
function isBehind(e: ServerError, text: string): boolean {
  return e.code === SYNTAX_ERROR && e.position !== undefined && Number(e.position) > [...text].length;
}
