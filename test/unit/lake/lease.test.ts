import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { acquireLease, type Lease, type LeaseOptions } from '../../../src/lake/lease.ts';
import { ownIdentity, type ProcessIdentity } from '../../../src/lake/process-identity.ts';
import { createFolderStorage, type Storage } from '../../../src/lake/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ELSEWHERE: ProcessIdentity = { ...ownIdentity(), host: 'other-host', pid: 4711 };

async function take(storage: Storage, runId: string, options: Partial<LeaseOptions> = {}): Promise<Lease> {
  const lease = await acquireLease({ storage, dataset: 'orders', runId, ...options });
  onTestFinished(() => lease.release());
  return lease;
}

const leaseFile = (root: string, n: number): string => join(root, 'orders', 'lease', `${n}.json`);

async function setup(): Promise<{ root: string; storage: Storage }> {
  const root = await temporaryFolder();
  return { root, storage: createFolderStorage(root) };
}

test('a held lease is refused with the run, the host, the process and the age of its heartbeat', async () => {
  const { storage } = await setup();
  let nowMs = Date.UTC(2026, 10, 22);
  const now = () => nowMs;
  const lease = await take(storage, 'run-a', { now, identity: ELSEWHERE });
  nowMs += 12_000;
  await expect(take(storage, 'run-b', { now })).rejects.toMatchObject({
    code: 'E_LEASE_HELD',
    exitCode: 4,
    message: expect.stringMatching(/run run-a on other-host \(pid 4711, last heartbeat 12 s ago\)/),
  });
  expect(await lease.isOurs()).toBe(true);
});

test('a released lease is free at once, and its number is not given out again', async () => {
  const { root, storage } = await setup();
  const first = await take(storage, 'run-a');
  await first.release();
  expect(await first.isOurs()).toBe(false);
  const second = await take(storage, 'run-b');
  expect(await second.isOurs()).toBe(true);
  expect(await readdir(join(root, 'orders', 'lease'))).toEqual(['2.json']);
  await first.release();
  expect(await second.isOurs()).toBe(true);
  await expect(first.assertOurs()).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
});

test('a lease without a heartbeat is taken over after the limit, not before; a heartbeat from far in the future counts as none', async () => {
  const { storage } = await setup();
  let nowMs = Date.UTC(2026, 10, 22);
  const options = { now: () => nowMs };
  await take(storage, 'run-a', { ...options, identity: ELSEWHERE });
  nowMs += 60_000;
  await expect(take(storage, 'run-b', options)).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  nowMs += 1;
  await take(storage, 'run-b', { ...options, identity: ELSEWHERE });
  nowMs -= 60_000;
  await expect(take(storage, 'run-c', options)).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  nowMs -= 1;
  expect(await (await take(storage, 'run-c', options)).isOurs()).toBe(true);
});

test('the lease of a process that is gone is taken over at once, on the same machine only', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const gone: ProcessIdentity = { ...ownIdentity(), pid: child.pid! };
  const stillThere = [
    { ...gone, host: 'other-host' },
    { ...gone, bootId: 'another boot' },
    { ...gone, pidNamespace: 'pid:[1]' },
    ownIdentity(),
  ];
  for (const identity of stillThere) {
    const { storage } = await setup();
    await take(storage, 'run-a', { identity });
    await expect(take(storage, 'run-b'), JSON.stringify(identity)).rejects.toMatchObject({ code: 'E_LEASE_HELD' });
  }
  const { storage } = await setup();
  await take(storage, 'run-a', { identity: gone });
  expect(await (await take(storage, 'run-b')).isOurs()).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'a pid that was given out again to another process does not hold a lease',
  async () => {
    const { storage } = await setup();
    await take(storage, 'run-a', { identity: { ...ownIdentity(), startedTicks: '1' } });
    expect(await (await take(storage, 'run-b')).isOurs()).toBe(true);
  },
);

test.runIf(process.platform === 'linux')(
  'a process that has ended and that nobody waits for holds no lease',
  async () => {
    const { storage } = await setup();
    // The shell's child ends at once, and what the shell becomes never asks for it.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(line);
      await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), { timeout: 5000 });
      await take(storage, 'run-a', { identity: { ...ownIdentity(), pid, startedTicks: '' } });
      expect(await (await take(storage, 'run-b')).isOurs()).toBe(true);
    } finally {
      parent.kill();
    }
  },
);

