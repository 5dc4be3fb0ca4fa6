import { expect, it } from 'vitest';
import { fittingWorkers, memoryForRow, workerBudget } from '../../../src/pipeline/memory-budget.ts';

const MIB = 2 ** 20;

it('by default one connection can take a row of 200 MB, and four share the memory', () => {
  const alone = workerBudget({ memoryBytes: 512 * MIB, workers: 1, columns: 2 });
  expect(alone.maxRowBytes).toBeGreaterThan(200_000_000);
  expect(alone.rowGroupBytes).toBe(64 * MIB);
  const shared = workerBudget({ memoryBytes: 512 * MIB, workers: 4, columns: 2 });
  expect(4 * 2 * shared.maxRowBytes).toBeLessThan(2 * alone.maxRowBytes);
});

it('a row fits the budget that is said to hold it, and not a smaller one', () => {
  for (const workers of [1, 3, 8]) {
    for (const columns of [1, 1_600]) {
      const memoryBytes = memoryForRow(300_000_000, { workers, columns });
      expect(workerBudget({ memoryBytes, workers, columns }).maxRowBytes).toBe(300_000_000);
      expect(workerBudget({ memoryBytes: memoryBytes - workers * 2, workers, columns }).maxRowBytes).toBeLessThan(
        300_000_000,
      );
    }
  }
});

it('threads that fit have room for rows, one more has not and is refused with what it takes', () => {
  for (const columns of [1, 1_600]) {
    const memoryBytes = 1000 * MIB;
    const workers = fittingWorkers(memoryBytes, columns);
    expect(workerBudget({ memoryBytes, workers, columns }).rowGroupBytes).toBeGreaterThan(MIB);
    expect(() => workerBudget({ memoryBytes, workers: workers + 1, columns })).toThrow(
      expect.objectContaining({
        code: 'E_MEMORY',
        message: expect.stringMatching(/at least \d+ MB(?: for a table of 1600 columns)?; it is 1048 MB/),
      }),
    );
  }
  expect(fittingWorkers(1, 1)).toBe(1);
});
