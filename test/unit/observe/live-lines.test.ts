import { describe, expect, it } from 'vitest';
import { layoutLive } from '../../../src/observe/live-lines.ts';
import { applyRunEvent, createRunProgress, type RunProgress } from '../../../src/observe/progress-state.ts';
import { samplePlan, sampleTablePlan } from '../../support/run-samples.ts';

function running(...datasets: string[]): RunProgress {
  const run = createRunProgress(0);
  const tables = datasets.map((dataset) => sampleTablePlan({ dataset, sourceBytes: 10e6 }));
  applyRunEvent(run, { type: 'planned', plan: samplePlan({ tables }), connections: 2 }, 0);
  datasets.forEach((dataset, i) => {
    applyRunEvent(run, { type: 'table-started', dataset, estimatedRows: 10, sourceBytes: 10e6 }, 0);
    const event = { type: 'table-progress', dataset, rows: 1234567 * (i + 1), wireBytes: 20e6, fraction: 0.5 } as const;
    applyRunEvent(run, event, 2000);
  });
  return run;
}

describe('live lines', () => {
  it('shows a line per running table and a total', () => {
    expect(layoutLive(running('orders', 'order_items'), { columns: 80, rows: 24 }, 2000)).toEqual([
      'orders       1,234,567 rows  50 %  10.0 MB/s',
      'order_items  2,469,134 rows  50 %  10.0 MB/s',
      '0 of 2 tables, 3,703,701 rows, 20.0 MB/s, 2.0 s to go',
    ]);
  });

  it('shows how much of a table is verified once its reading is over', () => {
    const run = running('orders', 'order_items');
    applyRunEvent(run, { type: 'verify-progress', dataset: 'orders', fraction: 0.25 }, 2000);
    expect(layoutLive(run, { columns: 80, rows: 24 }, 2000).slice(0, 2)).toEqual([
      'orders       1,234,567 rows  25 %   verified',
      'order_items  2,469,134 rows  50 %  10.0 MB/s',
    ]);
  });

  it('shows as many tables as fit, and how many more there are', () => {
    const lines = layoutLive(running('a', 'b', 'c', 'd', 'e'), { columns: 80, rows: 5 }, 2000);
    expect(lines.map((line) => line.slice(0, 8))).toEqual(['a  1,234', 'b  2,469', '… 3 more', '0 of 5 t']);
  });

  it.each([0, 1, 2, 3, 4, 6])('never fills a screen of %d rows, so that nothing scrolls away', (rows) => {
    const lines = layoutLive(running('a', 'b', 'c', 'd', 'e'), { columns: 80, rows }, 2000);
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    expect(lines.at(-1)).toMatch(/^0 of 5 tables/);
  });

  it.each([1, 2, 20, 40])('never reaches the last column of %d', (columns) => {
    for (const line of layoutLive(running('orders', 'x'), { columns, rows: 24 }, 2000)) {
      expect([...line].length).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }
  });

  it('marks a cut line', () => {
    expect(layoutLive(running('orders'), { columns: 20, rows: 24 }, 2000)[0]).toBe('orders  1,234,567 …');
  });

  it('says that it plans until there is a plan', () => {
    expect(layoutLive(createRunProgress(0), { columns: 80, rows: 24 }, 100)).toEqual(['planning']);
  });
});
