/**
 * One leaf: its values and levels while a row group fills, and its column chunk when the row group is written.
 *
 * A chunk is a dictionary page (or none) and data pages, all of one encoding. A page ends at a row's end, holds at most
 * `pageRows` rows and, unless one row alone is larger, about `pageBytes` bytes.
 */
import type { ListVector, StructVector, Vector } from '../core/column-batch.ts';
import { DraculaError } from '../errors.ts';
import { BooleanValues } from './boolean-values.ts';
import { ByteArrayValues } from './byte-array-values.ts';
import type { ColumnValues, Compressors } from './column-values.ts';
import { type Codec, type CompressPage, createCompressor, type PageContent } from './compression.ts';
import { type PageVersion, writeDataPage, writeDictionaryPage } from './data-page.ts';
import { fixedWidthForm } from './fixed-width-form.ts';
import { FixedWidthValues } from './fixed-width-values.ts';
import type { LeafColumn, PathStep } from './leaf-column.ts';
import { FlatLevels, type Levels } from './levels.ts';
import { NestedLevels } from './nested-levels.ts';
import { freeLargePages } from './page-buffer.ts';
import { chunkBounds, encodeColumnIndex, encodeOffsetIndex, type PageEntry } from './page-index.ts';
import type { LeafForm } from './parquet-type.ts';
import type { RowGroupBuffer } from './row-group-buffer.ts';
import type { ColumnChunkMeta } from './row-group-meta.ts';
import { type Features, furtherEncodings } from './value-encoding.ts';

export interface PageLimits {
  readonly pageRows: number;
  readonly pageBytes: number;
}

/** A written chunk. Its offset index needs the place of the row group in the file, so the rest of its facts come last. */
export type LocateChunk = (fileOffset: number) => ColumnChunkMeta;

function createValues(leaf: LeafForm, columnName: string, features: Features): ColumnValues {
  const further = furtherEncodings(leaf, features);
  if (leaf.type.kind === 'bool') return new BooleanValues(further.length > 0);
  const form = fixedWidthForm(leaf);
  if (form !== null) return new FixedWidthValues(form, further);
  const isText = leaf.type.kind === 'text' || leaf.type.kind === 'json';
  // Of an annotated geometry a reader must not trust bounds by its bytes: the specification gives it no order.
  const hasOrder = leaf.type.kind !== 'geometry' || leaf.annotation === undefined;
  return new ByteArrayValues(columnName, { isText, hasOrder, further });
}

/** Of one column: how longs are compressed depends on its pages before. */
function createCompressors(codec: Codec, level?: number): Compressors {
  return {
    codes: createCompressor(codec, 'codes', level),
    numbers: createCompressor(codec, 'numbers', level),
    longs: createCompressor(codec, 'longs', level),
    text: createCompressor(codec, 'text', level),
  };
}

/** What the data pages hold, once their encoding is chosen: only PLAIN ones hold the values as they are. */
function dataContent({ encoding, content }: ColumnValues): PageContent {
  if (encoding === 'RLE_DICTIONARY') return 'codes';
  return encoding !== 'PLAIN' && content === 'longs' ? 'numbers' : content;
}

export class ColumnChunk {
  private readonly values: ColumnValues;
  private readonly levels: Levels;
  private readonly steps: readonly PathStep[];
  private readonly pageVersion: PageVersion;
  private readonly hasRepetitionLevels: boolean;
  private readonly codec: Codec;
  private readonly compress: Compressors;

  constructor({ form, path, steps }: LeafColumn, features: Features, codec: Codec, compressionLevel?: number) {
    this.values = createValues(form, path[0]!, features);
    this.pageVersion = features.has('DATA_PAGE_V2') ? 2 : 1;
    this.hasRepetitionLevels = steps.some(({ into }) => into === 'elements');
    this.codec = codec;
    this.compress = createCompressors(codec, compressionLevel);
    this.levels = steps.length === 0 ? new FlatLevels() : new NestedLevels(steps);
    this.steps = steps;
  }

