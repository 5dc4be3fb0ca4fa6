import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { Demultiplexer, type RowSink } from '../../../src/postgres/demultiplexer.ts';
import { check, titled } from '../../support/property.ts';
import { Demultiplexed } from '../../support/wire/demultiplexed.ts';
import { KINDS, kindFields, kindRows } from '../../support/wire/every-kind.ts';
import { dataRow, int16, int32, message, readyForQuery, utf8 } from '../../support/wire/server-bytes.ts';

const INT4 = { type: { kind: 'int32' } } as const;
const TEXT = { type: { kind: 'text' } } as const;

const hex = (m: Buffer) => `${m.toString('latin1', 0, 1)}${m.toString('hex', 5)}`;
const described = message('T', Buffer.concat([int16(1), Buffer.alloc(19)]));
const suspended = message('s');
const complete = message('C', utf8('SELECT 9\0'));
const notice = message('N', utf8('SNOTICE\0\0'));
const status = message('S', utf8('TimeZone\0UTC\0'));
const refusal = message('E', utf8('SERROR\0C57014\0\0'));

/** Bytes of which no stretch is like another: one that was moved wrongly shows. */
function uneven(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24));
}

/** Rows, notices and readiness of three exchanges, with rows for `pg` itself between them. */
function conversation(largeBytes: number) {
  const kindRow = (i: number) => dataRow(kindFields(i));
  const large = uneven(largeBytes);
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => dataRow([int32(from + i), utf8('x'.repeat(i))]));
  const pgRow = dataRow([utf8('for pg')]);
  const shown = [
    [message('1'), message('2'), pgRow, described],
    [notice, status],
    [complete, readyForQuery('T')],
    [described, pgRow, message('C', utf8('ROLLBACK\0'))],
    [refusal, readyForQuery('E')],
    [described, readyForQuery('I')],
    [pgRow, complete, readyForQuery('I')],
  ] as const;
  const stream = Buffer.concat([
    ...shown[0],
    ...[0, 1, 2, 3].map(kindRow),
    notice,
    kindRow(4),
    suspended,
    readyForQuery(),
    ...[5, 6].map(kindRow),
    status,
    suspended,
    readyForQuery(),
    ...shown[2],
    // The second exchange: its first row is for `pg`, the rest is not; it ends in an error, of which only the first is shown.
    pgRow,
    described,
    ...numbers(0, 40),
    dataRow([int32(40), large]),
    ...numbers(41, 60),
    suspended,
    readyForQuery(),
    refusal,
    readyForQuery('E'),
    refusal,
    readyForQuery('E'),
    described,
    dataRow([int32(7)]),
    readyForQuery('I'),
    ...shown[6],
  ]);
  const toPg = [
    ...shown[0],
    notice,
    suspended,
    status,
    suspended,
    ...shown[2],
    pgRow,
    described,
    suspended,
    ...shown[4],
    ...shown[5],
    ...shown[6],
  ].map(hex);
  const pairs = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [from + i, 'x'.repeat(i)]);
  const rows = [kindRows(7), [...pairs(0, 40), [40, large.toString('latin1')], ...pairs(41, 60)], [[7]]];
  const exchanges = [
    { columns: KINDS, syncs: 3 },
    { columns: [INT4, TEXT], syncs: 3 },
    { columns: [INT4], syncs: 1 },
  ];
  return { stream, toPg, rows, exchanges };
}

function expectAll(got: Demultiplexed, { toPg, rows }: ReturnType<typeof conversation>): void {
  expect(got.broken).toEqual([]);
  expect(got.failures).toEqual([null, null, null]);
  expect(got.toPg).toEqual(toPg);
  expect(got.rows).toEqual(rows);
}

