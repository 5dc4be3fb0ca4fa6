/**
 * The positions and vectors of one decoder's tile in a connection's WebAssembly memory, and the kernels that fill them.
 *
 * A vector's arrays are moved into that memory before its JavaScript kernel is made, so that both kernels of a column fill the same ones.
 */
import type { Vector } from '../../core/column-batch.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import { isInSqlAscii, type WireForm } from '../../core/wire-form.ts';
import type { TileMemory } from './tile-memory.ts';
import type { WireFunction, WireKernels } from './wire-kernels.ts';

/** Between two arrays, so that those of neighbouring columns do not fall into the same cache sets. */
const GAP_BYTES = 64;
const MAX_PRECISION = 18;

/**
 * Decodes `rows` fields whose positions stand at positions[base …], and claims what the JavaScript kernel would. False, with nothing decided:
 * that one must.
 */
export type WireKernel = (base: number, rows: number, memory: TileMemory) => boolean;

const KERNELS: { readonly [F in WireForm['form']]?: WireFunction } = {
  bool: 'decodeBool',
  int2: 'decodeInt16',
  int4: 'decodeInt32',
  int8: 'decodeInt64',
  oid: 'decodeUint32',
  float4: 'decodeInt32',
  float8: 'decodeInt64',
  text: 'decodeBinary',
  bytea: 'decodeBinary',
  json: 'decodeBinary',
  'versioned text': 'decodeVersionedText',
  uuid: 'decodeUuid',
  date: 'decodeDate',
  time: 'decodeTime',
  timestamp: 'decodeTimestamp',
};

export class TileArrays {
  readonly positions: Int32Array<ArrayBuffer>;
  readonly fields: number;
  readonly stride: number;
  readonly #kernels: Pick<WireKernels, 'functions' | 'buffer'>;
  readonly #memory: ArrayBuffer;
  readonly #end: number;
  #free: number;

  constructor(
    kernels: Pick<WireKernels, 'functions' | 'buffer'>,
    memory: ArrayBuffer,
    start: number,
    end: number,
    fields: number,
    stride: number,
  ) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#free = start;
    this.#end = end;
    this.fields = fields;
    this.stride = stride;
    this.positions = this.#words(stride * Math.max(1, fields));
  }

  /** The kernel that fills the vector, moved into this memory; null, and the vector as it was, for what only JavaScript decodes. */
  place(vector: Vector, type: LogicalType, wire: WireForm): WireKernel | null {
    const { form } = wire;
    const name = form === 'numeric' ? decimalKernel(vector, type) : KERNELS[form];
    // Text that no server checked is checked value by value.
    if (name === undefined || isInSqlAscii(wire)) return null;
    const arrays = this.#placeArrays(vector);
    if (arrays === null) return null;
    const { functions, buffer } = this.#kernels;
    const kernel = functions[name];
    const wireAt = buffer.byteOffset;
    const positionsAt = this.positions.byteOffset;
    const validityAt = vector.validity.byteOffset;
    const [first, second] = type.kind === 'decimal' ? [type.precision, type.scale] : [arrays[1] ?? 0, 0];
    return (base, rows, memory) => {
      const nulls = kernel(wireAt, positionsAt + base * 4, rows, arrays[0], validityAt, first, second);
      if (nulls < 0) return false;
      vector.nulls = nulls;
      if (vector.storage === 'binary') {
        vector.bytes = buffer;
        // The writer's copy.
        memory.claim(functions.binaryBytes());
      }
      return true;
    };
  }

  /** Where the vector's arrays begin, the validity's apart; null where there is no room. */
  #placeArrays(vector: Vector): readonly [number, number?] | null {
    if (vector.storage === 'list' || vector.storage === 'struct' || vector.storage === 'int128') return null;
    // Nothing has more than 16 bytes a row: of the validity's bits, eight times as many.
    if (this.#free + vector.validity.length * (8 * 16 + 1) + 4 * GAP_BYTES > this.#end) return null;
    vector.validity = this.#bytes(vector.validity.length);
    if (vector.storage === 'binary') {
      vector.starts = this.#words(vector.starts.length);
      vector.lengths = this.#words(vector.lengths.length);
      return [vector.starts.byteOffset, vector.lengths.byteOffset];
    }
    if (vector.storage === 'bool' || vector.storage === 'fixed16') vector.values = this.#bytes(vector.values.length);
    else vector.values = this.#words(vector.values.length);
    return [vector.values.byteOffset];
  }

  #words(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory, this.#take(length * 4), length);
  }

  #bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory, this.#take(length), length);
  }

  #take(bytes: number): number {
    const at = this.#free;
    this.#free += Math.ceil(bytes / GAP_BYTES) * GAP_BYTES + GAP_BYTES;
    return at;
  }
}

function decimalKernel({ storage }: Vector, type: LogicalType): WireFunction | undefined {
  if (type.kind !== 'decimal' || type.precision > MAX_PRECISION || type.scale < 0) return undefined;
  return storage === 'int32' ? 'decodeDecimal32' : 'decodeDecimal64';
}
