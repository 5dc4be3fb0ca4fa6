import { describe, expect, it } from 'vitest';
import { decodeColumn, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { dataRow, type Field, utf8 } from '../../../support/wire/server-bytes.ts';

const JSON_TYPE: WireColumn = { type: { kind: 'json' } };
const JSONB: WireColumn = { type: { kind: 'json' }, wire: { form: 'versioned text' } };

const streamOf = (...fields: Field[]) => Buffer.concat(fields.map((field) => dataRow([field])));
const jsonb = (text: string, version = 1) => Buffer.concat([Buffer.from([version]), utf8(text)]);

it.each(['text', 'bytes', 'json'] as const)('%s is the bytes as they came, empty and null told apart', (kind) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const large = Buffer.alloc(300_000, 'D\0');
  const got = decodeColumn({ type: { kind } }, streamOf(all, null, Buffer.alloc(0), large, null));
  expect(got).toEqual([all.toString('latin1'), null, '', large.toString('latin1'), null]);
});

describe('json and jsonb', () => {
  it('jsonb loses its version byte, json nothing', () => {
    expect(decodeColumn(JSONB, streamOf(jsonb('{"a": 1}'), null, jsonb('')))).toEqual(['{"a": 1}', null, '']);
    expect(decodeColumn(JSON_TYPE, streamOf(utf8(' {"a":1} '), null))).toEqual([' {"a":1} ', null]);
  });

  it.each<[string, Buffer]>([
    ['version 0', jsonb('{}', 0)],
    ['version 2', jsonb('{}', 2)],
    ['text without a version', utf8('{}')],
    ['no byte at all', Buffer.alloc(0)],
  ])('a jsonb of %s is an error with its offset', (_, bytes) => {
    expect(() => decodeColumn(JSONB, streamOf(jsonb('1'), bytes))).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: expect.objectContaining({ byteOffset: expect.any(Number) }) }),
    );
  });
});