test('the heartbeat keeps a lease alive, and notices when another run took it over', async () => {
  const { root, storage } = await setup();
  const times = { heartbeatMs: 10 };
  const first = await take(storage, 'run-a', { times, identity: ELSEWHERE });
  const started = JSON.parse(await readFile(leaseFile(root, 1), 'utf8')) as { heartbeatAt: string };
  await expect
    .poll(async () => (JSON.parse(await readFile(leaseFile(root, 1), 'utf8')) as { heartbeatAt: string }).heartbeatAt)
    .not.toBe(started.heartbeatAt);

  const second = await take(storage, 'run-b', { now: () => Date.now() + 120_000 });
  await expect.poll(() => first.lost.aborted).toBe(true);
  expect(isDraculaError(first.lost.reason, 'E_LEASE_LOST')).toBe(true);
  await expect(first.assertOurs()).rejects.toBe(first.lost.reason);
  await first.release();
  expect(await second.isOurs()).toBe(true);
  expect(second.lost.aborted).toBe(false);
});

test('a heartbeat on its way when the lease is given back does not hold it on', async () => {
  const { storage } = await setup();
  const { promise: beating, resolve: beats } = Promise.withResolvers<void>();
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  let writes = 0;
  const slow: Storage = {
    ...storage,
    async replace(key, text) {
      if (writes++ === 0) {
        beats();
        await written;
      }
      return storage.replace(key, text);
    },
  };
  const first = await take(slow, 'run-a', { times: { heartbeatMs: 10 } });
  await beating;
  const release = first.release();
  setTimeout(write, 50);
  await release;
  await written;
  const second = await take(storage, 'run-b');
  expect(await second.isOurs()).toBe(true);
});

test('a loss is noticed without a heartbeat too', async () => {
  const { storage } = await setup();
  const first = await take(storage, 'run-a', { identity: ELSEWHERE });
  await take(storage, 'run-b', { now: () => Date.now() + 120_000 });
  await expect(first.assertOurs()).rejects.toMatchObject({
    code: 'E_LEASE_LOST',
    message: expect.stringContaining('run-a'),
  });
  expect(first.lost.aborted).toBe(true);
});

test('of many that take a free or a stale lease at once, one gets it', async () => {
  const { root, storage } = await setup();
  for (let round = 0; round < 10; round++) {
    const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => take(storage, `run-${round}-${i}`)));
    const won = ends.filter((end) => end.status === 'fulfilled').map((end) => end.value);
    expect(won).toHaveLength(1);
    expect(await won[0]!.isOurs()).toBe(true);
    for (const end of ends)
      if (end.status === 'rejected') expect(isDraculaError(end.reason, 'E_LEASE_HELD')).toBe(true);
    // Odd rounds end with a release, even ones as if the process had died.
    const names = await readdir(join(root, 'orders', 'lease'));
    expect(names).toHaveLength(1);
    const path = join(root, 'orders', 'lease', names[0]!);
    if (round % 2 === 1) await won[0]!.release();
    else
      await writeFile(
        path,
        (await readFile(path, 'utf8')).replace(/"heartbeatAt": ".*"/, '"heartbeatAt": "2000-01-01T00:00:00Z"'),
      );
  }
});

test('a taker that slept until its number was cleared away steps back from the run that came after', async () => {
  const { root, storage } = await setup();
  const later: Lease[] = [];
  // The sleeper has seen lease 0 as the highest; before its create, two others took 1 and 2.
  const sleeper: Storage = {
    ...storage,
    async create(key, text) {
      if (later.length === 0) {
        await (await take(storage, 'run-1')).release();
        later.push(await take(storage, 'run-2'));
      }
      return storage.create(key, text);
    },
  };
  await expect(take(sleeper, 'sleeper')).rejects.toMatchObject({
    code: 'E_LEASE_HELD',
    message: expect.stringContaining('run-2'),
  });
  expect(await later[0]!.isOurs()).toBe(true);
  expect(await readdir(join(root, 'orders', 'lease'))).toEqual(['2.json']);
});

test('a lease file that a power failure emptied holds nobody up, and leftovers of killed takers are cleared', async () => {
  const { root, storage } = await setup();
  await (await take(storage, 'run-a')).release();
  await writeFile(leaseFile(root, 1), '');
  await writeFile(join(root, 'orders', 'lease', '.1.json.b0c7.tmp'), '{');
  await utimes(leaseFile(root, 1), new Date(), new Date());
  await take(storage, 'run-b');
  expect(await readdir(join(root, 'orders', 'lease'))).toEqual(['2.json']);
});

test('an open lease does not keep the process alive', async () => {
  const { root } = await setup();
  const lease = JSON.stringify(join(import.meta.dirname, '../../../src/lake/lease.ts'));
  const storage = JSON.stringify(join(import.meta.dirname, '../../../src/lake/storage.ts'));
  const script = `const { acquireLease } = await import(${lease}); const { createFolderStorage } = await import(${storage});
    await acquireLease({ storage: createFolderStorage(${JSON.stringify(root)}), dataset: 'orders', runId: 'r' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await readdir(join(root, 'orders', 'lease'))).toEqual(['1.json']);
});
