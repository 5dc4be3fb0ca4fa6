import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KernelMemory } from '../../../../src/core/kernel-memory.ts';
import { bitPackedBytes, codeWidth, packBits } from '../../../../src/parquet/encodings/bit-packing.ts';
import { useValueKernels, ValueKernels } from '../../../../src/parquet/value-kernels.ts';
import { testModule } from '../../../support/wire/wire-kernels.ts';

/** One bit after the other: the definition. */
function unpack(bytes: Uint8Array, count: number, width: number): number[] {
  const bit = (i: number) => (bytes[i >> 3]! >> (i & 7)) & 1;
  return Array.from({ length: count }, (_, i) => {
    let value = 0;
    for (let b = 0; b < width; b++) value |= bit(i * width + b) << b;
    return value;
  });
}

const kernels = new ValueKernels(new KernelMemory(testModule));
const packed = vi.spyOn(ValueKernels.prototype, 'pack');

describe.each(['JavaScript', 'WebAssembly'])('packBits in %s', (language) => {
  beforeAll(() => {
    packed.mockClear();
    useValueKernels(language === 'WebAssembly' ? kernels : null);
  });
  afterAll(() => useValueKernels(null));

  it.each(Array.from({ length: 15 }, (_, i) => i + 1))(
    'packs codes of %i bits, any number of them, from any place',
    (width) => {
      const code = fc.oneof(fc.integer({ min: 0, max: 2 ** width - 1 }), fc.constant(2 ** width - 1));
      fc.assert(
        fc.property(fc.array(code, { maxLength: 100 }), fc.nat(20), fc.nat(9), (codes, skip, at) => {
          const from = Math.min(skip, codes.length);
          const count = codes.length - from;
          const out = new Uint8Array(at + bitPackedBytes(count, width)).fill(0xee);
          expect(packBits(Uint16Array.from(codes), from, codes.length, width, out, at)).toBe(out.length);
          expect(unpack(out.subarray(at), count, width)).toEqual(codes.slice(from));
          expect([...out.subarray(0, at)].every((byte) => byte === 0xee)).toBe(true);
          // What fills up the last group is zero.
          expect(
            unpack(out.subarray(at), ((count + 7) >> 3) * 8, width)
              .slice(count)
              .every((value) => value === 0),
          ).toBe(true);
        }),
      );
      if (language === 'WebAssembly') expect(packed).toHaveBeenCalled();
      else expect(packed).not.toHaveBeenCalled();
    },
  );
});

it('codes of a dictionary that WebAssembly made are packed where they stand', () => {
  kernels.codes.set([1, 2, 3, 4, 5, 6, 7, 0, 7, 6, 5, 4, 3, 2, 1, 0], 3);
  expect(unpack(kernels.pack(kernels.codes, 3, 19, 3), 16, 3)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 0, 7, 6, 5, 4, 3, 2, 1, 0,
  ]);
});

describe('codeWidth', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [256, 8],
    [257, 9],
    [32_768, 15],
  ])('of %i entries is %i bits', (entries, width) => {
    expect(codeWidth(entries)).toBe(width);
  });
});
