/**
 * What the file system says (errno) as an error of ours: what was being done, to which path, what state is left.
 *
 * A full disk is E_DISK_FULL, a path that may not or cannot be written is E_TARGET, a file system without hard links is
 * E_NO_HARD_LINKS, anything else is E_WRITE (E_LAKE_CORRUPT where a file of the lake could not be read).
 */
import { DraculaError, type ErrorCode, isDraculaError } from '../errors.ts';

const WRITE_CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly says: string }>> = {
  ENOSPC: { code: 'E_DISK_FULL', says: 'no space is left on its file system' },
  EDQUOT: { code: 'E_DISK_FULL', says: 'the quota of this user is used up' },
  EACCES: { code: 'E_TARGET', says: 'permission denied' },
  EPERM: { code: 'E_TARGET', says: 'the operation is not permitted' },
  EROFS: { code: 'E_TARGET', says: 'its file system is read-only' },
  ENOTDIR: { code: 'E_TARGET', says: 'a part of the path is a file, not a folder' },
  EISDIR: { code: 'E_TARGET', says: 'it is a folder' },
  ELOOP: { code: 'E_TARGET', says: 'its symbolic links go round in circles' },
  ENAMETOOLONG: { code: 'E_TARGET', says: 'the name is too long for its file system' },
  ENOENT: { code: 'E_WRITE', says: 'it does not exist (any more)' },
};

/** Of these the path is to blame, not what lies there. */
const UNREADABLE = ['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG'] as const;

/** What `link()` answers where there are no hard links: vfat says EPERM, network and FUSE file systems the others. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/** The errno of a Node system error, e.g. `ENOSPC`; undefined for any other value. */
export function errno(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/**
 * The error for a write that failed. `doing` completes "Could not …": `write the lease`.
 * An error of ours passes through as it is.
 */
export function writeError(cause: unknown, doing: string, path: string): DraculaError {
  if (isDraculaError(cause)) return cause;
  const name = errno(cause);
  const known = name === undefined ? undefined : WRITE_CODES[name];
  const says = known?.says ?? (cause instanceof Error ? cause.message : String(cause));
  const message = `Could not ${doing} at ${path}: ${says}${known === undefined ? '' : ` (${name})`}.`;
  return new DraculaError(
    known?.code ?? 'E_WRITE',
    message,
    { path, ...(name === undefined ? {} : { reason: name }) },
    cause,
  );
}

/** The error for a symbolic link whose end is not there, where something is to be written. */
export function leadsNowhere(path: string): DraculaError {
  const message = `${path} is a symbolic link that leads nowhere. Nothing was written.`;
  return new DraculaError('E_TARGET', message, { path });
}

/** The error for a `link()` that failed for another reason than that the name is taken. */
export function linkError(cause: unknown, path: string): DraculaError {
  const name = errno(cause);
  if (name === undefined || !NO_LINKS.has(name)) return writeError(cause, 'create the file', path);
  const message = `The file system at ${path} has no hard links (link() said ${name}). Nothing was committed there.`;
  return new DraculaError('E_NO_HARD_LINKS', message, { path, reason: name }, cause);
}

/** The error for a read that failed; a missing file is not one: the caller asks for that before. */
export function readError(cause: unknown, path: string): DraculaError {
  if (isDraculaError(cause)) return cause;
  const name = errno(cause);
  const unreadable = UNREADABLE.find((code) => code === name);
  const says =
    unreadable !== undefined
      ? `${WRITE_CODES[unreadable]!.says} (${unreadable})`
      : cause instanceof Error
        ? cause.message
        : String(cause);
  const facts = { path, ...(name === undefined ? {} : { reason: name }) };
  return new DraculaError(
    unreadable === undefined ? 'E_LAKE_CORRUPT' : 'E_TARGET',
    `Could not read ${path}: ${says}. Nothing was changed.`,
    facts,
    cause,
  );
}
