/**
 * The WebAssembly memory of a connection and who else uses it: another decoder between two calls of this one, and rows that are too large
 * for the read buffer and stand elsewhere.
 */
import { expect, it } from 'vitest';
import { RowDecoder } from '../../../../src/extract/wire/row-decoder.ts';
import type { WireKernels } from '../../../../src/extract/wire/wire-kernels.ts';
import {
  decodeRows,
  type PlainValue,
  plainValue,
  type WireColumn,
  wireColumns,
} from '../../../support/wire/decode-rows.ts';
import { Demultiplexed } from '../../../support/wire/demultiplexed.ts';
import { KINDS, kindStream } from '../../../support/wire/every-kind.ts';
import { dataRow, int16, int64, message, numeric, readyForQuery, utf8 } from '../../../support/wire/server-bytes.ts';
import { testWireKernels } from '../../../support/wire/wire-kernels.ts';

const COLUMNS: readonly WireColumn[] = [
  { type: { kind: 'text' } },
  { type: { kind: 'int64' } },
  { type: { kind: 'decimal', precision: 15, scale: 2 } },
];

function rowOf(text: string | null, i: number): Buffer {
  return dataRow([text === null ? null : utf8(text), i % 3 === 0 ? null : int64(BigInt(i)), numeric(BigInt(i), 2)]);
}

/** A decoder that is given its stream in pieces, when it is asked to go on. */
function slowly(wireKernels: WireKernels, columns: readonly WireColumn[], stream: Uint8Array, pieceBytes: number) {
  const rows: PlainValue[][] = [];
  const decoder = new RowDecoder({
    columns: wireColumns(columns),
    selectsCtid: false,
    wireKernels,
    onBatch: (batch) => {
      for (let i = 0; i < batch.rows; i++) rows.push(batch.columns.map((vector) => plainValue(vector, i)));
    },
    onAwkward: () => undefined,
  });
  const { buffer } = wireKernels;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let taken = 0;
  let given = 0;
  const goOn = (): boolean => {
    given = Math.min(stream.length, given + pieceBytes);
    buffer.set(stream.subarray(taken, given));
    taken += decoder.push(buffer, view, 0, given - taken);
    return given < stream.length;
  };
  return { rows, goOn };
}

it('two decoders of one connection go on in turn, and do not disturb each other', () => {
  const kernels = testWireKernels();
  const [first, second] = [
    kindStream(60),
    Buffer.concat(Array.from({ length: 900 }, (_, i) => rowOf('y'.repeat(i % 7), i))),
  ];
  const one = slowly(kernels, KINDS, first, 3_001);
  const other = slowly(kernels, COLUMNS, second, 997);
  for (let more = true; more; ) more = [one.goOn(), other.goOn()].includes(true);
  expect(one.rows).toEqual(decodeRows(first, { columns: KINDS }).rows);
  expect(other.rows).toEqual(decodeRows(second, { columns: COLUMNS }).rows);
});

it('rows larger than the read buffer, among small ones', () => {
  const textBytes = (i: number) => (i % 301 === 150 ? 600_000 : i % 50);
  const rows = Array.from({ length: 700 }, (_, i) => rowOf(i % 11 === 0 ? null : 'z'.repeat(textBytes(i)), i));
  const end = [message('C', utf8('SELECT 700\0')), readyForQuery()];
  const stream = Buffer.concat([message('T', int16(0)), ...rows, ...end]);
  const expected = decodeRows(Buffer.concat(rows), { columns: COLUMNS }).rows;
  for (const way of ['feed', 'read'] as const) {
    const exchanges = [{ columns: COLUMNS, syncs: 1 }];
    const all = new Demultiplexed({ exchanges, wireKernels: testWireKernels() });
    all[way](stream, [65_536, 7]).flush();
    expect([all.broken, all.failures]).toEqual([[], [null]]);
    expect(all.rows[0]).toEqual(expected);
  }
});
