import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { launcher, runCli, startCli } from '../support/cli-process.ts';
import { temporaryRootFolder } from '../support/embedded.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A temporary folder that the embedded server's user may enter, and the environment that names it. */
async function separateTemporaryFolder() {
  const folder = await temporaryRootFolder();
  return { folder, env: { TMPDIR: folder } };
}

const serversIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith('dracula-postgres'));

describe('dracula demo', () => {
  it('copies the shop, answers the report, and suggests commands that work', async () => {
    const { folder, env } = await separateTemporaryFolder();
    const cwd = await temporaryFolder('demo');
    const { code, stdout, stderr } = await runCli(['demo'], { cwd, env });
    expect({ code, end: stderr.split('\n').at(-2) }).toEqual({ code: 0, end: expect.stringMatching(/: done, /) });
    expect(stdout).toMatch(/^events +1,000,000 /m);
    expect(stdout).toMatch(/^copied {4}15 tables to \.\/demo-lake \(/m);
    expect(stdout).toMatch(/^month +customer +invoices +revenue_eur +unpaid_eur$/m);
    expect(stdout).toMatch(/^\(12 rows\)$/m);
    expect(await serversIn(folder)).toEqual([]);

    const suggested = [...stdout.matchAll(/^ {2}npx dracula (.*--lake \.\/demo-lake.*)$/gm)].map((match) => match[1]!);
    expect(suggested).toHaveLength(3);
    for (const command of suggested) {
      const line = `'${process.execPath}' '${launcher}' ${command}`;
      const { stdout: answer } = await promisify(execFile)('/bin/sh', ['-c', line], { cwd });
      expect(answer.split('\n').length).toBeGreaterThan(5);
    }
  });

  it.each([
    ['while it starts the server', 'starting an embedded'],
    ['while it fills the shop', 'filled 3 of'],
  ])('stops the server and removes it when interrupted %s', async (_, said) => {
    const { folder, env } = await separateTemporaryFolder();
    const cwd = await temporaryFolder('demo');
    const cli = startCli(['demo', '--lake', join(cwd, 'lake')], { cwd, env });
    await cli.saidOnStderr(said);
    cli.process.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('error[E_INTERRUPTED]');
    expect(await serversIn(folder)).toEqual([]);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('refuses a folder that holds files of others before a server is started', async () => {
    const cwd = await temporaryFolder('demo');
    await writeFile(join(cwd, 'thesis.doc'), '');
    const { code, stdout, stderr } = await runCli(['demo', '--lake', cwd]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(
      /^error\[E_TARGET_FOREIGN\]: .* holds files of others: thesis\.doc\. Nothing was written\.\n/,
    );
  });

  it('leaves the server running with --keep until it is interrupted', async () => {
    const { folder, env } = await separateTemporaryFolder();
    const cwd = await temporaryFolder('demo');
    const cli = startCli(['demo', '--keep', '--quiet'], { cwd, env });
    const url = await new Promise<string>((resolve, reject) => {
      let stdout = '';
      cli.process.stdout!.on('data', (text) => {
        stdout += text;
        const match = /^ {2}(postgres:\/\/\S+)$/m.exec(stdout);
        if (match !== null) resolve(match[1]!);
      });
      cli.ended.then(() => reject(new Error('ended')), reject);
    });
    const users = await runCli(['copy', '--json', url, 'taxes', join(cwd, 'again/')]);
    expect(JSON.parse(users.stdout)).toMatchObject({ rows: 40, exitCode: 0 });
    cli.process.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stderr: 'SIGINT: stopping; once more to exit at once\n' });
    expect(await serversIn(folder)).toEqual([]);
  });
});
