import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/program.ts';
import type { Run } from '../../../src/cli/session.ts';
import { type CopyFlags, toCopyOptions } from '../../../src/cli/to-copy-options.ts';
import { DraculaError } from '../../../src/errors.ts';
import { FakeHost } from '../../support/fake-host.ts';

/** The options that the library would get for a command line. */
function parse(...argv: string[]): unknown {
  let run: Run | undefined;
  const program = buildProgram(new FakeHost(), (chosen) => {
    run = chosen;
  });
  program.parse(['copy', ...argv], { from: 'user' });
  expect(run).toBeDefined();
  const copy = program.commands.find((command) => command.name() === 'copy')!;
  return toCopyOptions(copy.args, copy.opts<CopyFlags>());
}

function messageOf(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof DraculaError && error.code === 'E_USAGE') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('options of copy', () => {
  it("adds nothing to what was said: the defaults are the library's", () => {
    expect(parse('./lake')).toEqual({ target: './lake' });
  });

  it.each([
    [['orders', './l'], { tables: ['orders'] }],
    [['a', '--table', 'b.c', '--table', 'x/y', './l'], { tables: ['a', 'b.c', 'x/y'] }],
    [['--exclude', '*_log', '--exclude', 'b', './l'], { exclude: ['*_log', 'b'] }],
    [['postgres://db/shop', './l'], { url: 'postgres://db/shop' }],
    [['--query', 'select 1', '--name', 'one', './l'], { query: { sql: 'select 1', name: 'one' } }],
    [['--columns', 'id,"a,b"', './l'], { columns: ['id', 'a,b'] }],
    [['--where', 'total > 0', './l'], { where: 'total > 0' }],
    [['--connections', '3', './l'], { connections: 3 }],
    [['--chunk-by', 'relation', './l'], { chunkBy: 'relation' }],
    [['--compression', 'gzip', './l'], { compression: 'gzip' }],
    [['--compression', 'zstd:9', './l'], { compression: 'zstd', compressionLevel: 9 }],
    [['--compression', 'zstd', '--compression-level', '9', './l'], { compression: 'zstd', compressionLevel: 9 }],
    [['--compression-level', '9', './l'], { compressionLevel: 9 }],
    [['--row-group-rows', '1000', './l'], { rowGroupRows: 1000 }],
    [['--part-bytes', '64MiB', './l'], { partBytes: 67_108_864 }],
    [['--memory', '1GB', './l'], { memoryBytes: 1e9 }],
    [['--consistency', 'chunk', './l'], { consistency: 'chunk' }],
    [['--max-snapshot-age', '2h', './l'], { maxSnapshotAgeMs: 7_200_000 }],
    [['--max-block', '500ms', './l'], { maxBlockMs: 500 }],
    [['--statement-timeout', '10s', './l'], { statementTimeoutMs: 10_000 }],
    [['--numeric', '38,9', './l'], { numeric: { precision: 38, scale: 9 } }],
    [['--numeric', 'text', './l'], { numeric: 'text' }],
    [['--readers', 'duckdb,pyarrow', './l'], { readers: ['duckdb', 'pyarrow'] }],
    [['--awkward', 'null', './l'], { awkward: 'null' }],
    [['--awkward', 'quarantine', '--max-quarantined', '10', './l'], { awkward: 'quarantine', maxQuarantined: 10 }],
    [['--max-quarantined', '0.50 %', './l'], { maxQuarantined: '0.5%' }],
    [
      ['--column', 'a.b.c:dims=2,awkward=null', '--column', '"x:1".y:awkward=fail', './l'],
      { columnOptions: { 'a.b.c': { dims: 2, awkward: 'null' }, '"x:1".y': { awkward: 'fail' } } },
    ],
    [['--column', 'a.b:dims=json', './l'], { columnOptions: { 'a.b': { dims: 'json' } } }],
    [['--fail-fast', '--force', './l'], { failFast: true, force: true }],
    [['--dry-run', '--json', '--quiet', '--no-color', './l'], {}],
  ])('translates %j', (argv, options) => expect(parse(...argv)).toEqual({ target: './l', ...options }));

  it.each([
    [['--query', 'select 1', './l'], '--query needs --name: the dataset that its rows become.'],
    ...['101%', '-1', '1.5', 'x'].map((text): [string[], string] => [
      ['--max-quarantined', text, './l'],
      `--max-quarantined does not take "${text}"; valid: a whole number from 0 on, or a share such as 1%.`,
    ]),
    ...['a.b:dims=7', 'a.b', 'a.b:awkward=skip', 'a.b:dims=2,dims=3'].map((text): [string[], string] => [
      ['--column', text, './l'],
      `--column does not take "${text}"; valid: namespace.table.column:dims=<1 to 6, or json>,awkward=<fail, null, quarantine>, or one of the two.`,
    ]),
    [
      ['--column', 'a.b:dims=2', '--column', 'a.b:awkward=null', './l'],
      '--column names a.b twice: write its settings behind one colon.',
    ],
    [['--name', 'one', './l'], '--name names the dataset of a --query, and there is none.'],
    [['orders', '--query', 'q', '--name', 'n', './l'], '--query stands alone: it cannot be combined with tables.'],
    [
      ['--table', 'a', '--query', 'q', '--name', 'n', './l'],
      '--query stands alone: it cannot be combined with tables.',
    ],
    [
      ['--exclude', 'a', '--query', 'q', '--name', 'n', './l'],
      '--query stands alone: it cannot be combined with --exclude.',
    ],
    [
      ['--columns', 'a', '--query', 'q', '--name', 'n', './l'],
      '--query stands alone: it cannot be combined with --columns.',
    ],
    [
      ['--where', 'a', '--query', 'q', '--name', 'n', './l'],
      '--query stands alone: it cannot be combined with --where.',
    ],
    [
      ['--compression', 'zstd:1', '--compression-level', '2', './l'],
      'The compression level is given twice: in --compression and in --compression-level.',
    ],
    [
      ['--compression', 'snappy', '--compression-level', '2', './l'],
      '--compression-level does not take "2"; valid: no level at all for snappy.',
    ],
    [['--compression-level', 'x', './l'], '--compression-level does not take "x"; valid: a whole number from 1 on.'],
    [['--connections', '0', './l'], '--connections does not take "0"; valid: a whole number from 1 on.'],
    [['--row-group-rows', '1k', './l'], '--row-group-rows does not take "1k"; valid: a whole number from 1 on.'],
    [['--consistency', 'all', './l'], '--consistency does not take "all"; valid: run, table, chunk.'],
    [['--chunk-by', 'page', './l'], '--chunk-by does not take "page"; valid: ctid, key, relation.'],
    [['--awkward', 'skip', './l'], '--awkward does not take "skip"; valid: fail, null, quarantine.'],
    [
      ['--compression', 'lz4', './l'],
      '--compression does not take "lz4"; valid: zstd, snappy, gzip, none, with a level after a colon (zstd:9).',
    ],
    [
      ['--max-block', '1', './l'],
      '--max-block does not take "1"; valid: a duration with its unit, such as 500ms, 10s, 30m, 2h.',
    ],
    [
      ['--max-snapshot-age', '1d', './l'],
      '--max-snapshot-age does not take "1d"; valid: a duration with its unit, such as 500ms, 10s, 30m, 2h.',
    ],
    [
      ['--statement-timeout', '', './l'],
      '--statement-timeout does not take ""; valid: a duration with its unit, such as 500ms, 10s, 30m, 2h.',
    ],
    [
      ['--part-bytes', '128', './l'],
      '--part-bytes does not take "128"; valid: a size with its unit, such as 500kB, 128MB, 64MiB, 1.5GB.',
    ],
    [
      ['--memory', 'all', './l'],
      '--memory does not take "all"; valid: a size with its unit, such as 500kB, 128MB, 64MiB, 1.5GB.',
    ],
    [
      ['--numeric', 'double', './l'],
      '--numeric does not take "double"; valid: text, or precision,scale of at most 38 digits, such as 38,9.',
    ],
    [
      ['--columns', 'a,,b', './l'],
      '--columns does not take "a,,b"; valid: names between commas, such as id,total,"a,b".',
    ],
  ])('refuses %j', (argv, message) => expect(messageOf(...argv)).toBe(message));
});