describe(titled('any split of the stream gives the same rows and the same messages'), () => {
  const script = conversation(3_000);

  it('as a whole', () => {
    expectAll(new Demultiplexed(script).feed(script.stream, [script.stream.length]), script);
    expectAll(new Demultiplexed(script).read(script.stream, [script.stream.length]), script);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('in cuts of %i bytes: given so, or cut by the option for tests', (cut) => {
    expectAll(new Demultiplexed(script).feed(script.stream, [cut]), script);
    expectAll(new Demultiplexed(script).read(script.stream, [cut]), script);
    expectAll(new Demultiplexed({ ...script, cutBytes: cut }).feed(script.stream, [script.stream.length]), script);
    expectAll(new Demultiplexed({ ...script, cutBytes: cut }).read(script.stream, [1_000]), script);
  });

  it('the option takes what comes in pieces of 1 to 7 bytes in turn', () => {
    const seen: number[] = [];
    const rows: RowSink = {
      push(_bytes, _view, from, end) {
        seen.push(end - from);
        return from;
      },
    };
    const ends = { toPg: () => {}, onBroken: () => {}, maxRowBytes: 2 ** 20 };
    const demultiplexer = new Demultiplexer({ ...ends, cutBytes: 7 });
    demultiplexer.exchange = { rows, onReady: () => true, onError: () => true, fail: () => {} };
    demultiplexer.feed(dataRow([utf8('x'.repeat(200))]).subarray(0, 20));
    demultiplexer.feed(new Uint8Array(30));
    // From five bytes on there is a length to look at.
    expect(seen).toEqual([6, 10, 15, 20, 27, 28, 30, 33, 37, 42, 48, 50]);
  });

  it('in pieces of any sizes', () => {
    check(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20_000 })), { minLength: 1 }),
      (sizes) => {
        expectAll(new Demultiplexed(script).feed(script.stream, sizes), script);
        expectAll(new Demultiplexed(script).read(script.stream, sizes), script);
      },
      25,
    );
  });
});

describe('rows longer than the buffer', () => {
  it.each([512 * 1024 - 20, 512 * 1024, 700_001, 3_000_000])('%i bytes', (bytes) => {
    const script = conversation(bytes);
    expectAll(new Demultiplexed(script).feed(script.stream, [8_192, 16_401]), script);
    expectAll(new Demultiplexed(script).read(script.stream, [1 << 20]), script);
    expectAll(new Demultiplexed(script).read(script.stream, [65_536]), script);
  });

  it('rows of all lengths, several buffers of them, are moved to the front as often as it takes', () => {
    const values = Array.from({ length: 900 }, (_, i) => uneven((i * 7_919) % 5_000));
    const stream = Buffer.concat([described, ...values.map((value) => dataRow([value])), complete, readyForQuery()]);
    const options = { exchanges: [{ columns: [TEXT], syncs: 1 }] };
    for (const size of [1 << 20, 65_536, 50_021, 8_192]) {
      for (const how of ['feed', 'read'] as const) {
        const got = new Demultiplexed(options)[how](stream, [size]);
        expect(got.toPg).toEqual([described, complete, readyForQuery()].map(hex));
        expect(got.rows[0]?.map(([text]) => text)).toEqual(values.map((value) => value.toString('latin1')));
      }
    }
  });

  it('one row in cuts of 7 bytes', () => {
    const script = conversation(600_000);
    expectAll(new Demultiplexed({ ...script, cutBytes: 7 }).feed(script.stream, [100_000]), script);
  });
});

describe('waiting', () => {
  const open = { exchanges: [{ columns: [INT4], syncs: 2 }] };
  const rows = Buffer.concat([described, dataRow([int32(1)]), dataRow([int32(2)])]);

  it('ends at a ReadyForQuery, since the server waits for us then', () => {
    const waiting = new Demultiplexed(open).read(described, [100]).read(rows.subarray(described.length), [100]);
    expect(waiting.rows).toEqual([[]]);
    waiting.read(Buffer.concat([suspended, readyForQuery()]), [100]);
    expect(waiting.rows).toEqual([[[1], [2]]]);
    expect(waiting.toPg).toEqual([described, suspended].map(hex));
  });

  it('ends when the socket closes: what came complete before is delivered', () => {
    const closed = new Demultiplexed(open)
      .read(Buffer.concat([rows, dataRow([int32(3)]).subarray(0, 9)]), [1_000])
      .flush();
    expect(closed.rows).toEqual([[[1], [2]]]);
    expect(closed.broken).toEqual([]);
  });
});

