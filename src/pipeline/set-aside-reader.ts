/**
 * Reads the rows of a chunk that were set aside once more, as text, and writes them into the side dataset. It does so in a
 * transaction of the chunk, which has its snapshot and holds its locks: a ctid is then still the same row, and what was checked stands.
 */
import type { Chunk } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import { setAsideQuery } from '../extract/set-aside-query.ts';
import { RowDecoder } from '../extract/wire/row-decoder.ts';
import type { SetAsideRow } from '../extract/wire/set-aside.ts';
import type { ReaderConnection } from '../postgres/reader-connection.ts';
import type { TableWriter } from './table-writer.ts';
import type { TableJob } from './worker-protocol.ts';

/** Rows of one question, which the server answers in one slice. */
const BATCH_ROWS = 500;

export interface SetAsideReading {
  readonly job: TableJob;
  readonly chunk: Chunk;
  readonly rows: readonly SetAsideRow[];
  readonly connection: ReaderConnection;
  readonly writer: TableWriter;
}

/** Throws what the server refuses, and E_PROTOCOL where it does not give each row once. */
export async function readSetAside({ job, chunk, rows, connection, writer }: SetAsideReading): Promise<void> {
  const { plan, quarantine } = job;
  if (quarantine === null || rows.length === 0) return;
  const { columns } = quarantine.schema;
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    const batch = rows.slice(from, from + BATCH_ROWS);
    const decoder = new RowDecoder({
      columns,
      selectsCtid: false,
      onBatch: (texts) => writer.appendAside(texts, chunk.id),
      onAwkward: ({ column, reason }) => {
        throw new DraculaError('E_INTERNAL', `Column ${column} of a row set aside is awkward as text: ${reason}.`);
      },
    });
    const { finished } = await connection.readOn({
      read: setAsideQuery(plan, chunk, batch, quarantine.runId),
      readTypeOids: columns.map(({ source }) => source.typeOid),
      sliceRows: () => batch.length + 1,
      rows: {
        push: (bytes, view, start, end) => decoder.push(bytes, view, start, end),
        beforeLargeRow: (bytes) => writer.beforeLargeRow(bytes),
        afterLargeRow: () => writer.afterLargeRow(),
      },
    });
    if (finished && decoder.rows === batch.length) continue;
    throw new DraculaError(
      'E_PROTOCOL',
      `Of ${batch.length} rows of ${formatTable(plan.table)} that were set aside ${decoder.rows} came when they were asked for again. They are dropped.`,
    );
  }
}
