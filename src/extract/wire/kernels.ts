/**
 * The decoder of each form of bytes: one closed table from wire form to kernel.
 *
 * The form says how the bytes are read, the logical type what they become; the plan pairs them (wire-form.ts). So most forms have one
 * kernel, and numeric has one for each storage of a decimal and one for text.
 */
import type {
  BinaryVector,
  BoolVector,
  Fixed16Vector,
  Int32Vector,
  Int64Vector,
  Int128Vector,
  ListVector,
  StructVector,
  Vector,
} from '../../core/column-batch.ts';
import type { LogicalType, LogicalTypeOf } from '../../core/logical-type.ts';
import type { ScalarForm, ScalarWire, WireForm, WireFormOf } from '../../core/wire-form.ts';
import { arrayKernel } from './array.ts';
import { compositeKernel } from './composite.ts';
import { ewkbKernel } from './ewkb.ts';
import { intervalKernel, pointKernel } from './fixed-structs.ts';
import * as fixed from './fixed-width.ts';
import { halfvecKernel, vectorKernel } from './float-vectors.ts';
import { hstoreKernel } from './hstore.ts';
import { INET } from './inet.ts';
import type { Kernel, OnAwkward } from './kernel.ts';
import { decimal32Kernel, decimal64Kernel, decimal128Kernel } from './numeric.ts';
import { NUMERIC_TEXT } from './numeric-text.ts';
import { multirangeKernel, rangeKernel } from './range.ts';
import { BIT, MACADDR, MACADDR8, PG_LSN } from './small-texts.ts';
import { checkedKernel } from './sql-ascii.ts';
import { type TextForm, textKernel } from './text-arena.ts';
import { TIMETZ } from './timetz.ts';
import { TSVECTOR } from './tsvector.ts';
import { binaryKernel, versionedTextKernel } from './variable-width.ts';

type MakeKernel<F extends WireForm['form']> = (
  out: Vector,
  type: LogicalType,
  wire: F extends ScalarWire ? ScalarForm : WireFormOf<F>,
  awkward: OnAwkward,
) => Kernel;

const binary = (out: Vector): Kernel => binaryKernel(out as BinaryVector);
const text =
  (form: TextForm) =>
  (out: Vector): Kernel =>
    textKernel(out as BinaryVector, form);
/** Of a form with text in it: in a SQL_ASCII database with a check of each value. */
const written =
  (make: (out: BinaryVector) => Kernel) =>
  (out: Vector, _type: LogicalType, wire: ScalarForm, awkward: OnAwkward): Kernel => {
    const kernel = make(out as BinaryVector);
    return wire.encoding === undefined ? kernel : checkedKernel(kernel, out as BinaryVector, awkward);
  };

const KERNELS = {
  bool: (out) => fixed.boolKernel(out as BoolVector),
  int2: (out) => fixed.int16Kernel(out as Int32Vector),
  int4: (out) => fixed.int32Kernel(out as Int32Vector),
  int8: (out) => fixed.int64Kernel(out as Int64Vector),
  oid: (out) => fixed.uint32Kernel(out as Int64Vector),
  float4: (out) => fixed.int32Kernel(out as Int32Vector),
  float8: (out) => fixed.int64Kernel(out as Int64Vector),
  numeric: (out, type, _wire, awkward) => {
    if (out.storage === 'binary') return textKernel(out, NUMERIC_TEXT);
    const decimal = type as LogicalTypeOf<'decimal'>;
    if (out.storage === 'int32') return decimal32Kernel(out, decimal, awkward);
    if (out.storage === 'int64') return decimal64Kernel(out, decimal, awkward);
    return decimal128Kernel(out as Int128Vector, decimal, awkward);
  },
  money: (out) => fixed.moneyKernel(out as Int128Vector),
  text: written(binaryKernel),
  bytea: binary,
  json: written(binaryKernel),
  'versioned text': written(versionedTextKernel),
  uuid: (out) => fixed.uuidKernel(out as Fixed16Vector),
  date: (out, _type, _wire, awkward) => fixed.dateKernel(out as Int32Vector, awkward),
  time: (out, type, _wire, awkward) =>
    (type as LogicalTypeOf<'time'>).below24h
      ? fixed.timeBelow24hKernel(out as Int64Vector, awkward)
      : fixed.timeKernel(out as Int64Vector),
  timetz: text(TIMETZ),
  timestamp: (out, _type, _wire, awkward) => fixed.timestampKernel(out as Int64Vector, awkward),
  interval: (out, _type, _wire, awkward) => intervalKernel(out as StructVector, awkward),
  inet: text(INET),
  macaddr: text(MACADDR),
  macaddr8: text(MACADDR8),
  bit: text(BIT),
  pg_lsn: text(PG_LSN),
  tsvector: written((out) => textKernel(out, TSVECTOR)),
  point: (out) => pointKernel(out as StructVector),
  hstore: (out, type, wire, awkward) => hstoreKernel(out as ListVector, type as LogicalTypeOf<'map'>, wire, awkward),
  vector: (out, type) => vectorKernel(out as ListVector, type as LogicalTypeOf<'list'>),
  halfvec: (out, type) => halfvecKernel(out as ListVector, type as LogicalTypeOf<'list'>),
  ewkb: (out, type, _wire, awkward) => ewkbKernel(out as BinaryVector, type as LogicalTypeOf<'geometry'>, awkward),
  array: (out, type, wire: WireFormOf<'array'>, awkward) =>
    arrayKernel(out as ListVector, type as LogicalTypeOf<'list'>, wire, createKernel, awkward),
  composite: (out, type, wire: WireFormOf<'composite'>, awkward) =>
    compositeKernel(out as StructVector, type as LogicalTypeOf<'struct'>, wire, createKernel, awkward),
  range: (out, type, wire: WireFormOf<'range'>, awkward) =>
    rangeKernel(out as StructVector, type as LogicalTypeOf<'struct'>, wire, createKernel, awkward),
  multirange: (out, type, wire: WireFormOf<'multirange'>, awkward) =>
    multirangeKernel(out as ListVector, type as LogicalTypeOf<'list'>, wire, createKernel, awkward),
} as const satisfies { readonly [F in WireForm['form']]: MakeKernel<F> };

/** The kernel that decodes fields of this form into `out`, which `createVector` made for this type. */
export function createKernel(out: Vector, type: LogicalType, wire: WireForm, awkward: OnAwkward): Kernel {
  return (KERNELS[wire.form] as MakeKernel<WireForm['form']>)(out, type, wire as never, awkward);
}
