import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { openRun } from '../../../src/pipeline/copy-run.ts';

it('what there is to know of the connection is told before it is tried', async () => {
  const events: RunEvent[] = [];
  const opening = openRun({
    url: 'postgresql://app@127.0.0.1:1/shop?pgbouncer=true&sslmode=require',
    target: './lake/',
    env: {},
    onEvent: (event) => void events.push(event),
  });
  await expect(opening).rejects.toMatchObject({ code: 'E_CONNECT' });
  expect(events).toEqual([
    { type: 'notice', level: 'warning', message: expect.stringContaining('pgbouncer is ignored') },
    { type: 'notice', level: 'warning', message: expect.stringContaining('does not check who answers') },
  ]);
});

it.each([undefined, new Error('enough')])(
  'a signal that is aborted already is E_INTERRUPTED, before anything is tried: %s',
  async (reason) => {
    const opening = openRun({
      url: 'postgresql://app@127.0.0.1:1/shop?sslmode=disable',
      target: './lake/',
      env: {},
      signal: AbortSignal.abort(reason),
    });
    await expect(opening).rejects.toMatchObject({ code: 'E_INTERRUPTED', exitCode: 130 });
  },
);

it('a run that could not be opened leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  const url = 'postgresql://app@127.0.0.1:1/shop?sslmode=disable';
  await expect(openRun({ url, target: './lake/', env: {}, signal })).rejects.toMatchObject({ code: 'E_CONNECT' });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
