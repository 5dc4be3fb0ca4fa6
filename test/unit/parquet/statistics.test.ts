import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnsigned, cutBounds, exactBounds, mergeBounds, NO_BOUNDS } from '../../../src/parquet/statistics.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null) =>
  bytes === null ? null : new TextDecoder('utf-8', { fatal: true }).decode(bytes);

describe('bounds of long text', () => {
  it('are 64 bytes and exact for a text of 64 bytes', () => {
    const text = utf8('x'.repeat(64));
    expect(cutBounds(text, text, true)).toEqual({ min: text, max: text, minExact: true, maxExact: true });
  });

  it('are cut at a code point, and a maximum is raised at one', () => {
    const text = utf8(`${'x'.repeat(63)}ä`);
    const { min, max, minExact, maxExact } = cutBounds(text, text, true);
    expect([textOf(min), textOf(max)]).toEqual(['x'.repeat(63), `${'x'.repeat(62)}y`]);
    expect([minExact, maxExact]).toEqual([false, false]);
  });

  it.each([
    ['one byte to two', '\u007f', '\u0080'],
    ['two bytes to three', '\u07ff', '\u0800'],
    ['three bytes to four', '\uffff', '\u{10000}'],
    ['over the surrogates', '\ud7ff', '\ue000'],
  ])('raise a code point from %s', (_, last, next) => {
    const head = 'x'.repeat(64 - utf8(last).length);
    expect(textOf(cutBounds(utf8(`${head}${last}zz`), utf8(`${head}${last}zz`), true).max)).toBe(`${head}${next}`);
  });

  it('drop code points that cannot be raised', () => {
    const text = utf8(`ab${'\u{10ffff}'.repeat(30)}`);
    expect(textOf(cutBounds(text, text, true).max)).toBe('ac');
  });

  it('have no maximum when no code point can be raised', () => {
    const text = utf8('\u{10ffff}'.repeat(17));
    const { min, max } = cutBounds(text, text, true);
    expect(max).toBeNull();
    expect(textOf(min)).toBe('\u{10ffff}'.repeat(16));
  });

  it('are valid UTF-8 on the right side of any text', () => {
    const text = fc
      .array(
        fc.integer({ min: 0, max: 0x10ffff }).filter((p) => p < 0xd800 || p > 0xdfff),
        { minLength: 15, maxLength: 70 },
      )
      .map((points) => utf8(String.fromCodePoint(...points)));
    fc.assert(
      fc.property(text, (value) => {
        const { min, max } = cutBounds(value, value, true);
        expect(compareUnsigned(min!, value)).toBeLessThanOrEqual(0);
        textOf(min);
        textOf(max);
        if (max !== null) expect(compareUnsigned(max, value)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('bounds of long bytes', () => {
  it('are cut at 64 bytes, and a maximum is raised in its last byte below 255', () => {
    const value = Uint8Array.from([1, 2, ...new Uint8Array(90).fill(255)]);
    const { min, max } = cutBounds(value, value, false);
    expect(min).toEqual(value.slice(0, 64));
    expect(max).toEqual(Uint8Array.of(1, 3));
  });

  it('have no maximum when all bytes are 255', () => {
    const value = new Uint8Array(65).fill(255);
    expect(cutBounds(value, value, false)).toMatchObject({ max: null, maxExact: false });
  });
});

describe('bounds of a chunk', () => {
  const bounds = (min: number, max: number) => exactBounds(Uint8Array.of(min), Uint8Array.of(max));

  it('are the least and the greatest of its pages', () => {
    expect(mergeBounds([bounds(5, 6), bounds(2, 3), bounds(4, 9)], compareUnsigned)).toEqual(bounds(2, 9));
  });

  it('take over whether the bound that won is exact', () => {
    const cut = { ...bounds(1, 9), minExact: false, maxExact: false };
    expect(mergeBounds([bounds(5, 6), cut], compareUnsigned)).toEqual(cut);
    expect(mergeBounds([cut, bounds(0, 10)], compareUnsigned)).toEqual(bounds(0, 10));
  });

  it('are missing where one page lacks them, wherever it stands', () => {
    for (const pages of [
      [NO_BOUNDS, bounds(1, 2)],
      [bounds(1, 2), NO_BOUNDS],
      [bounds(1, 2), NO_BOUNDS, bounds(1, 2)],
    ]) {
      expect(mergeBounds(pages, compareUnsigned)).toMatchObject({ min: null, max: null });
    }
  });

  it('are missing where there is no value', () => {
    expect(mergeBounds([], compareUnsigned)).toMatchObject({ min: null, max: null });
  });
});
