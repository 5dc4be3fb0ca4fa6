/**
 * The WebAssembly of a connection: the memory that its rows are read into and decoded in, and the functions over it (assembly/).
 *
 * It never says what is wrong with a row: a kernel decodes a tile of a column whole, or leaves it to the JavaScript kernel, which is
 * the reference, and so does the row scan with a row.
 *
 * Memory: the module's constants, what the scan expects, the read buffer, then a tile's positions and vectors (tile-arrays.ts). These
 * mean something within one call of a decoder only, so each decoder of the connection lays its own out from the same start. What the
 * scan expects is the scan's alone (assembly/scan-rows.ts). Pages that nothing touches are never resident.
 */
import { instantiate, reserveMemory, type WasmModule } from '../../core/wasm-module.ts';
import { TileArrays } from './tile-arrays.ts';

const MEMORY_BYTES = 4 * 2 ** 20;
const HINTS_AT = 32 * 1024;
/** A result has at most 1,664 columns, and a ctid; the scan may read 259 bytes a field behind the buffer. */
const MAX_FIELDS = 4096;
const WIRE_AT = 64 * 1024;
const WIRE_BYTES = 512 * 1024;
const TILE_AT = WIRE_AT + WIRE_BYTES;

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
  readonly functions: Readonly<Record<WireFunction, (...parameters: number[]) => number>>;
  readonly #memory: ArrayBuffer;

  /** Throws where the system gives no memory for it. */
  constructor(module: WasmModule) {
    const memory = reserveMemory(MEMORY_BYTES);
    this.functions = instantiate(module, memory, NAMES);
    this.#memory = memory.buffer;
    this.buffer = Buffer.from(memory.buffer, WIRE_AT, WIRE_BYTES);
  }

  /** Whether these bytes are the read buffer: a large row comes in a buffer of its own. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory && bytes.byteOffset === WIRE_AT;
  }

  /** Memory for a decoder's tiles; null where it has too many fields. */
  tileArrays(fields: number, stride: number): TileArrays | null {
    return fields > MAX_FIELDS ? null : new TileArrays(this, this.#memory, TILE_AT, fields, stride);
  }

  /** Notes where the fields of up to `rows` whole rows at the buffer's [from .. end) stand; returns how many rows they are. */
  scan(from: number, end: number, { positions, fields, stride }: TileArrays, rows: number): number {
    return this.functions.scanRows(WIRE_AT, from, end, fields, positions.byteOffset, stride * 4, rows, HINTS_AT);
  }

  /** Where the last scan stopped. */
  get scanEnd(): number {
    return this.functions.scanEnd();
  }
}
