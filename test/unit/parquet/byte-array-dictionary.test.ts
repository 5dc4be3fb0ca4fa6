import { expect, it } from 'vitest';
import { ByteArrayDictionary } from '../../../src/parquet/byte-array-dictionary.ts';

/** The codes of these texts, all encoded in one call. */
function encode(dictionary: ByteArrayDictionary, texts: readonly string[]): Uint16Array {
  const bytes = Buffer.from(texts.join(''), 'latin1');
  const lengths = Int32Array.from(texts, (text) => text.length);
  let end = 0;
  const starts = lengths.map((length) => {
    end += length;
    return end - length;
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const codes = new Uint16Array(texts.length);
  const row = dictionary.encode({ bytes, view, starts, lengths, validity: null }, 0, texts.length, codes, 0);
  expect(row).toBe(texts.length);
  return codes;
}

it('a value has one entry, also where short values made the table grow before a long one', () => {
  const short = Array.from({ length: 500 }, (_, i) => i.toString(36).padStart(2, '0'));
  for (let n = 0; n < 50; n++) {
    const texts = [...short, `a longer value ${n}`];
    const dictionary = new ByteArrayDictionary();
    const codes = encode(dictionary, [...texts, ...texts]);
    expect(dictionary.entries).toBe(texts.length);
    expect([...codes]).toEqual([...texts.keys(), ...texts.keys()]);
  }
});

it('values of one length that begin and end alike are told apart, however many share a guess', () => {
  const alike = Array.from({ length: 3000 }, (_, i) => `same head ${String(i).padStart(5, '0')} same tail`);
  const others = Array.from({ length: 3000 }, (_, i) => `${i} of another kind ${i}`);
  const texts = [...alike, ...others];
  const dictionary = new ByteArrayDictionary();
  for (let round = 0; round < 2; round++) {
    expect([...encode(dictionary, [...texts, ...texts])]).toEqual([...texts.keys(), ...texts.keys()]);
    expect(dictionary.entries).toBe(texts.length);
    dictionary.clear();
  }
});
