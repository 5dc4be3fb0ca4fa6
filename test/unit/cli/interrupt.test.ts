import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchInterrupts } from '../../../src/cli/interrupt.ts';
import { FakeHost } from '../../support/fake-host.ts';

function open() {
  const host = new FakeHost();
  return { host, interrupts: watchInterrupts(host, (line) => host.stderr.write(`${line}\n`)) };
}

describe('interrupts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('asks the command to stop at the first %s', (name) => {
    const { host, interrupts } = open();
    expect(interrupts.signal.aborted).toBe(false);
    host.emit(name, name);
    expect(interrupts.signal.aborted).toBe(true);
    expect(interrupts.signal.reason).toMatchObject({
      code: 'E_INTERRUPTED',
      message: `The command was interrupted by ${name}.`,
    });
    expect(host.stderr.text).toBe(`${name}: stopping; once more to exit at once\n`);
    expect(host.exits).toEqual([]);
    interrupts.finish(130);
  });

  it('exits at once at the second', () => {
    const { host, interrupts } = open();
    host.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(1000);
    host.emit('SIGTERM', 'SIGTERM');
    expect(host.exits).toEqual([130]);
    interrupts.finish(130);
  });

  it('has the last word before it exits at once, at the second signal or when the command does not stop', () => {
    for (const second of [true, false]) {
      const host = new FakeHost();
      const words: string[] = [];
      const interrupts = watchInterrupts(
        host,
        () => {},
        (error) => words.push(`${error.code} after ${host.exits.length} exits: ${error.message}`),
      );
      host.emit('SIGHUP', 'SIGHUP');
      expect(words).toEqual([]);
      vi.advanceTimersByTime(second ? 1000 : 9_999);
      if (second) host.emit('SIGINT', 'SIGINT');
      expect(words).toEqual([
        expect.stringMatching(
          second ? /^E_INTERRUPTED after 0 exits: .* by SIGINT, its second/ : /^E_INTERRUPTED after 0 exits: .*in time/,
        ),
      ]);
      expect(host.exits).toEqual([130]);
      interrupts.finish(130);
    }
  });

  it('takes two signals of one moment for one key press that was forwarded', () => {
    const { host, interrupts } = open();
    host.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(50);
    host.emit('SIGINT', 'SIGINT');
    expect(host.exits).toEqual([]);
    interrupts.finish(130);
  });

  it('exits within ten seconds whatever the command does', () => {
    const { host, interrupts } = open();
    host.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(9_999);
    expect(host.exits).toEqual([130]);
    expect(host.stderr.text).toContain('did not stop in time');
    interrupts.finish(130);
  });

  it('when the command is done a signal ends with its code, and no watchdog is left', () => {
    const { host, interrupts } = open();
    interrupts.finish(0);
    vi.advanceTimersByTime(60_000);
    expect(host.exits).toEqual([]);
    host.emit('SIGTERM', 'SIGTERM');
    expect(host.exits).toEqual([0]);
    expect(interrupts.signal.aborted).toBe(false);
  });

  it('after an interrupt a second signal ends with 130 up to the last moment, and no watchdog is left', () => {
    const { host, interrupts } = open();
    host.emit('SIGINT', 'SIGINT');
    interrupts.finish(130);
    vi.advanceTimersByTime(60_000);
    expect(host.exits).toEqual([]);
    host.emit('SIGINT', 'SIGINT');
    expect(host.exits).toEqual([130]);
  });
});
