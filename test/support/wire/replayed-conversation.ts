/**
 * Plays a server's part of a conversation to a reader as a run uses it, over a socket: connection, `pg`'s parser, demultiplexer, slice
 * reader and row decoder. What is played need not be what a server sent.
 */
import type { Socket } from 'node:net';
import { RowDecoder } from '../../../src/extract/wire/row-decoder.ts';
import { resolveConnection } from '../../../src/postgres/connection-config.ts';
import { ReaderConnection } from '../../../src/postgres/reader-connection.ts';
import type { SliceReadResult } from '../../../src/postgres/slice-reader.ts';
import { startFakeServer } from '../fake-server.ts';
import { CONVERSATION_COLUMNS, type Conversation } from './captured-conversations.ts';
import { type PlainValue, plainValue, wireColumns } from './decode-rows.ts';

export const MAX_ROW_BYTES = 2 ** 20;

/** Far beyond what a conversation takes on a busy machine. */
const HANG_MS = 30_000;

export interface Replay {
  /** Delivered before it ended, one way or the other. */
  readonly rows: readonly (readonly PlainValue[])[];
  /** Null where it threw. */
  readonly result: SliceReadResult | null;
  readonly error: unknown;
}

export interface Player {
  /** `stream`: what comes behind the startup; the connection ends behind it. `cutBytes`: as the demultiplexer's option. */
  play(conversation: Conversation, stream: Buffer, cutBytes: number | null): Promise<Replay>;
}

export async function startPlayer(): Promise<Player> {
  let script: { readonly startup: Buffer; readonly stream: Buffer } | null = null;
  const { port } = await startFakeServer((socket) => {
    if (script !== null) recite(socket, script);
  });
  const connection = await resolveConnection({
    url: `postgres://reader@127.0.0.1:${port}/replay?sslmode=disable`,
    env: {},
  });
  return {
    async play({ startup, sliceRows, typeOids }, stream, cutBytes) {
      script = { startup, stream };
      const rows: PlainValue[][] = [];
      const decoder = new RowDecoder({
        columns: wireColumns(CONVERSATION_COLUMNS),
        selectsCtid: false,
        onBatch: (batch) => {
          for (let i = 0; i < batch.rows; i++) rows.push(batch.columns.map((vector) => plainValue(vector, i)));
        },
        onAwkward: () => undefined,
      });
      const reader = await ReaderConnection.open({ connection, maxRowBytes: MAX_ROW_BYTES, cutBytes });
      const reading = reader.read({
        ...{ snapshotId: null, settings: [], read: { text: 'replayed', values: [] }, readTypeOids: typeOids },
        ...{
          bare: 'SELECT',
          expected: [],
          mutableTypeOids: [],
          scope: 'itself',
          searchPath: 'pg_catalog',
          sliceRows: () => sliceRows,
          inFlight: 1,
          pauseMs: 0,
          rows: decoder,
        },
        onStarted: () => undefined,
      });
      try {
        return { rows, result: await inTime(reading), error: null };
      } catch (error) {
        return { rows, result: null, error };
      } finally {
        await inTime(reader.close());
      }
    },
  };
}

/** The startup to the startup message; the rest to whatever is asked then. */
function recite(socket: Socket, { startup, stream }: { readonly startup: Buffer; readonly stream: Buffer }): void {
  socket.once('data', () => {
    socket.write(startup);
    socket.once('data', () => socket.end(stream));
  });
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it for ${HANG_MS / 1000} s`)), HANG_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
