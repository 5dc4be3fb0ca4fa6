/**
 * What the kernels of lists share: the offsets, the vector below, which follows the number of elements, and the way back from an element to its
 * row.
 *
 * A tile has a bounded number of rows, but no bound on their elements other than the bytes that came. What is below a list lives for
 * one tile: when more comes than it holds, it is made anew, and so is the kernel that fills it. It is made twice as large as before,
 * of many elements a quarter larger, so that no copy of what is there is made for each list that comes; and it is let go of behind a
 * large tile (tile-memory.ts).
 */
import { createVector, freeVector, type ListVector, type Vector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import { markNull, type Tile } from './kernel.ts';

const FIRST_ELEMENTS = 1024;
/** More than this are no reason to make room for as many again. */
const MANY_ELEMENTS = 1 << 18;

/** Room for what is needed, and in proportion to what was held: `n` lists one after the other make it grow O(log n) times. */
export function grownCapacity(held: number, needed: number): number {
  return needed > MANY_ELEMENTS ? Math.max(needed, held + (held >> 2)) : Math.max(FIRST_ELEMENTS, needed, held * 2);
}

/** Gives what `make` made over a child of `list` that has room for `elements`. The caller has claimed them. */
export function growingChild<T>(
  list: ListVector,
  type: LogicalType,
  make: (child: Vector) => T,
): (tile: Tile, elements: number) => T {
  let capacity = 0;
  let made: T | undefined;
  const free = () => {
    freeVector(list.child);
    capacity = 0;
    made = undefined;
  };
  return ({ memory }, elements) => {
    if (made === undefined || elements > capacity) {
      if (made !== undefined) freeVector(list.child);
      capacity = grownCapacity(capacity, elements);
      list.child = createVector(type, capacity);
      made = make(list.child);
      memory.onDelivered(free);
    }
    return made;
  };
}

/** The same positions with room for `needed`. */
export function grownPositions(
  positions: Int32Array<ArrayBuffer>,
  needed: number,
  { memory }: Tile,
): Int32Array<ArrayBuffer> {
  if (needed <= positions.length) return positions;
  const larger = new Int32Array(grownCapacity(positions.length, needed));
  if (positions.length > 0) larger.set(positions); // else they may have been given back
  freeBuffer(positions);
  memory.lendPlaces(larger);
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
