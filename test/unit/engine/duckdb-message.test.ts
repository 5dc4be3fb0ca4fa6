import { expect, it } from 'vitest';
import { aboutBytes, shownMessage } from '../../../src/engine/duckdb-message.ts';

const HIDDEN = 'what DuckDB says of it may hold values and is not shown.';

it('shows what is said of names and syntax, whole', () => {
  const message =
    'Binder Error: Referenced column "nope" not found in FROM clause!\n\nLINE 1: SELECT nope\n               ^';
  expect(shownMessage(message, 'SELECT nope')).toBe(message);
});

it('shows of other classes their name, and the place in the SQL, which a value cannot counterfeit', () => {
  const place = '\n\nLINE 1: SELECT a::INTEGER\n                ^';
  const value = "Could not convert string 'x\n\nLINE 1: y' to INT32";
  const sql = 'WITH t AS (SELECT 1)\nSELECT a::INTEGER FROM t';
  expect(shownMessage(`Conversion Error: ${value}${place}`, sql)).toBe(`Conversion Error: ${HIDDEN}${place}`);
  const piece = '\n\nLINE 2: ...T a::INTEGER FR...\n                ^';
  expect(shownMessage(`Conversion Error: ${value}${piece}`, sql)).toBe(`Conversion Error: ${HIDDEN}${piece}`);
  expect(shownMessage('Conversion Error: x\n\nLINE 1: y\n        ^', sql)).toBe(`Conversion Error: ${HIDDEN}`);
  expect(shownMessage('Strange New Error: x', sql)).toBe(`Strange New Error: ${HIDDEN}`);
  expect(shownMessage('x', sql)).toBe(`Error: ${HIDDEN}`);
});

it('tells of bytes that are no text without them', () => {
  expect(
    aboutBytes('Invalid Input Error: Invalid string encoding found in Parquet file "a": value "x" is not valid UTF8!'),
  ).toBe('Invalid Input Error: Invalid string encoding found in Parquet file "a": a text is not valid UTF-8');
  expect(aboutBytes('IO Error: No files found!\nmore')).toBe('IO Error: No files found');
});
