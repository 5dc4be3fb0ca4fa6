import { expect, it } from 'vitest';
import { type Opening, type PgConnection, sendOpening } from '../../../src/postgres/read-opening.ts';
import { SliceRead, type SliceReadOptions } from '../../../src/postgres/slice-reader.ts';

const FIELD = { tableID: 7, columnID: 1, dataTypeID: 23, dataTypeModifier: -1 };

const OPENING: Opening = {
  snapshotId: null,
  settings: [],
  searchPath: 'pg_catalog',
  read: { text: 'SELECT n FROM t', values: [] },
  bare: 'SELECT n FROM t',
  mutableTypeOids: [],
  scope: 'itself',
};

/** A read that was submitted, and the portals of the Executes that went out for it. */
function submitted(options: Partial<SliceReadOptions> = {}) {
  const executed: string[] = [];
  const connection: PgConnection = {
    stream: { cork() {}, uncork() {} },
    parse() {},
    bind() {},
    describe() {},
    flush() {},
    execute: ({ portal }) => executed.push(portal),
    sync() {},
  };
  const read = new SliceRead(
    {
      ...OPENING,
      readTypeOids: [23],
      expected: [{ tableOid: 7, attnum: 1, typeOid: 23, typmod: -1 }],
      sliceRows: () => 10,
      inFlight: 3,
      pauseMs: 0,
      rows: { push: (_bytes, _view, _from, end) => end },
      onStarted() {},
      ...options,
    },
    () => {},
  );
  read.submit(connection);
  const slices = () => executed.filter((portal) => portal !== '').length;
  return { read, slices };
}

it('sends the Executes behind the first one once the checks passed', () => {
  const { read, slices } = submitted();
  expect(slices()).toBe(1);
  for (const text of ['BEGIN', 'SELECT 1', 'SELECT 1']) read.handleCommandComplete({ text });
  read.handleRowDescription({ fields: [FIELD] });
  read.handleCommandComplete({ text: 'SELECT 1' });
  expect(slices()).toBe(1);
  read.handleRowDescription({ fields: [FIELD] });
  expect(slices()).toBe(3);
});

it('sends none behind an error before its rows, nor behind a check that failed: each would be another error in the log', async () => {
  const failed = submitted();
  failed.read.handleError(new Error('canceling statement due to lock timeout'));
  failed.read.handleReadyForQuery();
  await expect(failed.read.done).rejects.toThrow('lock timeout');
  expect(failed.slices()).toBe(1);

  const changed = submitted();
  for (const text of ['BEGIN', 'SELECT 1', 'SELECT 1']) changed.read.handleCommandComplete({ text });
  changed.read.handleRowDescription({ fields: [FIELD] });
  changed.read.handleCommandComplete({ text: 'SELECT 1' });
  changed.read.handleRowDescription({ fields: [{ ...FIELD, columnID: 2 }] });
  expect(changed.slices()).toBe(1);
});

it('tells a snapshot that is gone from a session that is ended while it takes one', async () => {
  for (const [code, severity, outcome] of [
    ['22023', 'ERROR', { code: 'E_SNAPSHOT_LOST' }],
    ['42704', 'FEHLER', { code: 'E_SNAPSHOT_LOST' }],
    ['57P01', 'ВАЖНО', { code: '57P01' }],
    ['40001', 'FATAL', { code: '40001' }],
    ['57014', 'ERROR', { code: '57014' }],
  ] as const) {
    const { read } = submitted({ snapshotId: '00000003-1' });
    read.handleCommandComplete({ text: 'BEGIN' });
    read.handleError(Object.assign(new Error('refused'), { code, severity }));
    await expect(read.done).rejects.toMatchObject(outcome);
  }
});

it('checks under pg_catalog, whatever the path of the read', () => {
  const parsed: string[] = [];
  const connection = {
    stream: { cork() {}, uncork() {} },
    parse: ({ text }: { text: string }) => void parsed.push(text),
    bind: ({ values }: { values: readonly (string | null)[] }) => void parsed.push(values.join(' ')),
    ...{ describe() {}, flush() {}, execute() {}, sync() {} },
  };
  sendOpening(connection, { ...OPENING, searchPath: 'app', scope: 'anything' }, 'p');
  const at = (text: string, from = 0) => parsed.indexOf(text, from);
  const checks = parsed.findIndex((text) => text.includes('pg_catalog.pg_locks'));
  expect(at('SELECT n FROM t')).toBeLessThan(at('search_path pg_catalog'));
  expect(at('search_path pg_catalog')).toBeLessThan(checks);
  expect(at('search_path app', checks)).toBeGreaterThan(checks);
  expect(at('search_path app', checks)).toBeLessThan(at('SELECT n FROM t', checks));
});
