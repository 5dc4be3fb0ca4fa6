import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { createProgress, type ProgressOptions } from '../../../src/observe/progress.ts';
import { samplePlan, sampleTableReport } from '../../support/run-samples.ts';
import { TerminalScreen } from '../../support/terminal-screen.ts';

const planned: RunEvent = { type: 'planned', plan: samplePlan(), connections: 1 };
const started: RunEvent = {
  type: 'table-started',
  dataset: 'orders',
  estimatedRows: 1_000_000,
  sourceBytes: 123_400_000,
};
const half: RunEvent = { type: 'table-progress', dataset: 'orders', rows: 500_000, wireBytes: 60e6, fraction: 0.5 };
const finished: RunEvent = { type: 'table-finished', dataset: 'orders', table: sampleTableReport() };
const failed: RunEvent = { type: 'table-failed', dataset: 'orders', table: sampleTableReport({ status: 'failed' }) };
const warning: RunEvent = { type: 'notice', level: 'warning', message: 'never vacuumed' };

function open(options: Partial<ProgressOptions>) {
  const screen = new TerminalScreen(120);
  return { screen, progress: createProgress({ stream: screen, isTty: false, ...options }) };
}

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells in plain lines that a table is compared, and every ten seconds how much of it', () => {
    const { screen, progress } = open({ isTty: false });
    for (const event of [planned, started, half]) progress(event);
    progress({ type: 'verify-progress', dataset: 'orders', fraction: 0 });
    progress({ type: 'verify-progress', dataset: 'orders', fraction: 0.75 });
    vi.advanceTimersByTime(10_000);
    progress.close();
    const lines = screen.text.split('\n').slice(2, 4);
    expect(lines).toEqual(['orders: being compared with its source', 'orders: 500,000 rows, 75 % verified']);
  });

  it('prints start, end, and every ten seconds how far it is, where nobody watches a terminal', () => {
    const { screen, progress } = open({ isTty: false });
    for (const event of [planned, started, half]) progress(event);
    vi.advanceTimersByTime(9_999);
    expect(screen.text).not.toContain('50 %');
    vi.advanceTimersByTime(1);
    progress(finished);
    vi.advanceTimersByTime(60_000);
    progress.close();
    expect(screen.text).toBe(`\
1 table, about 1,000,000 rows, 123.4 MB in 2 chunks (PostgreSQL 18.4), 1 reading connection
orders: started, about 1,000,000 rows, 123.4 MB
orders: 500,000 rows, 50 %, 6.0 MB/s
0 of 1 table, 500,000 rows, 6.0 MB/s, 10.0 s to go
orders: done, 1,000,000 rows in 8.2 s, 34.5 MB of Parquet`);
  });

  it('says no more how far it is, or what is to go, once the run is to stop', () => {
    for (const isTty of [false, true]) {
      const stop = new AbortController();
      const { screen, progress } = open({ isTty, signal: stop.signal });
      for (const event of [planned, started, half]) progress(event);
      stop.abort();
      vi.advanceTimersByTime(30_000);
      expect(screen.text).not.toContain('to go');
      if (isTty) expect(screen.text).toContain('2.0 MB/s, stopping');
      else expect(screen.text).not.toContain('50 %');
      progress.close();
    }
  });

  it('draws one block on a terminal, ten times a second at most, and takes it away', () => {
    const { screen, progress } = open({ isTty: true });
    for (const event of [planned, started]) progress(event);
    for (let i = 0; i < 1000; i++) progress({ ...half, rows: i } as RunEvent);
    expect(screen.writes).toHaveLength(0);
    vi.advanceTimersByTime(1000);
    expect(screen.writes.length).toBeLessThanOrEqual(10);
    expect(screen.text).toBe('orders  999 rows  50 %  60.0 MB/s\n0 of 1 table, 999 rows, 60.0 MB/s, 1.0 s to go');
    progress(finished);
    progress.close();
    vi.advanceTimersByTime(1000);
    expect(screen.text).toBe('');
    expect(screen.cursor).toEqual([0, 0]);
  });

  it('keeps warnings and failures on a terminal above the block', () => {
    const { screen, progress } = open({ isTty: true });
    for (const event of [planned, started]) progress(event);
    vi.advanceTimersByTime(100);
    progress(warning);
    progress(failed);
    vi.advanceTimersByTime(100);
    expect(screen.text.split('\n').slice(0, 3)).toEqual([
      'warning: never vacuumed',
      'orders: failed after 8.2 s',
      '0 of 1 table, 1 failed, 0 rows, 490.0 MB/s',
    ]);
    progress.close();
    expect(screen.text).toBe('warning: never vacuumed\norders: failed after 8.2 s');
  });

  it('still prints a warning that comes after the end', () => {
    const { screen, progress } = open({ isTty: true });
    progress.close();
    progress(warning);
    expect(screen.text).toBe('warning: never vacuumed');
  });

  it.each([true, false])('prints warnings and failures only when quiet (terminal: %s)', (isTty) => {
    const { screen, progress } = open({ isTty, quiet: true });
    for (const event of [planned, started, half, warning, failed]) progress(event);
    vi.advanceTimersByTime(30_000);
    progress.close();
    expect(screen.text).toBe('warning: never vacuumed\norders: failed after 8.2 s');
  });

  it('keeps no process alive', () => {
    vi.useRealTimers();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const open = [true, false].map((isTty) => createProgress({ stream: new TerminalScreen(), isTty }));
    expect(timers()).toBe(before);
    for (const progress of open) progress.close();
  });
});
