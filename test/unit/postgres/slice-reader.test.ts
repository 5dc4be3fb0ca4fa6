import { expect, it } from 'vitest';
import type { PgConnection } from '../../../src/postgres/read-opening.ts';
import { SliceRead } from '../../../src/postgres/slice-reader.ts';

const FIELD = { tableID: 7, columnID: 1, dataTypeID: 23, dataTypeModifier: -1 };

/** A read that was submitted, and the portals of the Executes that went out for it. */
function submitted() {
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
      snapshotId: null,
      settings: [],
      read: { text: 'SELECT n FROM t', values: [] },
      readTypeOids: [23],
      bare: 'SELECT n FROM t',
      mutableTypeOids: [],
      scope: 'itself',
      expected: [{ tableOid: 7, attnum: 1, typeOid: 23, typmod: -1 }],
      sliceRows: () => 10,
      inFlight: 3,
      pauseMs: 0,
      rows: { push: (_bytes, _view, _from, end) => end },
      onStarted() {},
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
