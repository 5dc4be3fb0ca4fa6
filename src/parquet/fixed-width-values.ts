/**
 * Values of fixed width (everything but booleans, text, json and bytes), collected as 32-bit words for the row group. The
 * dictionary is built at the end, when the range of the values is known; a column whose dictionary does not pay goes
 * without one, and without another try, for the next 15 row groups.
 */
import type { Fixed16Vector, Int32Vector, Int64Vector, Int128Vector, Vector } from '../core/column-batch.ts';
import { freeBuffer } from '../core/free-buffer.ts';
import { withBothZeros } from './both-zeros.ts';
import type { ColumnValues, Compressors, DictionaryPage } from './column-values.ts';
import type { PageContent } from './compression.ts';
import { buildDictionary, type WordDictionary } from './dictionary.ts';
import { MAX_DICTIONARY_BYTES } from './dictionary-limits.ts';
import { cheapestEncoding, type Sample, sampleOf } from './encoding-choice.ts';
import { codeWidth } from './encodings/bit-packing.ts';
import { writeByteStreams } from './encodings/byte-stream-split.ts';
import { maxDeltaBytes, writeDeltaPairs, writeDeltaSingles } from './encodings/delta-binary-packed.ts';
import { encodeCodes } from './encodings/dictionary-codes.ts';
import type { FixedWidthForm } from './fixed-width-form.ts';
import { grownInts } from './growth.ts';
import { pageBuffer, scratchBuffer } from './page-buffer.ts';
import type { Bounds, CompareBounds } from './statistics.ts';
import type { FurtherEncoding } from './value-encoding.ts';

const PLAIN_ROW_GROUPS = 15;
const NO_LEVELS = new Uint8Array(0);

type Encoding = 'PLAIN' | 'RLE_DICTIONARY' | Extract<FurtherEncoding, 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT'>;

type WordVector = Int32Vector | Int64Vector | Int128Vector | Fixed16Vector;

export class FixedWidthValues implements ColumnValues {
  readonly content: PageContent;
  readonly compare: CompareBounds;
  count = 0;
  encoding: Encoding = 'PLAIN';
  private readonly form: FixedWidthForm;
  private readonly further: readonly Encoding[];
  private words = new Int32Array(0);
  private dictionary: WordDictionary | null = null;
  /** Row groups left for which no dictionary is tried. */
  private plainFor = 0;

  /** `further`: what may be taken beside PLAIN and a dictionary. */
  constructor(form: FixedWidthForm, further: readonly FurtherEncoding[] = []) {
    this.form = form;
    this.content = form.plainWidth === 8 ? 'longs' : 'numbers';
    this.compare = form.compare;
    this.further = further.filter((e) => e === 'DELTA_BINARY_PACKED' || e === 'BYTE_STREAM_SPLIT');
  }

  get bufferedBytes(): number {
    return this.count * this.form.wordsPerValue * 4;
  }

  append(vector: Vector, from: number, to: number): void {
    const { wordsPerValue } = this.form;
    const source = wordsOf(vector as WordVector);
    const at = this.count * wordsPerValue;
    // One value of slack: a null is stored too, and the next value takes its place.
    this.words = grownInts(this.words, at, at + (to - from + 1) * wordsPerValue);
    if (vector.nulls === 0) {
      this.words.set(source.subarray(from * wordsPerValue, to * wordsPerValue), at);
      this.count += to - from;
    } else if (wordsPerValue === 1) {
      this.count = compactSingles(source, vector.validity, from, to, this.words, this.count);
    } else {
      this.count = compactMany(source, vector.validity, from, to, wordsPerValue, this.words, this.count);
    }
  }

  chooseEncoding(compress: Compressors): DictionaryPage | null {
    this.dictionary = null;
    if (this.plainFor > 0) this.plainFor--;
    else {
      this.dictionary = this.tryDictionary();
      if (this.dictionary === null && this.count > 0) this.plainFor = PLAIN_ROW_GROUPS;
    }
    this.encoding = this.dictionary === null ? 'PLAIN' : 'RLE_DICTIONARY';
    if (this.further.length > 0 && this.count > 0) this.measure(compress);
    return this.encoding === 'RLE_DICTIONARY' ? this.dictionaryPage(this.dictionary!.entries) : null;
  }

  /** Takes the encoding that makes the row group smallest, by a sample of it. */
  private measure(compress: Compressors): void {
    const sample = sampleOf(this.count);
    const basic = this.encoding;
    this.encoding = cheapestEncoding<Encoding>(basic, this.further, (encoding) => {
      this.encoding = encoding;
      return encoding === 'RLE_DICTIONARY'
        ? this.codedBytes(sample, compress)
        : this.pageBytes(sample, compress.numbers);
    });
  }

  /** Of all values, were they encoded and compressed as those of the sample are. */
  private pageBytes({ from, to }: Sample, compress: Compressors['numbers']): number {
    return (compress(this.encodePage(from, to, NO_LEVELS), 0).length * this.count) / (to - from);
  }

