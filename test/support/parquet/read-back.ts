/** Reads our files with readers that nobody here wrote: DuckDB and hyparquet. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type Json } from '@duckdb/node-api';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { readColumnIndex, readOffsetIndex } from 'hyparquet/src/indexes.js';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll } from 'vitest';

export interface DuckDBFiles {
  /** Rows of a query over the file, which it names `FILE`. */
  query(file: Uint8Array, sql: string): Promise<Json[][]>;
  /** The same as values of the engine's own classes. */
  values(file: Uint8Array, sql: string): Promise<DuckDBValue[][]>;
}

/** One DuckDB and one scratch folder for the tests of a file. */
export function useDuckDB(): DuckDBFiles {
  let folder = '';
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  let files = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dracula-parquet-'));
    instance = await DuckDBInstance.create();
    connection = await instance.connect();
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  });
  const read = async (file: Uint8Array, sql: string) => {
    const path = join(folder, `${files++}.parquet`);
    writeFileSync(path, file);
    const reader = await connection.runAndReadAll(sql.replaceAll('FILE', `'${path}'`));
    rmSync(path);
    return reader;
  };
  return {
    query: async (file, sql) => (await read(file, sql)).getRowsJson(),
    values: async (file, sql) => (await read(file, sql)).getRows(),
  };
}

/** Rows as hyparquet reads them; binary columns without an annotation as bytes. */
export async function readWithHyparquet(file: Uint8Array<ArrayBuffer>): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: file.buffer, compressors, utf8: false });
}

export function metadataOf(file: Uint8Array<ArrayBuffer>): FileMetaData {
  return parquetMetadata(file.buffer);
}

export interface PageBounds {
  readonly nullPages: readonly boolean[];
  readonly mins: readonly unknown[];
  readonly maxes: readonly unknown[];
  readonly nullCounts: readonly bigint[];
  readonly order: string;
}

export interface PagePlace {
  readonly offset: bigint;
  readonly bytes: number;
  readonly firstRow: bigint;
}

/** The column index of a chunk as hyparquet reads it; null when the chunk has none. */
export function columnIndexOf(file: Uint8Array<ArrayBuffer>, rowGroup: number, column: number): PageBounds | null {
  const metadata = metadataOf(file);
  const chunk = metadata.row_groups[rowGroup]!.columns[column]!;
  if (chunk.column_index_offset === undefined) return null;
  const leaves = metadata.schema.filter((element) => element.type !== undefined);
  const view = viewAt(file, Number(chunk.column_index_offset), chunk.column_index_length!);
  const index = readColumnIndex({ view, offset: 0 }, leaves[column]!);
  return {
    nullPages: index.null_pages,
    mins: index.min_values,
    maxes: index.max_values,
    nullCounts: index.null_counts ?? [],
    order: index.boundary_order,
  };
}

export function offsetIndexOf(file: Uint8Array<ArrayBuffer>, rowGroup: number, column: number): PagePlace[] {
  const chunk = metadataOf(file).row_groups[rowGroup]!.columns[column]!;
  const view = viewAt(file, Number(chunk.offset_index_offset), chunk.offset_index_length!);
  return readOffsetIndex({ view, offset: 0 }).page_locations.map((page) => ({
    offset: page.offset,
    bytes: page.compressed_page_size,
    firstRow: page.first_row_index,
  }));
}

function viewAt(file: Uint8Array<ArrayBuffer>, offset: number, length: number): DataView {
  return new DataView(file.buffer, file.byteOffset + offset, length);
}
