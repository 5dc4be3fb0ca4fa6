/**
 * Bounds of the values of a page and of a column chunk, as the footer and the column index hold them.
 *
 * A bound is a value in its PLAIN form (text without its length), compared by the specification's order of its type. A page
 * whose values have no order (a NaN among them) or whose cut maximum cannot be raised has no such bound (null), and then
 * its chunk has none either, and no column index: a bound is either right or absent.
 * Text and bytes longer than 64 bytes are cut: a minimum is the prefix, a maximum the prefix raised by one, which is the
 * next code point in its last place for text (never a surrogate, never beyond U+10FFFF), the next byte for bytes.
 */
const MAX_BOUND_BYTES = 64;

/** Null where there is none. `…Exact`: the bound is a value of the column, not a cut one. */
export interface Bounds {
  readonly min: Uint8Array | null;
  readonly max: Uint8Array | null;
  readonly minExact: boolean;
  readonly maxExact: boolean;
}

export type CompareBounds = (a: Uint8Array, b: Uint8Array) => number;

export const NO_BOUNDS: Bounds = { min: null, max: null, minExact: true, maxExact: true };

/** Bounds that are values themselves. */
export function exactBounds(min: Uint8Array, max: Uint8Array): Bounds {
  return { min, max, minExact: true, maxExact: true };
}

/** Bounds of text (`isText`) or of bytes, cut to 64 bytes and copied. */
export function cutBounds(min: Uint8Array, max: Uint8Array, isText: boolean): Bounds {
  const minEnd =
    min.length <= MAX_BOUND_BYTES ? min.length : isText ? codePointStart(min, MAX_BOUND_BYTES) : MAX_BOUND_BYTES;
  const minCut = min.slice(0, minEnd);
  const maxCut = max.length <= MAX_BOUND_BYTES ? max.slice() : isText ? raisedText(max) : raisedBytes(max);
  return { min: minCut, max: maxCut, minExact: min.length <= MAX_BOUND_BYTES, maxExact: max.length <= MAX_BOUND_BYTES };
}

/** The start of the code point that byte `at` belongs to, in valid UTF-8. */
function codePointStart(text: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && (text[start]! & 0xc0) === 0x80) start--;
  return start;
}

function raisedBytes(value: Uint8Array): Uint8Array | null {
  let end = MAX_BOUND_BYTES;
  while (end > 0 && value[end - 1] === 0xff) end--;
  if (end === 0) return null;
  const raised = value.slice(0, end);
  raised[end - 1]!++;
  return raised;
}

/** The prefix with its last code point raised; code points that cannot be raised are dropped. The result may be a byte or two longer than 64. */
function raisedText(value: Uint8Array): Uint8Array | null {
  let end = codePointStart(value, MAX_BOUND_BYTES);
  while (end > 0) {
    const start = codePointStart(value, end - 1);
    const raised = nextCodePoint(decodeCodePoint(value, start, end));
    if (raised !== null) {
      const tail = new TextEncoder().encode(String.fromCodePoint(raised));
      const out = new Uint8Array(start + tail.length);
      out.set(value.subarray(0, start));
      out.set(tail, start);
      return out;
    }
    end = start;
  }
  return null;
}

function decodeCodePoint(text: Uint8Array, start: number, end: number): number {
  const first = text[start]!;
  let point = end - start === 1 ? first : first & (0xff >> (end - start + 1));
  for (let i = start + 1; i < end; i++) point = (point << 6) | (text[i]! & 0x3f);
  return point;
}

function nextCodePoint(point: number): number | null {
  if (point === 0x10ffff) return null;
  return point === 0xd7ff ? 0xe000 : point + 1;
}

/** Unsigned, byte by byte: text and bytes. */
export function compareUnsigned(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Big-endian two's complement of one length. */
export function compareSignedBigEndian(a: Uint8Array, b: Uint8Array): number {
  const top = ((a[0]! << 24) >> 24) - ((b[0]! << 24) >> 24);
  return top !== 0 ? top : compareUnsigned(a, b);
}

/** Little-endian two's complement of one length: INT32 and INT64. */
export function compareSignedLittleEndian(a: Uint8Array, b: Uint8Array): number {
  return compareSignedBigEndian(a.slice().reverse(), b.slice().reverse());
}

export function compareFloat32(a: Uint8Array, b: Uint8Array): number {
  return compareNumbers(viewOf(a).getFloat32(0, true), viewOf(b).getFloat32(0, true));
}

export function compareFloat64(a: Uint8Array, b: Uint8Array): number {
  return compareNumbers(viewOf(a).getFloat64(0, true), viewOf(b).getFloat64(0, true));
}

/** Not a difference: that of two infinities is a NaN. */
function compareNumbers(x: number, y: number): number {
  return x < y ? -1 : x > y ? 1 : 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bounds of a chunk from those of its pages that have values. */
export function mergeBounds(pages: readonly Bounds[], compare: CompareBounds): Bounds {
  let { min, max, minExact, maxExact } = pages[0] ?? NO_BOUNDS;
  for (const page of pages) {
    if (min === null || page.min === null) min = null;
    else if (compare(page.min, min) < 0) ({ min, minExact } = page);
    if (max === null || page.max === null) max = null;
    else if (compare(page.max, max) > 0) ({ max, maxExact } = page);
  }
  return { min, max, minExact, maxExact };
}
