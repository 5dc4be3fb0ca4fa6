/**
 * Kernel of composites as structs.
 *
 * The wire form (PostgreSQL: record_send): Int32 number of fields, then per field Int32 type OID and the value, a field as in a
 * DataRow. Dropped attributes are not sent. The fields' positions are gathered over the tile and each field's own kernel runs over
 * them; those of a null composite stand at its own length word, which says null for them too.
 */
import type { StructVector } from '../../core/column-batch.ts';
import type { LogicalTypeOf } from '../../core/logical-type.ts';
import type { WireFormOf } from '../../core/wire-form.ts';
import { DraculaError } from '../../errors.ts';
import { type CreateKernel, type Kernel, markNull, type OnAwkward, type Tile, wrongLength } from './kernel.ts';
import { grownCapacity, grownPositions } from './list-child.ts';

export function compositeKernel(
  out: StructVector,
  type: LogicalTypeOf<'struct'>,
  wire: WireFormOf<'composite'>,
  createKernel: CreateKernel,
  awkward: OnAwkward,
): Kernel {
  const kernels = wire.fields.map((field, f) =>
    createKernel(out.children[f]!, type.fields[f]!.type, field.wire, awkward),
  );
  const oids = wire.fields.map(({ typeOid }) => typeOid);
  const fields = oids.length;
  /** Row i of field f stands at positions[f * stride + i]. */
  let positions = new Int32Array(0);
  let stride = 0;

  const gather = ({ view }: Tile, q: number, length: number, row: number): void => {
    if (length < 4) wrongLength('composite', length, q);
    if (view.getInt32(q + 4) !== fields)
      changedType(q, `of ${view.getInt32(q + 4)} fields came, not of ${fields} as planned`);
    const end = q + 4 + length;
    let at = q + 8;
    for (let f = 0, slot = row; f < fields; f++, slot += stride) {
      if (at + 8 > end) wrongLength('composite', length, q);
      if (view.getUint32(at) !== oids[f])
        changedType(q, `came whose field ${f + 1} is of type ${view.getUint32(at)}, not ${oids[f]} as planned`);
      positions[slot] = at + 4;
      const size = view.getInt32(at + 4);
      if (size < -1) wrongLength('field of a composite', size, at);
      at += size > 0 ? 8 + size : 8;
    }
    if (at !== end) wrongLength('composite', length, q);
  };

  return (tile, rowPositions, base, rows) => {
    out.nulls = 0;
    if (rows > stride) stride = grownCapacity(stride, rows);
    // Also where they were given back behind a large tile.
    positions = grownPositions(positions, stride * fields, tile);
    for (let i = 0; i < rows; i++) {
      const q = rowPositions[base + i]!;
      const length = tile.view.getInt32(q);
      if (length !== -1) gather(tile, q, length, i);
      else {
        markNull(out, i);
        for (let f = 0, slot = i; f < fields; f++, slot += stride) positions[slot] = q;
      }
    }
    for (let f = 0; f < fields; f++) kernels[f]!(tile, positions, f * stride, rows);
  };
}

/** Unlike an array's, a composite's parts may change while its own OID stays: ALTER TYPE … ADD ATTRIBUTE. */
function changedType(position: number, what: string): never {
  throw new DraculaError('E_SOURCE_CHANGED', `A composite ${what}; the rows of this chunk are dropped.`, {
    byteOffset: position,
  });
}
