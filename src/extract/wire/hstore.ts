/**
 * Kernel of hstore as a map from text to text.
 *
 * The wire form (contrib/hstore: hstore_send): Int32 number of pairs, then per pair Int32 length and bytes of the key, and the value
 * as a field of a DataRow, -1 for null. Keys are never null, and a server sends each once; so where a key is awkward (text of a
 * SQL_ASCII database that is not UTF-8), the whole map is.
 */
import { type BinaryVector, elementType, type ListVector, type StructVector } from '../../core/column-batch.ts';
import type { LogicalTypeOf } from '../../core/logical-type.ts';
import type { ScalarForm } from '../../core/wire-form.ts';
import { type Kernel, type OnAwkward, type Tile, wrongLength } from './kernel.ts';
import { fillOffsets, growingChild, grownPositions, NO_LIST, rowOfElement } from './list-child.ts';
import { checkedKernel, isText } from './sql-ascii.ts';
import { elementBytes } from './tile-memory.ts';
import { binaryKernel } from './variable-width.ts';

/** Of a pair: two length words. */
const LEAST_PAIR_BYTES = 8;

export function hstoreKernel(
  out: ListVector,
  type: LogicalTypeOf<'map'>,
  { encoding }: ScalarForm,
  awkward: OnAwkward,
): Kernel {
  let tileRows = 0;
  let keys = new Int32Array(0);
  let values = new Int32Array(0);
  const bytesEach = elementBytes(elementType(type));
  const childFor = growingChild(out, elementType(type), (child) => {
    const { children } = child as StructVector;
    const texts = children[1] as BinaryVector;
    const decodeValues = binaryKernel(texts);
    return {
      decodeKeys: binaryKernel(children[0] as BinaryVector),
      decodeValues:
        encoding === undefined
          ? decodeValues
          : checkedKernel(decodeValues, texts, (pair, reason) =>
              awkward(rowOfElement(out.offsets, tileRows, pair), reason),
            ),
    };
  });

  /** Notes where the keys and values of the map at q are; returns how many, or NO_LIST when a key is awkward. */
  const gather = (tile: Tile, q: number, length: number, count: number, row: number): number => {
    let isAwkward = false;
    const { bytes, view } = tile;
    const pairs = length < 4 ? -1 : view.getInt32(q + 4);
    if (pairs < 0 || pairs * LEAST_PAIR_BYTES > length) wrongLength('hstore', length, q);
    tile.memory.claim(pairs * bytesEach);
    keys = grownPositions(keys, count + pairs, tile);
    values = grownPositions(values, count + pairs, tile);
    const end = q + 4 + length;
    let at = q + 8;
    for (let k = 0; k < pairs; k++) {
      if (at + LEAST_PAIR_BYTES > end) wrongLength('hstore', length, q);
      const keySize = view.getInt32(at);
      if (keySize < 0 || keySize > end - at - LEAST_PAIR_BYTES) wrongLength('key of an hstore', keySize, at);
      keys[count + k] = at;
      if (encoding !== undefined && !isText(bytes, at + 4, keySize)) isAwkward = true;
      at += 4 + keySize;
      const valueSize = view.getInt32(at);
      if (valueSize < -1 || valueSize > end - at - 4) wrongLength('value of an hstore', valueSize, at);
      values[count + k] = at;
      at += valueSize > 0 ? 4 + valueSize : 4;
    }
    if (at !== end) wrongLength('hstore', length, q);
    if (!isAwkward) return pairs;
    awkward(row, 'not UTF-8');
    return NO_LIST;
  };

  return (tile, positions, base, rows) => {
    tileRows = rows;
    const count = fillOffsets(out, tile, positions, base, rows, gather);
    const { decodeKeys, decodeValues } = childFor(tile, count);
    out.child.nulls = 0;
    decodeKeys(tile, keys, 0, count);
    decodeValues(tile, values, 0, count);
  };
}
