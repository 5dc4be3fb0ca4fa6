import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { RunListener } from '../../../src/pipeline/run-listener.ts';

const EVENT: RunEvent = { type: 'notice', level: 'info', message: 'hello' };
const never = new Promise<void>(() => {});

describe('the listener of a run', () => {
  it('that never settles is not waited for once the caller aborts', async () => {
    const caller = new AbortController();
    const listener = new RunListener(() => never, caller.signal);
    listener.tell(EVENT);
    const listened = listener.listened();
    const first = listener.firstError(new Error('of the run'));
    caller.abort(new Error('enough'));
    await expect(listened).rejects.toThrow('enough');
    expect(await first).toMatchObject({ message: 'of the run' });
  });

  it('is waited for, and what it is rejected with comes first', async () => {
    const listener = new RunListener(async () => Promise.reject(new Error('of the listener')), undefined);
    listener.tell(EVENT);
    await expect(listener.listened()).rejects.toThrow('of the listener');
    expect(await listener.firstError(new Error('of the run'))).toMatchObject({ message: 'of the listener' });
    expect(listener.failed.aborted).toBe(true);
  });

  it.each([false, true])(
    'another answer of the caller that never comes ends with his abort (aborted before: %s)',
    async (before) => {
      const caller = new AbortController();
      if (before) caller.abort(new Error('enough'));
      const answered = new RunListener(undefined, caller.signal).answered(never);
      caller.abort(new Error('enough'));
      await expect(answered).rejects.toThrow('enough');
    },
  );

  it('another answer is passed on', async () => {
    const listener = new RunListener(undefined, undefined);
    await listener.answered(undefined);
    await expect(listener.answered(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
