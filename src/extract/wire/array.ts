/**
 * Kernel of arrays as lists, nested as deep as the column's declared number of dimensions.
 *
 * The wire form (PostgreSQL: array_send): Int32 number of dimensions, Int32 has-null flag, Int32 element OID, then per dimension
 * Int32 size and Int32 lower bound, then the elements in row-major order, each a field as in a DataRow. No element is the empty
 * array, of any dimensions. The elements' positions are gathered over the tile and the element's own kernel runs over them, so that
 * each type is decoded in one place. Arrays of other dimensions or of a lower bound other than 1 are awkward, by name.
 */
import type { ListVector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import type { LogicalType, LogicalTypeOf } from '../../core/logical-type.ts';
import type { WireFormOf } from '../../core/wire-form.ts';
import { DraculaError } from '../../errors.ts';
import { type CreateKernel, type Kernel, markNull, type OnAwkward, type Tile, wrongLength } from './kernel.ts';
import { growingChild, grownCapacity, grownPositions, rowOfElement } from './list-child.ts';
import { elementBytes } from './tile-memory.ts';

const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
/** PostgreSQL: MAXDIM. */
const MAX_DIMENSIONS = 6;
/** Of an inner list: its offset, and its levels in the writer. */
const INNER_LIST_BYTES = 8;

export function arrayKernel(
  out: ListVector,
  type: LogicalTypeOf<'list'>,
  wire: WireFormOf<'array'>,
  createKernel: CreateKernel,
  awkward: OnAwkward,
): Kernel {
  const { dimensions, elementOid } = wire;
  const { levels, elementType } = levelsOf(out, type, dimensions);
  const bytesEach = elementBytes(elementType);
  /** counts[k]: lists of level k in this tile so far; counts[dimensions]: elements. */
  const counts = new Int32Array(dimensions + 1);
  let positions = new Int32Array(0);

  const elementAwkward: OnAwkward = (element, reason) => {
    let row = element;
    for (let k = dimensions - 1; k >= 0; k--) row = rowOfElement(levels[k]!.offsets, counts[k]!, row);
    awkward(row, reason);
  };
  const childFor = growingChild(levels[dimensions - 1]!, elementType, (child) =>
    createKernel(child, elementType, wire.element, elementAwkward),
  );

  /** Notes where the elements of the array at q are and returns how many, or -1 when its shape is awkward. */
  const gather = (tile: Tile, q: number, length: number): number => {
    const { view } = tile;
    if (length < HEADER_BYTES) wrongLength('array', length, q);
    const announced = view.getInt32(q + 4);
    if (view.getUint32(q + 12) !== elementOid) {
      throw new DraculaError(
        'E_WIRE',
        `An array came whose elements are of type ${view.getUint32(q + 12)}, not ${elementOid} as planned.`,
        { byteOffset: q },
      );
    }
    const elements = elementsOf(view, q, length, announced);
    const count = counts[dimensions]!;
    tile.memory.claim(elements * bytesEach);
    positions = grownPositions(positions, count + elements, tile);
    const end = q + 4 + length;
    let at = q + 4 + HEADER_BYTES + announced * DIMENSION_BYTES;
    for (let k = 0; k < elements; k++) {
      if (at + 4 > end) wrongLength('array', length, q);
      positions[count + k] = at;
      const size = view.getInt32(at);
      if (size < -1) wrongLength('array element', size, at);
      at += size > 0 ? 4 + size : 4;
    }
    if (at !== end) wrongLength('array', length, q);
    if (elements > 0 && (announced !== dimensions || !startsAtOne(view, q, announced))) return -1;
    return elements;
  };

  /** Writes the offsets of the inner lists of the array at q, which has elements. */
  const nest = (tile: Tile, q: number): void => {
    const { view } = tile;
    let lists = 1;
    for (let k = 1; k < dimensions; k++) {
      lists *= sizeOf(view, q, k - 1);
      const size = sizeOf(view, q, k);
      const first = counts[k]!;
      const level = levels[k]!;
      tile.memory.claim(lists * INNER_LIST_BYTES);
      growList(tile, level, first + lists);
      for (let l = 0; l < lists; l++) level.offsets[first + l] = counts[k + 1]! + l * size;
      counts[k] = first + lists;
    }
  };

  return (tile, fields, base, rows) => {
    const { offsets } = out;
    for (const level of levels) level.nulls = 0;
    counts.fill(0);
    for (let i = 0; i < rows; i++) {
      offsets[i] = counts[1]!;
      const q = fields[base + i]!;
      const length = tile.view.getInt32(q);
      const elements = length === -1 ? -1 : gather(tile, q, length);
      if (elements > 0) {
        nest(tile, q);
        counts[dimensions]! += elements;
      } else if (elements < 0) {
        if (length !== -1) awkward(i, 'array dimensions');
        markNull(out, i);
      }
    }
    counts[0] = rows;
    for (let k = 0; k < dimensions; k++) levels[k]!.offsets[counts[k]!] = counts[k + 1]!;
    const elements = counts[dimensions]!;
    childFor(tile, elements)(tile, positions, 0, elements);
  };
}

/** The vectors of the nested lists, the column's own first, and the type within the innermost. */
function levelsOf(out: ListVector, type: LogicalTypeOf<'list'>, dimensions: number) {
  const levels = [out];
  let elementType: LogicalType = type.element;
  while (levels.length < dimensions) {
    levels.push(levels.at(-1)!.child as ListVector);
    elementType = (elementType as LogicalTypeOf<'list'>).element;
  }
  return { levels, elementType };
}

/** The number of elements that the dimensions announce. Each takes a length word: no count holds more than the bytes that came. */
function elementsOf(view: DataView, q: number, length: number, announced: number): number {
  if (announced < 0 || announced > MAX_DIMENSIONS || length < HEADER_BYTES + announced * DIMENSION_BYTES)
    wrongLength('array', length, q);
  let elements = announced === 0 ? 0 : 1;
  for (let d = 0; d < announced; d++) {
    const size = sizeOf(view, q, d);
    if (size < 0) wrongLength('array', length, q);
    elements *= size;
  }
  if (elements * 4 > length) wrongLength('array', length, q);
  return elements;
}

function sizeOf(view: DataView, q: number, dimension: number): number {
  return view.getInt32(q + 4 + HEADER_BYTES + dimension * DIMENSION_BYTES);
}

function startsAtOne(view: DataView, q: number, announced: number): boolean {
  for (let d = 0; d < announced; d++) if (view.getInt32(q + 8 + HEADER_BYTES + d * DIMENSION_BYTES) !== 1) return false;
  return true;
}

/** Inner lists are many to a row: their vectors grow while the tile is read. The caller has claimed them. */
function growList({ memory }: Tile, list: ListVector, lists: number): void {
  if (lists < list.offsets.length) return;
  const capacity = grownCapacity(list.offsets.length, lists);
  const offsets = new Int32Array(capacity + 1);
  if (list.offsets.length > 1) offsets.set(list.offsets);
  freeBuffer(list.offsets);
  list.offsets = offsets;
  list.validity = new Uint8Array((capacity + 7) >> 3);
  memory.onDelivered(() => {
    freeBuffer(list.offsets);
    list.offsets = new Int32Array(1);
  });
}
