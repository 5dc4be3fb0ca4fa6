/**
 * Where kernels write the text of values that do not come as text: a buffer of the kernel's own, used anew for every tile, so that
 * a batch points into it for as long as the batch is valid. Here too: the digits of which such texts consist.
 *
 * A form says first how many bytes a value's text takes at most, from lengths that were checked against the message; that much
 * is reserved, then written without further checks. A few bytes of numeric can say a number of 147,456 digits: beyond
 * `MAX_ARENA_BYTES` in one tile the values are refused.
 */
import type { BinaryVector } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import { DraculaError } from '../../errors.ts';
import { type Kernel, markNull, type Tile } from './kernel.ts';

/** The longest text of one value that PostgreSQL itself makes: 1 GB. */
const MAX_ARENA_BYTES = 2 ** 30;
const FIRST_BYTES = 4096;
/** What an arena holds beyond what was asked for, at most. */
const MAX_SLACK_BYTES = 4 << 20;

export interface TextForm {
  /** Checks the length of the value at q, and says how many bytes its text takes at most. */
  room(tile: Tile, q: number, length: number): number;
  /** Writes the text at out[at …]; returns the position behind it. */
  write(tile: Tile, q: number, length: number, out: Uint8Array, at: number): number;
}

/** Kernel of a form whose values become text in an arena. */
export function textKernel(out: BinaryVector, { room, write }: TextForm): Kernel {
  let arena = new Uint8Array(0);
  const free = () => {
    freeBuffer(arena);
    arena = new Uint8Array(0);
  };
  return (tile, positions, base, rows) => {
    const { starts, lengths } = out;
    out.nulls = 0;
    let needed = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = tile.view.getInt32(q);
      if (length === -1) markNull(out, i);
      else needed += room(tile, q, length);
      if (needed > MAX_ARENA_BYTES) tooLarge(q);
    }
    // Here, and in the writer's copy.
    tile.memory.claim(2 * needed);
    if (needed > arena.length) {
      freeBuffer(arena);
      arena = arenaOf(arena, needed);
      tile.memory.onDelivered(free);
    }
    let used = 0;
    for (let i = 0; i < rows; i++) {
      const q = positions[base + i]!;
      const length = tile.view.getInt32(q);
      starts[i] = used;
      if (length !== -1) used = write(tile, q, length, arena, used);
      lengths[i] = used - starts[i]!;
    }
    out.bytes = arena;
  };
}

/**
 * This buffer, or a larger one: what was in it belongs to the tile before. It grows by half of what is needed, but a large value
 * does not double what is held.
 */
export function arenaOf(arena: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= arena.length) return arena;
  return new Uint8Array(needed + Math.min(Math.max(FIRST_BYTES, needed >> 1), MAX_SLACK_BYTES));
}

function tooLarge(position: number): never {
  throw new DraculaError(
    'E_VALUE_TOO_LARGE',
    'Values of one column take more than 1 GiB as text, in rows that came together; the rows of this chunk are dropped.',
    { byteOffset: position },
  );
}

const ZERO = 0x30;
const LOWER_A = 0x61 - 10;
const UPPER_A = 0x41 - 10;

/** A number from 0 to 2^32 - 1 without leading zeros. */
export function writeDecimal(out: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  return writePadded(out, at, value, digits);
}

/** The last `digits` decimal digits. */
export function writePadded(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let k = at + digits - 1; k >= at; k--) {
    const next = Math.floor(rest / 10);
    out[k] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + digits;
}

/** The last `digits` hexadecimal digits of a number from 0 to 2^32 - 1, in lower case. */
export function writeHex(out: Uint8Array, at: number, value: number, digits: number, letters = LOWER_A): number {
  let rest = value;
  for (let k = at + digits - 1; k >= at; k--) {
    const digit = rest & 15;
    out[k] = digit + (digit < 10 ? ZERO : letters);
    rest >>>= 4;
  }
  return at + digits;
}

/** In upper case, without leading zeros. */
export function writeUpperHex(out: Uint8Array, at: number, value: number): number {
  return writeHex(out, at, value, hexDigits(value), UPPER_A);
}

export function hexDigits(value: number): number {
  return value === 0 ? 1 : 8 - (Math.clz32(value) >> 2);
}
