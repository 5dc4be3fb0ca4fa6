import { describe, expect, it } from 'vitest';
import { DraculaError, type ErrorCode } from '../../../src/errors.ts';
import { isServerError } from '../../../src/postgres/server-error.ts';
import { isSourceChange, queryError, sqlstateOf } from '../../../src/postgres/sqlstate.ts';

interface Fields {
  readonly severity?: string;
  readonly routine?: string;
  readonly position?: string;
  readonly where?: string;
}

/** As `pg` throws it. */
function serverError(code: string, message = 'some words', fields: Fields = {}): Error {
  return Object.assign(new Error(message), {
    severity: 'ERROR',
    code,
    detail: 'secret detail',
    hint: 'secret hint',
    ...fields,
  });
}

describe('queryError', () => {
  it.each<[string, string, Fields, ErrorCode]>([
    ['42501', 'permission denied for table orders', { routine: 'aclcheck_error' }, 'E_PERMISSION'],
    ['42501', 'query would be affected by row-level security policy for table "t"', {}, 'E_ROW_SECURITY'],
    ['42501', 'Abfrage wäre von Policy betroffen', { routine: 'check_enable_rls' }, 'E_ROW_SECURITY'],
    ['57014', 'canceling statement due to statement timeout', { routine: 'ProcessInterrupts' }, 'E_STATEMENT_TIMEOUT'],
    ['57014', 'canceling statement due to user request', { routine: 'ProcessInterrupts' }, 'E_QUERY_CANCELLED'],
    ['57014', 'in another language', { routine: 'ProcessInterrupts' }, 'E_STATEMENT_TIMEOUT'],
    ['55P03', 'canceling statement due to lock timeout', {}, 'E_LOCK_TIMEOUT'],
    ['40P01', 'deadlock detected', { routine: 'DeadLockReport' }, 'E_LOCK_TIMEOUT'],
    [
      '40P01',
      'canceling statement due to conflict with recovery',
      { routine: 'ProcessInterrupts' },
      'E_RECOVERY_CONFLICT',
    ],
    ['40001', 'canceling statement due to conflict with recovery', {}, 'E_RECOVERY_CONFLICT'],
    ['25P03', 'idle', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['25P04', 'transaction', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['57P01', 'admin', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['57P02', 'crash', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['57P03', 'recovery', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['57P04', 'dropped', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['57P05', 'idle session', { severity: 'FATAL' }, 'E_CONNECTION_LOST'],
    ['08006', 'failure', {}, 'E_CONNECTION_LOST'],
    ['08P01', 'protocol', {}, 'E_PROTOCOL'],
    ['22P05', 'no equivalent', {}, 'E_ENCODING'],
    ['22021', 'invalid byte', {}, 'E_ENCODING'],
    ['28000', 'role', {}, 'E_AUTH'],
    ['53300', 'too many', {}, 'E_TOO_MANY_CONNECTIONS'],
    ['53100', 'could not extend file', {}, 'E_QUERY'],
    ['22P02', 'invalid input syntax', {}, 'E_QUERY'],
    ['42P01', 'relation', {}, 'E_QUERY'],
    ['XX000', 'cache lookup failed', {}, 'E_QUERY'],
  ])('maps %s "%s" %o to %s', (sqlstate, message, fields, code) => {
    const e = queryError(serverError(sqlstate, message, fields), { table: 'public.orders' });
    expect(e).toMatchObject({ code, facts: { table: 'public.orders', sqlstate } });
    expect(e.message).toContain('while public.orders was read');
    expect(e.message).toContain(sqlstate);
    expect(`${e.message}${String(e.cause)}`).not.toContain('secret');
  });

  it.each<[string, Fields, boolean]>([
    ['53100', {}, true],
    ['57014', {}, true],
    ['55000', {}, true],
    ['58030', {}, true],
    ['XX001', {}, true],
    ['42501', {}, true],
    ['42P01', { position: '15' }, true],
    ['42601', { position: '1' }, true],
    ['0A000', { position: '1' }, true],
    ['42601', { position: '1', where: 'invalid type name' }, false],
    ['42P01', {}, false],
    ['42601', {}, false],
    ['22P02', { position: '1' }, false],
    ['22021', {}, false],
    ['23505', {}, false],
    ['P0001', {}, false],
    ['XX000', {}, false],
    ['55000', { routine: 'exec_stmt_raise' }, false],
  ])('shows the words of %s with %o: %s', (sqlstate, fields, shown) => {
    const e = queryError(serverError(sqlstate, 'words of the server', fields));
    expect(e.message.includes('words of the server')).toBe(shown);
    expect(e.message).toContain(sqlstate);
  });

  it('says that the connection is gone where the server ended it', () => {
    expect(queryError(serverError('57P01', 'x', { severity: 'FATAL' })).message).toMatch(
      /^The server ended the connection during a query/,
    );
    expect(queryError(serverError('53200')).message).toMatch(/^The server reported an error during a query/);
  });

  it.each<[Error, ErrorCode]>([
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'E_CONNECTION_LOST'],
    [Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 'E_CONNECTION_LOST'],
    [Object.assign(new Error('decrypt'), { code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' }), 'E_CONNECTION_LOST'],
    [new Error('Connection terminated unexpectedly'), 'E_CONNECTION_LOST'],
    [new Error('Connection terminated'), 'E_CONNECTION_LOST'],
    [new Error('Client has encountered a connection error and is not queryable'), 'E_CONNECTION_LOST'],
    [new Error('Client was closed and is not queryable'), 'E_CONNECTION_LOST'],
    [new Error('received invalid response: 71'), 'E_PROTOCOL'],
    [new TypeError('x is not a function'), 'E_INTERNAL'],
  ])('maps %s to %s', (e, code) => {
    expect(queryError(e, { table: 't' }).code).toBe(code);
  });

  it('lets a DraculaError pass', () => {
    const e = new DraculaError('E_WIRE', 'A row contradicts itself.');
    expect(queryError(e)).toBe(e);
  });
});

it('does not take an error of Node.js for one of the server', () => {
  expect(isServerError(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toBe(false);
  expect(isServerError(serverError('42P01'))).toBe(true);
  expect(isServerError(undefined)).toBe(false);
});

it('gives the SQLSTATE of a server error, before and after it was mapped', () => {
  const e = serverError('42P01');
  expect([sqlstateOf(e), sqlstateOf(queryError(e)), sqlstateOf(new Error('x'))]).toEqual(['42P01', '42P01', undefined]);
});

it.each<[string, Fields, boolean]>([
  ['42P01', {}, true],
  ['42703', {}, true],
  ['55000', {}, true],
  ['XX000', { routine: 'relation_open' }, true],
  ['0A000', { routine: 'RevalidateCachedQuery' }, true],
  ['42501', {}, false],
  ['XX000', {}, false],
  ['42P01', { where: 'PL/pgSQL function f() line 1' }, false],
])('%s with %o may be a change of the source: %s', (sqlstate, fields, expected) => {
  expect(isSourceChange(serverError(sqlstate, 'x', fields))).toBe(expected);
});
