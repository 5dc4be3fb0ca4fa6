/**
 * Cuts the relations of a table into chunks: the unit of parallelism, of retry, and of how long a lock is held.
 *
 * - ctid ranges (14 and newer, a heap): blocks of about `chunkBytes` of data each (TOAST counted), fewer when there would be
 *   too few chunks to keep all connections busy; together they cover every block there is, and the last one is open-ended,
 *   since the relation may have grown by the time it is read.
 * - One chunk for the whole relation: small ones, servers before 14, whatever has no ctid, a `where` that an index serves.
 * - Key ranges only on request, between bounds that the server's statistics gave; the first and the last are open. A small
 *   relation without such a key is one chunk. A key is a primary key, so that there is no chunk of nulls.
 */
import type { Chunk, ChunkRange, RelationRead } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';

/** The primary key's column, and values that cut the relation into about equal parts: ascending, as Postgres prints them. */
export interface KeyBounds {
  readonly column: string;
  readonly values: readonly string[];
}

export interface ChunkOptions {
  readonly serverVersionNum: number;
  /** Forces a path; without it each relation is read the way that suits it. */
  readonly chunkBy?: 'ctid' | 'key' | 'relation';
  /** Reading connections that share the work. */
  readonly connections: number;
  /** Aim of one ctid chunk. Default 48 MB. */
  readonly chunkBytes?: number;
  /** True when there is a `where` that an index serves: ctid ranges would read the whole relation for it. */
  readonly whereIsIndexed?: boolean;
  /** By relation OID; needed for `chunkBy: 'key'`. */
  readonly keyBounds?: ReadonlyMap<number, KeyBounds>;
  /** The id of the first chunk; the others count on. */
  readonly firstId: number;
}

/** Tid Range Scan came with PostgreSQL 14. */
const FIRST_TID_RANGE_VERSION = 140000;
const DEFAULT_CHUNK_BYTES = 48 << 20;
/** Below this a chunk's fixed cost (a transaction, its checks) would show. */
const LEAST_CHUNK_BYTES = 8 << 20;
/** Chunks per connection that let the last ones end at about the same time. */
const CHUNKS_PER_CONNECTION = 4;

/**
 * The chunks of one table, large relations first; together they cover each relation exactly once.
 * E_CHUNK_BY where a forced path is impossible.
 */
export function planChunks(relations: readonly RelationRead[], options: ChunkOptions): Chunk[] {
  const chunks: Omit<Chunk, 'id'>[] = [];
  const largestFirst = relations
    .map((relation, index) => ({ relation, index }))
    .sort((a, b) => b.relation.bytes - a.relation.bytes || a.index - b.index);
  for (const { relation, index } of largestFirst) {
    for (const { range, share } of rangesOf(relation, options)) {
      chunks.push({
        relation: index,
        range,
        estimatedRows: Math.round(relation.estimatedRows * share),
        estimatedBytes: Math.round(relation.bytes * share),
      });
    }
  }
  return chunks.map((chunk, i) => ({ id: options.firstId + i, ...chunk }));
}

/** A range and the share of the relation that it is estimated to hold, from 0 to 1. */
interface Share {
  readonly range: ChunkRange;
  readonly share: number;
}

const WHOLE: readonly Share[] = [{ range: { kind: 'relation' }, share: 1 }];

function rangesOf(relation: RelationRead, options: ChunkOptions): readonly Share[] {
  const canReadRanges = relation.hasCtid && options.serverVersionNum >= FIRST_TID_RANGE_VERSION;
  switch (options.chunkBy) {
    case 'relation':
      return WHOLE;
    case 'ctid':
      if (!canReadRanges) throw noCtidRanges(relation, options);
      return ctidRanges(relation, options);
    case 'key':
      return keyRanges(relation, options.keyBounds?.get(relation.oid), options);
    default: {
      if (!canReadRanges || options.whereIsIndexed) return WHOLE;
      const ranges = ctidRanges(relation, options);
      return ranges.length > 1 ? ranges : WHOLE;
    }
  }
}

function chunkCount(relation: RelationRead, options: ChunkOptions): number {
  const aim = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
  const balanced = relation.bytes / (options.connections * CHUNKS_PER_CONNECTION);
  const chunkBytes = Math.max(Math.min(aim, LEAST_CHUNK_BYTES), Math.min(aim, balanced));
  return Math.max(1, Math.min(relation.blocks, Math.round(relation.bytes / chunkBytes)));
}

function ctidRanges(relation: RelationRead, options: ChunkOptions): Share[] {
  const count = chunkCount(relation, options);
  return Array.from({ length: count }, (_, i) => {
    const fromBlock = Math.floor((relation.blocks * i) / count);
    const toBlock = Math.floor((relation.blocks * (i + 1)) / count);
    const isLast = i === count - 1;
    return {
      range: { kind: 'ctid', fromBlock, toBlock: isLast ? null : toBlock },
      share: relation.blocks === 0 ? 1 : (toBlock - fromBlock) / relation.blocks,
    };
  });
}

function keyRanges(relation: RelationRead, bounds: KeyBounds | undefined, options: ChunkOptions): readonly Share[] {
  if (!bounds) {
    if (relation.bytes <= (options.chunkBytes ?? DEFAULT_CHUNK_BYTES)) return WHOLE;
    throw noKey(relation);
  }
  const values = spread(bounds.values, chunkCount(relation, options) - 1);
  if (values.length === 0) return WHOLE;
  return [null, ...values].map((from, i) => ({
    range: { kind: 'key', column: bounds.column, from, to: values[i] ?? null, nulls: false },
    share: 1 / (values.length + 1),
  }));
}

/** `count` of the values at most, evenly spread over their order. */
function spread(values: readonly string[], count: number): string[] {
  const distinct = [...new Set(values)];
  const step = distinct.length / (count + 1);
  return step <= 1 ? distinct : Array.from({ length: count }, (_, i) => distinct[Math.floor(step * (i + 1))]!);
}

function noCtidRanges(relation: RelationRead, options: ChunkOptions): DraculaError {
  const reason = relation.hasCtid
    ? `PostgreSQL ${Math.floor(options.serverVersionNum / 10000)} cannot scan a range of ctids (14 and newer can)`
    : `${formatTable(relation.name)} has no ctid that can be read`;
  return new DraculaError('E_CHUNK_BY', `\`chunkBy: ctid\` is impossible: ${reason}.`, {
    table: formatTable(relation.name),
  });
}

function noKey(relation: RelationRead): DraculaError {
  return new DraculaError(
    'E_CHUNK_BY',
    `\`chunkBy: key\` is impossible: ${formatTable(relation.name)} has no primary key of one integer, uuid or text column.`,
    { table: formatTable(relation.name) },
  );
}
