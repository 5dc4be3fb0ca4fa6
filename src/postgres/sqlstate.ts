/**
 * Maps what goes wrong during a query to a code of errors.ts, by SQLSTATE and by the reporting routine, never by texts
 * alone: they come in the server's language. What may be shown of an error is decided in server-error.ts; the original
 * is not kept as the cause, since its DETAIL and CONTEXT hold values.
 */
import { DraculaError, type ErrorCode, type ErrorFacts, isDraculaError, toDraculaError } from '../errors.ts';
import { describeServerError, isServerError, type ServerError } from './server-error.ts';

/** A whole SQLSTATE, or its class where that is not listed. Anything else is E_QUERY. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  '08': 'E_CONNECTION_LOST',
  '08P01': 'E_PROTOCOL',
  '22021': 'E_ENCODING',
  '22P05': 'E_ENCODING',
  '25P03': 'E_CONNECTION_LOST',
  '25P04': 'E_CONNECTION_LOST',
  '28': 'E_AUTH',
  '3D000': 'E_DATABASE_NOT_FOUND',
  '40001': 'E_RECOVERY_CONFLICT',
  '42501': 'E_PERMISSION',
  '53300': 'E_TOO_MANY_CONNECTIONS',
  '55P03': 'E_LOCK_TIMEOUT',
  '57P': 'E_CONNECTION_LOST',
};

/** `pg`'s own words for a connection that is gone; they have no code. */
const LOST =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|This socket has been ended)/;
const LOST_CODES: readonly string[] = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
];

/**
 * What `pg` or the server threw during a query, as a DraculaError; `facts` say where. A DraculaError passes through.
 * What is neither the server's nor the connection's becomes E_INTERNAL.
 */
export function queryError(e: unknown, facts: ErrorFacts = {}): DraculaError {
  if (isDraculaError(e)) return e;
  const where = facts.table ?? facts.dataset;
  const during = where === undefined ? 'during a query' : `while ${where} was read`;
  if (isServerError(e)) {
    return new DraculaError(serverErrorCode(e), `${openingWords(e)} ${during}: ${describeServerError(e)}.`, {
      ...facts,
      sqlstate: e.code,
    });
  }
  const { code, message } = e instanceof Error ? (e as NodeJS.ErrnoException) : { code: undefined, message: '' };
  if (message.startsWith('received invalid response')) {
    return new DraculaError(
      'E_PROTOCOL',
      `Bytes came ${during} that are not PostgreSQL's protocol. The connection is closed.`,
      facts,
    );
  }
  if (LOST.test(message) || LOST_CODES.includes(code ?? '') || code?.startsWith('ERR_SSL_')) {
    const how = code === undefined ? 'the server closed it without a word' : code;
    return new DraculaError('E_CONNECTION_LOST', `The connection to the server was lost ${during} (${how}).`, facts, e);
  }
  return toDraculaError(e);
}

/** The SQLSTATE of what `pg` threw, or of a DraculaError made from it. */
export function sqlstateOf(e: unknown): string | undefined {
  if (isDraculaError(e)) return e.facts.sqlstate;
  return isServerError(e) ? e.code : undefined;
}

/** SQLSTATEs of a read whose table, column, type or namespace is not there as it was planned. */
const CHANGED: readonly string[] = ['42P01', '42703', '42704', '42804', '42809', '42883', '3F000', '55000'];
/** Routines that report a relation or a column gone, or a changed result, under SQLSTATEs that say less. */
const CHANGED_ROUTINES: readonly string[] = [
  'relation_open',
  'relation_openrv',
  'RevalidateCachedQuery',
  'get_relation_info',
  'RangeVarGetRelidExtended',
];

/**
 * True where the error fits a table that was dropped, altered or refreshed since it was planned. Only the caller knows
 * whether it was planned.
 */
export function isSourceChange(e: unknown): boolean {
  // What a function meets (a cast of the user's, say) is a matter of that function.
  if (isServerError(e) && e.where !== undefined) return false;
  const sqlstate = sqlstateOf(e);
  if (sqlstate !== undefined && CHANGED.includes(sqlstate)) return true;
  return isServerError(e) && CHANGED_ROUTINES.includes(e.routine ?? '');
}

/**
 * The same for a read with SQL of the user's, which the server has parsed once, when it was planned: only what the parser
 * finds now tells of a change. What running it finds (a cast to regclass, say) is a matter of that SQL and the rows.
 */
export function isSourceChangeFoundByParser(e: unknown): boolean {
  return isSourceChange(e) && isServerError(e) && e.position !== undefined;
}

function serverErrorCode(e: ServerError): ErrorCode {
  if (e.code === '57014') return cancelCode(e);
  if (e.code === '42501' && isRowSecurity(e)) return 'E_ROW_SECURITY';
  if (e.code === '40P01') return e.routine === 'DeadLockReport' ? 'E_LOCK_TIMEOUT' : 'E_RECOVERY_CONFLICT';
  return CODES[e.code] ?? CODES[e.code.slice(0, 3)] ?? CODES[e.code.slice(0, 2)] ?? 'E_QUERY';
}

/** `row_security = off` and a policy that would filter: rls.c, under the SQLSTATE of a missing right. */
function isRowSecurity(e: ServerError): boolean {
  return e.routine === 'check_enable_rls' || /row-level security/.test(e.message);
}

/** One SQLSTATE, one routine: only the text tells a timeout from somebody's request. In another language the timeout is likelier. */
function cancelCode(e: ServerError): ErrorCode {
  return /user request/.test(e.message) ? 'E_QUERY_CANCELLED' : 'E_STATEMENT_TIMEOUT';
}

function openingWords(e: ServerError): string {
  return e.severity === 'FATAL' || e.severity === 'PANIC'
    ? 'The server ended the connection'
    : 'The server reported an error';
}
