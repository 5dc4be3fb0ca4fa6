/** The decoder of each logical type: one closed table from kind to kernel. */
import type {
  BinaryVector,
  BoolVector,
  Fixed16Vector,
  Int32Vector,
  Int64Vector,
  Int128Vector,
  ListVector,
  Vector,
} from '../../core/column-batch.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../../core/logical-type.ts';
import { arrayKernel, rowOfElement } from './array.ts';
import * as fixed from './fixed-width.ts';
import type { Kernel, OnAwkward } from './kernel.ts';
import { decimal32Kernel, decimal64Kernel, decimal128Kernel } from './numeric.ts';
import { binaryKernel, jsonbKernel } from './variable-width.ts';

/** OID of jsonb (pg_type.dat): its binary form differs from json's. */
const JSONB_OID = 3802;

/** What a kernel must know beside its logical type. */
export interface WireType {
  readonly typeOid: number;
  readonly elementOid?: number | undefined;
}

type MakeKernel<K extends LogicalKind> = (
  out: Vector,
  type: LogicalTypeOf<K>,
  wire: WireType,
  awkward: OnAwkward,
) => Kernel;

const KERNELS = {
  bool: (out) => fixed.boolKernel(out as BoolVector),
  int16: (out) => fixed.int16Kernel(out as Int32Vector),
  int32: (out) => fixed.int32Kernel(out as Int32Vector),
  int64: (out) => fixed.int64Kernel(out as Int64Vector),
  uint32: (out) => fixed.uint32Kernel(out as Int64Vector),
  float32: (out) => fixed.int32Kernel(out as Int32Vector),
  float64: (out) => fixed.int64Kernel(out as Int64Vector),
  decimal: (out, type, _wire, awkward) => {
    if (out.storage === 'int32') return decimal32Kernel(out, type, awkward);
    if (out.storage === 'int64') return decimal64Kernel(out, type, awkward);
    return decimal128Kernel(out as Int128Vector, type, awkward);
  },
  text: (out) => binaryKernel(out as BinaryVector),
  bytes: (out) => binaryKernel(out as BinaryVector),
  uuid: (out) => fixed.uuidKernel(out as Fixed16Vector),
  json: (out, _type, wire) => (wire.typeOid === JSONB_OID ? jsonbKernel : binaryKernel)(out as BinaryVector),
  date: (out, _type, _wire, awkward) => fixed.dateKernel(out as Int32Vector, awkward),
  time: (out) => fixed.timeKernel(out as Int64Vector),
  timestamp: (out, _type, _wire, awkward) => fixed.timestampKernel(out as Int64Vector, awkward),
  list: (out, type, wire, awkward) => {
    const elementOid = wire.elementOid ?? 0;
    const list = out as ListVector;
    const elementAwkward: OnAwkward = (element, reason) => awkward(rowOfElement(list.offsets, element), reason);
    const makeElement = (child: Vector): Kernel =>
      createKernel(child, type.element, { typeOid: elementOid }, elementAwkward);
    return arrayKernel(list, type.element, elementOid, makeElement, awkward);
  },
} as const satisfies { readonly [K in LogicalKind]: MakeKernel<K> };

/** The kernel that decodes fields of this type into `out`, which `createVector` made for the same type. */
export function createKernel(out: Vector, type: LogicalType, wire: WireType, awkward: OnAwkward): Kernel {
  return (KERNELS[type.kind] as MakeKernel<LogicalKind>)(out, type as never, wire, awkward);
}
