import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors.ts';
import { retryDelayMs } from '../../../src/pipeline/retry-policy.ts';

const READ_AGAIN: readonly ErrorCode[] = [
  'E_CONNECTION_LOST',
  'E_CONNECT',
  'E_TOO_MANY_CONNECTIONS',
  'E_LOCK_TIMEOUT',
  'E_RECOVERY_CONFLICT',
  'E_QUERY_CANCELLED',
];

describe('a chunk', () => {
  it.each(READ_AGAIN)('is read again three times after %s, each time later', (code) => {
    expect([1, 2, 3, 4, 5].map((failures) => retryDelayMs(code, failures))).toEqual([250, 1_000, 4_000, null, null]);
  });

  it('fails its table at once for every other reason', () => {
    const others = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !READ_AGAIN.includes(code));
    expect(others.map((code) => retryDelayMs(code, 1)).filter((delay) => delay !== null)).toEqual([]);
    // A lost snapshot, a changed source and a value that does not fit are no better the second time.
    expect(others).toEqual(
      expect.arrayContaining(['E_SNAPSHOT_LOST', 'E_SOURCE_CHANGED', 'E_AWKWARD_VALUE', 'E_WIRE', 'E_DISK_FULL']),
    );
  });
});
