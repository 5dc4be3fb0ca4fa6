/**
 * Encode only: rows shaped like lineitem, already decoded into column batches, to compressed Parquet in a sink that throws the
 * bytes away. One thread, no Postgres, no disk: what the writer itself costs, as a whole and column by column.
 *
 * `node bench/encode.ts [rows]` prints JSON. CPU time is that of the process (its compiler and collector threads too), after
 * a warm-up of one row group.
 */
import process from 'node:process';
import { type ColumnBatch, createVector, type Vector } from '../src/core/column-batch.ts';
import type { LogicalType } from '../src/core/logical-type.ts';
import type { TableSchema } from '../src/core/table-schema.ts';
import type { Codec } from '../src/parquet/compression.ts';
import { ParquetWriter } from '../test/support/parquet/parquet-writer.ts';

export interface EncodeTiming {
  readonly rows: number;
  /** Of the process, per row. */
  readonly cpuNsPerRow: number;
  /** Wall time of the fastest row group: what is left when other processes do not disturb. */
  readonly bestNsPerRow: number;
  readonly rowsPerCpuSecond: number;
  readonly bytesPerRow: number;
}

export interface EncodeResult extends EncodeTiming {
  readonly node: string;
  readonly compression: Codec;
  readonly compressionLevel: number | null;
  /** Each column in a file of its own. */
  readonly columns: Readonly<Record<string, EncodeTiming>>;
}

export interface EncodeBenchOptions {
  readonly rows?: number;
  readonly compression?: Codec;
  readonly compressionLevel?: number;
  readonly pageRows?: number;
}

const ROW_GROUP_ROWS = 131_072;
/** Different rows made; they are encoded over and over. */
const POOL_ROWS = 4 * ROW_GROUP_ROWS;
const BATCH_ROWS = 4096;
/** Room for a row's text and, between, what the numbers of the row take. */
const ROW_BYTES = 256;

type Random = () => number;

/** Numbers from 0 to 1, the same in every run. */
function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

const WORDS =
  'carefully final requests are quickly regular deposits furiously ironic packages sleep blithely after the slyly express';
const MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const INSTRUCTIONS = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const DAY_1992 = 8035;

interface BenchColumn {
  readonly type: LogicalType;
  readonly value: (row: number, random: Random) => number | string;
}

const money: LogicalType = { kind: 'decimal', precision: 15, scale: 2 };
const pick = (from: readonly string[], width: number) => (_: number, random: Random) =>
  from[Math.floor(random() * from.length)]!.padEnd(width);
const below =
  (limit: number, start = 0, factor = 1) =>
  (_: number, random: Random) =>
    start + Math.floor(random() * limit) * factor;

/** The columns of lineitem, with the distributions of its benchmark script. */
const COLUMNS: Readonly<Record<string, BenchColumn>> = {
  l_orderkey: { type: { kind: 'int64' }, value: (row) => Math.floor(row / 4) },
  l_partkey: { type: { kind: 'int64' }, value: below(200_000) },
  l_suppkey: { type: { kind: 'int64' }, value: below(10_000) },
  l_linenumber: { type: { kind: 'int32' }, value: (row) => row % 7 },
  l_quantity: { type: money, value: below(50, 100, 100) },
  l_extendedprice: { type: money, value: below(10_000_000, 90_000) },
  l_discount: { type: money, value: below(11) },
  l_tax: { type: money, value: below(9) },
  l_returnflag: { type: { kind: 'text' }, value: pick(['A', 'N', 'R'], 1) },
  l_linestatus: { type: { kind: 'text' }, value: pick(['O', 'F'], 1) },
  l_shipdate: { type: { kind: 'date' }, value: below(2500, DAY_1992) },
  l_commitdate: { type: { kind: 'date' }, value: below(2500, DAY_1992) },
  l_receiptdate: { type: { kind: 'date' }, value: below(2500, DAY_1992) },
  l_shipinstruct: { type: { kind: 'text' }, value: pick(INSTRUCTIONS, 25) },
  l_shipmode: { type: { kind: 'text' }, value: pick(MODES, 10) },
  l_comment: { type: { kind: 'text' }, value: comment },
};

function comment(_: number, random: Random): string {
  const start = Math.floor(random() * 40);
  return WORDS.substring(start, start + 10 + Math.floor(random() * 33));
}

