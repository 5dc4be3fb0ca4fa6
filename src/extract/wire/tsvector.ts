/**
 * tsvector as Postgres prints it: `'a':1A,2 'it''s' 'back\\slash':16383`.
 *
 * The wire form (PostgreSQL: tsvectorsend): Int32 number of lexemes, then per lexeme its text and a zero byte, Int16 number of
 * positions, and these: two bits of weight (3 = A … 0 = D, which is not shown) and 14 of position. In the text every lexeme
 * is quoted, with quotes and backslashes doubled.
 */
import { wrongLength } from './kernel.ts';
import { type TextForm, writeDecimal } from './text-arena.ts';

const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Of a lexeme: the zero byte and the number of positions. */
const LEAST_LEXEME_BYTES = 3;
/** The character before `A`, whose weight is 3, counted downwards. */
const LETTER_OF_WEIGHT_0 = 0x44;

export const TSVECTOR: TextForm = {
  room({ view }, q, length) {
    const lexemes = length < 4 ? -1 : view.getInt32(q + 4);
    if (lexemes < 0 || lexemes * LEAST_LEXEME_BYTES > length - 4) wrongLength('tsvector', length, q);
    // Two bytes of a position become at most seven, `,16383A`; three of an empty lexeme as many; others at most double.
    return length * 4;
  },
  write({ bytes, view }, q, length, out, start) {
    const lexemes = view.getInt32(q + 4);
    const end = q + 4 + length;
    let from = q + 8;
    let at = start;
    for (let k = 0; k < lexemes; k++) {
      if (k > 0) out[at++] = SPACE;
      out[at++] = QUOTE;
      for (; from < end && bytes[from] !== 0; from++) {
        const byte = bytes[from]!;
        if (byte === QUOTE || byte === BACKSLASH) out[at++] = byte;
        out[at++] = byte;
      }
      out[at++] = QUOTE;
      if (from + LEAST_LEXEME_BYTES > end) wrongLength('tsvector', length, q);
      const positions = view.getUint16(from + 1);
      from += LEAST_LEXEME_BYTES;
      if (from + positions * 2 > end) wrongLength('tsvector', length, q);
      for (let p = 0; p < positions; p++, from += 2) {
        out[at++] = p === 0 ? COLON : COMMA;
        at = writePosition(out, at, view.getUint16(from));
      }
    }
    if (from !== end) wrongLength('tsvector', length, q);
    return at;
  },
};

function writePosition(out: Uint8Array, start: number, word: number): number {
  const weight = word >> 14;
  const at = writeDecimal(out, start, word & 0x3fff);
  if (weight === 0) return at;
  out[at] = LETTER_OF_WEIGHT_0 - weight;
  return at + 1;
}
