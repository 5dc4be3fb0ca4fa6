import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunningRead } from '../../../src/pipeline/reader.ts';
import { cancelDropped } from '../../../src/pipeline/run-limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a read of a failed table is cancelled again and again, after a second terminated, and left alone once it is over', async () => {
  const read: RunningRead = { workerId: 0, chunkId: 0, dataset: 'orders', transaction: { pid: 7, xactStart: '00' } };
  let running: RunningRead[] = [read];
  const asked: string[] = [];
  const query = async (text: string) => void asked.push(/pg_(\w+)_backend/.exec(text)![1]!);
  const stop = cancelDropped(
    { running: (state) => (state === 'dropping' ? running : []) },
    async () => ({ query }) as never,
  );
  await vi.advanceTimersByTimeAsync(1_800);
  expect(asked).toEqual(['cancel', 'cancel', 'cancel', 'cancel', 'terminate', 'terminate']);
  running = [];
  await vi.advanceTimersByTimeAsync(900);
  expect(asked).toHaveLength(6);
  stop();
});
