/**
 * Kernels of text, json, bytea and versioned text: no byte is copied, the vector points into the message.
 *
 * Versioned text is a version byte (1) and the text as Postgres prints it (PostgreSQL: jsonb_send, jsonpath_send, ltree_send).
 */
import type { BinaryVector } from '../../core/column-batch.ts';
import { DraculaError } from '../../errors.ts';
import { type Kernel, markNull, wrongLength } from './kernel.ts';

const TEXT_VERSION = 1;

export function binaryKernel(out: BinaryVector): Kernel {
  return ({ bytes, view, memory }, positions, base, rows) => {
    const { starts, lengths } = out;
    out.nulls = 0;
    out.bytes = bytes;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      starts[i] = q + 4;
      if (length >= 0) total += lengths[i] = length;
      else {
        lengths[i] = 0;
        markNull(out, i);
      }
    }
    // The writer's copy.
    memory.claim(total);
  };
}

export function versionedTextKernel(out: BinaryVector): Kernel {
  return ({ bytes, view, memory }, positions, base, rows) => {
    const { starts, lengths } = out;
    out.nulls = 0;
    out.bytes = bytes;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = view.getInt32(q);
      starts[i] = q + 5;
      if (length > 0) {
        if (bytes[q + 4] !== TEXT_VERSION)
          throw new DraculaError('E_WIRE', `A text of binary version ${bytes[q + 4]} came; only version 1 is known.`, {
            byteOffset: q,
          });
        lengths[i] = length - 1;
        total += length;
      } else if (length === -1) {
        lengths[i] = 0;
        markNull(out, i);
      } else wrongLength('versioned text', length, q);
    }
    memory.claim(total);
  };
}
