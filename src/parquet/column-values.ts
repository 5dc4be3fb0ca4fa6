/**
 * The values of one leaf column that wait for their row group, without the nulls between them: the contract between a
 * column chunk and the stores of the three shapes (booleans, fixed width, byte arrays).
 *
 * Life of a row group: `append` for each batch, `chooseEncoding` once, then `fit`, `bounds` and `encodePage` page after
 * page in the order of the values, then `reset`. A store keeps its buffers over row groups.
 */
import type { Vector } from '../core/column-batch.ts';
import type { PageContent } from './compression.ts';
import type { Bounds, CompareBounds } from './statistics.ts';

export interface DictionaryPage {
  readonly entries: number;
  /** PLAIN. Valid until the next call of the store. */
  readonly bytes: Uint8Array;
}

export interface ColumnValues {
  /** What a PLAIN page of it holds. */
  readonly content: PageContent;
  readonly count: number;
  readonly bufferedBytes: number;
  readonly compare: CompareBounds;
  /** Copies what rows from .. to) of the vector hold, nulls left out. */
  append(vector: Vector, from: number, to: number): void;
  /** Ends the row group's values: the dictionary, or null where PLAIN is smaller. Throws E_INVALID_TEXT. */
  chooseEncoding(): DictionaryPage | null;
  /** How many of the values from .. from + most) fit `bytes` bytes, at least 1 unless `most` is 0. */
  fit(from: number, most: number, bytes: number): number;
  /** Bounds of values from .. to), at least one. */
  bounds(from: number, to: number): Bounds;
  /** The body of a data page: the levels, then values from .. to). Valid until the next call of the store. */
  encodePage(from: number, to: number, levels: Uint8Array): Uint8Array;
  /** Drops the values and keeps the buffers, but for those of more than `keepBytes`. */
  reset(keepBytes: number): void;
}
