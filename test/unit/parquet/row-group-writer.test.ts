import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFileHeader } from '../../../src/parquet/file-header.ts';
import { encodeFileTail } from '../../../src/parquet/file-tail.ts';
import { unpackRowGroup } from '../../../src/parquet/row-group-meta.ts';
import { RowGroupWriter } from '../../../src/parquet/row-group-writer.ts';
import { batchesOf, batchOf, schemaOf } from '../../support/parquet/batch-of.ts';
import { MemoryFile, SMALL_FILE, writeParquet } from '../../support/parquet/memory-file.ts';
import { ParquetWriter } from '../../support/parquet/parquet-writer.ts';
import { useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();
const schema = schemaOf({ n: { kind: 'int32' }, t: { kind: 'text' } });
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const batch = (from: number, count: number) =>
  batchOf(schema, [numbers(from, count), numbers(from, count).map((n) => `t${n}`)]);

describe('RowGroupWriter', () => {
  it('ends a row group at rowGroupRows, also in the middle of a batch', () => {
    const writer = new RowGroupWriter(schema, { ...SMALL_FILE, rowGroupRows: 100 }, new MemoryFile());
    writer.append(batch(0, 70));
    expect([writer.bufferedRows, writer.takeRowGroups().length]).toEqual([70, 0]);
    writer.append(batch(70, 250));
    expect(writer.bufferedRows).toBe(20);
    writer.flush();
    expect(writer.takeRowGroups().map((group) => unpackRowGroup(group).rows)).toEqual([100, 100, 100, 20]);
    expect(writer.takeRowGroups()).toEqual([]);
  });

  it('ends a row group when its bytes reach rowGroupBytes', () => {
    const writer = new RowGroupWriter(schema, { ...SMALL_FILE, rowGroupBytes: 1 << 20 }, new MemoryFile());
    const wide = batchOf(schema, [numbers(0, 10), numbers(0, 10).map((n) => String(n).padEnd(30_000, '-'))]);
    for (let i = 0; i < 8; i++) {
      writer.append(wide);
      expect(writer.bufferedBytes).toBeLessThan(1 << 20);
    }
    // Equal values cost nothing in the dictionary, so it is the new ones that count.
    expect(writer.bufferedRows).toBe(80);
    const fresh = batchOf(schema, [numbers(0, 40), numbers(0, 40).map((n) => String(n).padEnd(30_000, '+'))]);
    writer.append(fresh);
    expect(writer.bufferedRows).toBe(0);
    expect(writer.takeRowGroups().map((group) => unpackRowGroup(group).rows)).toEqual([120]);
  });

  it('keeps nothing of a batch once append returned', async () => {
    const sink = new MemoryFile();
    const writer = new RowGroupWriter(schema, SMALL_FILE, sink);
    sink.write(sink.reserve(4), encodeFileHeader());
    const first = batch(0, 500);
    writer.append(first);
    for (const vector of first.columns) {
      if (vector.storage === 'binary') vector.bytes.fill(0x21);
      if (vector.storage === 'int32') vector.values.fill(-1);
    }
    writer.flush();
    const tail = encodeFileTail(schema, writer.takeRowGroups(), {}, 'test', sink.reserve(0));
    sink.write(sink.reserve(tail.bytes.length), tail.bytes);
    expect(await duckdb.query(sink.bytes, "select count(*)::int from FILE where t = 't' || n")).toEqual([[500]]);
  });

  it('keeps the memory of a full row group for the next, and not that of a row that is larger than one', () => {
    const sink = { reserve: () => 0, write: () => undefined };
    const writer = new RowGroupWriter(schema, { ...SMALL_FILE, compression: 'none', rowGroupBytes: 8 << 20 }, sink);
    const row = (bytes: number) => batchOf(schema, [[1], [String(Math.random()).padEnd(bytes, '-')]]);
    const before = process.memoryUsage().arrayBuffers;
    const heldAfter = (bytes: number) => {
      writer.append(row(bytes));
      expect(writer.bufferedRows).toBe(0);
      return process.memoryUsage().arrayBuffers - before;
    };
    expect(heldAfter(8 << 20)).toBeGreaterThan(15 << 20);
    expect(heldAfter(40 << 20)).toBeLessThan(60 << 20);
  });

  it('writes row groups of one file side by side with another writer, and their facts survive a clone', async () => {
    const sink = new MemoryFile();
    sink.write(sink.reserve(4), encodeFileHeader());
    const options = { ...SMALL_FILE, rowGroupRows: 50 };
    const writers = [new RowGroupWriter(schema, options, sink), new RowGroupWriter(schema, options, sink)];
    for (let i = 0; i < 10; i++) writers[i % 2]!.append(batch(i * 33, 33));
    for (const writer of writers) writer.flush();
    const rowGroups = structuredClone(writers.flatMap((writer) => writer.takeRowGroups()));
    const tail = encodeFileTail(schema, rowGroups, {}, 'test', sink.reserve(0));
    sink.write(sink.reserve(tail.bytes.length), tail.bytes);
    const sql =
      "select count(*)::int, count(distinct n)::int, max(n), count(*) filter (where t = 't' || n)::int from FILE";
    expect(await duckdb.query(sink.bytes, sql)).toEqual([[330, 330, 329, 330]]);
  });

  it('refuses a batch of other columns', () => {
    const writer = new RowGroupWriter(schema, SMALL_FILE, new MemoryFile());
    const other = schemaOf({ n: { kind: 'int64' }, t: { kind: 'text' } });
    expect(() => writer.append(batchOf(other, [[1n], ['t']]))).toThrow(expect.objectContaining({ code: 'E_INTERNAL' }));
    expect(() => writer.append({ rows: 1, columns: [] })).toThrow(expect.objectContaining({ code: 'E_INTERNAL' }));
  });
});

describe('a large value', () => {
  const MB = 1 << 20;
  const noise = new Uint8Array(48 * MB);
  new Uint32Array(noise.buffer).forEach((_, i, words) => {
    words[i] = Math.imul(i, 0x9e3779b1) ^ (i >>> 7);
  });
  const types = [{ kind: 'text' }, { kind: 'bytes' }] as const;

  it.each(['zstd', 'snappy', 'none'] as const)(
    'costs at most two copies of it under %s, and is read back',
    async (compression) => {
      for (const type of types) {
        const one = schemaOf({ v: type });
        const value = type.kind === 'bytes' ? noise : new Uint8Array(noise.length).fill(0x61);
        const input = batchOf(one, [['before', value, null, 'after']]);
        const disk = new MemoryFile();
        disk.reserve(80 * MB);
        let peak = 0;
        const sink = {
          reserve: (bytes: number) => {
            peak = Math.max(peak, process.memoryUsage().arrayBuffers);
            return disk.reserve(bytes) - 80 * MB;
          },
          write: (offset: number, bytes: Uint8Array) => disk.write(offset + 80 * MB, bytes),
        };
        const before = process.memoryUsage().arrayBuffers;
        const writer = new ParquetWriter(one, { ...SMALL_FILE, compression, rowGroupBytes: 8 * MB }, sink);
        writer.append(input);
        // Snappy reserves room for the worst case, a sixth more, without touching it.
        expect(peak - before).toBeLessThan((2 + 1 / 6) * value.length + 10 * MB);
        writer.append(batchOf(one, [['next']]));
        expect(writer.finish({}, 'test').rowGroups.map((group) => group.rows)).toEqual([4, 1]);
        const [row] = await duckdb.query(
          disk.bytes.subarray(80 * MB),
          'select count(*)::int, max(octet_length(v::blob))::int, md5(max_by(v::blob, octet_length(v::blob))) from FILE',
        );
        expect(row).toEqual([5, value.length, createHash('md5').update(value).digest('hex')]);
      }
    },
  );
});

describe('text that is not UTF-8', () => {
  const broken = Uint8Array.of(0x61, 0xc3);
  const long = 'x'.repeat(0xa9);

  it.each([
    ['in a dictionary', [broken, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a']],
    ['in plain values', ['a', 'b', 'c', broken]],
    ['before a value whose length would complete it', ['a', broken, long, 'b']],
    ['before such a value in a dictionary', [broken, long, long, long, long]],
    ['in a value of more than 127 bytes', [new Uint8Array(200).fill(0xff), 'a']],
  ])('is refused by column, and never shown: %s', (_, values) => {
    for (const kind of ['text', 'json'] as const) {
      const named = schemaOf({ 'my column': { kind } });
      const run = () => writeParquet(named, batchesOf(named, [values], 3));
      expect(run).toThrow(expect.objectContaining({ code: 'E_INVALID_TEXT', facts: { column: 'my column' } }));
      expect(run).toThrow(/^Column "my column" holds text that is not valid UTF-8; its row group was not written\.$/);
    }
  });

  it('is refused in the elements of a list', () => {
    const list = schemaOf({ l: { kind: 'list', element: { kind: 'text' } } });
    expect(() => writeParquet(list, batchesOf(list, [[['a', broken], null]], 3))).toThrow(
      expect.objectContaining({ code: 'E_INVALID_TEXT' }),
    );
  });

  it('is fine as bytes', () => {
    const bytes = schemaOf({ b: { kind: 'bytes' } });
    expect(writeParquet(bytes, batchesOf(bytes, [[broken, broken]], 3)).rows).toBe(2);
  });

  it('is found wherever it stands among valid text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const bad = fc.constantFrom([0xc3], [0xe2, 0x82], [0x80], [0xf0, 0x9f, 0x98]).map((b) => Uint8Array.from(b));
    const only = schemaOf({ c: { kind: 'text' } });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), bad, fc.array(text, { maxLength: 20 }), (before, value, after) => {
        expect(() => writeParquet(only, batchesOf(only, [[...before, value, ...after]], 7))).toThrow(
          expect.objectContaining({ code: 'E_INVALID_TEXT' }),
        );
      }),
    );
  });
});
