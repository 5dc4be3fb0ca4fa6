/**
 * Text, json and bytes. Values go to a dictionary as they arrive; when it does not pay, or cannot hold them, what came so
 * far is written out PLAIN and the column goes on PLAIN for the next 15 row groups.
 *
 * The PLAIN arena leaves room before its first value: the levels of a page are written right before the values, over those
 * of the page before, which is gone by then. So a page of one large value is never copied again.
 */
import type { BinaryVector, Vector } from '../core/column-batch.ts';
import { freeBuffer } from '../core/free-buffer.ts';
import { DraculaError } from '../errors.ts';
import { ByteArrayBounds } from './byte-array-bounds.ts';
import { ByteArrayDictionary, copyPlain } from './byte-array-dictionary.ts';
import type { ColumnValues, Compressors, DictionaryPage } from './column-values.ts';
import type { BinarySource } from './dictionary-tables.ts';
import { cheapestEncoding, sampleOf } from './encoding-choice.ts';
import { codeWidth } from './encodings/bit-packing.ts';
import {
  maxDeltaByteArrayBytes,
  type PlainRun,
  writeDeltaByteArray,
  writeDeltaLengthByteArray,
} from './encodings/delta-byte-array.ts';
import { encodeCodes } from './encodings/dictionary-codes.ts';
import { isPlainUtf8 } from './encodings/utf8-check.ts';
import { grownBytes, grownCodes } from './growth.ts';
import { pageBuffer } from './page-buffer.ts';
import { type Bounds, compareUnsigned, NO_BOUNDS } from './statistics.ts';
import type { FurtherEncoding } from './value-encoding.ts';

const PLAIN_ROW_GROUPS = 15;
/** Room for the levels of the first page: 16,384 rows at one bit. */
const HEADROOM = 2048 + 16;
/** What the dictionary needs to find an entry, about: its start, its hash and its slots. */
const ENTRY_BYTES = 32;
const NOTHING = new Uint8Array(0);
/** A batch over more bytes than a read buffer has is one large row. */
const LARGE_SOURCE_BYTES = 1 << 20;
const NO_SOURCE: BinarySource = {
  bytes: NOTHING,
  view: new DataView(NOTHING.buffer),
  starts: new Int32Array(0),
  lengths: new Int32Array(0),
  validity: null,
};

type Encoding = 'PLAIN' | 'RLE_DICTIONARY' | Extract<FurtherEncoding, 'DELTA_LENGTH_BYTE_ARRAY' | 'DELTA_BYTE_ARRAY'>;

export interface ByteArrayOptions {
  /** The values must be UTF-8. */
  readonly isText: boolean;
  /** False for values that the specification gives no order (geometries). Default true. */
  readonly hasOrder?: boolean;
  /** What may be taken beside PLAIN and a dictionary. */
  readonly further?: readonly FurtherEncoding[];
}

export class ByteArrayValues implements ColumnValues {
  readonly content = 'text';
  readonly compare = compareUnsigned;
  count = 0;
  private readonly column: string;
  private readonly isText: boolean;
  private readonly hasOrder: boolean;
  private readonly further: readonly Encoding[];
  private chosen: Encoding = 'PLAIN';
  private dictionary = new ByteArrayDictionary();
  private readonly extremes: ByteArrayBounds;
  private codes = new Uint16Array(0);
  /** Bytes that the values take in PLAIN form. */
  private plainBytes = 0;
  private isPlain = false;
  /** Row groups left for which no dictionary is tried, this one included. */
  private plainFor = 0;
  private arena = new Uint8Array(0);
  private arenaView = new DataView(this.arena.buffer);
  private arenaEnd = HEADROOM;
  private source: BinarySource = NO_SOURCE;
  /** Where value `cursorValue` starts in the arena: pages ask in order. */
  private cursorValue = 0;
  private cursor = HEADROOM;

  /** `column` is for errors. */
  constructor(column: string, { isText, hasOrder = true, further = [] }: ByteArrayOptions) {
    this.column = column;
    this.isText = isText;
    this.hasOrder = hasOrder;
    this.further = further.filter((e) => e === 'DELTA_LENGTH_BYTE_ARRAY' || e === 'DELTA_BYTE_ARRAY');
    this.extremes = new ByteArrayBounds(isText);
  }

  get encoding(): Encoding {
    return this.count > 0 && !this.isPlain ? 'RLE_DICTIONARY' : this.chosen;
  }

