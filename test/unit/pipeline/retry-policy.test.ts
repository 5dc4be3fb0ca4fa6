import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors.ts';
import { FruitlessLosses, retryDelayMs } from '../../../src/pipeline/retry-policy.ts';

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

describe('a path that only loses connections', () => {
  it('is given up after a minute of nothing else, and not for fewer losses', () => {
    const losses = new FruitlessLosses();
    const at = [0, 10, 20, 30, 40, 50, 59].map((second) => losses.failed('E_CONNECTION_LOST', second * 1000));
    expect(at.every((given) => given === null)).toBe(true);
    expect(losses.failed('E_CONNECT', 60_000)).toEqual({ losses: 8, sinceMs: 0 });
    const few = new FruitlessLosses();
    expect([0, 100_000, 200_000].map((ms) => few.failed('E_CONNECT', ms))).toEqual([null, null, null]);
  });

  it('holds again once a table came further than before, not when it got there again, and other failures do not count', () => {
    const losses = new FruitlessLosses();
    const table = {};
    losses.finished(table, 4);
    for (let second = 0; second < 59; second++) expect(losses.failed('E_CONNECTION_LOST', second * 1000)).toBeNull();
    losses.finished(table, 5);
    for (let second = 59; second < 118; second++) expect(losses.failed('E_CONNECTION_LOST', second * 1000)).toBeNull();
    losses.finished(table, 5);
    for (let second = 0; second < 500; second++) expect(losses.failed('E_LOCK_TIMEOUT', second * 1000)).toBeNull();
    expect(losses.failed('E_CONNECTION_LOST', 120_000)).toMatchObject({ losses: 60 });
  });
});