  get bufferedBytes(): number {
    return this.values.bufferedBytes + this.levels.bufferedBytes;
  }

  /** Copies rows from .. to) of the column's vector. */
  append(vector: Vector, from: number, to: number): void {
    this.levels.append(vector, from, to);
    let leaf = vector;
    let start = from;
    let end = to;
    for (const { into } of this.steps) {
      if (into === 'elements') {
        const { offsets, child } = leaf as ListVector;
        start = offsets[start]!;
        end = offsets[end]!;
        leaf = child;
      } else leaf = (leaf as StructVector).children[into]!;
    }
    this.values.append(leaf, start, end);
  }

  /** Writes the chunk of all buffered rows. */
  write(limits: PageLimits, out: RowGroupBuffer): LocateChunk {
    const { values, levels, codec, compress } = this;
    const start = out.length;
    const dictionary = values.chooseEncoding(compress);
    let uncompressed =
      dictionary === null ? 0 : writeDictionaryPage(dictionary, compress[values.content], out).uncompressed;
    const dataStart = out.length;
    const compressData = compress[dataContent(values)];
    const pages: PageEntry[] = [];
    let value = 0;
    for (let row = 0; row < levels.rows; ) {
      const end = this.pageEnd(row, value, limits);
      const offset = out.length;
      const page = this.writePage(row, end, value, compressData, out);
      pages.push({ offset, bytes: out.length - offset, firstRow: row, nulls: page.nulls, bounds: page.bounds });
      uncompressed += page.uncompressed;
      value = page.valueEnd;
      row = end;
    }
    if (value !== values.count)
      throw new DraculaError('E_INTERNAL', 'A batch has a value below a null: its row group was not written.');
    const shared = {
      codec,
      valueCount: levels.slots,
      dataPages: pages.length,
      pageVersion: this.pageVersion,
      encoding: values.encoding,
      totalUncompressedSize: uncompressed,
      totalCompressedSize: out.length - start,
      statistics: { nullCount: levels.slots - values.count, ...chunkBounds(pages, values.compare) },
      columnIndex: encodeColumnIndex(pages, values.compare),
    };
    return (fileOffset) => ({
      ...shared,
      dictionaryPageOffset: dictionary === null ? null : fileOffset + start,
      dataPageOffset: fileOffset + dataStart,
      offsetIndex: encodeOffsetIndex(pages, fileOffset),
    });
  }

  /** The row behind the last of the page that starts at `row`, whose first value is `value`. */
  private pageEnd(row: number, value: number, { pageRows, pageBytes }: PageLimits): number {
    const { values, levels } = this;
    const end = Math.min(levels.rows, row + pageRows);
    const count = levels.countValues(levels.slotOfRow(row), levels.slotOfRow(end));
    const fitting = values.fit(value, count, pageBytes);
    return fitting === count ? end : levels.rowAfterValues(row, fitting);
  }

  private writePage(row: number, end: number, value: number, compress: CompressPage, out: RowGroupBuffer) {
    const { values, levels, hasRepetitionLevels } = this;
    const from = levels.slotOfRow(row);
    const to = levels.slotOfRow(end);
    const count = levels.countValues(from, to);
    const valueEnd = value + count;
    const bounds = count === 0 ? null : values.bounds(value, valueEnd);
    const slots = to - from;
    const nulls = slots - count;
    const encoded = levels.encode(from, to);
    const body = values.encodePage(value, valueEnd, encoded);
    const { encoding } = values;
    const page = { body, levelBytes: encoded.length, hasRepetitionLevels, rows: end - row, slots, nulls, encoding };
    const { uncompressed } = writeDataPage(page, this.pageVersion, compress, out);
    freeLargePages();
    return { uncompressed, valueEnd, bounds, nulls };
  }

  /** Drops the rows; buffers of up to `keepBytes` stay for the next row group. */
  reset(keepBytes: number): void {
    this.values.reset(keepBytes);
    this.levels.reset(keepBytes);
  }
}
