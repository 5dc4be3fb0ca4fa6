import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardProcess } from '../../../src/cli/process-guard.ts';
import { FakeHost } from '../../support/fake-host.ts';

describe('process guard', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(['stdout', 'stderr'] as const)(
    'takes a reader of %s that has gone for no error and reports any other, also behind the command',
    async (name) => {
      const host = new FakeHost();
      const reported: unknown[] = [];
      guardProcess(host, async (error) => reported.push(error)).dispose();
      const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
      host[name].emit('error', broken);
      expect(reported).toEqual([]);
      const full = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });
      host[name].emit('error', full);
      host[name].emit('error', full);
      await vi.runAllTimersAsync();
      expect(reported).toMatchObject([{ code: 'E_DISK_FULL', facts: { reason: 'ENOSPC' } }]);
      expect(host.exits).toContain(1);
    },
  );

  it.each(['uncaughtException', 'unhandledRejection'])('reports an %s and exits with its code', async (event) => {
    const host = new FakeHost();
    const reported: unknown[] = [];
    const guard = guardProcess(host, async (error) => {
      reported.push(error);
      return 1;
    });
    host.emit(event, 'lost');
    await vi.runAllTimersAsync();
    expect(reported).toEqual(['lost']);
    expect(host.exits).toEqual([1]);
    guard.dispose();
    expect(host.eventNames()).toEqual([]);
  });

  it('ends a process that something forgotten keeps alive', () => {
    const host = new FakeHost();
    guardProcess(host, async () => 1).exitSoon(3);
    expect(host.exits).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(host.exits).toEqual([3]);
  });
});
