/**
 * Text of a SQL_ASCII database, where the server vouches for nothing: each value is checked here, and one that is not UTF-8 is
 * awkward. Databases of other encodings have kernels without this, and pay nothing for it.
 */
import { isUtf8 } from 'node:buffer';
import type { BinaryVector } from '../../core/column-batch.ts';
import { type Kernel, markNull, type OnAwkward } from './kernel.ts';

/** Up to here a look for a byte beyond ASCII costs less than a call of `isUtf8`. */
const SHORT_BYTES = 64;

/** The kernel, with a check of what it decoded into `out`. */
export function checkedKernel(kernel: Kernel, out: BinaryVector, awkward: OnAwkward): Kernel {
  return (tile, positions, base, rows) => {
    kernel(tile, positions, base, rows);
    const { bytes, starts, lengths } = out;
    for (let i = 0; i < rows; i++) {
      // A null has a length of 0.
      if (isText(bytes, starts[i]!, lengths[i]!)) continue;
      awkward(i, 'not UTF-8');
      lengths[i] = 0;
      markNull(out, i);
    }
  };
}

/** True for UTF-8. */
export function isText(bytes: Uint8Array, start: number, length: number): boolean {
  if (length <= SHORT_BYTES && isAscii(bytes, start, start + length)) return true;
  return isUtf8(bytes.subarray(start, start + length));
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (bytes[p]! > 0x7f) return false;
  return true;
}
