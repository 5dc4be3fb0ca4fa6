/**
 * The two delta encodings of byte arrays (Encodings.md), from PLAIN ones (length in 4 bytes, little-endian, then the bytes):
 *
 *     DELTA_LENGTH_BYTE_ARRAY   all lengths as DELTA_BINARY_PACKED, then all bytes
 *     DELTA_BYTE_ARRAY          how many bytes each value shares with the start of the one before it, as DELTA_BINARY_PACKED,
 *                               then what comes after them as DELTA_LENGTH_BYTE_ARRAY
 */
import { grownInts } from '../growth.ts';
import { maxDeltaBytes, writeDeltaSingles } from './delta-binary-packed.ts';

let lengths = new Int32Array(0);
let shared = new Int32Array(0);

/** PLAIN values: `count` of them at arena[start .. end). */
export interface PlainRun {
  readonly arena: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** Most bytes that the run takes in either encoding. */
export function maxDeltaByteArrayBytes({ start, end, count }: PlainRun): number {
  return 2 * maxDeltaBytes(count, 1) + end - start - 4 * count;
}

/** Writes the values at `at`; returns the position behind them. */
export function writeDeltaLengthByteArray(run: PlainRun, out: Uint8Array, at: number): number {
  const { arena, view, start, count } = run;
  lengths = grownInts(lengths, 0, count);
  for (let i = 0, q = start; i < count; i++) {
    lengths[i] = view.getInt32(q, true);
    q += 4 + lengths[i]!;
  }
  let p = writeDeltaSingles(lengths, 0, count, out, at);
  for (let i = 0, q = start + 4; i < count; i++) {
    const length = lengths[i]!;
    copyBytes(arena, q, q + length, out, p);
    p += length;
    q += length + 4;
  }
  return p;
}

/** Writes the values at `at`; returns the position behind them. */
export function writeDeltaByteArray(run: PlainRun, out: Uint8Array, at: number): number {
  const { arena, view, start, count } = run;
  lengths = grownInts(lengths, 0, count);
  shared = grownInts(shared, 0, count);
  let before = start;
  let beforeLength = 0;
  for (let i = 0, q = start; i < count; i++) {
    const length = view.getInt32(q, true);
    const same = sharedPrefix(arena, before, q + 4, Math.min(length, beforeLength));
    shared[i] = same;
    lengths[i] = length - same;
    before = q + 4;
    beforeLength = length;
    q += 4 + length;
  }
  let p = writeDeltaSingles(shared, 0, count, out, at);
  p = writeDeltaSingles(lengths, 0, count, out, p);
  for (let i = 0, q = start; i < count; i++) {
    const from = q + 4 + shared[i]!;
    const end = from + lengths[i]!;
    copyBytes(arena, from, end, out, p);
    p += end - from;
    q = end;
  }
  return p;
}

function sharedPrefix(arena: Uint8Array, a: number, b: number, most: number): number {
  let same = 0;
  while (same < most && arena[a + same] === arena[b + same]) same++;
  return same;
}

/** Short values are copied byte by byte: a call of `set` costs more than they do. */
const SHORT = 24;

function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > SHORT) {
    to.set(from.subarray(start, end), at);
    return;
  }
  for (let q = start, p = at; q < end; q++, p++) to[p] = from[q]!;
}
