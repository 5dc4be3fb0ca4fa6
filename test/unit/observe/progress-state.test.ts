import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { applyRunEvent, createRunProgress, type RunProgress, totalOf } from '../../../src/observe/progress-state.ts';
import { samplePlan, sampleTablePlan, sampleTableReport } from '../../support/run-samples.ts';

const MB = 1e6;
const plan = samplePlan({
  tables: [
    sampleTablePlan({ dataset: 'a', sourceBytes: 100 * MB - 8192 }),
    sampleTablePlan({ dataset: 'b', sourceBytes: 100 * MB - 8192 }),
  ],
});
const started = (dataset: string): RunEvent => ({
  type: 'table-started',
  dataset,
  estimatedRows: 10,
  sourceBytes: 100 * MB - 8192,
});

/** Applies events that are a number of seconds after the plan. */
function follow(...events: [seconds: number, event: RunEvent][]): RunProgress {
  const run = createRunProgress(0);
  applyRunEvent(run, { type: 'planned', plan, connections: 2 }, 1000);
  for (const [seconds, event] of events) applyRunEvent(run, event, 1000 + seconds * 1000);
  return run;
}

const at = (seconds: number) => 1000 + seconds * 1000;

describe('run progress', () => {
  it('adds what runs to what has ended', () => {
    const run = follow(
      [0, started('a')],
      [0, started('b')],
      [1, { type: 'table-progress', dataset: 'b', rows: 50, wireBytes: 500, fraction: 0.5 }],
      [2, { type: 'table-finished', dataset: 'a', table: sampleTableReport({ rows: 10, wireBytes: 100 }) }],
    );
    expect(totalOf(run, at(3))).toEqual({ rows: 60, wireBytes: 600, seconds: 3, etaSeconds: 1 });
  });

  it('counts a failed table as done work and none of its rows', () => {
    const run = follow(
      [0, started('a')],
      [1, { type: 'table-progress', dataset: 'a', rows: 50, wireBytes: 500, fraction: 0.5 }],
      [
        2,
        {
          type: 'table-failed',
          dataset: 'a',
          table: sampleTableReport({ status: 'failed', rows: 50, wireBytes: 500 }),
        },
      ],
    );
    expect(run.failedTables).toBe(1);
    expect(totalOf(run, at(2))).toEqual({ rows: 0, wireBytes: 500, seconds: 2, etaSeconds: 2 });
  });

  it('counts no failure for a table that was not started', () => {
    const run = follow(
      [0, started('a')],
      [1, { type: 'table-failed', dataset: 'a', table: sampleTableReport({ status: 'not-started' }) }],
    );
    expect([run.failedTables, run.running.size]).toEqual([0, 0]);
  });

  it('counts a table that failed before it started', () => {
    const run = follow([
      1,
      { type: 'table-failed', dataset: 'a', table: sampleTableReport({ sourceBytes: 100 * MB - 8192 }) },
    ]);
    expect(run.endedWeight).toBe(100 * MB);
  });

  it('takes less progress than before as it is: rows are read again', () => {
    const run = follow(
      [0, started('a')],
      [1, { type: 'table-progress', dataset: 'a', rows: 50, wireBytes: 500, fraction: 0.5 }],
      [2, { type: 'table-retried', dataset: 'a', reason: 'somebody waited' }],
      [2, { type: 'table-progress', dataset: 'a', rows: 20, wireBytes: 700, fraction: 0.2 }],
    );
    expect(totalOf(run, at(2)).rows).toBe(20);
  });

  it('names no end while the pace is noise', () => {
    const run = follow(
      [0, started('a')],
      [0.4, { type: 'table-progress', dataset: 'a', rows: 1, wireBytes: 1, fraction: 0.5 }],
    );
    expect(totalOf(run, at(0.4)).etaSeconds).toBeNull();
    expect(totalOf(run, at(0.6)).etaSeconds).toBeCloseTo(1.8);
    expect(totalOf(follow([0, started('a')]), at(10)).etaSeconds).toBeNull();
  });

  it('keeps a fraction between 0 and 1 and ignores tables that it does not know', () => {
    const run = follow(
      [0, started('a')],
      [1, { type: 'table-progress', dataset: 'a', rows: 1, wireBytes: 1, fraction: 1.7 }],
      [1, { type: 'table-progress', dataset: 'unknown', rows: 9, wireBytes: 9, fraction: 1 }],
    );
    expect(totalOf(run, at(1))).toEqual({ rows: 1, wireBytes: 1, seconds: 1, etaSeconds: 1 });
  });
});
