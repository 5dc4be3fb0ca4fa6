import { expect, test } from 'vitest';
import { endsWithItsFields } from '../../../src/postgres/error-fields.ts';

const message = (content: string) =>
  Buffer.concat([Buffer.from('E\0\0\0\0', 'latin1'), Buffer.from(content, 'latin1')]);

test.each([
  ['an error', 'SERROR\0C42P01\0Mno such table\0\0', true],
  ['an empty field', 'S\0\0', true],
  ['no field', '\0', true],
  ['no field and no end', '', false],
  ['a field that does not end', 'SERROR\0C42P01', false],
  ['fields that do not end', 'SERROR\0C42P01\0', false],
  ['bytes behind the end', 'SERROR\0\0C42P01\0\0', false],
])('%s', (_, content, expected) => expect(endsWithItsFields(message(content))).toBe(expected));
