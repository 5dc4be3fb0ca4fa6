/**
 * A Snappy block compressor: greedy matching through a hash table of four-byte sequences, in fragments of 64 KB, so that
 * every offset fits two bytes.
 *
 * A block is the length as a varint, then elements: a literal (tag bits 00) or a copy from up to 64 KB back (tag bits 01: 4 to 11
 * bytes from up to 2 KB; 10: 1 to 64 bytes, offset in two bytes, little-endian). Where nothing matches, the search takes
 * longer and longer steps, so that incompressible input passes quickly.
 * Specification: https://github.com/google/snappy/blob/main/format_description.txt
 */
const FRAGMENT_BYTES = 1 << 16;
const HASH_BITS = 14;
/** The last bytes of a fragment are not searched: four-byte reads must stay inside. */
const MARGIN_BYTES = 15;

/** Position in the fragment of the last sequence with this hash. */
const table = new Uint16Array(1 << HASH_BITS);

/** The block; a new buffer. */
export function compressSnappy(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
  const source = new DataView(input.buffer, input.byteOffset, input.length);
  let p = putVarint(out, 0, input.length);
  for (let start = 0; start < input.length; start += FRAGMENT_BYTES) {
    p = compressFragment(input, source, start, Math.min(input.length, start + FRAGMENT_BYTES), out, p);
  }
  return out.subarray(0, p);
}

function putVarint(out: Uint8Array, at: number, value: number): number {
  let p = at;
  let rest = value;
  while (rest >= 128) {
    out[p++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[p++] = rest;
  return p;
}

function compressFragment(
  input: Uint8Array,
  source: DataView,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let p = at;
  let literalStart = start;
  if (end - start > MARGIN_BYTES) {
    table.fill(0);
    const limit = end - MARGIN_BYTES;
    let skip = 32;
    let i = start + 1;
    while (i < limit) {
      const word = source.getInt32(i, true);
      const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
      const candidate = start + table[hash]!;
      table[hash] = i - start;
      if (source.getInt32(candidate, true) !== word) {
        i += skip++ >> 5;
        continue;
      }
      p = putLiteral(input, literalStart, i, out, p);
      const length = matchLength(input, candidate + 4, i + 4, end) + 4;
      p = putCopy(i - candidate, length, out, p);
      i += length;
      literalStart = i;
      skip = 32;
    }
  }
  return putLiteral(input, literalStart, end, out, p);
}

function matchLength(input: Uint8Array, from: number, to: number, end: number): number {
  let length = 0;
  while (to + length < end && input[from + length] === input[to + length]) length++;
  return length;
}

function putLiteral(input: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  let p = at;
  const n = length - 1;
  if (n < 60) {
    out[p++] = n << 2;
  } else if (n < 256) {
    out[p++] = 60 << 2;
    out[p++] = n;
  } else {
    out[p++] = 61 << 2;
    out[p++] = n;
    out[p++] = n >> 8;
  }
  if (length < 32) for (let i = 0; i < length; i++) out[p + i] = input[from + i]!;
  else out.set(input.subarray(from, to), p);
  return p + length;
}

function putCopy(offset: number, length: number, out: Uint8Array, at: number): number {
  let p = at;
  let rest = length;
  // Never leave a rest below 4: that would be a copy that costs more than it saves.
  while (rest >= 68) {
    p = putLongCopy(offset, 64, out, p);
    rest -= 64;
  }
  if (rest > 64) {
    p = putLongCopy(offset, 60, out, p);
    rest -= 60;
  }
  if (rest >= 12 || offset >= 2048) return putLongCopy(offset, rest, out, p);
  out[p++] = 1 | ((rest - 4) << 2) | ((offset >> 8) << 5);
  out[p++] = offset;
  return p;
}

function putLongCopy(offset: number, length: number, out: Uint8Array, at: number): number {
  out[at] = 2 | ((length - 1) << 2);
  out[at + 1] = offset;
  out[at + 2] = offset >> 8;
  return at + 3;
}
