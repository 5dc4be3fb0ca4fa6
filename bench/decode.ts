/**
 * Decode only: the wire bytes of a table's first rows, captured once, copied piece by piece into the buffer that a socket would fill, and
 * through the row decoder into column batches that nobody keeps. One thread, no socket, no writer; with the WebAssembly kernels, unless
 * DRACULA_KERNELS=javascript.
 */
import pg from 'pg';
import { kernelMemory } from '../src/core/kernel-memory.ts';
import { RowDecoder } from '../src/extract/wire/row-decoder.ts';
import { WireKernels } from '../src/extract/wire/wire-kernels.ts';
import { compiledKernels } from '../src/pipeline/compiled-kernels.ts';
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
const READ_BYTES = 128 * 1024;

export async function benchDecode(url: string, table: string, capturedRows: number): Promise<DecodeResult> {
  const { columns, wire, rows } = await capture(url, table, capturedRows);
  const memory = kernelMemory(compiledKernels());
  const wireKernels = memory === null ? null : new WireKernels(memory);
  const buffer = wireKernels?.buffer ?? Buffer.allocUnsafeSlow(512 * 1024);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let counted = 0;
  const decodeAll = () => {
    const decoder = new RowDecoder({
      columns,
      selectsCtid: false,
      wireKernels,
      onBatch: (batch) => {
        counted += batch.rows;
      },
      onAwkward: () => undefined,
    });
    // In pieces of a socket's reads, as in a run.
    for (let from = 0, left = 0; from < wire.length; ) {
      const piece = wire.subarray(from, from + READ_BYTES);
      buffer.set(piece, left);
      from += piece.length;
      const end = left + piece.length;
      const next = decoder.push(buffer, view, 0, end);
      buffer.copyWithin(0, next, end);
      left = end - next;
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
    searchPath: 'pg_catalog',
    read: { text, values: [] },
    readTypeOids: columns.map(({ source }) => source.typeOid),
    bare: text,
    mutableTypeOids: [],
    scope: 'itself',
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
