/** How far a verification is: a live line that makes room for results, plain lines for a log, warnings in both. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { createVerifyProgress } from '../../../src/observe/verify-progress.ts';
import { TerminalScreen } from '../../support/terminal-screen.ts';

const at = (fraction: number, dataset = 'orders'): RunEvent => ({ type: 'verify-progress', dataset, fraction });
const warning: RunEvent = { type: 'notice', level: 'warning', message: 'never vacuumed' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(isTty: boolean, columns = 120) {
  const screen = new TerminalScreen(columns);
  return { screen, progress: createVerifyProgress({ stream: screen, isTty, columns: () => columns }) };
}

it('is a plain line every ten seconds where nobody watches a terminal', () => {
  const { screen, progress } = open(false);
  progress(at(0));
  progress(at(0.45));
  vi.advanceTimersByTime(9_999);
  expect(screen.text).toBe('');
  vi.advanceTimersByTime(1);
  progress(warning);
  progress(at(0, 'odd__%4Dixed'));
  vi.advanceTimersByTime(10_000);
  progress.close();
  vi.advanceTimersByTime(60_000);
  const lines = screen.text.trimEnd().split('\n');
  expect(lines[0]).toBe('orders: 45 % compared, 10.0 s');
  expect(lines[1]).toContain('never vacuumed');
  expect(lines[2]).toBe('"odd__Mixed": 0 % compared, 10.0 s');
  expect(lines).toHaveLength(3);
});

it('is one live line on a terminal, which makes room for a result and goes at the end', () => {
  const { screen, progress } = open(true);
  progress(at(0.25));
  vi.advanceTimersByTime(1_000);
  expect(screen.text).toBe('orders: 25 % compared, 1.0 s');
  progress(warning);
  expect(screen.text).toMatch(/never vacuumed\norders: 25 % compared, 1.0 s$/);
  progress.hide();
  expect(screen.text).toMatch(/never vacuumed$/);
  progress(at(0.5, 'users'));
  vi.advanceTimersByTime(200);
  expect(screen.text).toMatch(/\nusers: 50 % compared/);
  progress.close();
  vi.advanceTimersByTime(1_000);
  expect(screen.text).toMatch(/never vacuumed$/);
});

it('fits the terminal', () => {
  const { screen, progress } = open(true, 20);
  progress(at(0.25, 'a_dataset_with_a_very_long_name'));
  vi.advanceTimersByTime(1_000);
  expect(screen.text).toBe('a_dataset_with_a_v…');
  progress.close();
});
