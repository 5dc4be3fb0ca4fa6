import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainUtf8 } from '../../../../src/parquet/encodings/utf8-check.ts';

function plainOf(values: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeInt32LE(value.length);
      return [length, value];
    }),
  );
}

const check = (values: readonly Uint8Array[]) => isPlainUtf8(plainOf(values), 0, plainOf(values).length);
/** Text of these many bytes. */
const text = (bytes: number) => Buffer.alloc(bytes, 'x');

describe('isPlainUtf8', () => {
  it('says of any values what a check of each by itself says', () => {
    // Lengths whose bytes look like continuation bytes (128 to 191, 32,768 and so on) stand beside broken sequences.
    const length = fc.constantFrom(0, 1, 5, 127, 128, 130, 150, 191, 192, 200, 255, 256, 300, 32_896);
    const broken = fc.constantFrom([0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xa9], [0x82, 0xac], []);
    const value = fc
      .tuple(broken, length, broken)
      .map(([head, n, tail]) => Buffer.concat([Buffer.from(head), text(n), Buffer.from(tail)]));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (values) => {
        expect(check(values)).toBe(values.every((v) => isUtf8(v)));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not let a length complete the sequence that the value before it broke off', () => {
    // 0xc3 and then a length of 0xa9 (169) bytes would read as é.
    expect(isUtf8(plainOf([Buffer.from([0x61, 0xc3]), text(169)]))).toBe(true);
    expect(check([Buffer.from([0x61, 0xc3]), text(169)])).toBe(false);
    expect(check([text(169), Buffer.from([0x61, 0xc3])])).toBe(false);
  });

  it('accepts a long value whose length bytes are no UTF-8', () => {
    expect(check([text(3), text(200), text(3)])).toBe(true);
    expect(check([Buffer.from('ä'.repeat(100)), text(0), Buffer.from('😀'.repeat(9000))])).toBe(true);
  });

  it.each([
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_, bytes) => {
    expect(check([text(4), Buffer.from(bytes), text(4)])).toBe(false);
  });
});
