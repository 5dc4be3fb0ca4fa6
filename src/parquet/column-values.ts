/**
 * The values of one leaf column that wait for their row group, without the nulls between them: the contract between a
 * column chunk and the stores of the three shapes (booleans, fixed width, byte arrays).
 *
 * Life of a row group: `append` for each batch, `chooseEncoding` once, then `fit`, `bounds` and `encodePage` page after
 * page in the order of the values, then `reset`. A store keeps its buffers over row groups.
 */
import type { Vector } from '../core/column-batch.ts';
import type { CompressPage, PageContent } from './compression.ts';
import type { Bounds, CompareBounds } from './statistics.ts';
import type { ValueEncoding } from './value-encoding.ts';

export interface DictionaryPage {
  readonly entries: number;
  /** PLAIN. Valid until the next call of the store. */
  readonly bytes: Uint8Array;
}

/** How pages will be compressed, by what they hold: for a store that measures what an encoding saves. */
export type Compressors = Readonly<Record<PageContent, CompressPage>>;

export interface ColumnValues {
  /** What a PLAIN page of it holds. */
  readonly content: PageContent;
  readonly count: number;
  readonly bufferedBytes: number;
  readonly compare: CompareBounds;
  /** Copies what rows from .. to) of the vector hold, nulls left out. */
  append(vector: Vector, from: number, to: number): void;
  /** Ends the row group's values: the dictionary, or null where there is none. Throws E_INVALID_TEXT. */
  chooseEncoding(compress: Compressors): DictionaryPage | null;
  /** That of all its data pages, once it is chosen. */
  readonly encoding: ValueEncoding;
  /** How many of the values from .. from + most) fit `bytes` bytes, at least 1 unless `most` is 0. */
  fit(from: number, most: number, bytes: number): number;
  /** Bounds of values from .. to), at least one. */
  bounds(from: number, to: number): Bounds;
  /** The body of a data page: the levels, then values from .. to). Valid until the next call of the store. */
  encodePage(from: number, to: number, levels: Uint8Array): Uint8Array;
  /** Drops the values and keeps the buffers, but for those of more than `keepBytes`. */
  reset(keepBytes: number): void;
}
