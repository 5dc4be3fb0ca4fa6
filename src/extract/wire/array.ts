/**
 * Kernel of one-dimensional arrays as lists.
 *
 * The wire form (PostgreSQL: array_send): Int32 number of dimensions, Int32 has-null flag, Int32 element OID, then per dimension
 * Int32 size and Int32 lower bound, then the elements, each a field as in a DataRow. No dimension is the empty array.
 * The elements' positions are gathered over the tile and the element's own kernel runs over them, so that each type is
 * decoded in one place. Arrays of other dimensions or of a lower bound other than 1 are awkward, by name.
 */
import { createVector, type ListVector } from '../../core/column-batch.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import { DraculaError } from '../../errors.ts';
import { type Kernel, markNull, type OnAwkward, type Tile, wrongLength } from './kernel.ts';

const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;

/** Makes the element's kernel over a child vector; called again when the child has to grow. */
export type ElementKernel = (child: ListVector['child']) => Kernel;

export function arrayKernel(
  out: ListVector,
  element: LogicalType,
  elementOid: number,
  makeElement: ElementKernel,
  awkward: OnAwkward,
): Kernel {
  let positions = new Int32Array(1024);
  let childCapacity = 0;
  let decodeElements: Kernel | null = null;

  const grow = (needed: number): void => {
    if (needed <= positions.length) return;
    const larger = new Int32Array(Math.max(needed, positions.length * 2));
    larger.set(positions);
    positions = larger;
  };

  /** Appends the positions of the elements of the array at q; returns how many, or -1 when it is awkward. */
  const elementsOf = (tile: Tile, q: number, length: number, row: number, count: number): number => {
    const { view } = tile;
    if (length < HEADER_BYTES) wrongLength('array', length, q);
    const dimensions = view.getInt32(q + 4);
    if (view.getUint32(q + 12) !== elementOid) {
      throw new DraculaError(
        'E_WIRE',
        `An array came whose elements are of type ${view.getUint32(q + 12)}, not ${elementOid} as planned.`,
        { byteOffset: q },
      );
    }
    if (dimensions < 0 || dimensions > 6 || length < HEADER_BYTES + dimensions * DIMENSION_BYTES)
      wrongLength('array', length, q);
    if (dimensions === 0) {
      if (length !== HEADER_BYTES) wrongLength('array', length, q);
      return 0;
    }
    if (dimensions !== 1 || view.getInt32(q + 20) !== 1) {
      awkward(row, 'array dimensions');
      return -1;
    }
    const elements = view.getInt32(q + 16);
    const end = q + 4 + length;
    // Each element has at least its length word: a hostile count cannot make us allocate more than the message holds.
    if (elements < 0 || elements * 4 > length) wrongLength('array', length, q);
    grow(count + elements);
    let at = q + 4 + HEADER_BYTES + DIMENSION_BYTES;
    for (let k = 0; k < elements; k++) {
      if (at + 4 > end) wrongLength('array', length, q);
      positions[count + k] = at;
      const size = view.getInt32(at);
      if (size < -1) wrongLength('array element', size, at);
      at += size > 0 ? 4 + size : 4;
    }
    if (at !== end) wrongLength('array', length, q);
    return elements;
  };

  return (tile, fields, base, rows) => {
    const { offsets } = out;
    out.nulls = 0;
    let count = 0;
    for (let i = 0; i < rows; i++) {
      offsets[i] = count;
      const q = fields[base + i]!;
      const length = tile.view.getInt32(q);
      const elements = length === -1 ? -1 : elementsOf(tile, q, length, i, count);
      if (elements >= 0) count += elements;
      else markNull(out, i);
    }
    offsets[rows] = count;
    if (count > childCapacity || decodeElements === null) {
      childCapacity = Math.max(1024, count, childCapacity * 2);
      out.child = createVector(element, childCapacity);
      decodeElements = makeElement(out.child);
    }
    decodeElements(tile, positions, 0, count);
  };
}

/** The row whose list holds this element. */
export function rowOfElement(offsets: Int32Array, element: number): number {
  let row = 0;
  while (offsets[row + 1]! <= element) row++;
  return row;
}
