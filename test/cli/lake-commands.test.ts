import { spawn, spawnSync } from 'node:child_process';
import { cp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { launcher, runCli, startCli } from '../support/cli-process.ts';
import { readWithDuckdb } from '../support/duckdb-reader.ts';
import { readableLake } from '../support/readable-lake.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('dracula status', () => {
  it('lists the datasets on stdout', async () => {
    const lake = await readableLake();
    const { code, stdout, stderr } = await runCli(['status', '--lake', lake]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `^${lake}: 1 dataset, 3 rows, \\d+ B\n\ndataset .*\norders +1 +3 +2 +1 +\\d+ B +\\d s +public.orders\n$`,
      ),
    );
  });

  it('prints one JSON document, with the fields that the reference page names', async () => {
    const { code, stdout } = await runCli(['status', '--json', '--lake', await readableLake()]);
    const status = JSON.parse(stdout);
    expect({ code, format: status.format, problems: status.problems }).toEqual({ code: 0, format: 1, problems: [] });
    expect(status.datasets).toMatchObject([
      { dataset: 'orders', table: 'public.orders', version: 1, rows: 3, parts: 1, columns: 2 },
    ]);
    const page = await readFile(new URL('../../docs/reference/cli-json.md', import.meta.url), 'utf8');
    for (const [section, document] of Object.entries({ status, 'status.datasets': status.datasets[0] })) {
      const table = page.split(`\n### ${section}\n`)[1]!.split(/\n#/)[0]!;
      const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
      expect(named).toEqual(Object.keys(document));
    }
  });

  it('takes the lake from $DRACULA_LAKE, else ./lake', async () => {
    const lake = await readableLake();
    expect((await runCli(['status'], { env: { DRACULA_LAKE: lake } })).code).toBe(0);
    const empty = await temporaryFolder();
    const { code, stdout, stderr } = await runCli(['status'], { cwd: empty });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(`error[E_LAKE_NOT_FOUND]: There is no folder at ${join(empty, 'lake')}.\n`);
  });

  it('shows a dataset that it cannot read as a problem, and exits with its code', async () => {
    const lake = await readableLake();
    await writeFile(join(lake, 'orders', 'metadata', 'v1.json'), '{');
    const { code, stdout } = await runCli(['status', '--json', '--lake', lake]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 4,
      datasets: [],
      problems: [{ dataset: 'orders', error: { code: 'E_LAKE_CORRUPT' } }],
    });
  });
});