  get bufferedBytes(): number {
    return this.isPlain
      ? this.arenaEnd - HEADROOM
      : this.dictionary.bytes + this.dictionary.entries * ENTRY_BYTES + this.count * 2;
  }

  append(vector: Vector, from: number, to: number): void {
    const source = this.sourceOf(vector as BinaryVector);
    let row = from;
    if (!this.isPlain) {
      row = this.appendCodes(source, from, to);
      if (row < to) this.spill();
    }
    if (row < to) this.appendPlain(source, row, to);
  }

  /** Plain views of the batch's bytes, made once per buffer: a Buffer and a Uint8Array in one loop would slow it down. */
  private sourceOf({ bytes, starts, lengths, validity, nulls }: BinaryVector): BinarySource {
    const { bytes: known } = this.source;
    const isKnown =
      known.buffer === bytes.buffer && known.byteOffset === bytes.byteOffset && known.length === bytes.length;
    const view = isKnown ? this.source.view : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const plain = isKnown ? known : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.source = { bytes: plain, view, starts, lengths, validity: nulls === 0 ? null : validity };
    return this.source;
  }

  /** Returns the row behind the last that got a code. */
  private appendCodes(source: BinarySource, from: number, to: number): number {
    this.codes = grownCodes(this.codes, this.count, this.count + to - from);
    const { dictionary } = this;
    if (this.count === 0) dictionary.begin(source);
    const row = dictionary.encode(source, from, to, this.codes, this.count);
    this.count += dictionary.encodedValues;
    this.plainBytes += dictionary.encodedBytes + 4 * dictionary.encodedValues;
    return row;
  }

  private appendPlain({ bytes, view, starts, lengths, validity }: BinarySource, from: number, to: number): void {
    let end = this.arenaEnd;
    let count = this.count;
    // Many or long values of one row: to where they end at once, not by a copy of all that came before for each of them.
    if (bytes.length > LARGE_SOURCE_BYTES) this.growArena(end, end + plainBytesOf(lengths, validity, from, to));
    for (let row = from; row < to; row++) {
      if (validity !== null && (validity[row >> 3]! & (1 << (row & 7))) === 0) continue;
      const length = lengths[row]!;
      if (end + 4 + length > this.arena.length) this.growArena(end, end + 4 + length);
      copyPlain(bytes, view, starts[row]!, length, this.arena, this.arenaView, end);
      end += 4 + length;
      count++;
    }
    this.count = count;
    this.plainBytes += end - this.arenaEnd;
    this.arenaEnd = end;
  }

  private growArena(used: number, needed: number): void {
    this.useArena(grownBytes(this.arena, used, needed));
  }

  private useArena(arena: Uint8Array<ArrayBuffer>): void {
    this.arena = arena;
    this.arenaView = new DataView(arena.buffer);
  }

  /** Writes the values behind the codes PLAIN and goes on so. */
  private spill(): void {
    this.isPlain = true;
    this.plainFor = PLAIN_ROW_GROUPS + 1;
    this.growArena(0, HEADROOM + this.plainBytes);
    const { arena, arenaView, codes, count } = this;
    const { starts, arena: entries } = this.dictionary;
    const entriesView = new DataView(entries.buffer, entries.byteOffset, entries.length);
    let p = HEADROOM;
    for (let i = 0; i < count; i++) {
      const start = starts[codes[i]!]!;
      const length = starts[codes[i]! + 1]! - start - 4;
      copyPlain(entries, entriesView, start + 4, length, arena, arenaView, p);
      p += 4 + length;
    }
    this.arenaEnd = p;
    this.dictionary.clear();
  }

  chooseEncoding(compress: Compressors): DictionaryPage | null {
    const { dictionary } = this;
    if (this.count === 0) return null;
    if (!this.isPlain) {
      const coded = dictionary.bytes + (this.count * codeWidth(dictionary.entries)) / 8;
      if (coded >= this.plainBytes) this.spill();
    }
    const [bytes, from, to] = this.isPlain
      ? [this.arena, HEADROOM, this.arenaEnd]
      : [dictionary.arena, 0, dictionary.bytes];
    this.check(bytes, from, to);
    if (this.isPlain) {
      if (this.further.length > 0) this.measure(compress);
      return null;
    }
    this.extremes.useDictionary(dictionary);
    return { entries: dictionary.entries, bytes: dictionary.arena.subarray(0, dictionary.bytes) };
  }

