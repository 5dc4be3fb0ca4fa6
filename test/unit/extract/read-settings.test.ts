import { expect, it } from 'vitest';
import { readSettings } from '../../../src/extract/read-settings.ts';
import { SETTINGS_OF_INTEREST } from '../../../src/introspect/server.ts';

const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 10_000, pauseMs: 1_000, busyMs: 20_000 };
const GENERATED = { searchPath: 'pg_catalog', usesCtidRange: false };

const ANY_SETTING: readonly string[] = Object.assign([], { includes: () => true });

const settings = (
  query: Partial<typeof GENERATED> = {},
  known: readonly string[] = SETTINGS_OF_INTEREST,
  encoding = 'UTF8',
) => Object.fromEntries(readSettings({ ...GENERATED, ...query }, LIMITS, { settings: known, encoding }));

it('fixes limits, the plan and every style of text', () => {
  expect(settings()).toEqual({
    row_security: 'off',
    statement_timeout: '60000',
    lock_timeout: '10000',
    transaction_timeout: '0',
    idle_in_transaction_session_timeout: '61000',
    tcp_user_timeout: '30000',
    log_parameter_max_length_on_error: '0',
    max_parallel_workers_per_gather: '0',
    constraint_exclusion: 'partition',
    jit: 'off',
    work_mem: '4MB',
    synchronize_seqscans: 'off',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    array_nulls: 'on',
    bytea_output: 'hex',
    extra_float_digits: '1',
    quote_all_identifiers: 'off',
    xmlbinary: 'base64',
    xmloption: 'content',
    search_path: 'pg_catalog',
  });
});

it('bears a client that takes nothing as long as it may be busy', () => {
  const busy = { ...LIMITS, busyMs: 500_000 };
  const set = readSettings(GENERATED, busy, {
    settings: SETTINGS_OF_INTEREST,
    encoding: 'UTF8',
  });
  expect(Object.fromEntries(set)).toMatchObject({
    statement_timeout: '560000',
    tcp_user_timeout: '500000',
    idle_in_transaction_session_timeout: '501000',
  });
});

it("reads a user's SQL under the search_path of the plan", () => {
  expect(settings({ searchPath: 'app, public' })).toMatchObject({ search_path: 'app, public' });
});

it('keeps the planner from all but a Tid Range Scan where there are ctid bounds', () => {
  const off = { enable_seqscan: 'off', enable_indexscan: 'off', enable_bitmapscan: 'off' };
  expect(settings({ usesCtidRange: true })).toEqual({ ...settings(), ...off });
});

it('sets nothing that the server is not asked about, since it would be left out without a word', () => {
  const all = readSettings({ searchPath: 'pg_catalog', usesCtidRange: true }, LIMITS, {
    settings: ANY_SETTING,
    encoding: 'UTF8',
  }).map(([name]) => name);
  expect(SETTINGS_OF_INTEREST).toEqual(expect.arrayContaining(all));
});

it('asks a SQL_ASCII database, and no other, for its bytes as they are', () => {
  const others = settings();
  expect(settings({}, SETTINGS_OF_INTEREST, 'SQL_ASCII')).toEqual({ ...others, client_encoding: 'SQL_ASCII' });
  expect(settings({}, SETTINGS_OF_INTEREST, 'EUC_JP')).toEqual(others);
});

it('says nothing of a setting that the server lacks', () => {
  expect(settings({}, ['TimeZone', 'jit', 'lc_messages'])).toEqual({ jit: 'off', TimeZone: 'UTC' });
  expect(settings({}, [])).toEqual({});
});
