/**
 * Kernels of ranges as structs {lower, upper, lower_inclusive, upper_inclusive, empty}, and of multiranges as lists of them.
 *
 * The wire form (PostgreSQL: range_send): a byte of flags, then each bound that there is, Int32 length and value. A multirange is
 * Int32 number of ranges, then each, Int32 length and range. An infinite bound is null, as is a bound of the empty range; so a bound
 * whose value is awkward makes the whole range null: else it would read as infinite.
 *
 * A bound that is not there has no length word that a kernel could be shown. So the bounds of a tile are copied to a buffer of their
 * own, behind one word of -1: every position that means null points there.
 */
import type { BoolVector, ListVector, StructVector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import type { LogicalTypeOf } from '../../core/logical-type.ts';
import type { WireFormOf } from '../../core/wire-form.ts';
import { DraculaError, isDraculaError } from '../../errors.ts';
import {
  type CreateKernel,
  impossibleValue,
  type Kernel,
  markNull,
  type OnAwkward,
  type Tile,
  wrongLength,
} from './kernel.ts';
import { fillOffsets, growingChild, grownPositions, rowOfElement } from './list-child.ts';
import { arenaOf } from './text-arena.ts';
import { elementBytes, TileMemory } from './tile-memory.ts';

const EMPTY = 0x01;
const LOWER_INCLUSIVE = 0x02;
const UPPER_INCLUSIVE = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

/** Position of the -1 word in the bounds' buffer. */
const NULL_POSITION = 0;
const NULL_BYTES = 4;

type Bound = 0 | 1;

export function rangeKernel(
  out: StructVector,
  type: LogicalTypeOf<'struct'>,
  wire: WireFormOf<'range'>,
  createKernel: CreateKernel,
  awkward: OnAwkward,
): Kernel {
  const bounds = boundsBuffer();
  const [lowerInclusive, upperInclusive, empty] = out.children.slice(2) as BoolVector[];
  const flagVectors = [lowerInclusive!, upperInclusive!, empty!];
  /** Rows with an awkward bound, in this tile. */
  const awkwardRows = new Set<number>();
  const boundAwkward: OnAwkward = (row, reason) => {
    if (awkwardRows.has(row)) return;
    awkward(row, reason);
    awkwardRows.add(row);
  };
  const kernels = [0, 1].map((b) => createKernel(out.children[b]!, type.fields[b]!.type, wire.bound, boundAwkward));
  const decodeBounds = (rows: number): void => {
    for (const b of [0, 1] as const) kernels[b]!(bounds.tile, bounds.positions[b], 0, rows);
  };

  const setNull = (row: number): void => {
    markNull(out, row);
    for (const vector of flagVectors) markNull(vector, row);
    bounds.positions[0][row] = NULL_POSITION;
    bounds.positions[1][row] = NULL_POSITION;
  };

  const readRange = (tile: Tile, q: number, length: number, row: number): void => {
    if (length < 1) wrongLength('range', length, q);
    const flags = tile.bytes[q + 4]!;
    checkFlags(flags, q);
    setBit(lowerInclusive!, row, (flags & LOWER_INCLUSIVE) !== 0);
    setBit(upperInclusive!, row, (flags & UPPER_INCLUSIVE) !== 0);
    setBit(empty!, row, (flags & EMPTY) !== 0);
    const end = q + 4 + length;
    let at = q + 5;
    at = bounds.add(tile, row, 0, (flags & (EMPTY | LOWER_INFINITE)) === 0, at, end);
    at = bounds.add(tile, row, 1, (flags & (EMPTY | UPPER_INFINITE)) === 0, at, end);
    if (at !== end) wrongLength('range', length, q);
  };

  return (tile, positions, base, rows) => {
    out.nulls = 0;
    for (const vector of flagVectors) {
      vector.nulls = 0;
      vector.values.fill(0);
    }
    awkwardRows.clear();
    bounds.begin(tile, positions, base, rows);
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = tile.view.getInt32(q);
      if (length === -1) setNull(i);
      else readRange(tile, q, length, i);
    }
    try {
      decodeBounds(rows);
      if (awkwardRows.size > 0) {
        // Once more, now that both bounds of these rows are null.
        for (const row of awkwardRows) setNull(row);
        decodeBounds(rows);
      }
    } catch (error) {
      throw atOriginalPosition(error, bounds, positions, base, rows);
    }
  };
}

