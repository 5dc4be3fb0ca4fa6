/**
 * numeric as text, every digit as Postgres prints it: for columns that no decimal holds.
 *
 * The wire form is described in numeric.ts. The text has as many digits behind the point as the display scale says, zeros at
 * the end included; the specials are `NaN`, `Infinity`, `-Infinity`.
 */
import { impossibleValue, wrongLength } from './kernel.ts';
import { type TextForm, writeDecimal, writePadded } from './text-arena.ts';

const HEADER_BYTES = 8;
const NEGATIVE = 0x4000;
/** PostgreSQL: NUMERIC_DSCALE_MASK. */
const MAX_DISPLAY_SCALE = 0x3fff;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

const SPECIALS: ReadonlyMap<number, Uint8Array> = new Map(
  (
    [
      [0xc000, 'NaN'],
      [0xd000, 'Infinity'],
      [0xf000, '-Infinity'],
    ] as const
  ).map(([sign, text]) => [sign, Uint8Array.from(text, (character) => character.charCodeAt(0))]),
);
const LONGEST_SPECIAL = 9;

export const NUMERIC_TEXT: TextForm = {
  room({ view }, q, length) {
    if (length < HEADER_BYTES || length !== HEADER_BYTES + 2 * view.getUint16(q + 4)) wrongLength('numeric', length, q);
    const integerBytes = 4 * Math.max(1, view.getInt16(q + 6) + 1);
    return Math.max(LONGEST_SPECIAL, 2 + integerBytes + view.getUint16(q + 10));
  },
  write({ view }, q, _length, out, start) {
    const sign = view.getUint16(q + 8);
    const special = SPECIALS.get(sign);
    if (special !== undefined) {
      for (let k = 0; k < special.length; k++) out[start + k] = special[k]!;
      return start + special.length;
    }
    const displayScale = view.getUint16(q + 10);
    if ((sign !== 0 && sign !== NEGATIVE) || displayScale > MAX_DISPLAY_SCALE) impossibleValue('numeric', q);
    checkDigits(view, q, displayScale);
    let at = start;
    if (sign === NEGATIVE && !isZero(view, q)) out[at++] = MINUS;
    at = writeInteger(view, q, out, at);
    return displayScale === 0 ? at : writeFraction(view, q, displayScale, out, at);
  },
};

/** The wire digit of this weight: 10,000 to the power of `weight` counts so often. */
function digitAt(view: DataView, q: number, weight: number): number {
  const index = view.getInt16(q + 6) - weight;
  return index >= 0 && index < view.getUint16(q + 4) ? view.getUint16(q + 12 + 2 * index) : 0;
}

function isZero(view: DataView, q: number): boolean {
  const digits = view.getUint16(q + 4);
  for (let k = 0; k < digits; k++) if (view.getUint16(q + 12 + 2 * k) !== 0) return false;
  return true;
}

/** No server sends a digit of 10,000, or one behind what it would print: such would be lost without a word. */
function checkDigits(view: DataView, q: number, displayScale: number): void {
  const digits = view.getUint16(q + 4);
  const weight = view.getInt16(q + 6);
  for (let k = 0; k < digits; k++) {
    const digit = view.getUint16(q + 12 + 2 * k);
    const hidden = Math.min(4, (k - weight) * 4 - displayScale);
    if (digit > 9_999 || (hidden > 0 && digit % 10 ** hidden !== 0)) impossibleValue('numeric', q);
  }
}

function writeInteger(view: DataView, q: number, out: Uint8Array, start: number): number {
  let weight = view.getInt16(q + 6);
  while (weight > 0 && digitAt(view, q, weight) === 0) weight--;
  if (weight < 0) {
    out[start] = ZERO;
    return start + 1;
  }
  let at = writeDecimal(out, start, digitAt(view, q, weight));
  for (weight--; weight >= 0; weight--) at = writePadded(out, at, digitAt(view, q, weight), 4);
  return at;
}

function writeFraction(view: DataView, q: number, displayScale: number, out: Uint8Array, start: number): number {
  out[start] = POINT;
  let at = start + 1;
  let left = displayScale;
  for (let weight = -1; left > 0; weight--, left -= 4) {
    const digit = digitAt(view, q, weight);
    at = left >= 4 ? writePadded(out, at, digit, 4) : writePadded(out, at, Math.floor(digit / 10 ** (4 - left)), left);
  }
  return at;
}
