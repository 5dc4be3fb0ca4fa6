/**
 * The body of a dictionary-coded data page (RLE_DICTIONARY): levels, one byte that says the width of a code, then the codes
 * in one run of the RLE / bit-packing hybrid.
 */
import { pageBuffer } from '../page-buffer.ts';
import { bitPackedBytes, codeWidth, packBits } from './bit-packing.ts';
import { writeRepeated, writeVarint } from './rle.ts';

/** The body for codes[from .. to), each below `entries`. Valid until the next page is made. */
export function encodeCodes(
  codes: Uint16Array,
  from: number,
  to: number,
  entries: number,
  levels: Uint8Array,
): Uint8Array {
  const width = codeWidth(entries);
  const out = pageBuffer(levels.length + 16 + bitPackedBytes(to - from, width));
  out.set(levels);
  let p = levels.length;
  out[p++] = width;
  if (to > from) p = writeRun(codes, from, to, width, out, p);
  return out.subarray(0, p);
}

function writeRun(codes: Uint16Array, from: number, to: number, width: number, out: Uint8Array, at: number): number {
  if (isOneCode(codes, from, to)) return writeRepeated(codes[from]!, to - from, width, out, at);
  const p = writeVarint(((to - from + 7) >> 3) * 2 + 1, out, at);
  return packBits(codes, from, to, width, out, p);
}

/** Stops at the first difference, so it costs a page of many codes next to nothing. */
function isOneCode(codes: Uint16Array, from: number, to: number): boolean {
  const first = codes[from];
  for (let i = from + 1; i < to; i++) if (codes[i] !== first) return false;
  return true;
}