function schemaOfColumns(names: readonly string[]): TableSchema {
  const source = { pgType: '', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' } } as const;
  return { columns: names.map((name, i) => ({ name, type: COLUMNS[name]!.type, fieldId: i + 1, source })) };
}

/** Rows `from` on of every column; the text of a row stands together, as on the wire. */
function makeBatch(from: number, rows: number, random: Random): ColumnBatch {
  const columns = Object.values(COLUMNS);
  const vectors = columns.map(({ type }) => createVector(type, rows));
  const bytes = Buffer.alloc(rows * ROW_BYTES);
  let p = 0;
  for (let i = 0; i < rows; i++) {
    p += 64;
    for (let c = 0; c < columns.length; c++) p = put(vectors[c]!, i, columns[c]!.value(from + i, random), bytes, p);
  }
  for (const vector of vectors) if (vector.storage === 'binary') vector.bytes = bytes;
  return { rows, columns: vectors };
}

function put(vector: Vector, i: number, value: number | string, bytes: Buffer, at: number): number {
  if (vector.storage === 'int32') vector.values[i] = value as number;
  else if (vector.storage === 'int64')
    vector.values.set([value as number, Math.floor((value as number) / 2 ** 32)], 2 * i);
  else if (vector.storage === 'binary') {
    vector.starts[i] = at + 4;
    vector.lengths[i] = bytes.write(value as string, at + 4, 'latin1');
    return at + 4 + vector.lengths[i]!;
  }
  return at;
}

function makePool(): ColumnBatch[] {
  const random = seededRandom(1);
  const batches: ColumnBatch[] = [];
  for (let from = 0; from < POOL_ROWS; from += BATCH_ROWS) batches.push(makeBatch(from, BATCH_ROWS, random));
  return batches;
}

function projected(pool: readonly ColumnBatch[], names: readonly string[]): ColumnBatch[] {
  const indexes = names.map((name) => Object.keys(COLUMNS).indexOf(name));
  return pool.map((batch) => ({ rows: batch.rows, columns: indexes.map((i) => batch.columns[i]!) }));
}

function encode(
  pool: readonly ColumnBatch[],
  names: readonly string[],
  rows: number,
  options: EncodeBenchOptions,
): EncodeTiming {
  const batches = projected(pool, names);
  let end = 0;
  const sink = {
    reserve: (bytes: number) => {
      end += bytes;
      return end - bytes;
    },
    write: () => {},
  };
  const { compression = 'zstd', compressionLevel, pageRows = 32_768 } = options;
  const level = compressionLevel === undefined ? {} : { compressionLevel };
  const limits = { rowGroupRows: ROW_GROUP_ROWS, rowGroupBytes: 1 << 26, pageRows, pageBytes: 1 << 20 };
  const writer = new ParquetWriter(schemaOfColumns(names), { compression, ...level, ...limits }, sink);
  const appendRowGroup = (group: number) => {
    const spent = { cpuNs: 0, wallNs: 0 };
    const first = (group * ROW_GROUP_ROWS) / BATCH_ROWS;
    for (let i = 0; i < ROW_GROUP_ROWS / BATCH_ROWS; i++)
      timed(spent, writer, warm(batches[(first + i) % batches.length]!));
    return spent;
  };
  appendRowGroup(0);
  const before = end;
  const groups = Array.from({ length: rows / ROW_GROUP_ROWS }, (_, group) => appendRowGroup(group + 1));
  const cpuNs = groups.reduce((sum, group) => sum + group.cpuNs, 0);
  const bestNs = Math.min(...groups.map((group) => group.wallNs));
  return {
    rows,
    cpuNsPerRow: round(cpuNs / rows),
    bestNsPerRow: round(bestNs / ROW_GROUP_ROWS),
    rowsPerCpuSecond: Math.round((rows * 1e9) / cpuNs),
    bytesPerRow: round((end - before) / rows),
  };
}

function timed(spent: { cpuNs: number; wallNs: number }, writer: ParquetWriter, batch: ColumnBatch): void {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  writer.append(batch);
  spent.wallNs += (performance.now() - wall) * 1e6;
  const { user, system } = process.cpuUsage(cpu);
  spent.cpuNs += (user + system) * 1000;
}

/** Where the text of a vector stands before it is put into the read buffer. */
const texts = new WeakMap<Vector, Uint8Array>();
const readBuffer = Buffer.alloc(BATCH_ROWS * ROW_BYTES);

/** Puts the text of a batch into one reused buffer, as the socket does: what a batch points to is in the cache. Not timed. */
function warm(batch: ColumnBatch): ColumnBatch {
  let text: Uint8Array | null = null;
  for (const vector of batch.columns) {
    if (vector.storage !== 'binary') continue;
    if (!texts.has(vector)) texts.set(vector, vector.bytes);
    vector.bytes = readBuffer;
    text = texts.get(vector)!;
  }
  if (text !== null) readBuffer.set(text);
  return batch;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Encodes `rows` rows (default 2,097,152, whole row groups), then each column by itself. */
export function benchEncode(options: EncodeBenchOptions = {}): EncodeResult {
  const rows = Math.ceil((options.rows ?? 16 * ROW_GROUP_ROWS) / ROW_GROUP_ROWS) * ROW_GROUP_ROWS;
  const pool = makePool();
  const names = Object.keys(COLUMNS);
  const all = encode(pool, names, rows, options);
  const columns = Object.fromEntries(names.map((name) => [name, encode(pool, [name], rows, options)]));
  const { compression = 'zstd', compressionLevel = null } = options;
  return { node: process.version, compression, compressionLevel, ...all, columns };
}

if (import.meta.main) {
  const rows = process.argv[2] === undefined ? {} : { rows: Number(process.argv[2]) };
  console.log(JSON.stringify(benchEncode(rows), null, 2));
}
