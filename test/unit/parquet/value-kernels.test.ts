/**
 * The WebAssembly over fixed-width values against the JavaScript loops: the same columns give the same files, byte for byte.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { KernelMemory } from '../../../src/core/kernel-memory.ts';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { fixedWidthForm } from '../../../src/parquet/fixed-width-form.ts';
import { useValueKernels, ValueKernels, valueKernels } from '../../../src/parquet/value-kernels.ts';
import { batchesOf, schemaOf, type Value } from '../../support/parquet/batch-of.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { SEED, titled } from '../../support/property.ts';
import { type Random, randomOf } from '../../support/wire/mutations.ts';
import { testModule } from '../../support/wire/wire-kernels.ts';

const kernels = new ValueKernels(new KernelMemory(testModule));

afterAll(() => useValueKernels(null));

function write(type: LogicalType, values: readonly Value[], rowGroupRows: number, pageRows: number): Uint8Array {
  const schema = schemaOf({ c: type });
  return writeParquet(schema, batchesOf(schema, [values], 10_000), { rowGroupRows, pageRows }).file;
}

function expectSame(type: LogicalType, values: readonly Value[], rowGroupRows = 50_000, pageRows = 4_000): void {
  useValueKernels(kernels);
  const file = write(type, values, rowGroupRows, pageRows);
  useValueKernels(null);
  expect(Buffer.compare(file, write(type, values, rowGroupRows, pageRows))).toBe(0);
}

const repeat = (count: number, value: (i: number) => Value) => Array.from({ length: count }, (_, i) => value(i));
const SINGLES: readonly LogicalType[] = [{ kind: 'int32' }, { kind: 'float32' }];
const PAIRS: readonly LogicalType[] = [{ kind: 'int64' }, { kind: 'float64' }];

/** Longs are made of bigints. */
function madeOf({ kind }: LogicalType, value: bigint): Value {
  return kind === 'int64' ? value : Number(value);
}

const MANY = (_: Random, i: number): number => i * 9_973 - 250_000_000;

describe(titled('files are the same'), () => {
  const random = randomOf(SEED);
  const draws: readonly (readonly [string, (random: Random, i: number) => number])[] = [
    ['one value', () => 7],
    ['few', (random) => random(7) - 3],
    ['a narrow range', (random) => random(60_000) - 30_000],
    ['a range just too wide', (random) => random(65_537) * 2],
    ['many', (random) => random(6_000) * 40_009 - 400_000_000],
    ['more than a dictionary holds', MANY],
    ['hashes that collide', (random) => (random(2_000) - 1_000) * 1_048_576],
  ];
  describe.each(draws)('%s', (_, draw) => {
    it.each([...SINGLES, ...PAIRS].map((type) => ({ type, ...type })))('$kind', ({ type }) => {
      const isPair = PAIRS.includes(type);
      for (const nulls of [0, 3]) {
        const values = repeat(draw === MANY ? 45_000 : 9_000, (i) => {
          const value = BigInt(draw(random, i));
          // Of the pairs, some with other high words.
          return nulls > 0 && i % nulls === 0 ? null : madeOf(type, isPair && i % 2 === 0 ? value * 4_294_967n : value);
        });
        expectSame(type, values);
        expectSame(type, values.slice(0, 40), 7, 3);
      }
    });
  });
});

describe('extremes', () => {
  const LEAST = [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1];
  it('of one word', () => {
    const { bounds } = fixedWidthForm({ type: { kind: 'int32' } })!;
    for (let count = 1; count < 20; count++) {
      const words = Int32Array.from({ length: count + 2 }, (_, i) => LEAST[(i * 7 + count) % 5]!);
      useValueKernels(null);
      const expected = bounds(words, 1, count + 1);
      useValueKernels(kernels);
      expect(bounds(words, 1, count + 1)).toEqual(expected);
    }
  });

  it('of two words, whose low one is unsigned', () => {
    const { bounds } = fixedWidthForm({ type: { kind: 'int64' } })!;
    for (let count = 1; count < 40; count++) {
      const words = Int32Array.from({ length: 2 * count + 4 }, (_, i) => LEAST[(i * 3 + (i >> 2) + count) % 5]!);
      useValueKernels(null);
      const expected = bounds(words, 1, count + 1);
      useValueKernels(kernels);
      expect(bounds(words, 1, count + 1)).toEqual(expected);
    }
  });
});

it('what there is no room for is left to JavaScript', () => {
  useValueKernels(kernels);
  expect(valueKernels(262_144)).not.toBeNull();
  expect(valueKernels(262_145)).toBeNull();
  expectSame(
    { kind: 'int64' },
    repeat(270_000, (i) => BigInt(i % 5_000) * 123_456_789n),
    300_000,
    300_000,
  );
});
