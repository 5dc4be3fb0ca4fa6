/**
 * timetz as Postgres prints it: `12:34:56.789+02`, `24:00:00-03:30:15`.
 *
 * The wire form (PostgreSQL: timetz_send): Int64 microseconds since midnight, Int32 zone in seconds **west** of Greenwich. The text
 * has as many parts of the zone as it needs, and no trailing zeros of the fraction; no setting of the session changes it.
 */
import { impossibleValue, wrongLength } from './kernel.ts';
import { type TextForm, writePadded } from './text-arena.ts';

const DAY_MICROS = 86_400_000_000;
/** PostgreSQL: TZDISP_LIMIT. */
const ZONE_LIMIT_SECONDS = 16 * 3600;
/** `23:59:59.999999+15:59:59`. */
const MAX_BYTES = 24;

const COLON = 0x3a;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;

export const TIMETZ: TextForm = {
  room(_tile, q, length) {
    if (length !== 12) wrongLength('timetz', length, q);
    return MAX_BYTES;
  },
  write({ view }, q, _length, out, start) {
    const micros = view.getUint32(q + 4) * 2 ** 32 + view.getUint32(q + 8);
    const west = view.getInt32(q + 12);
    if (micros > DAY_MICROS || Math.abs(west) >= ZONE_LIMIT_SECONDS) impossibleValue('timetz', q);
    const seconds = Math.floor(micros / 1e6);
    let at = writePadded(out, start, Math.floor(seconds / 3600), 2);
    at = writePart(out, at, Math.floor(seconds / 60) % 60);
    at = writePart(out, at, seconds % 60);
    at = writeFraction(out, at, micros - seconds * 1e6);
    return writeZone(out, at, west);
  },
};

function writePart(out: Uint8Array, at: number, value: number): number {
  out[at] = COLON;
  return writePadded(out, at + 1, value, 2);
}

function writeFraction(out: Uint8Array, at: number, micros: number): number {
  if (micros === 0) return at;
  out[at] = POINT;
  let digits = 6;
  let rest = micros;
  for (; rest % 10 === 0; rest /= 10) digits--;
  return writePadded(out, at + 1, rest, digits);
}

function writeZone(out: Uint8Array, start: number, west: number): number {
  out[start] = west <= 0 ? PLUS : MINUS;
  const zone = Math.abs(west);
  let at = writePadded(out, start + 1, Math.floor(zone / 3600), 2);
  if (zone % 3600 !== 0) at = writePart(out, at, Math.floor(zone / 60) % 60);
  if (zone % 60 !== 0) at = writePart(out, at, zone % 60);
  return at;
}