  /** Takes the encoding that makes the row group smallest, by a sample of it. Values are found by walking over those before them. */
  private measure(compress: Compressors): void {
    const { from, to } = sampleOf(this.count);
    this.chosen = cheapestEncoding<Encoding>('PLAIN', this.further, (encoding) => {
      this.chosen = encoding;
      this.rewind();
      return compress.text(this.encodePage(from, to, NOTHING), 0).length;
    });
    this.rewind();
  }

  private rewind(): void {
    this.cursorValue = 0;
    this.cursor = HEADROOM;
  }

  private check(bytes: Uint8Array, from: number, to: number): void {
    if (!this.isText || isPlainUtf8(bytes, from, to)) return;
    const message = `Column ${JSON.stringify(this.column)} holds text that is not valid UTF-8; its row group was not written.`;
    throw new DraculaError('E_INVALID_TEXT', message, { column: this.column });
  }

  fit(from: number, most: number, bytes: number): number {
    if (!this.isPlain) return Math.min(most, Math.max(8, Math.floor((bytes * 8) / codeWidth(this.dictionary.entries))));
    let p = this.seek(from);
    const limit = p + bytes;
    let n = 0;
    while (n < most) {
      p += 4 + this.arenaView.getInt32(p, true);
      if (p > limit && n > 0) break;
      n++;
    }
    return n;
  }

  /** Where a value starts in the arena. */
  private seek(value: number): number {
    if (value < this.cursorValue)
      throw new DraculaError('E_INTERNAL', 'The pages of a column chunk were not written in order.');
    while (this.cursorValue < value) {
      this.cursor += 4 + this.arenaView.getInt32(this.cursor, true);
      this.cursorValue++;
    }
    return this.cursor;
  }

  bounds(from: number, to: number): Bounds {
    if (!this.hasOrder) return NO_BOUNDS;
    return this.isPlain
      ? this.extremes.ofPlain(this.arena, this.seek(from), to - from)
      : this.extremes.ofCodes(this.codes, from, to);
  }

  encodePage(from: number, to: number, levels: Uint8Array): Uint8Array {
    if (this.count === 0) return levels;
    if (!this.isPlain) return encodeCodes(this.codes, from, to, this.dictionary.entries, levels);
    const start = this.seek(from);
    const end = this.seek(to);
    if (this.chosen !== 'PLAIN') return this.encodeDeltas(start, end, to - from, levels);
    if (start >= levels.length) {
      this.arena.set(levels, start - levels.length);
      return this.arena.subarray(start - levels.length, end);
    }
    const out = pageBuffer(levels.length + end - start);
    out.set(levels);
    out.set(this.arena.subarray(start, end), levels.length);
    return out.subarray(0, levels.length + end - start);
  }

  private encodeDeltas(start: number, end: number, count: number, levels: Uint8Array): Uint8Array {
    const run: PlainRun = { arena: this.arena, view: this.arenaView, start, end, count };
    const out = pageBuffer(levels.length + maxDeltaByteArrayBytes(run));
    out.set(levels);
    const write = this.chosen === 'DELTA_BYTE_ARRAY' ? writeDeltaByteArray : writeDeltaLengthByteArray;
    return out.subarray(0, write(run, out, levels.length));
  }

  reset(keepBytes: number): void {
    this.count = 0;
    this.chosen = 'PLAIN';
    this.plainBytes = 0;
    this.arenaEnd = HEADROOM;
    this.rewind();
    this.dictionary.clear();
    if (this.plainFor > 0) this.plainFor--;
    this.isPlain = this.plainFor > 0;
    if (this.arena.length > keepBytes) {
      freeBuffer(this.arena);
      this.useArena(new Uint8Array(0));
    }
    if (this.codes.byteLength > keepBytes) {
      freeBuffer(this.codes);
      this.codes = new Uint16Array(0);
    }
    if (this.dictionary.arena.length > keepBytes) this.dictionary = new ByteArrayDictionary();
  }
}

/** What values of rows from .. to) take in PLAIN form. */
function plainBytesOf(lengths: Int32Array, validity: Uint8Array | null, from: number, to: number): number {
  let bytes = 0;
  for (let row = from; row < to; row++)
    if (validity === null || (validity[row >> 3]! & (1 << (row & 7))) !== 0) bytes += 4 + lengths[row]!;
  return bytes;
}
