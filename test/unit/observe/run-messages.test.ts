import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/run-event.ts';
import { DraculaError, ERROR_CODES, serializeError } from '../../../src/errors.ts';
import { describeEvent } from '../../../src/observe/run-messages.ts';
import { samplePlan, sampleReport, sampleTableReport } from '../../support/run-samples.ts';

const error = serializeError(new DraculaError('E_QUERY', 'refused', { sqlstate: '42601' }));
const failed = sampleTableReport({ status: 'failed', seconds: 2.34, error });

const stopped = sampleTableReport({
  status: 'failed',
  seconds: 2.3,
  error: serializeError(new DraculaError('E_INTERRUPTED', 'The run was interrupted.')),
});

describe('run messages', () => {
  it('say nothing of a table that had not begun when all were stopped', () => {
    const waiting = { ...stopped, status: 'not-started' } as const;
    expect(describeEvent({ type: 'table-failed', dataset: 'orders', table: waiting }, false)).toEqual([]);
  });

  it.each<[RunEvent, string, string]>([
    [{ type: 'run-started', runId: 'r1', target: './lake/' }, 'step', 'run r1 into ./lake/'],
    [
      { type: 'planned', plan: samplePlan(), connections: 1 },
      'step',
      '1 table, about 1,000,000 rows, 123.4 MB in 2 chunks (PostgreSQL 18.4), 1 reading connection',
    ],
    [
      { type: 'table-started', dataset: 'orders', estimatedRows: 1_000_000, sourceBytes: 123_400_000 },
      'step',
      'orders: started, about 1,000,000 rows, 123.4 MB',
    ],
    [
      { type: 'table-finished', dataset: 'orders', table: sampleTableReport() },
      'step',
      'orders: done, 1,000,000 rows in 8.2 s, 34.5 MB of Parquet',
    ],
    [
      { type: 'table-failed', dataset: 'orders', table: failed },
      'problem',
      `orders: failed after 2.3 s\n  error[E_QUERY]: refused\n    at: SQLSTATE 42601\n    try: ${ERROR_CODES.E_QUERY.hint}`,
    ],
    [
      { type: 'table-failed', dataset: 'orders', table: stopped },
      'event',
      'orders: stopped after 2.3 s; nothing of it is published',
    ],
    [
      { type: 'table-retried', dataset: 'orders', reason: 'somebody waited' },
      'event',
      'orders: read again: somebody waited',
    ],
    [{ type: 'notice', level: 'info', message: 'a new server' }, 'event', 'a new server'],
    [
      { type: 'notice', level: 'warning', message: 'never vacuumed', dataset: 'orders' },
      'problem',
      'warning: orders: never vacuumed',
    ],
    [
      { type: 'notice', level: 'warning', message: 'forged\r\n\x1b[2Kline' },
      'problem',
      'warning: forged\\x0d\\x0a\\x1b[2Kline',
    ],
  ])('describes %o', (event, level, text) => expect(describeEvent(event, false)).toEqual([{ level, text }]));

  it('tells of the tables that are refused, which no other event does', () => {
    const refused = [{ dataset: 'secret', table: { namespace: 'public', name: 'secret' }, error }];
    expect(describeEvent({ type: 'planned', plan: samplePlan({ refused }), connections: 1 }, false)[1]).toEqual({
      level: 'problem',
      text: `secret: refused\n  error[E_QUERY]: refused\n    at: SQLSTATE 42601\n    try: ${ERROR_CODES.E_QUERY.hint}`,
    });
  });

  it('says nothing of progress and of the end: the clock and the report do', () => {
    expect(describeEvent({ type: 'table-progress', dataset: 'a', rows: 1, wireBytes: 1, fraction: 0 }, false)).toEqual(
      [],
    );
    expect(describeEvent({ type: 'run-finished', report: sampleReport() }, false)).toEqual([]);
  });

  it('colours labels when asked', () => {
    expect(describeEvent({ type: 'notice', level: 'warning', message: 'x' }, true)[0]?.text).toBe(
      '\x1b[33mwarning:\x1b[0m x',
    );
  });
});