describe('a stream that makes no sense', () => {
  const open = { exchanges: [{ columns: [INT4], syncs: 1 }], maxRowBytes: 1_000_000 };
  const before = Buffer.concat([described, dataRow([int32(1)])]);
  const header = (type: string, length: number) => Buffer.concat([utf8(type), int32(length)]);

  it.each<[string, Buffer, 'E_PROTOCOL' | 'E_VALUE_TOO_LARGE']>([
    ['a message of no known type', header('?', 4), 'E_PROTOCOL'],
    ['zeros', Buffer.alloc(100), 'E_PROTOCOL'],
    ['HTTP', utf8('HTTP/1.1 400 Bad Request\r\n'), 'E_PROTOCOL'],
    ['a message shorter than its own length', header('C', 3), 'E_PROTOCOL'],
    ['a message of length 0', header('C', 0), 'E_PROTOCOL'],
    ['a row of length 3', header('D', 3), 'E_PROTOCOL'],
    ['a row without a field count', header('D', 4), 'E_PROTOCOL'],
    ['a row with half a field count', Buffer.concat([header('D', 5), Buffer.alloc(1)]), 'E_PROTOCOL'],
    ['a row beyond the memory budget', header('D', 1_000_000), 'E_VALUE_TOO_LARGE'],
    ['a row of 4 GB', header('D', -1), 'E_VALUE_TOO_LARGE'],
    ['a control message of 2 GB', header('T', 0x7fffffff), 'E_PROTOCOL'],
  ])('%s breaks the connection, with the offset in the stream', (_, bad, code) => {
    const stream = Buffer.concat([before, bad]);
    for (const size of [1, 3, 1_000]) {
      for (const how of ['feed', 'read'] as const) {
        const got = new Demultiplexed(open)[how](stream, [size]).flush();
        expect(got.broken.map((error) => [error.code, error.facts.byteOffset])).toEqual([[code, before.length]]);
        expect(got.rows).toEqual([[[1]]]);
        got.feed(Buffer.concat([dataRow([int32(2)]), readyForQuery()]), [100]).flush();
        expect(got.rows, 'rows behind the break').toEqual([[[1]]]);
        expect(got.toPg).toEqual([hex(described)]);
      }
    }
  });

  it('announced lengths beyond the limit take no memory', () => {
    const used = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) new Demultiplexed(open).feed(header('D', 900_000_000), [5]);
    expect(process.memoryUsage().arrayBuffers - used).toBeLessThan(64 * 2 ** 20);
  });

  it.each<[string, Buffer]>([
    ['a field of more bytes than the row', Buffer.concat([header('D', 40), int16(1), int32(1_000), int32(1)])],
    ['a length beyond its fields', Buffer.concat([header('D', 5_000), int16(1), int32(4), int32(1)])],
    ['another number of fields', Buffer.concat([header('D', 5_000), int16(2), int32(4), int32(1)])],
    ['beyond the memory budget too', Buffer.concat([header('D', 900_000_000), int16(1), int32(4), int32(1)])],
  ])('a row that will never be whole breaks the connection as soon as it shows: %s', (_, bad) => {
    for (const size of [1, 3, 1_000]) {
      const got = new Demultiplexed(open).feed(Buffer.concat([before, bad, readyForQuery()]), [size]);
      expect(got.broken.map(({ code }) => code)).toEqual(['E_WIRE']);
      expect(isDraculaError(got.failures[0], 'E_WIRE')).toBe(true);
    }
  });

  it('a row that its decoder refuses fails the exchange; the connection goes on', () => {
    const bad = dataRow([utf8('abc')]);
    const rest = Buffer.concat([dataRow([int32(2)]), complete, readyForQuery(), readyForQuery()]);
    for (const size of [1, 3, 1_000]) {
      const got = new Demultiplexed(open).feed(Buffer.concat([before, bad, rest]), [size]).flush();
      expect(isDraculaError(got.failures[0], 'E_WIRE')).toBe(true);
      expect(got.broken).toEqual([]);
      expect(got.toPg).toEqual([described, complete, readyForQuery(), readyForQuery()].map(hex));
    }
  });
});

it('a row longer than the buffer is announced before its memory is taken, and over once that is free again', () => {
  const told: string[] = [];
  const demultiplexer = new Demultiplexer({
    toPg: () => undefined,
    onBroken: (error) => told.push(error.code),
    maxRowBytes: 1e9,
    cutBytes: null,
  });
  demultiplexer.exchange = {
    rows: {
      push: (_bytes, view, from, end) => {
        const next = end - from < 5 ? end + 1 : from + 1 + view.getUint32(from + 1);
        if (next > end) return from;
        told.push(`row of ${next - from}, in ${view.byteLength}`);
        return next;
      },
      beforeLargeRow: (bytes) => told.push(`before ${bytes}, slot in ${demultiplexer.slot().buffer.byteLength}`),
      afterLargeRow: () => told.push(`after, slot in ${demultiplexer.slot().buffer.byteLength}`),
    },
    onReady: () => true,
    onError: () => true,
    fail: () => told.push('failed'),
  };
  const large = dataRow([Buffer.alloc(2_000_000)]);
  const base = demultiplexer.slot().buffer.byteLength;
  for (let p = 0; p < large.length; p += 60_000) demultiplexer.feed(large.subarray(p, p + 60_000));
  expect(told).toEqual([
    `before ${large.length}, slot in ${base}`,
    `row of ${large.length}, in ${large.length}`,
    `after, slot in ${base}`,
  ]);
});
