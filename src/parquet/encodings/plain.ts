/**
 * PLAIN values of fixed width from 32-bit words (little-endian, as the column batch holds them and as every platform of Node is):
 * INT32, INT64, FLOAT, DOUBLE and 16 bytes as they are, decimals of more than 18 digits as big-endian two's complement, uuid and time as
 * text behind its length in 4 bytes. Each function writes values from .. to) at `at`; `width` bytes each.
 */
export type WritePlain = (words: Int32Array, from: number, to: number, out: Uint8Array, at: number) => void;

/** Values of `wordsPerValue` words as they are. */
export function plainWords(wordsPerValue: 1 | 2 | 4): WritePlain {
  return (words, from, to, out, at) => {
    const start = words.byteOffset + from * wordsPerValue * 4;
    out.set(new Uint8Array(words.buffer, start, (to - from) * wordsPerValue * 4), at);
  };
}

/** The low `width` bytes of four-word values, most significant first. */
export function plainBigEndian(width: number): WritePlain {
  return (words, from, to, out, at) => {
    let p = at;
    for (let i = from; i < to; i++) {
      for (let byte = width - 1; byte >= 0; byte--) out[p++] = words[4 * i + (byte >> 2)]! >> ((byte & 3) * 8);
    }
  };
}

export const UUID_TEXT_BYTES = 36;
export const TIME_TEXT_BYTES = 15;

const DIGITS = '0123456789abcdef';
const HEX_HIGH = new Uint8Array(256).map((_, byte) => DIGITS.charCodeAt(byte >> 4));
const HEX_LOW = new Uint8Array(256).map((_, byte) => DIGITS.charCodeAt(byte & 15));
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const ZERO = 0x30;

function putTextLength(out: Uint8Array, at: number, length: number): void {
  out[at] = length;
  out[at + 1] = 0;
  out[at + 2] = 0;
  out[at + 3] = 0;
}

/** uuid: `8-4-4-4-12` lower-case hexadecimal digits. */
export const plainUuid: WritePlain = (words, from, to, out, at) => {
  const bytes = new Uint8Array(words.buffer, words.byteOffset);
  let p = at;
  for (let i = from; i < to; i++) {
    putTextLength(out, p, UUID_TEXT_BYTES);
    p += 4;
    const start = 16 * i;
    for (let j = 0; j < 16; j++) {
      const byte = bytes[start + j]!;
      out[p] = HEX_HIGH[byte]!;
      out[p + 1] = HEX_LOW[byte]!;
      p += 2;
      if (j === 3 || j === 5 || j === 7 || j === 9) out[p++] = DASH;
    }
  }
};

/** time: `HH:MM:SS.ffffff` from microseconds since midnight, 24:00:00.000000 at most. */
export const plainTime: WritePlain = (words, from, to, out, at) => {
  let p = at;
  for (let i = from; i < to; i++) {
    const micros = words[2 * i + 1]! * 0x1_0000_0000 + (words[2 * i]! >>> 0);
    const seconds = Math.floor(micros / 1_000_000);
    putTextLength(out, p, TIME_TEXT_BYTES);
    putTwoDigits(out, p + 4, (seconds / 3600) | 0);
    out[p + 6] = COLON;
    putTwoDigits(out, p + 7, ((seconds / 60) | 0) % 60);
    out[p + 9] = COLON;
    putTwoDigits(out, p + 10, seconds % 60);
    out[p + 12] = POINT;
    const fraction = micros - seconds * 1_000_000;
    putTwoDigits(out, p + 13, (fraction / 10_000) | 0);
    putTwoDigits(out, p + 15, ((fraction / 100) | 0) % 100);
    putTwoDigits(out, p + 17, fraction % 100);
    p += 4 + TIME_TEXT_BYTES;
  }
};

function putTwoDigits(out: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  out[at] = ZERO + tens;
  out[at + 1] = ZERO + value - tens * 10;
}
