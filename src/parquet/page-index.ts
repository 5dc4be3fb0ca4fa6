/**
 * Column index and offset index of a column chunk (PageIndex.md): bounds and null counts of each page, and where it stands.
 * A reader finds the pages that a filter needs without touching the others.
 */
import { type Bounds, type CompareBounds, mergeBounds } from './statistics.ts';
import { CompactWriter, LIST_OF } from './thrift/compact-protocol.ts';

/** One data page. `offset` from the start of the row group; `bytes` with its header, compressed. */
export interface PageEntry {
  readonly offset: number;
  readonly bytes: number;
  readonly firstRow: number;
  readonly nulls: number;
  /** Null: the page holds no value at all. */
  readonly bounds: Bounds | null;
}

const BOUNDARY_ORDER = { unordered: 0, ascending: 1, descending: 2 } as const;
const NOTHING = new Uint8Array(0);

/** Null where a page with values lacks a bound: an index that cannot speak of one page must not speak. */
export function encodeColumnIndex(pages: readonly PageEntry[], compare: CompareBounds): Uint8Array | null {
  if (pages.some(({ bounds }) => bounds !== null && (bounds.min === null || bounds.max === null))) return null;
  const writer = new CompactWriter();
  writer.list(1, LIST_OF.bool, pages.length);
  for (const { bounds } of pages) writer.boolElement(bounds === null);
  writer.list(2, LIST_OF.binary, pages.length);
  for (const { bounds } of pages) writer.binaryElement(bounds?.min ?? NOTHING);
  writer.list(3, LIST_OF.binary, pages.length);
  for (const { bounds } of pages) writer.binaryElement(bounds?.max ?? NOTHING);
  writer.i32(4, BOUNDARY_ORDER[boundaryOrder(pages, compare)]);
  writer.list(5, LIST_OF.i64, pages.length);
  for (const { nulls } of pages) writer.intElement(nulls);
  return writer.take();
}

/** Of the bounds as they are written; pages without values do not count. */
function boundaryOrder(pages: readonly PageEntry[], compare: CompareBounds): keyof typeof BOUNDARY_ORDER {
  const bounds = pages.flatMap((page) => (page.bounds === null ? [] : [page.bounds]));
  let ascending = true;
  let descending = true;
  for (let i = 1; i < bounds.length; i++) {
    const min = compare(bounds[i - 1]!.min!, bounds[i]!.min!);
    const max = compare(bounds[i - 1]!.max!, bounds[i]!.max!);
    ascending &&= min <= 0 && max <= 0;
    descending &&= min >= 0 && max >= 0;
  }
  return ascending ? 'ascending' : descending ? 'descending' : 'unordered';
}

/** `fileOffset`: where the row group starts in the file. */
export function encodeOffsetIndex(pages: readonly PageEntry[], fileOffset: number): Uint8Array {
  const writer = new CompactWriter();
  writer.list(1, LIST_OF.struct, pages.length);
  for (const page of pages) {
    writer.structElement(() => {
      writer.i64(1, fileOffset + page.offset);
      writer.i32(2, page.bytes);
      writer.i64(3, page.firstRow);
    });
  }
  return writer.take();
}

/** Bounds of the chunk. */
export function chunkBounds(pages: readonly PageEntry[], compare: CompareBounds): Bounds {
  return mergeBounds(
    pages.flatMap((page) => (page.bounds === null ? [] : [page.bounds])),
    compare,
  );
}
