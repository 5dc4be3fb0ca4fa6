import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launcher, runCli, startCli } from '../support/cli-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const manifest = new URL('../../package.json', import.meta.url);

/** Makes the process believe that it is an older Node; the one that it starts is not told. */
const asNode = (version: string) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
];

/** A package folder that holds the launcher alone: no build, no pinned Node. */
async function bareLauncher(): Promise<string> {
  const folder = await temporaryFolder('launcher');
  await mkdir(join(folder, 'bin'));
  await copyFile(manifest, join(folder, 'package.json'));
  await copyFile(launcher, join(folder, 'bin', 'dracula.js'));
  return join(folder, 'bin', 'dracula.js');
}

describe('the launcher', () => {
  it.each([
    ['query', 'select 1'],
    ['status', '--lake', './lake'],
  ])('says that its folder is gone: %j', async (...args) => {
    const folder = join(await temporaryFolder('launcher'), 'gone');
    const script = `mkdir '${folder}' && cd '${folder}' && rmdir '${folder}' && exec "$@"`;
    const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, launcher, ...args], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^error\[E_USAGE\]: The working directory does not exist any more/);
    expect(status).toBe(2);
  });

  it.each(['--version', '-V'])('answers %s by itself, on any Node, built or not', async (flag) => {
    const { version } = JSON.parse(await readFile(manifest, 'utf8'));
    const options = { script: await bareLauncher(), nodeArgs: asNode('12.22.0') };
    expect(await runCli([flag], options)).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  it.runIf(existsSync('/dev/full'))('--version and --help into a full disk: an error, no stack', () => {
    for (const flag of ['--version', '--help']) {
      const full = openSync('/dev/full', 'w');
      const { status, stderr } = spawnSync(process.execPath, [launcher, flag], { stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      expect({ flag, status }).toEqual({ flag, status: 4 });
      expect(stderr.toString()).toMatch(/^error\[E_\w+\]: The standard output cannot be written \(ENOSPC\)\./);
      expect(stderr.toString()).not.toMatch(/^\s+at .*:\d+:\d+/m);
    }
  });

  it('says so when it is not built', async () => {
    const { code, stdout, stderr } = await runCli(['status'], { script: await bareLauncher() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error\[E_USAGE\]: Dracula is not built: .*\n {2}try: run `npm run build`/);
  });

  it.each(['12.22.0', '20.20.2', '22.17.1'])(
    'names the Node that it needs on Node %s without a pinned one',
    async (version) => {
      const { code, stdout, stderr } = await runCli(['status'], {
        script: await bareLauncher(),
        nodeArgs: asNode(version),
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        `error[E_NODE_VERSION]: Dracula needs Node 22.18 or newer; this is Node ${version}.\n` +
          '  try: Install a newer one from https://nodejs.org (or `nvm install 24`), or add it to the project: `npm install node@24`.\n',
      );
    },
  );

  it('starts the pinned Node on an old one, with the same arguments, streams and exit code', async () => {
    const nodeArgs = asNode('20.20.2');
    expect(await runCli(['copy', '--help'], { nodeArgs })).toEqual(await runCli(['copy', '--help']));
    expect(await runCli(['copy', 'orders'], { nodeArgs })).toEqual(await runCli(['copy', 'orders']));
  });

  it.each(['22.18.0', '23.0.0', '26.1.0'])('starts by itself on Node %s', async (version) => {
    const { code, stderr } = await runCli(['status'], { script: await bareLauncher(), nodeArgs: asNode(version) });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('not built') });
  });

  it('does not start itself for ever when the pinned Node is too old as well', async () => {
    const env = { DRACULA_RELAUNCHED: '1' };
    const { code, stderr } = await runCli(['status'], { env, nodeArgs: asNode('20.20.2') });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('needs Node 22.18') });
  });

  it('passes a signal on to the Node that it started', async () => {
    // A query that would take hours.
    const cli = startCli(['query', 'select count(*) from range(1000000000000)', '--lake', await emptyLake()], {
      nodeArgs: asNode('20.20.2'),
    });
    setTimeout(() => cli.process.kill('SIGTERM'), 1500);
    const { code, signal, stderr } = await cli.ended;
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(stderr).toMatch(/^SIGTERM: stopping; once more to exit at once\nerror\[E_INTERRUPTED\]/);
  });

  it('takes the Node that it started with it, even when it is killed outright', async () => {
    const cli = startCli(['query', 'select count(*) from range(1000000000000)', '--lake', await emptyLake()], {
      nodeArgs: asNode('20.20.2'),
    });
    setTimeout(() => cli.process.kill('SIGKILL'), 1500);
    // Both write to the same streams: these close when the last of the two is gone.
    expect(await cli.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

async function emptyLake(): Promise<string> {
  const { openLake } = await import('../../src/lake/lake.ts');
  return (await openLake(await temporaryFolder(), { create: true })).root;
}
