/**
 * An ErrorResponse of the server, as `pg` gives it, and how much of it may be shown.
 *
 * The primary message of many errors holds cell values (`invalid input syntax for type integer: "…"`), and so do DETAIL and
 * CONTEXT, which are never shown. A primary message is shown only
 * - in the classes of `SHOWN_CLASSES`, whose messages hold names, numbers and settings alone; and
 * - where the error carries a position in the statement and no CONTEXT: then the parser found it in the SQL text, before any
 *   row was read. (The class alone does not say so: a cast to regclass or tsquery reports a cell as 42P01 or 42601, without
 *   a position; a cast to regtype runs the parser over the cell, and reports a position with a CONTEXT.)
 * What a function raised (`RAISE`) may hold anything under any SQLSTATE, and is never shown.
 * Source: PostgreSQL documentation, "Error and Notice Message Fields" and appendix A.
 */

/** The fields of an ErrorResponse that Dracula looks at. */
export interface ServerError {
  readonly severity: string;
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  /** Function of the server's source that reported it: the same in every language of the server's messages. */
  readonly routine?: string | undefined;
  /** Character in the statement, from 1, in decimal. */
  readonly position?: string | undefined;
  /** CONTEXT. */
  readonly where?: string | undefined;
}

/** By class (two characters) or whole SQLSTATE. */
const SHOWN_CLASSES: readonly string[] = [
  '08', // connection
  '25', // transaction state
  '28', // authorization
  '3D', // no such database
  '40', // serialization failure, recovery conflict
  '42501', // a right is missing
  '53', // resources
  '55', // object not in the state that is needed
  '57', // operator intervention
  '58', // errors of the server's system
  'XX001', // data corrupted
  'XX002', // index corrupted
];

/** Classes of mistakes in a statement, shown when a position says that the parser found them. */
const STATEMENT_CLASSES: readonly string[] = ['0A', '3F', '42'];

/** Names of what a reader meets; appendix A has all of them. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '08P01': 'protocol_violation',
  '0A000': 'feature_not_supported',
  '22003': 'numeric_value_out_of_range',
  '22008': 'datetime_field_overflow',
  '22012': 'division_by_zero',
  '22021': 'character_not_in_repertoire',
  '22023': 'invalid_parameter_value',
  '2201B': 'invalid_regular_expression',
  '22P02': 'invalid_text_representation',
  '22P03': 'invalid_binary_representation',
  '22P05': 'untranslatable_character',
  '25006': 'read_only_sql_transaction',
  '25P02': 'in_failed_sql_transaction',
  '25P03': 'idle_in_transaction_session_timeout',
  '25P04': 'transaction_timeout',
  '28000': 'invalid_authorization_specification',
  '28P01': 'invalid_password',
  '3D000': 'invalid_catalog_name',
  '3F000': 'invalid_schema_name',
  '40001': 'serialization_failure',
  '40P01': 'deadlock_detected',
  '42501': 'insufficient_privilege',
  '42601': 'syntax_error',
  '42702': 'ambiguous_column',
  '42703': 'undefined_column',
  '42704': 'undefined_object',
  '42804': 'datatype_mismatch',
  '42809': 'wrong_object_type',
  '42883': 'undefined_function',
  '42P01': 'undefined_table',
  '42P17': 'invalid_object_definition',
  '53100': 'disk_full',
  '53200': 'out_of_memory',
  '53300': 'too_many_connections',
  '54000': 'program_limit_exceeded',
  '54001': 'statement_too_complex',
  '55000': 'object_not_in_prerequisite_state',
  '55006': 'object_in_use',
  '55P03': 'lock_not_available',
  '57014': 'query_canceled',
  '57P01': 'admin_shutdown',
  '57P02': 'crash_shutdown',
  '57P03': 'cannot_connect_now',
  '57P04': 'database_dropped',
  '57P05': 'idle_session_timeout',
  '58030': 'io_error',
  '58P01': 'undefined_file',
  P0001: 'raise_exception',
  XX000: 'internal_error',
  XX001: 'data_corrupted',
  XX002: 'index_corrupted',
};

/** A SQLSTATE alone is not enough to tell: Node.js has an EPIPE. */
export function isServerError(e: unknown): e is ServerError {
  if (typeof e !== 'object' || e === null) return false;
  const { code, severity, message } = e as Partial<ServerError>;
  return typeof severity === 'string' && typeof message === 'string' && /^[0-9A-Z]{5}$/.test(code ?? '');
}

/** `permission denied for table orders (42501, insufficient_privilege)`; without the text where that may hold a value. */
export function describeServerError(e: ServerError): string {
  const condition = Object.hasOwn(CONDITIONS, e.code) ? `${e.code}, ${CONDITIONS[e.code]}` : e.code;
  if (isShown(e)) return `${e.message} (${condition})`;
  return `SQLSTATE ${condition}; its message may hold values and is not shown: see the server's log`;
}

function isShown(e: ServerError): boolean {
  if (e.routine === 'exec_stmt_raise') return false;
  const isOf = (prefix: string) => e.code.startsWith(prefix);
  return (
    SHOWN_CLASSES.some(isOf) || (e.position !== undefined && e.where === undefined && STATEMENT_CLASSES.some(isOf))
  );
}
