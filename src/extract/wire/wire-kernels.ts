/**
 * The WebAssembly of a connection: the region that its rows are read into and decoded in, and the functions over it (assembly/).
 *
 * It never says what is wrong with a row: a kernel decodes a tile of a column whole, or leaves it to the JavaScript kernel, which is
 * the reference, and so does the row scan with a row.
 *
 * The region: what the scan expects, the read buffer, then a tile's positions and vectors (tile-arrays.ts). These mean something within
 * one call of a decoder only, so each decoder of the connection lays its own out from the same start. What the scan expects is the scan's
 * alone (assembly/scan-rows.ts).
 */
import type { KernelMemory } from '../../core/kernel-memory.ts';
import type { WasmFunctions } from '../../core/wasm-module.ts';
import { TileArrays } from './tile-arrays.ts';

const REGION_BYTES = 4 * 2 ** 20;
/** A result has at most 1,664 columns, and a ctid; the scan may read 259 bytes a field behind the buffer. */
const MAX_FIELDS = 4096;
const HINTS_BYTES = 32 * 1024;
const WIRE_BYTES = 512 * 1024;

const NAMES = [
  'binaryBytes',
  'decodeBinary',
  'decodeBool',
  'decodeDate',
  'decodeDecimal32',
  'decodeDecimal64',
  'decodeInt16',
  'decodeInt32',
  'decodeInt64',
  'decodeTime',
  'decodeTimestamp',
  'decodeUint32',
  'decodeUuid',
  'decodeVersionedText',
  'scanEnd',
  'scanRows',
] as const;

export type WireFunction = (typeof NAMES)[number];

export class WireKernels {
  /** Where the connection reads into. */
  readonly buffer: Buffer<ArrayBuffer>;
  readonly functions: WasmFunctions<WireFunction>;
  readonly #memory: ArrayBuffer;
  readonly #hintsAt: number;
  readonly #tileAt: number;
  readonly #end: number;

  constructor(memory: KernelMemory) {
    const at = memory.take(REGION_BYTES);
    this.functions = memory.functions(NAMES);
    this.#memory = memory.buffer;
    this.#hintsAt = at;
    this.buffer = Buffer.from(memory.buffer, at + HINTS_BYTES, WIRE_BYTES);
    this.#tileAt = at + HINTS_BYTES + WIRE_BYTES;
    this.#end = at + REGION_BYTES;
  }

  /** Whether these bytes are the read buffer: a large row comes in a buffer of its own. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory && bytes.byteOffset === this.buffer.byteOffset;
  }

  /** Memory for a decoder's tiles; null where it has too many fields. */
  tileArrays(fields: number, stride: number): TileArrays | null {
    return fields > MAX_FIELDS ? null : new TileArrays(this, this.#memory, this.#tileAt, this.#end, fields, stride);
  }

  /** Notes where the fields of up to `rows` whole rows at the buffer's [from .. end) stand; returns how many rows they are. */
  scan(from: number, end: number, { positions, fields, stride }: TileArrays, rows: number): number {
    const wireAt = this.buffer.byteOffset;
    return this.functions.scanRows(wireAt, from, end, fields, positions.byteOffset, stride * 4, rows, this.#hintsAt);
  }

  /** Where the last scan stopped. */
  get scanEnd(): number {
    return this.functions.scanEnd();
  }
}
