import fc from 'fast-check';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { describe, expect, it } from 'vitest';
import { CompactWriter, LIST_OF } from '../../../../src/parquet/thrift/compact-protocol.ts';

function read(bytes: Uint8Array): Record<string, unknown> {
  return deserializeTCompactProtocol({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 });
}

describe('CompactWriter', () => {
  it('writes integers that a reader reads back, at any size and field id', () => {
    const int32 = fc.integer();
    const int64 = fc.integer({ min: -(2 ** 51), max: 2 ** 51 });
    fc.assert(
      fc.property(int32, int64, fc.integer({ min: 1, max: 200 }), (i, l, gap) => {
        const writer = new CompactWriter(1);
        writer.i32(1, i);
        writer.i64(1 + gap, l);
        expect(read(writer.take())).toEqual({ field_1: i, [`field_${1 + gap}`]: BigInt(l) });
      }),
    );
  });

  it('writes strings, binaries and booleans', () => {
    const writer = new CompactWriter();
    writer.bool(1, true);
    writer.bool(2, false);
    writer.string(3, 'naïve');
    writer.binary(4, new Uint8Array(300).fill(7));
    const fields = read(writer.take());
    expect(fields).toMatchObject({ field_1: true, field_2: false });
    expect(new TextDecoder().decode(fields['field_3'] as Uint8Array)).toBe('naïve');
    expect(fields['field_4']).toEqual(new Uint8Array(300).fill(7));
  });

  it('goes on with the field ids of the outer struct after an inner one', () => {
    const writer = new CompactWriter();
    writer.struct(5, () => {
      writer.i32(7, 1);
      writer.struct(9, () => writer.i32(1, 2));
      writer.i32(10, 3);
    });
    writer.i32(6, 4);
    expect(read(writer.take())).toEqual({ field_5: { field_7: 1, field_9: { field_1: 2 }, field_10: 3 }, field_6: 4 });
  });

  it.each([0, 1, 14, 15, 16, 200])('writes a list of %i elements of each type', (count) => {
    const numbers = Array.from({ length: count }, (_, i) => i * 1000 - 5);
    const writer = new CompactWriter();
    writer.list(1, LIST_OF.i32, count);
    for (const n of numbers) writer.intElement(n);
    writer.list(2, LIST_OF.bool, count);
    for (const n of numbers) writer.boolElement(n % 2 === 0);
    writer.list(3, LIST_OF.struct, count);
    for (const n of numbers) writer.structElement(() => writer.i32(1, n));
    writer.list(4, LIST_OF.binary, count);
    for (const n of numbers) writer.stringElement(String(n));
    const fields = read(writer.take());
    expect(fields['field_1']).toEqual(numbers);
    expect(fields['field_2']).toEqual(numbers.map((n) => n % 2 === 0));
    expect(fields['field_3']).toEqual(numbers.map((n) => ({ field_1: n })));
    expect((fields['field_4'] as Uint8Array[]).map((b) => new TextDecoder().decode(b))).toEqual(numbers.map(String));
  });

  it('starts over after take', () => {
    const writer = new CompactWriter();
    writer.i32(9, 1);
    writer.take();
    writer.i32(2, 5);
    expect(read(writer.take())).toEqual({ field_2: 5 });
  });
});
