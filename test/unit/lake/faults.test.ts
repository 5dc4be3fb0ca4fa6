import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DraculaError, isDraculaError } from '../../../src/errors.ts';
import type { DatasetRun } from '../../../src/lake/dataset-store.ts';
import { type Lake, openLake } from '../../../src/lake/lake.ts';
import type { FileSystem } from '../../../src/lake/storage.ts';
import { type FaultHooks, type FileCall, faultyFiles, systemError } from '../../support/faulty-files.ts';
import { copyOnce, writePart } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const WRITES = new Set(['open', 'link', 'rename', 'mkdir', 'file.writeFile', 'file.sync']);

/** How the n-th call and those after it answer. */
const FAULTS = {
  'a disk that is full for one write': (n, { number, name }) => number === n && WRITES.has(name),
  'a disk that stays full': (n, { number, name }) => number >= n && WRITES.has(name),
  'a file system that stops answering': (n, { number }) => number >= n,
} satisfies Record<string, (n: number, call: FileCall) => boolean>;

interface Attempt {
  readonly error: DraculaError | null;
  readonly run: DatasetRun | null;
}

async function attempt(root: string, files: FileSystem): Promise<Attempt> {
  let run: DatasetRun | null = null;
  try {
    const lake = await openLake(root, { create: true, files });
    run = await lake.dataset('orders').beginRun(`run-${attempts++}`);
    await run.commit(await writePart(run));
    return { error: null, run };
  } catch (e) {
    if (!isDraculaError(e)) throw e;
    await run?.abandon().catch(() => undefined);
    return { error: e, run };
  }
}
let attempts = 0;

/** Runs with the fault at its first, second, … call until a run has fewer calls than that. */
async function everyCall(
  hooks: (n: number) => FaultHooks,
  check: (root: string, lake: Lake, end: Attempt) => Promise<void>,
) {
  const root = await temporaryFolder();
  // The stand-in runs are all of this living process: the lease of one that could not give it back is stale at once.
  const lake = await openLake(root, { create: true, leaseTimes: { staleAfterMs: -1 } });
  await copyOnce(lake);
  for (let n = 1; ; n++) {
    let reached = false;
    const { onCall, onDone } = hooks(n);
    const files = faultyFiles({
      onCall(call) {
        reached ||= call.number >= n;
        onCall?.(call);
      },
      ...(onDone === undefined ? {} : { onDone }),
    });
    await check(root, lake, await attempt(root, files));
    await copyOnce(lake);
    if (!reached) return n;
  }
}

for (const [name, fails] of Object.entries(FAULTS)) {
  test(`${name}: the run fails with what is so, or has committed; nothing is lost`, async () => {
    const codes = new Set<string>();
    let before = 1;
    const calls = await everyCall(
      (n) => ({
        onCall(call) {
          if (fails(n, call)) throw systemError(name.startsWith('a disk') ? 'ENOSPC' : 'EIO');
        },
      }),
      async (root, lake, { error, run }) => {
        const newest = (await lake.dataset('orders').load())!;
        const own = run !== null && newest.runId === run.runId;
        if (error === null) expect(own).toBe(true);
        else if (error.code !== 'E_COMMIT_UNKNOWN') expect(own).toBe(false);
        if (error !== null) codes.add(error.code);
        expect(newest.version).toBe(own ? before + 1 : before);
        if (own) expect(await readdir(join(root, 'orders', 'data', run.runId))).toEqual(['part-00000.parquet']);
        before = newest.version + 1;
      },
    );
    expect(calls).toBeGreaterThan(30);
    const expected = name.startsWith('a disk') ? ['E_DISK_FULL'] : ['E_COMMIT_UNKNOWN', 'E_WRITE'];
    expect([...codes]).toEqual(expect.arrayContaining(expected));
    if (name === 'a disk that is full for one write') expect([...codes]).toEqual(['E_DISK_FULL']);
  });
}

test('a call that is done and reported as failed loses and doubles nothing', async () => {
  let before = 1;
  await everyCall(
    (n) => ({
      onDone({ number }) {
        if (number === n) throw systemError('EIO');
      },
    }),
    async (_root, lake, { error, run }) => {
      const newest = (await lake.dataset('orders').load())!;
      expect(newest.runId === run?.runId).toBe(error === null);
      before += error === null ? 1 : 0;
      expect(newest.version).toBe(before);
      before++;
    },
  );
});
