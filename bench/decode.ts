/**
 * Decode only: the wire bytes of a table's first rows, captured once, through the row decoder into column batches that nobody keeps. One
 * thread, no socket, no writer.
 */
import pg from 'pg';
import { RowDecoder } from '../src/extract/wire/row-decoder.ts';
import { planTables } from '../src/pipeline/copy.ts';
import { resolveConnection } from '../src/postgres/connection-config.ts';
import { ReaderConnection } from '../src/postgres/reader-connection.ts';

export interface DecodeResult {
  readonly rows: number;
  readonly bytes: number;
  readonly cpuNsPerRow: number;
  readonly rowsPerCpuSecond: number;
}

const REPEATS = 15;

export async function benchDecode(url: string, table: string, capturedRows: number): Promise<DecodeResult> {
  const { columns, wire, rows } = await capture(url, table, capturedRows);
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  let counted = 0;
  const decodeAll = () => {
    const decoder = new RowDecoder({
      columns,
      selectsCtid: false,
      onBatch: (batch) => {
        counted += batch.rows;
      },
      onAwkward: () => undefined,
    });
    // In pieces of a socket's reads, as in a run.
    for (let from = 0, end = 0; from < wire.length; ) {
      end = Math.min(wire.length, from + 256 * 1024);
      const next = decoder.push(wire, view, from, end);
      if (next === from) throw new Error(`nothing decodable at byte ${from} of ${wire.length}`);
      from = next;
    }
  };
  decodeAll();
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) decodeAll();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  if (counted !== rows * (REPEATS + 1))
    throw new Error(`${counted} rows were decoded instead of ${rows * (REPEATS + 1)}`);
  return {
    rows,
    bytes: wire.length,
    cpuNsPerRow: (seconds * 1e9) / (rows * REPEATS),
    rowsPerCpuSecond: (rows * REPEATS) / seconds,
  };
}

async function capture(url: string, table: string, capturedRows: number) {
  const plan = await planTables({ url, target: './unused/', tables: [table] });
  const { columns } = plan.tables[0]!.schema;
  const pieces: Uint8Array[] = [];
  let rows = 0;
  const reader = await ReaderConnection.open({
    connection: await resolveConnection({ url }),
    maxRowBytes: 2 ** 28,
    cutBytes: null,
  });
  const text = `SELECT ${columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')} FROM ${table} LIMIT ${capturedRows}`;
  const decoder = new RowDecoder({
    columns,
    selectsCtid: false,
    onBatch: (batch) => {
      rows += batch.rows;
    },
    onAwkward: () => undefined,
  });
  await reader.read({
    snapshotId: null,
    settings: [['jit', 'off']],
    read: { text, values: [] },
    readTypeOids: columns.map(({ source }) => source.typeOid),
    bare: text,
    compositeOids: [],
    expected: plan.tables[0]!.relations[0]!.expected,
    sliceRows: () => 20_000,
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
  await reader.close();
  return { columns, rows, wire: Buffer.concat(pieces) };
}

if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(await benchDecode(process.env['BENCH_URL']!, 'lineitem', 200_000), null, 2));
