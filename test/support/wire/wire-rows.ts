/** The DataRow messages with which a server answers a query in binary, over a connection as a run uses it. */
import pg from 'pg';
import { RowDecoder } from '../../../src/extract/wire/row-decoder.ts';
import { resolveConnection } from '../../../src/postgres/connection-config.ts';
import { ReaderConnection } from '../../../src/postgres/reader-connection.ts';
import { type WireColumn, wireColumns } from './decode-rows.ts';

export interface WireQuery {
  readonly url: string;
  readonly text: string;
  /** One for each column of the query. */
  readonly columns: readonly WireColumn[];
  /** Default: 5,000. */
  readonly sliceRows?: number;
}

export async function wireRows({ url, text, columns, sliceRows = 5_000 }: WireQuery): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const decoder = new RowDecoder({
    columns: wireColumns(columns),
    selectsCtid: false,
    onBatch: () => undefined,
    onAwkward: () => undefined,
  });
  const connection = await resolveConnection({ url });
  const reader = await ReaderConnection.open({ connection, maxRowBytes: 2 ** 26, cutBytes: null });
  try {
    await reader.read({
      snapshotId: null,
      settings: [],
      searchPath: 'pg_catalog',
      read: { text, values: [] },
      readTypeOids: await typeOids(url, text),
      bare: 'SELECT',
      mutableTypeOids: [],
      scope: 'itself',
      expected: [],
      sliceRows: () => sliceRows,
      inFlight: 1,
      pauseMs: 0,
      rows: {
        push(bytes, view, from, end) {
          const next = decoder.push(bytes, view, from, end);
          pieces.push(Uint8Array.from(bytes.subarray(from, next)));
          return next;
        },
      },
      onStarted: () => undefined,
    });
    await reader.end('COMMIT');
  } finally {
    await reader.close();
  }
  return Buffer.concat(pieces);
}

async function typeOids(url: string, text: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(`${text} LIMIT 0`)).fields.map(({ dataTypeID }) => dataTypeID);
  } finally {
    await client.end();
  }
}
