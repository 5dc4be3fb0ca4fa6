import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { FakeHost } from '../../support/fake-host.ts';

async function run(argv: readonly string[], options: ConstructorParameters<typeof FakeHost>[0] = {}) {
  const host = new FakeHost(options);
  const code = await main(argv, host);
  return { host, code, stdout: host.stdout.text, stderr: host.stderr.text };
}

describe('main', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([[['--help']], [['help']], [['copy', '--help']], [['help', 'query']]])(
    'prints help on stdout: %j',
    async (argv) => {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: dracula/);
    },
  );

  it('prints help on stderr when no command is named', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: dracula/);
  });

  it.each([
    [['nope'], /^error\[E_USAGE\]: Unknown command 'nope'/],
    [['statsu'], /^error\[E_USAGE\]: Unknown command 'statsu' \(Did you mean status\?\)\.\n {2}try: /],
    [
      ['copy', '--compresion', 'x', './l'],
      /^error\[E_USAGE\]: Unknown option '--compresion' \(Did you mean --compression\?\)\.\n/,
    ],
    [['copy', './l', '--where'], /^error\[E_USAGE\]: Option '--where <condition>' argument missing\.\n/],
    [['query'], /^error\[E_USAGE\]: Missing required argument 'sql'\.\n/],
    [['status', 'extra'], /^error\[E_USAGE\]: Too many arguments/],
    [
      ['query', '--format', 'xml', 'x'],
      /^error\[E_USAGE\]: --format does not take "xml"; valid: table, json, csv, parquet\.\n/,
    ],
    [['copy'], /^error\[E_USAGE\]: The target is missing/],
  ])('answers a wrong command line with one error on stderr: %j', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('adds the error as JSON on stdout under --json', async () => {
    const { code, stdout, stderr } = await run(['copy', '--json', '--max-block', 'x', './l']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error\[E_USAGE\]/);
    expect(JSON.parse(stdout)).toEqual({
      format: 1,
      error: {
        code: 'E_USAGE',
        message: '--max-block does not take "x"; valid: a duration with its unit, such as 500ms, 10s, 30m, 2h.',
        facts: {},
        hint: 'See `dracula <command> --help`, or in a program the types CopyOptions and VerifyOptions.',
        retry: 'after-fix',
      },
    });
    expect(stdout.endsWith('}\n')).toBe(true);
  });

  it.each([
    [{ isTTY: true }, [], true],
    [{ isTTY: true }, ['--no-color'], false],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, [], false],
    [{ isTTY: true, env: { NO_COLOR: '' } }, [], true],
    [{ isTTY: true, env: { TERM: 'dumb' } }, [], false],
    [{ isTTY: false }, [], false],
  ])('colours where it is wanted: %j %j', async (options, flags, colored) => {
    const { stderr } = await run(['copy', ...flags, './l', 'late'], options);
    expect(stderr.includes('\x1b[')).toBe(colored);
  });

  it('shows the stack when DRACULA_DEBUG=1, and else not', async () => {
    const shown = await run(['copy'], { env: { DRACULA_DEBUG: '1' } });
    expect(shown.stderr).toMatch(/\n {4}at .*copy-arguments/);
    expect((await run(['copy'])).stderr).not.toMatch(/\n {4}at /);
  });

  it('never prints a password, wherever it stood on the command line', async () => {
    const url = 'postgres://me:sesame%21@db/shop';
    for (const argv of [
      [url, url],
      ['./l', url],
      ['--where', url],
      ['--max-block', url, './l'],
      [`--${url}`, './l'],
    ]) {
      const { stdout, stderr } = await run(['copy', '--json', ...argv], { env: { DRACULA_DEBUG: '1' } });
      expect(stderr).toMatch(/^error\[E_/);
      expect(stdout + stderr).not.toContain('sesame');
    }
  });

  it('leaves no listener behind but those for closed pipes, and for signals in the last moments', async () => {
    const { host } = await run(['copy']);
    expect(host.eventNames()).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP']);
    expect(host.stdout.eventNames()).toEqual(['error']);
  });
});
