/**
 * The types whose text is a plain row of digits: macaddr, bit strings, pg_lsn.
 *
 * - macaddr and macaddr8 (PostgreSQL: macaddr_send, macaddr8_send): 6 and 8 bytes, printed as `08:00:2b:01:02:03`.
 * - bit, bit varying (varbit_send): Int32 number of bits, then the bits, most significant first, the last byte filled up with 0.
 * - pg_lsn (pg_lsn_send): Int64, printed as two halves in upper-case hexadecimal, `16/B374D848`.
 */
import { impossibleValue, wrongLength } from './kernel.ts';
import { type TextForm, writeHex, writeUpperHex } from './text-arena.ts';

const COLON = 0x3a;
const SLASH = 0x2f;
const ZERO = 0x30;

export const MACADDR = macaddr('macaddr', 6);
export const MACADDR8 = macaddr('macaddr8', 8);

function macaddr(type: string, size: number): TextForm {
  return {
    room(_tile, q, length) {
      if (length !== size) wrongLength(type, length, q);
      return length * 3;
    },
    write({ bytes }, q, length, out, start) {
      let at = start;
      for (let k = 0; k < length; k++) {
        if (k > 0) out[at++] = COLON;
        at = writeHex(out, at, bytes[q + 4 + k]!, 2);
      }
      return at;
    },
  };
}

export const BIT: TextForm = {
  room({ bytes, view }, q, length) {
    const bits = length < 4 ? -1 : view.getInt32(q + 4);
    if (bits < 0 || length !== 4 + Math.ceil(bits / 8)) wrongLength('bit string', length, q);
    if ((bits & 7) !== 0 && (bytes[q + 3 + length]! & (0xff >> (bits & 7))) !== 0) impossibleValue('bit string', q);
    return bits;
  },
  write({ bytes, view }, q, _length, out, start) {
    const bits = view.getInt32(q + 4);
    for (let k = 0; k < bits; k++) out[start + k] = ZERO + ((bytes[q + 8 + (k >> 3)]! >> (7 - (k & 7))) & 1);
    return start + bits;
  },
};

export const PG_LSN: TextForm = {
  room(_tile, q, length) {
    if (length !== 8) wrongLength('pg_lsn', length, q);
    return 17;
  },
  write({ view }, q, _length, out, start) {
    const at = writeUpperHex(out, start, view.getUint32(q + 4));
    out[at] = SLASH;
    return writeUpperHex(out, at + 1, view.getUint32(q + 8));
  },
};
