import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, cp, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';
import { queryRow, temporaryRootFolder } from '../support/embedded.ts';
import { DEFAULT_MAJOR, testBinaries } from '../support/postgres.ts';

const OWNER = fileURLToPath(new URL('../support/embedded-owner.ts', import.meta.url));
const binaries = await testBinaries(DEFAULT_MAJOR);

interface Owned {
  readonly owner: ChildProcess;
  readonly pid: number;
  readonly url: string;
  readonly folder: string;
}

/** Starts the owner in a session of its own and waits for its server. */
async function startOwner(
  end: string,
  how: { node?: string; script?: string; binaries?: string; uid?: number } = {},
): Promise<Owned> {
  const owner = spawn(how.node ?? process.execPath, [how.script ?? OWNER, end, how.binaries ?? binaries], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    ...(how.uid === undefined ? {} : { uid: how.uid, gid: how.uid }),
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  let complaints = '';
  owner.stderr.on('data', (chunk) => (complaints += chunk));
  for await (const line of createInterface({ input: owner.stdout })) {
    const { pid, url, dataFolder } = JSON.parse(line) as { pid: number; url: string; dataFolder: string };
    onTestFinished(async () => {
      if (await isRunning(pid)) process.kill(pid, 'SIGQUIT'); // the test failed
    });
    return { owner, pid, url, folder: dirname(dataFolder) };
  }
  throw new Error(`The owner ended before its server ran: ${complaints}`);
}

async function expectServerGone({ pid, folder }: Owned): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await isRunning(pid), `postgres ${pid} runs`).toBe(false);
      await expect(stat(folder)).rejects.toThrow('ENOENT');
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** A zombie that nobody has waited for does not run. */
async function isRunning(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text !== '' && text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z';
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a server ends and its folder goes when %s ends its owner',
  async (signal) => {
    await temporaryRootFolder();
    const owned = await startOwner('wait');
    expect(await queryRow(owned.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    owned.owner.kill(signal);
    await expectServerGone(owned);
  },
);

test.each(['exit', 'throw'])('a server ends and its folder goes when its owner ends by itself (%s)', async (end) => {
  await temporaryRootFolder();
  await expectServerGone(await startOwner(end));
});

test('Ctrl-C, which goes to the whole process group, does not reach the server', async () => {
  await temporaryRootFolder();
  const owned = await startOwner('ignore-sigint');
  process.kill(-owned.owner.pid!, 'SIGINT');
  await new Promise((done) => setTimeout(done, 300));
  expect(await queryRow(owned.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  owned.owner.kill('SIGKILL');
  await expectServerGone(owned);
});

test("what is left when the owner and its watchdog were killed goes at the next start, and nobody else's", async () => {
  await temporaryRootFolder();
  const living = await startOwner('wait');
  const left = await startOwner('wait');
  for (const child of await childrenOf(left.owner.pid!)) if (child !== left.pid) process.kill(child, 'SIGKILL');
  left.owner.kill('SIGKILL');
  await new Promise((done) => left.owner.once('exit', done));
  expect(await isRunning(left.pid)).toBe(true);

  const next = await startEmbeddedPostgres({ binaries });
  onTestFinished(() => next.stop('immediate'));
  await expectServerGone(left);
  expect(await queryRow(living.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  living.owner.kill('SIGKILL');
  await expectServerGone(living);
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

test('a user who is not root starts, uses and loses a server as root does', async () => {
  const folder = await temporaryRootFolder();
  await chmod(folder, 0o777);
  // A copy that everybody can enter, since this checkout may stand in a private folder.
  const root = fileURLToPath(new URL('../../', import.meta.url));
  for (const path of ['package.json', 'src', 'test/support/embedded-owner.ts']) {
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  await cp(process.execPath, join(folder, 'node'));
  await cp(binaries, join(folder, 'binaries'), { recursive: true, verbatimSymlinks: true });
  const owned = await startOwner('wait', {
    node: join(folder, 'node'),
    script: join(folder, 'test/support/embedded-owner.ts'),
    binaries: join(folder, 'binaries'),
    ...(process.getuid!() === 0 ? { uid: 1000 } : {}),
  });
  expect(await queryRow(owned.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  const expectedUid = process.getuid!() === 0 ? 1000 : process.getuid!();
  expect((await stat(owned.folder)).uid).toBe(expectedUid);
  expect((await stat(`/proc/${owned.pid}`)).uid).toBe(expectedUid);
  owned.owner.kill('SIGTERM');
  await expectServerGone(owned);
});
