/**
 * Kernel of PostGIS geometries: extended well-known binary in, ISO well-known binary out, little-endian.
 *
 * EWKB (PostGIS: LWGEOM_send, ZMSgeoms.txt) is a byte of byte order, Int32 type, whose highest bits say Z, M and that an Int32 SRID
 * follows, then the coordinates, or the parts, each a geometry of its own. ISO says the dimensions by 1000, 2000 or 3000 added to the
 * type, and has no SRID: it belongs to the column, and a value of another one is awkward. Coordinates keep every bit.
 *
 * Parts stand one behind the other, and nothing follows the last one, so counting the geometries that are still to come is
 * enough to read any depth of collections: no call stack, and no limit of depth.
 */
import type { BinaryVector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import type { LogicalTypeOf } from '../../core/logical-type.ts';
import { impossibleValue, type Kernel, markNull, type OnAwkward, type Tile, wrongLength } from './kernel.ts';
import { arenaOf } from './text-arena.ts';

const HAS_Z = 0x80000000;
const HAS_M = 0x40000000;
const HAS_SRID = 0x20000000;
const TYPE_BITS = 0x1fffffff;
const WGS_84 = 4326;

const HEADER_BYTES = 5;
/** Header and count. Only a point has none, and has coordinates instead. */
const LEAST_GEOMETRY_BYTES = 9;

/** How the body of a geometry is made up. */
type Body = 'coordinates' | 'points' | 'rings' | 'parts';

/** By type code: point, line, polygon, their multiples, collection, curves and their multiples, polyhedral surface, TIN, triangle. */
const BODIES: ReadonlyMap<number, Body> = new Map<number, Body>([
  [1, 'coordinates'],
  [2, 'points'],
  [3, 'rings'],
  ...[4, 5, 6, 7].map((type) => [type, 'parts'] as const),
  [8, 'points'],
  ...[9, 10, 11, 12, 15, 16].map((type) => [type, 'parts'] as const),
  [17, 'rings'],
]);

/** The collection: what Parquet's GEOMETRY knows ends there. */
const LAST_BASIC_TYPE = 7;

export function ewkbKernel(out: BinaryVector, type: LogicalTypeOf<'geometry'>, awkward: OnAwkward): Kernel {
  const columnSrid = type.srid ?? (type.geography ? WGS_84 : 0);
  const reader = new EwkbReader();
  const isBasic = type.basic === true;
  return (tile, positions, base, rows) => {
    const { starts, lengths } = out;
    out.nulls = 0;
    // ISO takes no more bytes than EWKB.
    let needed = 0;
    for (let i = 0; i < rows; i++) needed += Math.max(0, tile.view.getInt32(positions[base + i]!));
    // ISO here, and in the writer's copy.
    tile.memory.claim(2 * needed);
    if (needed > reader.out.length) {
      freeBuffer(reader.out);
      reader.out = arenaOf(reader.out, needed);
      tile.memory.onDelivered(() => {
        freeBuffer(reader.out);
        reader.out = new Uint8Array(0);
      });
    }
    let used = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = tile.view.getInt32(q);
      starts[i] = used;
      lengths[i] = 0;
      if (length === -1) markNull(out, i);
      else {
        const end = reader.convert(tile, q, length, used);
        const reason = reader.srid !== columnSrid ? 'srid' : isBasic && !reader.isBasic ? 'geometry type' : null;
        if (reason === null) {
          lengths[i] = end - used;
          used = end;
        } else {
          awkward(i, reason);
          markNull(out, i);
        }
      }
    }
    out.bytes = reader.out;
  };
}

/** Reads one geometry after the other and writes it to `out`. */
class EwkbReader {
  out = new Uint8Array(0);
  /** Of the geometry converted last; 0 where it said none. */
  srid = 0;
  /** Whether it and all its parts were points, lines, polygons, multiples or collections of these. */
  isBasic = true;
  #tile: Pick<Tile, 'bytes' | 'view'> = { bytes: this.out, view: new DataView(this.out.buffer) };
  #q = 0;
  #length = 0;
  #end = 0;
  #from = 0;
  #to = 0;
  #littleEndian = true;

  /** Writes the geometry at q to out[to …], returns the position behind it. */
  convert(tile: Tile, q: number, length: number, to: number): number {
    this.#tile = tile;
    this.#q = q;
    this.#length = length;
    this.#end = q + 4 + length;
    this.#from = q + 4;
    this.#to = to;
    this.srid = 0;
    this.isBasic = true;
    for (let pending = 1; pending > 0; pending--) {
      const parts = this.#geometry();
      if ((pending - 1 + parts) * LEAST_GEOMETRY_BYTES > this.#end - this.#from) this.#wrong();
      pending += parts;
    }
    if (this.#from !== this.#end) this.#wrong();
    return this.#to;
  }

  /** Converts a geometry up to its parts; returns how many follow. */
  #geometry(): number {
    if (this.#from + HEADER_BYTES > this.#end) this.#wrong();
    const isOutermost = this.#from === this.#q + 4;
    const order = this.#tile.bytes[this.#from]!;
    if (order > 1) impossibleValue('geometry', this.#q);
    this.#littleEndian = order === 1;
    const word = this.#tile.view.getUint32(this.#from + 1, this.#littleEndian);
    this.#from += HEADER_BYTES;
    if ((word & HAS_SRID) !== 0) this.#readSrid(isOutermost);
    const type = word & TYPE_BITS;
    const body = BODIES.get(type) ?? impossibleValue('geometry', this.#q);
    if (type > LAST_BASIC_TYPE) this.isBasic = false;
    const z = (word & HAS_Z) !== 0 ? 1 : 0;
    const m = (word & HAS_M) !== 0 ? 1 : 0;
    this.out[this.#to++] = 1;
    this.#writeWord(type + 1000 * z + 2000 * m);
    return this.#body(body, 2 + z + m);
  }

  #body(body: Body, dimensions: number): number {
    if (body === 'coordinates') this.#doubles(dimensions);
    else if (body === 'parts') return this.#count();
    else if (body === 'points') this.#doubles(this.#count() * dimensions);
    else for (let rings = this.#count(); rings > 0; rings--) this.#doubles(this.#count() * dimensions);
    return 0;
  }

  /** Parts have the SRID of the whole, if they repeat it. */
  #readSrid(isOutermost: boolean): void {
    if (this.#from + 4 > this.#end) this.#wrong();
    const srid = this.#tile.view.getInt32(this.#from, this.#littleEndian);
    if (!isOutermost && srid !== this.srid) impossibleValue('geometry', this.#q);
    this.srid = srid;
    this.#from += 4;
  }

  #count(): number {
    if (this.#from + 4 > this.#end) this.#wrong();
    const count = this.#tile.view.getUint32(this.#from, this.#littleEndian);
    this.#from += 4;
    // The least of what is counted, an empty ring, takes four bytes.
    if (count * 4 > this.#end - this.#from) this.#wrong();
    this.#writeWord(count);
    return count;
  }

  #writeWord(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.out[this.#to++] = value >>> shift;
  }

  #doubles(count: number): void {
    const size = count * 8;
    if (size > this.#end - this.#from) this.#wrong();
    const { bytes } = this.#tile;
    const { out } = this;
    const from = this.#from;
    const to = this.#to;
    const flip = this.#littleEndian ? 0 : 7;
    for (let k = 0; k < size; k++) out[to + k] = bytes[from + (k ^ flip)]!;
    this.#from += size;
    this.#to += size;
  }

  #wrong(): never {
    return wrongLength('geometry', this.#length, this.#q);
  }
}
