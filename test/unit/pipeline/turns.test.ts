import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/pipeline/turns.ts';

/** Starts works by name and ends them by name; `running` are those that began. */
function works(turns: Turns) {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const results = new Map<string, Promise<void>>();
  return {
    running,
    async start(name: string, count: number): Promise<void> {
      const work = async (): Promise<void> => {
        running.push(name);
        await new Promise<void>((end) => ends.set(name, end));
        running.splice(running.indexOf(name), 1);
      };
      results.set(name, turns.during(count, work));
      await tick();
    },
    async end(name: string): Promise<void> {
      ends.get(name)!();
      await results.get(name);
      await tick();
    },
  };
}

it('lets as many run at a time as there are turns, in their order', async () => {
  const turns = new Turns(2);
  const { running, start, end } = works(turns);
  for (const name of ['a', 'b', 'c', 'd']) await start(name, 1);
  expect(running).toEqual(['a', 'b']);
  await end('b');
  expect(running).toEqual(['a', 'c']);
  await end('a');
  expect(running).toEqual(['c', 'd']);
  expect(turns.most).toBe(2);
});

it('runs alone what takes all turns, and what came later after it', async () => {
  const turns = new Turns(2);
  const { running, start, end } = works(turns);
  await start('a', 1);
  await start('all', 2);
  await start('late', 1);
  expect(running).toEqual(['a']);
  await end('a');
  expect(running).toEqual(['all']);
  await end('all');
  expect(running).toEqual(['late']);
});

it('gives turns back where the work fails', async () => {
  const turns = new Turns(1);
  await expect(turns.during(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.during(1, async () => 'next')).toBe('next');
});