describe('a query that is interrupted', () => {
  const MANY = 'select range as n from range(200000000)';

  it('ends with 130, and an output file does not appear', async () => {
    const lake = await readableLake();
    for (const format of ['csv', 'json', 'parquet']) {
      const folder = await temporaryFolder('interrupted');
      const cli = startCli(['query', '--lake', lake, MANY, '--output', join(folder, `n.${format}`)]);
      await vi.waitFor(async () => expect((await readdir(folder)).length).toBe(1), { timeout: 20_000, interval: 20 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      cli.process.kill('SIGINT');
      const { code, stderr } = await cli.ended;
      expect({ format, code, left: await readdir(folder) }).toEqual({ format, code: 130, left: [] });
      expect(stderr).toContain('error[E_INTERRUPTED]');
    }
  });

  it('is no shorter document on stdout with success', async () => {
    const cli = startCli(['query', '--lake', await readableLake(), MANY, '--format', 'json']);
    await new Promise((resolve) => cli.process.stdout!.once('data', resolve));
    cli.process.kill('SIGTERM');
    const { code, stdout } = await cli.ended;
    expect(code).toBe(130);
    expect(() => JSON.parse(stdout)).toThrow();
  });
});

describe('a lake with two datasets whose names differ in case only', () => {
  it('shows both, and a query of either says why neither is told apart', async () => {
    const lake = await readableLake();
    await cp(join(lake, 'orders'), join(lake, '%4Frders'), { recursive: true });
    const path = join(lake, '%4Frders', 'metadata', 'v1.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/("dataset":\s*)"orders"/, '$1"%4Frders"'));
    for (const name of ['orders', '"Orders"', '"%4Frders"']) {
      const { code, stdout, stderr } = await runCli(['query', '--lake', lake, `select * from ${name}`]);
      expect({ name, code, stdout }).toEqual({ name, code: 2, stdout: '' });
      expect(stderr).toContain(
        name.includes('%')
          ? 'is called "Orders" in SQL'
          : 'error[E_NAME_COLLISION]: SQL cannot tell "Orders" (folder %4Frders) and orders',
      );
    }
    const { code, stdout } = await runCli(['status', '--lake', lake]);
    expect({ code, lines: stdout.match(/^("Orders"|orders) +1 +3/gm) }).toMatchObject({
      code: 2,
      lines: [expect.stringMatching('"Orders"'), expect.stringMatching('orders')],
    });
    await rm(join(lake, '%4Frders'), { recursive: true });
    expect((await runCli(['query', '--lake', lake, 'select id from orders'])).code).toBe(0);
  });
});

describe('a lake with a part that is gone', () => {
  it('is shown by status, and fails a query of that dataset alone, with exit code 4', async () => {
    const lake = await readableLake();
    const [run] = await readdir(join(lake, 'orders', 'data'));
    const [part] = await readdir(join(lake, 'orders', 'data', run!));
    const path = join(lake, 'orders', 'data', run!, part!);
    await rm(path);

    const status = await runCli(['status', '--lake', lake]);
    expect(status).toMatchObject({ code: 4, stderr: '' });
    expect(status.stdout).toMatch(/^orders +1 +3 +2 +1 \(1 damaged\)/m);
    const said = `error[E_PART_DAMAGED]: The part ${path} of version 1 is missing. Nothing was changed.`;
    expect(status.stdout).toContain(`\norders cannot be read\n  ${said}\n    at: dataset orders, path ${path}\n`);

    const query = await runCli(['query', 'select * from orders', '--lake', lake]);
    expect(query).toMatchObject({ code: 4, stdout: '' });
    expect(query.stderr).toMatch(/^error\[E_PART_DAMAGED\]: The part .*\n {2}at: .*\n {2}try: Copy the dataset again/);
    expect(await runCli(['query', 'select 1 as one', '--format', 'csv', '--lake', lake])).toMatchObject({
      code: 0,
      stdout: 'one\r\n1\r\n',
      stderr: '',
    });
  });
});

describe('dracula query', () => {
  const SQL = 'select * from orders order by id';

  it.each([
    ['table', 'id  note\n--  ------\n 1  sesame\n 2  a,b\n 3  null\n(3 rows)\n'],
    ['csv', 'id,note\r\n1,sesame\r\n2,"a,b"\r\n3,\r\n'],
    ['json', '[\n{"id":1,"note":"sesame"},\n{"id":2,"note":"a,b"},\n{"id":3,"note":null}\n]\n'],
  ])('prints the rows as %s', async (format, text) => {
    const lake = await readableLake();
    const { code, stdout, stderr } = await runCli(['query', SQL, '--lake', lake, '--format', format]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: text, stderr: '' });
  });

  it('prints data as it is, even where it looks like the password', async () => {
    const env = { DATABASE_URL: 'postgres://me:sesame@db/shop' };
    const { stdout } = await runCli(['query', SQL, '--lake', await readableLake()], { env });
    expect(stdout).toContain('sesame');
  });

  it('takes SQL that begins with a comment, as a file of SQL does, before and after its options', async () => {
    const lake = ['--lake', await readableLake()];
    for (const sql of ['-- how many = 3\nselect count(*) as n from orders', '--how many\nfrom (select 3 as n)'])
      for (const line of [
        ['query', sql, ...lake, '--format', 'csv'],
        ['query', '--format=csv', ...lake, '--', sql],
        ['query', ...lake, '--format', 'csv', sql],
      ])
        expect(await runCli(line)).toEqual({ code: 0, signal: null, stdout: 'n\r\n3\r\n', stderr: '' });
  });

  it('writes a file in the format that its name says, and only when it is whole', async () => {
    const lake = await readableLake();
    const folder = await temporaryFolder();
    const query = (output: string, sql = SQL) => runCli(['query', sql, '--lake', lake, '-o', join(folder, output)]);
    expect(await query('a.csv')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(join(folder, 'a.csv'), 'utf8')).toBe('id,note\r\n1,sesame\r\n2,"a,b"\r\n3,\r\n');
    expect(await query('a.parquet')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `3 rows in ${join(folder, 'a.parquet')}\n`,
    });
    expect(await readWithDuckdb(join(folder, 'a.parquet'))).toEqual(
      await readWithDuckdb(join(lake, 'orders/data/*/*.parquet')),
    );
    await symlink('a.csv', join(folder, 'link.csv'));
    expect(await query('link.csv', 'select 1 as one')).toMatchObject({ code: 0 });
    expect([await readlink(join(folder, 'link.csv')), await readFile(join(folder, 'a.csv'), 'utf8')]).toEqual([
      'a.csv',
      'one\r\n1\r\n',
    ]);
    await rm(join(folder, 'link.csv'));
    await symlink('missing.csv', join(folder, 'dangling.csv'));
    await symlink('round.csv', join(folder, 'round.csv'));
    for (const name of ['dangling.csv', 'round.csv']) {
      expect(await query(name)).toMatchObject({ code: 4, stderr: expect.stringContaining('error[E_TARGET]') });
      await rm(join(folder, name));
    }
    expect(await query('a.csv')).toMatchObject({ code: 0 });
    // Fails at the last row: the file of before stays.
    const fails = `select case when range = 9999 then error('late') else range end from range(10000)`;
    expect(await query('a.csv', fails)).toMatchObject({ code: 2, stderr: expect.stringContaining('error[E_ENGINE]') });
    expect(await query('b.parquet', fails)).toMatchObject({ code: 2 });
    expect((await readdir(folder)).sort()).toEqual(['a.csv', 'a.parquet']);
    expect(await readFile(join(folder, 'a.csv'), 'utf8')).toMatch(/^id,note/);
  });

  it.each([
    [['query', SQL, '--format', 'parquet'], 2, 'E_USAGE'],
    [['query', SQL, '--format', 'csv', '-o', '-'], 2, 'E_USAGE'],
    [['query', 'select * from nothing'], 2, 'E_DATASET_NOT_FOUND'],
    [['query', 'drop view orders'], 2, 'E_SQL'],
    [['query', SQL, '-o', '/nonexistent/folder/a.csv'], 4, 'E_TARGET'],
    [['query', SQL, '-o', '/dev/null'], 4, 'E_TARGET'],
  ])('refuses %j', async (args, code, name) => {
    const lake = await readableLake();
    const result = await runCli([...args, '--lake', lake]);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    expect(result.stderr).toMatch(new RegExp(`^error\\[${name}\\]: .*\n[^]*  try: `));
  });

  it('writes to no stream by its name, whatever is behind it', async () => {
    const args = ['query', SQL, '-o', '/dev/stdout', '--lake', await readableLake()];
    const refused = /^error\[E_TARGET\]: The output is not a regular file/;
    expect((await runCli(args)).stderr).toMatch(refused);
    // Behind it may be a file that the shell writes into.
    const log = join(await temporaryFolder(), 'log');
    const script = 'echo before > "$0"; "$@" >> "$0"; echo after >> "$0"';
    const linked = join(await temporaryFolder(), 'fd');
    await symlink('/dev/fd', linked);
    for (const output of ['/dev/stdout', join(linked, '1')]) {
      const line = [process.execPath, launcher, ...args.map((arg) => (arg === '/dev/stdout' ? output : arg))];
      const { stderr } = spawnSync('sh', ['-c', script, log, ...line], { encoding: 'utf8' });
      expect(stderr).toMatch(refused);
      expect(await readFile(log, 'utf8')).toBe('before\nafter\n');
      await rm(log);
    }
  });

  it('writes a file with the longest name that there is', async () => {
    const file = join(await temporaryFolder(), `${'n'.repeat(251)}.csv`);
    const args = ['query', 'select 1 as one', '-o', file, '--lake', await readableLake()];
    expect(await runCli(args)).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(file, 'utf8')).toBe('one\r\n1\r\n');
  });

  it('refuses to write into the lake that it reads', async () => {
    const lake = await temporaryFolder();
    await cp(await readableLake(), lake, { recursive: true });
    const version = join(lake, 'orders', 'metadata', 'v1.json');
    const before = await readFile(version, 'utf8');
    const result = await runCli(['query', SQL, '--lake', lake, '-o', version, '--format', 'json']);
    expect(result).toMatchObject({ code: 4, stderr: expect.stringContaining('lies in the lake that is read') });
    expect(await readFile(version, 'utf8')).toBe(before);
  });

  it('ends quietly when the reader of stdout has gone', async () => {
    const args = ['query', 'from range(10000000)', '--format', 'csv', '--lake', await readableLake()];
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code, signal] = await new Promise<unknown[]>((resolve) => child.once('close', (...args) => resolve(args)));
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('stops within moments of a signal', async () => {
    const sql = 'select count(*) from range(1000000000000)';
    const cli = startCli(['query', sql, '--lake', await readableLake()]);
    setTimeout(() => cli.process.kill('SIGINT'), 1000);
    const { code, stdout, stderr } = await cli.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^SIGINT: stopping; once more to exit at once\nerror\[E_INTERRUPTED\]/);
  });
});
