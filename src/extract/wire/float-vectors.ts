/**
 * Kernels of pgvector's vector and halfvec as lists of float32.
 *
 * The wire form (pgvector: vector_send, halfvec_send): Int16 number of floats, Int16 unused, then the floats, of 32 or 16 bits
 * (IEEE 754 binary16). Elements are never null and have no length words. Every half float is a float32, exactly.
 */
import type { Int32Vector, ListVector } from '../../core/column-batch.ts';
import type { LogicalTypeOf } from '../../core/logical-type.ts';
import { type Kernel, type Tile, wrongLength } from './kernel.ts';
import { fillOffsets, growingChild } from './list-child.ts';
import { elementBytes } from './tile-memory.ts';

const HEADER_BYTES = 4;

export function vectorKernel(out: ListVector, type: LogicalTypeOf<'list'>): Kernel {
  return floatsKernel(out, type, 'vector', 4, (view, at) => view.getInt32(at));
}

export function halfvecKernel(out: ListVector, type: LogicalTypeOf<'list'>): Kernel {
  return floatsKernel(out, type, 'halfvec', 2, (view, at) => float32Bits(view.getUint16(at)));
}

function floatsKernel(
  out: ListVector,
  type: LogicalTypeOf<'list'>,
  name: string,
  width: number,
  bitsAt: (view: DataView, at: number) => number,
): Kernel {
  const bytesEach = elementBytes(type.element);
  const childFor = growingChild(out, type.element, (child) => child as Int32Vector);

  const floatsAt = ({ view, memory }: Tile, q: number, length: number): number => {
    const floats = length < HEADER_BYTES ? -1 : view.getInt16(q + 4);
    if (length !== HEADER_BYTES + floats * width || floats < 0) wrongLength(name, length, q);
    memory.claim(floats * bytesEach);
    return floats;
  };

  return (tile, positions, base, rows) => {
    const child = childFor(tile, fillOffsets(out, tile, positions, base, rows, floatsAt));
    child.nulls = 0;
    const { view } = tile;
    const { offsets } = out;
    const { values } = child;
    for (let i = 0; i < rows; i++) {
      let at = positions[base + i]! + 4 + HEADER_BYTES;
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++, at += width) values[k] = bitsAt(view, at);
    }
  };
}

/** The float32 that equals this half float, as its bits; a NaN keeps its payload. */
function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is fraction * 2^-24, a normal float32: its highest bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
