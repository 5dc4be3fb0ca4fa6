/**
 * The WebAssembly dictionary of text and bytes against the JavaScript loop: the same columns give the same files, byte for byte, wherever
 * their values stand.
 */
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { ColumnBatch, Vector } from '../../../src/core/column-batch.ts';
import { KernelMemory } from '../../../src/core/kernel-memory.ts';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { DictionaryTables } from '../../../src/parquet/dictionary-tables.ts';
import { RowGroupWriter } from '../../../src/parquet/row-group-writer.ts';
import { useValueKernels, ValueKernels } from '../../../src/parquet/value-kernels.ts';
import { batchesOf, batchOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { MemoryFile, SMALL_FILE, writeParquet } from '../../support/parquet/memory-file.ts';
import { SEED, titled } from '../../support/property.ts';
import { type Random, randomOf } from '../../support/wire/mutations.ts';
import { testModule } from '../../support/wire/wire-kernels.ts';

const memory = new KernelMemory(testModule);
const kernels = new ValueKernels(memory);
const REGION_BYTES = 2 ** 22;
const region = memory.take(REGION_BYTES);
const encoded = vi.spyOn(DictionaryTables.prototype, 'encode');

afterEach(() => encoded.mockClear());
afterAll(() => useValueKernels(null));

/** The batch with its binary vectors where the kernels can read them, as the wire's kernels fill them; valid until the next call. */
function inMemory({ rows, columns }: ColumnBatch): ColumnBatch {
  let end = region;
  const move = <A extends Uint8Array | Int32Array>(array: A): A => {
    const at = Math.ceil(end / 64) * 64;
    end = at + array.byteLength;
    if (end > region + REGION_BYTES) throw new Error('the batch is too large for the region');
    const moved = array instanceof Int32Array ? new Int32Array(memory.buffer, at, array.length) : null;
    const placed = (moved ?? new Uint8Array(memory.buffer, at, array.length)) as A;
    placed.set(array);
    return placed;
  };
  const moveVector = (vector: Vector): Vector =>
    vector.storage === 'binary'
      ? {
          ...vector,
          bytes: move(vector.bytes),
          starts: move(vector.starts),
          lengths: move(vector.lengths),
          validity: move(vector.validity),
        }
      : vector;
  return { rows, columns: columns.map(moveVector) };
}

type Place = (batch: ColumnBatch, index: number) => ColumnBatch;
/** Its row group's dictionary is JavaScript's. */
const withFirstElsewhere: Place = (batch, i) => (i > 0 ? inMemory(batch) : batch);
const PLACES: readonly (readonly [string, Place])[] = [
  ['all in the memory of the kernels', inMemory],
  ['the first elsewhere', withFirstElsewhere],
  ['every other one elsewhere', (batch, i) => (i % 2 === 0 ? inMemory(batch) : batch)],
];

function* placed(batches: Iterable<ColumnBatch>, place: Place): Generator<ColumnBatch> {
  let index = 0;
  for (const batch of batches) yield place(batch, index++);
}

function expectSame(type: LogicalType, values: readonly Value[], batchRows: number, options: object): void {
  const schema = schemaOf({ c: type });
  useValueKernels(null);
  const expected = writeParquet(schema, batchesOf(schema, [values], batchRows), options).file;
  useValueKernels(kernels);
  for (const [where, place] of PLACES) {
    encoded.mockClear();
    const { file } = writeParquet(schema, placed(batchesOf(schema, [values], batchRows), place), options);
    expect(Buffer.compare(file, expected), where).toBe(0);
    if (place !== withFirstElsewhere) expect(encoded, where).toHaveBeenCalled();
  }
}

/** Texts of three bytes whose hashes share their last 17 bits: of any table, they want the same slot. */
function colliding(count: number): readonly string[] {
  const found: string[] = [];
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*/=?!.,;:()[]{}<>#$%&@~^_|';
  for (let i = 0; found.length < count && i < letters.length ** 3; i++) {
    const text = [
      i % letters.length,
      Math.floor(i / letters.length) % letters.length,
      Math.floor(i / letters.length ** 2),
    ]
      .map((k) => letters[k])
      .join('');
    let hash = 3;
    for (const byte of Buffer.from(text)) hash = (hash << 8) ^ byte;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    if (((hash ^ (hash >>> 14)) & 0x3ff) === 0x2a5) found.push(text);
  }
  expect(found).toHaveLength(count);
  return found;
}

const COLLIDING = colliding(120);
const text = (random: Random, length: number, letters: number) =>
  Array.from({ length }, () => String.fromCharCode(97 + random(letters))).join('');

describe(titled('files are the same'), () => {
  const random = randomOf(SEED);
  const draws: readonly (readonly [string, number, (random: Random, i: number) => string])[] = [
    ['one value', 3_000, () => 'the same'],
    ['few', 9_000, (random) => ['AIR', 'REG AIR', 'SHIP', 'TRUCK', 'MAIL', 'FOB', 'RAIL'][random(7)]!],
    ['single letters, and none', 9_000, (random) => text(random, random(2), 26)],
    ['short and shorter', 9_000, (random) => text(random, random(6), 5)],
    ['of all lengths, some often', 9_000, (random) => text(random, random(40), 2)],
    ['equal at both ends', 9_000, (random) => `same head ${String(random(3_000)).padStart(5, '0')} same tail`],
    ['long', 500, (random) => text(random, 200 + random(100), 3)],
    ['more than a dictionary holds', 40_000, (_, i) => `value ${i}`],
    ['more bytes than a dictionary holds', 700, (random, i) => `${i} ${'x'.repeat(1_000 + random(2_000))}`],
    ['one longer than a dictionary', 60, (random, i) => (i === 40 ? 'y'.repeat(2 ** 20) : text(random, 9, 4))],
    ['hashes that collide', 4_000, (random) => COLLIDING[random(COLLIDING.length)]!],
  ];
  it.each(draws)('%s', (_, count, draw) => {
    for (const nulls of [0, 3]) {
      const values = Array.from({ length: count }, (_, i) => (nulls > 0 && i % nulls === 0 ? null : draw(random, i)));
      expectSame({ kind: 'text' }, values, 256, { rowGroupRows: 30_000, pageRows: 4_000 });
      expectSame({ kind: 'text' }, values.slice(0, 100), 13, { rowGroupRows: 40, pageRows: 7 });
      const bytes = values.slice(0, 2_000).map((value) => (value === null ? null : Buffer.from(value)));
      expectSame({ kind: 'bytes' }, bytes, 100, { rowGroupRows: 1_500, pageRows: 500 });
    }
  });
});

it('columns for which there are no tables left have the dictionary that JavaScript makes', () => {
  const schema = schemaOf(
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`c${i}`, { kind: 'text' } as const])),
  );
  const columns = schema.columns.map((_, c) => Array.from({ length: 500 }, (_, i) => `${(i * c) % 37}`));
  useValueKernels(null);
  const expected = writeParquet(schema, batchesOf(schema, columns, 100)).file;
  useValueKernels(kernels);
  const { file } = writeParquet(schema, placed(batchesOf(schema, columns, 100), inMemory));
  expect(Buffer.compare(file, expected)).toBe(0);
  expect(encoded).toHaveBeenCalledTimes(40 * 5);
});

it('tables come back from row groups that were written, and from those that were dropped', () => {
  const schema = schemaOf({ a: { kind: 'text' }, b: { kind: 'text' } });
  useValueKernels(kernels);
  for (let n = 0; n < 50; n++) {
    const writer = new RowGroupWriter(schema, SMALL_FILE, new MemoryFile());
    writer.append(inMemory(batchOf(schema, [['x'], ['y']])));
    if (n % 2 === 0) writer.flush();
    else writer.discard();
  }
  expect(encoded).toHaveBeenCalledTimes(2 * 50);
});