  /** With the dictionary, of which as many entries are compressed as the sample has values. */
  private codedBytes(sample: Sample, compress: Compressors): number {
    const { entries } = this.dictionary!;
    const some = Math.min(entries, sample.to - sample.from);
    const page = compress.numbers(this.dictionaryPage(some).bytes, 0);
    return this.pageBytes(sample, compress.codes) + (page.length * entries) / some;
  }

  /** The dictionary's first entries. */
  private dictionaryPage(entries: number): DictionaryPage {
    const { plainWidth, writePlain } = this.form;
    const bytes = pageBuffer(entries * plainWidth).subarray(0, entries * plainWidth);
    writePlain(this.dictionary!.words, 0, entries, bytes, 0);
    return { entries, bytes };
  }

  /** Null where PLAIN is no larger than dictionary and codes together. */
  private tryDictionary(): WordDictionary | null {
    const { wordsPerValue, plainWidth } = this.form;
    const { words, count } = this;
    const range = count > 0 && this.form.range !== null ? this.form.range(words, count) : null;
    const maxEntries = Math.min(count, Math.floor(MAX_DICTIONARY_BYTES / plainWidth));
    const dictionary = maxEntries > 0 ? buildDictionary(words, count, wordsPerValue, range, maxEntries) : null;
    if (dictionary === null) return null;
    const size = dictionary.entries * plainWidth + (count * codeWidth(dictionary.entries)) / 8;
    if (size >= count * plainWidth) return null;
    return this.form.hasTwoZeros ? withBothZeros(dictionary, wordsPerValue) : dictionary;
  }

  fit(_from: number, most: number, bytes: number): number {
    return Math.min(most, Math.max(1, Math.floor(bytes / this.form.plainWidth)));
  }

  bounds(from: number, to: number): Bounds {
    return this.form.bounds(this.words, from, to);
  }

  encodePage(from: number, to: number, levels: Uint8Array): Uint8Array {
    switch (this.encoding) {
      case 'RLE_DICTIONARY':
        return encodeCodes(this.dictionary!.codes, from, to, this.dictionary!.entries, levels);
      case 'DELTA_BINARY_PACKED':
        return this.encodeDeltas(from, to, levels);
      case 'BYTE_STREAM_SPLIT':
        return this.encodeStreams(from, to, levels);
      case 'PLAIN':
        return this.encodePlain(from, to, levels);
    }
  }

  private encodePlain(from: number, to: number, levels: Uint8Array): Uint8Array {
    const { plainWidth, writePlain } = this.form;
    const bytes = levels.length + (to - from) * plainWidth;
    const out = pageBuffer(bytes);
    out.set(levels);
    writePlain(this.words, from, to, out, levels.length);
    return out.subarray(0, bytes);
  }

  private encodeDeltas(from: number, to: number, levels: Uint8Array): Uint8Array {
    const isSingle = this.form.wordsPerValue === 1;
    const out = pageBuffer(levels.length + maxDeltaBytes(to - from, isSingle ? 1 : 2));
    out.set(levels);
    const write = isSingle ? writeDeltaSingles : writeDeltaPairs;
    return out.subarray(0, write(this.words, from, to, out, levels.length));
  }

  private encodeStreams(from: number, to: number, levels: Uint8Array): Uint8Array {
    const { plainWidth, writePlain } = this.form;
    const plain = scratchBuffer((to - from) * plainWidth);
    writePlain(this.words, from, to, plain, 0);
    const out = pageBuffer(levels.length + (to - from) * plainWidth);
    out.set(levels);
    return out.subarray(0, writeByteStreams(plain, to - from, plainWidth, out, levels.length));
  }

  reset(keepBytes: number): void {
    this.count = 0;
    this.dictionary = null;
    this.encoding = 'PLAIN';
    if (this.words.byteLength > keepBytes) {
      freeBuffer(this.words);
      this.words = new Int32Array(0);
    }
  }
}

/** uuids are bytes: the same bytes as words. */
function wordsOf(vector: WordVector): Int32Array {
  if (vector.storage !== 'fixed16') return vector.values;
  const { values } = vector;
  const aligned = (values.byteOffset & 3) === 0 ? values : values.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

/** Without a branch: every value is stored, and only a valid one moves the end. Returns the new count. */
function compactSingles(
  source: Int32Array,
  validity: Uint8Array,
  from: number,
  to: number,
  out: Int32Array,
  count: number,
): number {
  let n = count;
  for (let i = from; i < to; i++) {
    out[n] = source[i]!;
    n += (validity[i >> 3]! >> (i & 7)) & 1;
  }
  return n;
}

function compactMany(
  source: Int32Array,
  validity: Uint8Array,
  from: number,
  to: number,
  wordsPerValue: 2 | 4,
  out: Int32Array,
  count: number,
): number {
  let n = count;
  for (let i = from; i < to; i++) {
    const s = i * wordsPerValue;
    const t = n * wordsPerValue;
    out[t] = source[s]!;
    out[t + 1] = source[s + 1]!;
    if (wordsPerValue === 4) {
      out[t + 2] = source[s + 2]!;
      out[t + 3] = source[s + 3]!;
    }
    n += (validity[i >> 3]! >> (i & 7)) & 1;
  }
  return n;
}
