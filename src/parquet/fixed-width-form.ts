/**
 * How the values of each fixed-width kind are bounded, compared and written: one form a kind, over the same words.
 *
 * Orders: integers, dates, timestamps and decimals signed; uuid by its bytes and time by its number, which is the order of
 * their text too; floats by value, where one NaN means that the page has no bounds, a least zero is -0.0 and a greatest +0.0.
 */
import type { WordRange } from './dictionary.ts';
import {
  plainBigEndian,
  plainTime,
  plainUuid,
  plainWords,
  TIME_TEXT_BYTES,
  UUID_TEXT_BYTES,
  type WritePlain,
} from './encodings/plain.ts';
import { type FindExtremes, findBytes16, findPairs, findQuads, findSingles, found } from './fixed-width-extremes.ts';
import { type Annotation, decimalBytes, type LeafForm, type LeafKind } from './parquet-type.ts';
import {
  type Bounds,
  type CompareBounds,
  compareFloat32,
  compareFloat64,
  compareSignedBigEndian,
  compareSignedLittleEndian,
  compareUnsigned,
  exactBounds,
  NO_BOUNDS,
} from './statistics.ts';

export interface FixedWidthForm {
  readonly wordsPerValue: 1 | 2 | 4;
  /** Bytes of a PLAIN value, the length of a text included. */
  readonly plainWidth: number;
  readonly writePlain: WritePlain;
  readonly compare: CompareBounds;
  /** Of values from .. to), at least one. */
  readonly bounds: (words: Int32Array, from: number, to: number) => Bounds;
  /** Null where the values are too wide for a direct look-up. */
  readonly range: ((words: Int32Array, count: number) => WordRange) | null;
  /** Two forms of bits are one value. */
  readonly hasTwoZeros: boolean;
}

function integerForm(
  wordsPerValue: 1 | 2 | 4,
  plainWidth: number,
  writePlain: WritePlain,
  compare: CompareBounds,
  find: FindExtremes,
  lengthBytes = 0,
): FixedWidthForm {
  const write = (words: Int32Array, i: number) => {
    const out = new Uint8Array(plainWidth);
    writePlain(words, i, i + 1, out, 0);
    return out.subarray(lengthBytes);
  };
  const bounds = (words: Int32Array, from: number, to: number): Bounds => {
    find(words, from, to);
    return exactBounds(write(found.words, found.least), write(found.words, found.greatest));
  };
  const range = wordsPerValue === 1 ? rangeOfSingles : wordsPerValue === 2 ? rangeOfPairs : null;
  return { wordsPerValue, plainWidth, writePlain, compare, bounds, range, hasTwoZeros: false };
}

function rangeOfSingles(words: Int32Array, count: number): WordRange {
  findSingles(words, 0, count);
  const leastLow = found.words[found.least]!;
  return { leastLow, span: found.words[found.greatest]! - leastLow };
}

function rangeOfPairs(words: Int32Array, count: number): WordRange {
  findPairs(words, 0, count);
  const { words: extremes, least, greatest } = found;
  const leastLow = extremes[2 * least]!;
  const high = extremes[2 * greatest + 1]! - extremes[2 * least + 1]!;
  return { leastLow, span: high * 0x1_0000_0000 + (extremes[2 * greatest]! >>> 0) - (leastLow >>> 0) };
}

function floatForm(bytes: 4 | 8): FixedWidthForm {
  const wordsPerValue = bytes === 4 ? 1 : 2;
  const valuesOf = (words: Int32Array) =>
    bytes === 4
      ? new Float32Array(words.buffer, words.byteOffset)
      : new Float64Array(words.buffer, words.byteOffset, words.length >> 1);
  const write = (value: number) => {
    const out = new DataView(new ArrayBuffer(bytes));
    if (bytes === 4) out.setFloat32(0, value, true);
    else out.setFloat64(0, value, true);
    return new Uint8Array(out.buffer);
  };
  const bounds = (words: Int32Array, from: number, to: number): Bounds => {
    const values = valuesOf(words);
    let min = Infinity;
    let max = -Infinity;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      if (Number.isNaN(value)) return NO_BOUNDS;
    }
    return exactBounds(write(min === 0 ? -0 : min), write(max === 0 ? 0 : max));
  };
  return {
    wordsPerValue,
    plainWidth: bytes,
    writePlain: plainWords(wordsPerValue),
    compare: bytes === 4 ? compareFloat32 : compareFloat64,
    bounds,
    range: bytes === 4 ? rangeOfSingles : rangeOfPairs,
    hasTwoZeros: true,
  };
}

const int32 = integerForm(1, 4, plainWords(1), compareSignedLittleEndian, findSingles);
const int64 = integerForm(2, 8, plainWords(2), compareSignedLittleEndian, findPairs);

function decimalForm(precision: number): FixedWidthForm {
  if (precision <= 9) return int32;
  if (precision <= 18) return int64;
  const width = decimalBytes(precision);
  return integerForm(4, width, plainBigEndian(width), compareSignedBigEndian, findQuads);
}

const FORMS = {
  bool: null,
  int16: int32,
  int32,
  int64,
  uint32: int64,
  float32: floatForm(4),
  float64: floatForm(8),
  decimal: null,
  text: null,
  bytes: null,
  uuid: integerForm(4, 4 + UUID_TEXT_BYTES, plainUuid, compareUnsigned, findBytes16, 4),
  json: null,
  date: int32,
  time: integerForm(2, 4 + TIME_TEXT_BYTES, plainTime, compareUnsigned, findPairs, 4),
  timestamp: int64,
  geometry: null,
} as const satisfies Record<LeafKind, FixedWidthForm | null>;

/** Of kinds that would be text without their annotation. */
const NATIVE: { readonly [N in Annotation['name']]?: FixedWidthForm } = {
  UUID: integerForm(4, 16, plainWords(4), compareUnsigned, findBytes16),
  TIME_MICROS: int64,
};

/** The form of a fixed-width type; null for bool, text, json, bytes and geometry. */
export function fixedWidthForm({ type, annotation }: Pick<LeafForm, 'type' | 'annotation'>): FixedWidthForm | null {
  if (type.kind === 'decimal') return decimalForm(type.precision);
  return (annotation && NATIVE[annotation.name]) ?? FORMS[type.kind];
}
