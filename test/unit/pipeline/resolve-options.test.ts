import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import type { CopyOptions } from '../../../src/pipeline/copy-options.ts';
import { resolveCopyOptions } from '../../../src/pipeline/resolve-options.ts';

const MB = 2 ** 20;
const given = (options: Partial<CopyOptions> = {}): CopyOptions => ({
  target: './lake/',
  memoryBytes: 512 * MB,
  connections: 4,
  ...options,
});

function refusal(options: Partial<CopyOptions>): string {
  try {
    resolveCopyOptions(given(options));
  } catch (error) {
    if (isDraculaError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

it('what nobody said gets its default', () => {
  expect(resolveCopyOptions(given())).toEqual({
    target: './lake/',
    connections: 4,
    memoryBytes: 512 * MB,
    partBytes: 128 * MB,
    consistency: 'run',
    maxSnapshotAgeMs: 1_800_000,
    maxBlockMs: 1_000,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 10_000,
    awkward: 'fail',
    parquet: {
      compression: 'zstd',
      rowGroupRows: 131_072,
      pageRows: expect.any(Number),
      pageBytes: expect.any(Number),
    },
  });
  const { connections, memoryBytes } = resolveCopyOptions({ target: './lake/', connections: 1 });
  expect(connections).toBe(1);
  expect(memoryBytes).toBeLessThanOrEqual(512 * MB);
});

it('what was said is kept', () => {
  const said = {
    connections: 1,
    compression: 'gzip',
    compressionLevel: 9,
    rowGroupRows: 3,
    awkward: 'null',
    consistency: 'chunk',
  } as const;
  expect(
    resolveCopyOptions(given({ ...said, partBytes: 5, maxBlockMs: 6, maxSnapshotAgeMs: 7, statementTimeoutMs: 8 })),
  ).toMatchObject({
    connections: 1,
    awkward: 'null',
    consistency: 'chunk',
    partBytes: 5,
    maxBlockMs: 6,
    maxSnapshotAgeMs: 7,
    statementTimeoutMs: 8,
    parquet: { compression: 'gzip', compressionLevel: 9, rowGroupRows: 3 },
  });
});

describe('what makes no sense is refused before anything is read', () => {
  const counts = [
    'connections',
    'rowGroupRows',
    'partBytes',
    'memoryBytes',
    'maxSnapshotAgeMs',
    'maxBlockMs',
    'statementTimeoutMs',
  ] as const;
  it.each(counts)('%s', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(refusal({ [name]: value })).toBe(
        `E_USAGE: ${name} is ${value}; it has to be a whole number above 0. Nothing was read.`,
      );
  });

  it('too little memory for so many connections, with what it takes', () => {
    expect(refusal({ connections: 4, memoryBytes: 240 * MB })).toBe(
      'E_MEMORY: 4 connections need a memory budget of at least 257 MB; it is 251 MB. Nothing was read.',
    );
    expect(refusal({ connections: 4, memoryBytes: 257 * 1e6 })).toBe('none');
  });

  it('nobody who leaves the connections open is told that there are too many', () => {
    expect(resolveCopyOptions({ target: './lake/', memoryBytes: 140 * 1e6 }).connections).toBe(1);
  });
});
