import { expect, it } from 'vitest';
import { DraculaError } from '../../../src/errors.ts';
import { asInterruption, interruptedAfter } from '../../../src/pipeline/interruption.ts';

const open = new AbortController().signal;

it('an abort becomes E_INTERRUPTED with its reason as the cause; one that is it already stays', () => {
  const controller = new AbortController();
  const signal = asInterruption(controller.signal, open);
  expect(signal.aborted).toBe(false);
  const reason = new Error('enough');
  controller.abort(reason);
  expect(signal.reason).toMatchObject({ code: 'E_INTERRUPTED', cause: reason });
  const ours = new DraculaError('E_INTERRUPTED', 'SIGINT');
  expect(asInterruption(AbortSignal.abort(ours), open).reason).toBe(ours);
});

it('a signal that outlives the run is not listened to any more', () => {
  const [controller, closed] = [new AbortController(), new AbortController()];
  const signal = asInterruption(controller.signal, closed.signal);
  closed.abort();
  controller.abort();
  expect(signal.aborted).toBe(false);
});

it('says what is published', () => {
  expect(interruptedAfter([], null).message).toBe(
    'The run was interrupted before a table was committed. Nothing is published.',
  );
  expect(interruptedAfter(['public.a', 'odd."B"'], null).message).toBe(
    'The run was interrupted after it had committed public.a, odd."B". Nothing of the others is published.',
  );
  const many = Array.from({ length: 12 }, (_, i) => `t${i}`);
  expect(interruptedAfter(many, null).message).toContain('t9 and 2 more.');
});
