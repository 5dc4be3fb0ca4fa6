/**
 * Runs the row decoder over a stream and copies what it delivers into plain values, row by row, before the batch becomes
 * invalid. The bytes of every call stand in a buffer of its own, behind and before rubbish: a decoder that keeps a buffer, or reads
 * past what it was given, is found out.
 */
import { isValid, type Vector } from '../../../src/core/column-batch.ts';
import type { LogicalKind, LogicalType } from '../../../src/core/logical-type.ts';
import type { AwkwardPolicy, Column } from '../../../src/core/table-schema.ts';
import type { ScalarWire, WireForm } from '../../../src/core/wire-form.ts';
import { RowDecoder } from '../../../src/extract/wire/row-decoder.ts';
import type { AwkwardValue, Ctid, SetAsideRow } from '../../../src/extract/wire/set-aside.ts';
import type { WireKernels } from '../../../src/extract/wire/wire-kernels.ts';

/**
 * Bool as boolean; 32-bit words as number; 64- and 128-bit words as bigint (floats as their bits); uuid as hex; text, json and
 * bytes as latin1; a list as an array; a struct as the array of its fields; a map as an array of pairs.
 */
export type PlainValue = null | boolean | number | bigint | string | readonly PlainValue[];

export interface WireColumn {
  readonly type: LogicalType;
  /** Default: the form of the type's own name, for kinds that have one. */
  readonly wire?: WireForm;
  /** Of a list without `wire`. */
  readonly elementOid?: number;
  /** Default: what is awkward stops, or becomes null, as `onAwkward` has it. */
  readonly awkward?: Exclude<AwkwardPolicy, 'fail'>;
}

const OWN_FORMS = {
  bool: 'bool',
  int16: 'int2',
  int32: 'int4',
  int64: 'int8',
  uint32: 'oid',
  float32: 'float4',
  float64: 'float8',
  decimal: 'numeric',
  text: 'text',
  bytes: 'bytea',
  uuid: 'uuid',
  json: 'json',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  geometry: 'ewkb',
  map: 'hstore',
} as const satisfies Record<Exclude<LogicalKind, 'list' | 'struct'>, ScalarWire>;

export function wireOf({ type, wire, elementOid }: WireColumn): WireForm {
  if (wire !== undefined) return wire;
  if (type.kind === 'struct') throw new Error('a struct has no form of its own: say which');
  if (type.kind !== 'list') return { form: OWN_FORMS[type.kind] };
  if (elementOid === undefined) throw new Error('a list without a form needs the OID of its elements');
  return { form: 'array', elementOid, element: wireOf({ type: type.element }), dimensions: 1 };
}

export function wireColumns(columns: readonly WireColumn[]): Column[] {
  return columns.map((column, i) => ({
    name: `c${i}`,
    type: column.type,
    fieldId: i + 1,
    source: { pgType: 'any', typeOid: 0, typmod: -1, readAs: 'binary', wire: wireOf(column) },
    ...(column.awkward === undefined ? {} : { awkward: column.awkward }),
  }));
}

export interface DecodedRows {
  readonly rows: readonly (readonly PlainValue[])[];
  readonly awkward: readonly AwkwardValue[];
  readonly setAside: readonly SetAsideRow[];
  /** Bytes at the end that are no complete row. */
  readonly left: number;
  readonly lastCtid: Ctid | null;
}

export interface DecodeOptions {
  readonly columns: readonly WireColumn[];
  readonly selectsCtid?: boolean;
  /** Sizes of the pieces, again and again from the first. Default: all at once. */
  readonly cuts?: readonly number[];
  /** The pieces stand in their buffer, and are at most as long; default: JavaScript decodes. */
  readonly wireKernels?: WireKernels;
  /** Default: anything. */
  readonly maxTileBytes?: number;
}

const MARGIN = 3;
const RUBBISH = 0x44;

/** Gives the stream to a new decoder piece by piece, what was left before each piece again. */
export function decodeRows(
  stream: Uint8Array,
  { columns, selectsCtid = false, cuts, wireKernels, maxTileBytes }: DecodeOptions,
): DecodedRows {
  const rows: PlainValue[][] = [];
  const awkward: AwkwardValue[] = [];
  const setAside: SetAsideRow[] = [];
  const decoder = new RowDecoder({
    columns: wireColumns(columns),
    selectsCtid,
    wireKernels: wireKernels ?? null,
    ...(maxTileBytes === undefined ? {} : { maxTileBytes }),
    onBatch: (batch) => {
      for (let i = 0; i < batch.rows; i++) rows.push(batch.columns.map((vector) => plainValue(vector, i)));
    },
    onAwkward: (value) => awkward.push(value),
    onSetAside: (row) => setAside.push(row),
  });
  let taken = 0;
  let given = 0;
  for (let k = 0; given < stream.length; k++) {
    given = Math.min(stream.length, given + (cuts?.[k % cuts.length] ?? stream.length));
    const end = MARGIN + given - taken;
    const piece = wireKernels?.buffer ?? new Uint8Array(end + MARGIN);
    piece.fill(RUBBISH, 0, end + MARGIN);
    piece.set(stream.subarray(taken, given), MARGIN);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    taken += decoder.push(piece, view, MARGIN, end) - MARGIN;
    piece.fill(0xee, 0, end + MARGIN);
  }
  return { rows, awkward, setAside, left: stream.length - taken, lastCtid: decoder.lastCtid };
}

/** One column of values, decoded; null also where a value was awkward. */
export function decodeColumn(column: WireColumn, stream: Uint8Array): PlainValue[] {
  return decodeRows(stream, { columns: [column] }).rows.map(([value]) => value!);
}

/** Throws where what is below a null is not null itself. */
export function plainValue(vector: Vector, i: number): PlainValue {
  if (!isValid(vector, i)) {
    expectNothingBelow(vector, i);
    return null;
  }
  switch (vector.storage) {
    case 'bool':
      return (vector.values[i >> 3]! & (1 << (i & 7))) !== 0;
    case 'int32':
      return vector.values[i]!;
    case 'int64':
      return words(vector.values.subarray(2 * i, 2 * i + 2));
    case 'int128':
      return words(vector.values.subarray(4 * i, 4 * i + 4));
    case 'fixed16':
      return Buffer.from(vector.values.subarray(16 * i, 16 * i + 16)).toString('hex');
    case 'binary': {
      const start = vector.starts[i]!;
      return Buffer.from(vector.bytes.subarray(start, start + vector.lengths[i]!)).toString('latin1');
    }
    case 'list': {
      const { child, offsets } = vector;
      return Array.from({ length: offsets[i + 1]! - offsets[i]! }, (_, k) => plainValue(child, offsets[i]! + k));
    }
    case 'struct':
      return vector.children.map((child) => plainValue(child, i));
  }
}

function expectNothingBelow(vector: Vector, i: number): void {
  if (vector.storage === 'list' && vector.offsets[i] !== vector.offsets[i + 1])
    throw new Error(`null list ${i} has elements`);
  if (vector.storage !== 'struct') return;
  for (const child of vector.children)
    if (plainValue(child, i) !== null) throw new Error(`null struct ${i} has a child that is not null`);
}

/** Little-endian two's complement words as a number. */
function words(values: Int32Array): bigint {
  let value = 0n;
  values.forEach((word, w) => {
    value |= BigInt(word >>> 0) << BigInt(32 * w);
  });
  return BigInt.asIntN(32 * values.length, value);
}
