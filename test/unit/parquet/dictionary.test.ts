import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();

/** For each row group whether the column has a dictionary; and the file. */
function write(type: LogicalType, values: readonly Value[], rowGroupRows = 1_000_000) {
  const schema = schemaOf({ c: type });
  const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [values], 10_000), { rowGroupRows });
  return { file, hasDictionary: rowGroups.map((group) => group.columns[0]!.dictionaryPageOffset !== null) };
}

async function expectTexts(file: Uint8Array, values: readonly Value[]): Promise<void> {
  const rows = await duckdb.query(file, 'select c from FILE');
  expect(rows.length).toBe(values.length);
  expect(rows.every(([c], i) => c === values[i])).toBe(true);
}

const repeat = (count: number, value: (i: number) => Value) => Array.from({ length: count }, (_, i) => value(i));
const MAX_ENTRIES = 32_768;

describe.each([
  ['int32', { kind: 'int32' }, (i: number) => Math.imul(i, 2_654_435)],
  ['int64 in a narrow range', { kind: 'int64' }, (i: number) => 5_000_000_000n + BigInt(i)],
  ['int64 over all of its range', { kind: 'int64' }, (i: number) => BigInt(i) * 271_828_182_845_904n - 2n ** 62n],
  ['decimal(38,0)', { kind: 'decimal', precision: 38, scale: 0 }, (i: number) => BigInt(i) * 10n ** 31n],
  ['uuid', { kind: 'uuid' }, (i: number) => `${String(i).padStart(8, '0')}-0000-0000-0000-000000000000`],
  ['text', { kind: 'text' }, (i: number) => `value ${i}`],
] as const)('a dictionary of %s', (_, type, value) => {
  it('is used where values repeat', () => {
    expect(
      write(
        type,
        repeat(1000, (i) => value(i % 10)),
      ).hasDictionary,
    ).toEqual([true]);
  });

  it('is not used where every value is new', () => {
    expect(write(type, repeat(1000, value)).hasDictionary).toEqual([false]);
  });

  it('holds 32,768 entries or as many as fit 1 MB, and no more', async () => {
    const entries = type.kind === 'uuid' ? Math.floor((1 << 20) / 40) : MAX_ENTRIES;
    const fitting = write(
      type,
      repeat(entries * 4, (i) => value(i % entries)),
    );
    expect(fitting.hasDictionary).toEqual([true]);
    const [row] = await duckdb.query(fitting.file, 'select count(distinct c)::int, count(*)::int from FILE');
    expect(row).toEqual([entries, entries * 4]);
    expect(
      write(
        type,
        repeat(entries * 4 + 4, (i) => value(i % (entries + 1))),
      ).hasDictionary,
    ).toEqual([false]);
  });

  it('is not tried for 15 row groups after it did not pay, and is then tried again', () => {
    const first = repeat(100, value);
    const later = repeat(100 * 17, (i) => value(i % 3));
    const { hasDictionary } = write(type, [...first, ...later], 100);
    expect(hasDictionary).toEqual([...new Array(16).fill(false), true, true]);
  });
});

describe('a text dictionary', () => {
  const text: LogicalType = { kind: 'text' };

  it('that fills up in the middle of a batch leaves all values in their order', async () => {
    const values = repeat(80_000, (i) => (i % 7 === 0 ? null : `v${i < 5000 ? i % 100 : i}`));
    const { file, hasDictionary } = write(text, values);
    expect(hasDictionary).toEqual([false]);
    await expectTexts(file, values);
  });

  it('does not take more than 1 MB', async () => {
    const values = repeat(5000, (i) => `${i % 150}`.padEnd(10_000, '-'));
    const { file, hasDictionary } = write(text, values);
    expect(hasDictionary).toEqual([false]);
    await expectTexts(file, values);
  });

  it('grows over many entries and keeps all values apart, of all short lengths', async () => {
    const values = repeat(60_000, (i) => {
      const n = i % 20_000;
      return n < 256 ? String.fromCharCode(n % 128).repeat(n >> 7) : n.toString(36).padStart(n % 13, 'x');
    });
    const { file, hasDictionary } = write(text, values);
    expect(hasDictionary).toEqual([true]);
    await expectTexts(file, values);
  });

  it('is given up, not slow, when values are made to collide', async () => {
    const collisions = collidingTexts(4000);
    const values = repeat(100_000, (i) => collisions[i % collisions.length]!);
    const { file, hasDictionary } = write(text, values);
    expect(hasDictionary).toEqual([false]);
    await expectTexts(file, values);
  });
});

describe('a dictionary of integers', () => {
  it('is given up, not slow, when values are made to collide', () => {
    // A product whose low 17 bits are its bits 15 to 31 falls into slot 0; the multiplier is odd, so there is a value for each product.
    const product = (top: number) => (top << 17) | (((top << 2) | (top >>> 13)) & 0x1ffff);
    const inverse = inverseOf(0x9e3779b1);
    const values = repeat(131_072, (i) => Math.imul(inverse, product(i % 16_384)));
    expect(new Set(values).size).toBe(16_384);
    const { hasDictionary } = write({ kind: 'int32' }, values);
    expect(hasDictionary).toEqual([false]);
  });

  it('keeps 0.0 and -0.0 apart', async () => {
    const values = repeat(500, (i) => (i % 2 === 0 ? 0 : -0));
    const { file, hasDictionary } = write({ kind: 'float64' }, values);
    expect(hasDictionary).toEqual([true]);
    expect(await duckdb.query(file, "select count(*) filter (where c::varchar = '-0.0')::int from FILE")).toEqual([
      [250],
    ]);
  });
});

/** Different texts of 12 bytes with one hash: the second word undoes what the first one did. */
function collidingTexts(count: number): string[] {
  const odd = 0x85ebca6b;
  const inverse = inverseOf(odd);
  const texts: string[] = [];
  for (let n = 0; texts.length < count; n++) {
    // hash = (hash0 ^ a) * C1 + b * C2, with hash0 = length ^ tail: choose a, then b so that the sum is the same.
    const tail = 0x61616161;
    const first = 0x20202020 + Math.imul(n, 0x9e3779b1);
    const second = Math.imul(0 - Math.imul(12 ^ tail ^ first, 0x9e3779b1), inverse);
    const bytes = Buffer.alloc(12);
    bytes.writeInt32LE(first | 0, 0);
    bytes.writeInt32LE(second, 4);
    bytes.writeInt32LE(tail, 8);
    if (bytes.every((byte) => byte < 128)) texts.push(bytes.toString('latin1'));
  }
  return texts;
}

/** Of an odd number, modulo 2^32. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
