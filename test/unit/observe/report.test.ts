import { describe, expect, it } from 'vitest';
import { DraculaError, serializeError } from '../../../src/errors.ts';
import { renderReport } from '../../../src/observe/report.ts';
import { sampleReport, sampleTableReport } from '../../support/run-samples.ts';

describe('run report', () => {
  it('lists each table, the totals and what the source paid', () => {
    const users = sampleTableReport({
      dataset: 'users',
      rows: 12,
      sourceBytes: 8192,
      parquetBytes: 1500,
      parts: 1,
      seconds: 0.04,
      version: null,
    });
    const report = sampleReport({ tables: [sampleTableReport(), users], rows: 1_000_012, parquetBytes: 34_501_500 });
    expect(renderReport(report)).toBe(`\
dataset       rows  Postgres  Parquet  parts   time   rows/s  version
orders   1,000,000  123.4 MB  34.5 MB      2  8.2 s  121,951        3
users           12    8.2 kB   1.5 kB      1  40 ms      300        -
-------  ---------  --------  -------  -----  -----  -------  -------
total    1,000,012  123.4 MB  34.5 MB      3  8.5 s  117,648

copied    2 tables to ./lake/ (run 20261122T101112-abcdef, consistency run)
took      8.5 s, 7.9 s of CPU, 187.6 MB of memory at the peak, 98.0 MB received
source    4 connections, 98.0 MB sent, a snapshot open for 8.4 s, gave way 1 time
          14,000 blocks found in its cache, 1,063 read from disk (by everybody on that database)
`);
  });

  it('says which columns became text, which values null, and what was read again', () => {
    const table = sampleTableReport({
      textColumns: ['ip', 'zone\n'],
      awkward: [{ column: 'due', reason: 'infinity', count: 3 }],
      chunksRetried: 1,
    });
    expect(renderReport(sampleReport({ tables: [table] })).split('\n\n')[2]).toBe(`\
orders: read as text: ip, zone\\x0a
orders: 3 values of due became null (infinity)
orders: 1 chunk read again
`);
  });

  it('says how many rows were set aside, where and why, also where that failed the table', () => {
    const values = [
      { column: 'due', reason: 'infinity', count: 1 },
      { column: 'price', reason: 'nan', count: 2 },
    ];
    const quarantine = { dataset: 'orders__quarantine', rows: 2, values };
    const [copied, failed] = (['copied', 'failed'] as const).map((status) => {
      const tables = [sampleTableReport({ status, quarantine })];
      return renderReport(sampleReport({ tables })).split('\n\n')[2];
    });
    const why = 'for 1 value of due (infinity), 2 values of price (nan)';
    expect(copied).toBe(`orders: 2 rows set aside in orders__quarantine, ${why}\n`);
    expect(failed).toBe(`orders: 2 rows set aside, ${why}`);
  });

  it('ends with the tables that failed, their errors and hints, and counts none of their rows', () => {
    const error = serializeError(
      new DraculaError('E_PERMISSION', 'no right to read', { table: 'public.secret', sqlstate: '42501' }),
    );
    const failed = sampleTableReport({
      dataset: 'secret',
      table: 'public.secret',
      status: 'failed',
      rows: 0,
      seconds: 0.1,
      version: null,
      error,
    });
    const late = sampleTableReport({
      dataset: 'late',
      table: 'public.late',
      status: 'not-started',
      rows: 0,
      seconds: 0,
      version: null,
      error: serializeError(new DraculaError('E_INTERRUPTED', 'stopped with `failFast`')),
    });
    const text = renderReport(sampleReport({ tables: [sampleTableReport(), failed, late], exitCode: 3 }));
    expect(text).toMatch(/^secret +failed +123.4 MB +- +- +100 ms/m);
    expect(text).toMatch(/^total +1,000,000 +123.4 MB/m);
    expect(text).toContain('copied    1 of 3 tables to ./lake/');
    expect(text).toMatch(/^late +not started +123.4 MB/m);
    expect(
      text.endsWith(`
public.secret was not copied: error[E_PERMISSION]: no right to read
not started, since the first failure ends the run (--fail-fast): public.late
`),
    ).toBe(true);
  });

  it('leaves the blocks out where the server does not tell them', () => {
    const source = { ...sampleReport().source, blocksHit: null, blocksRead: null, connections: 1, yields: 0 };
    const text = renderReport(sampleReport({ source }));
    expect(text).toContain('source    1 connection, 98.0 MB sent, a snapshot open for 8.4 s, gave way 0 times\n');
    expect(text).not.toContain('blocks');
  });

  it('says so when there was nothing to copy', () => {
    expect(renderReport(sampleReport({ tables: [], rows: 0 }))).toMatch(/^No table was copied\.\n\ncopied {4}0 tables/);
  });
});
