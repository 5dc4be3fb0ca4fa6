/**
 * What the kernels of lists share: the offsets, the vector below, which follows the number of elements, and the way back from an element to its
 * row.
 *
 * A tile has a bounded number of rows, but no bound on their elements other than the bytes that came. What is below a list lives for
 * one tile: when more comes than it holds, it is made anew, at least twice as large, and so is the kernel that fills it.
 */
import { createVector, type ListVector, type Vector } from '../../core/column-batch.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import { markNull, type Tile } from './kernel.ts';

const FIRST_ELEMENTS = 1024;

/** Gives what `make` made over a child of `list` that has room for `elements`. */
export function growingChild<T>(
  list: ListVector,
  type: LogicalType,
  make: (child: Vector) => T,
): (elements: number) => T {
  let capacity = 0;
  let made: T | undefined;
  return (elements) => {
    if (made === undefined || elements > capacity) {
      capacity = Math.max(FIRST_ELEMENTS, elements, capacity * 2);
      list.child = createVector(type, capacity);
      made = make(list.child);
    }
    return made;
  };
}

/** The same positions with room for `needed`. */
export function grownPositions(positions: Int32Array, needed: number): Int32Array {
  if (needed <= positions.length) return positions;
  const larger = new Int32Array(Math.max(FIRST_ELEMENTS, needed, positions.length * 2));
  larger.set(positions);
  return larger;
}

/** Said by `elementsOf` of a value that becomes null. */
export const NO_LIST = -1;

/**
 * Fills the offsets and nulls of a tile's lists, and returns the number of all their elements. `elementsOf` gives how many the list
 * at q has, of which `before` stand before it in the tile, or NO_LIST.
 */
export function fillOffsets(
  out: ListVector,
  tile: Tile,
  positions: Int32Array,
  base: number,
  rows: number,
  elementsOf: (tile: Tile, q: number, length: number, before: number, row: number) => number,
): number {
  const { offsets } = out;
  out.nulls = 0;
  let count = 0;
  for (let i = 0; i < rows; i++) {
    offsets[i] = count;
    const q = positions[base + i]!;
    const length = tile.view.getInt32(q);
    const elements = length === -1 ? NO_LIST : elementsOf(tile, q, length, count, i);
    if (elements === NO_LIST) markNull(out, i);
    else count += elements;
  }
  offsets[rows] = count;
  return count;
}

/** Of `rows` lists, the one that holds this element. */
export function rowOfElement(offsets: Int32Array, rows: number, element: number): number {
  let low = 0;
  let high = rows - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle + 1]! > element) high = middle;
    else low = middle + 1;
  }
  return low;
}