export function multirangeKernel(
  out: ListVector,
  type: LogicalTypeOf<'list'>,
  wire: WireFormOf<'multirange'>,
  createKernel: CreateKernel,
  awkward: OnAwkward,
): Kernel {
  let ranges = new Int32Array(0);
  const bytesEach = elementBytes(type.element);
  let tileRows = 0;
  const childFor = growingChild(out, type.element, (child) =>
    createKernel(child, type.element, wire.range, (range, reason) =>
      awkward(rowOfElement(out.offsets, tileRows, range), reason),
    ),
  );

  /** Notes where the ranges of the multirange at q are; returns how many. */
  const gather = (tile: Tile, q: number, length: number, count: number): number => {
    const { view } = tile;
    const added = length < 4 ? -1 : view.getInt32(q + 4);
    if (added < 0 || added * 5 > length) wrongLength('multirange', length, q);
    tile.memory.claim(added * bytesEach);
    ranges = grownPositions(ranges, count + added, tile);
    const end = q + 4 + length;
    let at = q + 8;
    for (let k = 0; k < added; k++) {
      if (at + 4 > end) wrongLength('multirange', length, q);
      const size = view.getInt32(at);
      if (size < 0) wrongLength('range of a multirange', size, at);
      ranges[count + k] = at;
      at += 4 + size;
    }
    if (at !== end) wrongLength('multirange', length, q);
    return added;
  };

  return (tile, positions, base, rows) => {
    tileRows = rows;
    const count = fillOffsets(out, tile, positions, base, rows, gather);
    childFor(tile, count)(tile, ranges, 0, count);
  };
}

/** The bounds of a tile's ranges, each a field, one after the other in a buffer that begins with a -1 word. */
function boundsBuffer() {
  let buffer = new Uint8Array(0);
  const tile: Tile = { bytes: buffer, view: new DataView(buffer.buffer), memory: new TileMemory(0) };
  const positions: [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>] = [new Int32Array(0), new Int32Array(0)];
  let used = NULL_BYTES;

  const use = (bytes: Uint8Array<ArrayBuffer>): void => {
    buffer = bytes;
    tile.bytes = bytes;
    tile.view = new DataView(bytes.buffer);
  };

  const reserve = (bytes: number): void => {
    if (bytes <= buffer.length) return;
    tile.memory.claim(bytes);
    freeBuffer(buffer);
    use(arenaOf(buffer, bytes));
    tile.memory.onDelivered(() => {
      freeBuffer(buffer);
      use(new Uint8Array(0));
    });
  };

  return {
    tile,
    positions,
    /** Makes room for those of ranges at places[base …]: they are bytes of theirs. */
    begin({ view, memory }: Tile, places: Int32Array, base: number, rows: number): void {
      tile.memory = memory;
      used = NULL_BYTES;
      let bytes = NULL_BYTES;
      for (let i = 0; i < rows; i++) bytes += Math.max(0, view.getInt32(places[base + i]!));
      reserve(bytes);
      tile.view.setInt32(NULL_POSITION, -1);
      for (const b of [0, 1] as const) positions[b] = grownPositions(positions[b], rows, tile);
    },
    /** Copies the bound that stands at `at`, if there is one, and returns what is behind it. */
    add(from: Tile, row: number, bound: Bound, exists: boolean, at: number, end: number): number {
      positions[bound][row] = exists ? used : NULL_POSITION;
      if (!exists) return at;
      // The offset is that of the last byte: what is missing has none.
      if (at + 4 > end) impossibleValue('range', at - 1);
      const size = from.view.getInt32(at);
      if (size < 0 || size > end - at - 4) wrongLength('bound of a range', size, at);
      for (let k = 0; k < 4 + size; k++) buffer[used + k] = from.bytes[at + k]!;
      used += 4 + size;
      return at + 4 + size;
    },
  };
}

function checkFlags(flags: number, q: number): void {
  const isEmpty = (flags & EMPTY) !== 0;
  const contradicts =
    flags > 0x1f ||
    (isEmpty && flags !== EMPTY) ||
    (flags & (LOWER_INCLUSIVE | LOWER_INFINITE)) === (LOWER_INCLUSIVE | LOWER_INFINITE) ||
    (flags & (UPPER_INCLUSIVE | UPPER_INFINITE)) === (UPPER_INCLUSIVE | UPPER_INFINITE);
  if (contradicts) impossibleValue('range', q);
}

function setBit(vector: BoolVector, row: number, value: boolean): void {
  if (value) vector.values[row >> 3]! |= 1 << (row & 7);
}

/** A wrong bound names its place in the buffer of bounds; whoever reads the error needs that of the range on the wire. */
function atOriginalPosition(
  error: unknown,
  { positions }: ReturnType<typeof boundsBuffer>,
  ranges: Int32Array,
  base: number,
  rows: number,
): unknown {
  const at = isDraculaError(error) ? error.facts.byteOffset : undefined;
  if (!isDraculaError(error) || at === undefined) return error;
  let row = 0;
  for (let i = 0; i < rows; i++) if (positions.some((bound) => bound[i]! > NULL_POSITION && bound[i]! <= at)) row = i;
  return new DraculaError(error.code, error.message, { ...error.facts, byteOffset: ranges[base + row]! }, error.cause);
}
