import { expect, it } from 'vitest';
import { formatLogicalType } from '../../../src/core/logical-type.ts';
import { isDraculaError } from '../../../src/errors.ts';
import {
  columnType,
  isOpenNumeric,
  numericTypmod,
  type OpenNumericForm,
} from '../../../src/introspect/logical-types.ts';
import type { TypeFacts } from '../../../src/introspect/type-facts.ts';

const TYPES = new Map<number, TypeFacts>(
  (
    [
      [16, 'boolean', 'b'],
      [18, '"char"', 'b'],
      [25, 'text', 'b'],
      [114, 'json', 'b'],
      [1186, 'interval', 'b'],
      [1700, 'numeric', 'b'],
      [2249, 'record', 'p'],
      [3802, 'jsonb', 'b'],
      [1009, 'text[]', 'b', { elementOid: 25 }],
      [1231, 'numeric[]', 'b', { elementOid: 1700 }],
      [3807, 'jsonb[]', 'b', { elementOid: 3802 }],
      [1187, 'interval[]', 'b', { elementOid: 1186 }],
      [20001, 'public.mood', 'e'],
      [20002, 'public.mood[]', 'b', { elementOid: 20001 }],
      [20003, 'public.price', 'd', { baseOid: 1700, baseTypmod: (10 << 16) + 2 + 4 }],
      [20004, 'public.vat_price', 'd', { baseOid: 20003 }],
      [20005, 'public.vat_price[]', 'b', { elementOid: 20004 }],
      [20006, 'public.tags', 'd', { baseOid: 1009 }],
      [20007, 'public.tags[]', 'b', { elementOid: 20006 }],
      [20008, 'public.doc', 'd', { baseOid: 3802 }],
      [20009, 'public.doc[]', 'b', { elementOid: 20008 }],
      [20010, 'public.seg', 'b', { sends: false }],
      [20011, 'public.address', 'c'],
      [20012, 'public.amount', 'd', { baseOid: 1700 }],
      [20013, 'public.amount[]', 'b', { elementOid: 20012 }],
    ] as const
  ).map(([oid, name, typtype, more]) => [
    oid,
    { oid, name, typtype, baseOid: 0, baseTypmod: -1, elementOid: 0, sends: true, ...more },
  ]),
);

function typeOf(typeOid: number, typmod = -1, form: OpenNumericForm = 'text') {
  const { type, source } = columnType({ name: 'c', typeOid, typmod, pgType: '?' }, TYPES, form);
  return [formatLogicalType(type), source.readAs, source.typeOid, source.typmod, source.elementOid];
}

const typmod = (precision: number, scale: number) => ((precision << 16) | (scale & 0x7ff)) + 4;

it.each([
  ['bool', 16, -1, ['bool', 'binary', 16, -1, undefined]],
  ['"char"', 18, -1, ['text', 'text', 18, -1, undefined]],
  ['interval, with its typmod', 1186, 393215, ['text', 'text', 1186, 393215, undefined]],
  ['numeric(15,2)', 1700, typmod(15, 2), ['decimal(15,2)', 'binary', 1700, typmod(15, 2), undefined]],
  ['numeric(38,38)', 1700, typmod(38, 38), ['decimal(38,38)', 'binary', 1700, typmod(38, 38), undefined]],
  ['numeric(39,0)', 1700, typmod(39, 0), ['text', 'text', 1700, typmod(39, 0), undefined]],
  ['numeric(5,-2)', 1700, typmod(5, -2), ['text', 'text', 1700, typmod(5, -2), undefined]],
  ['numeric(2,3)', 1700, typmod(2, 3), ['text', 'text', 1700, typmod(2, 3), undefined]],
  ['numeric(10,2)[]', 1231, typmod(10, 2), ['list<decimal(10,2)>', 'binary', 1231, typmod(10, 2), 1700]],
  ['text[]', 1009, -1, ['list<text>', 'binary', 1009, -1, 25]],
  ['interval[]', 1187, -1, ['text', 'text', 1187, -1, undefined]],
  ['jsonb[]', 3807, -1, ['list<json>', 'binary', 3807, -1, 3802]],
  ['an enum', 20001, -1, ['text', 'binary', 20001, -1, undefined]],
  ['an array of an enum', 20002, -1, ['list<text>', 'binary', 20002, -1, 20001]],
  ['a domain', 20003, -1, ['decimal(10,2)', 'binary', 1700, typmod(10, 2), undefined]],
  ['a domain over a domain', 20004, -1, ['decimal(10,2)', 'binary', 1700, typmod(10, 2), undefined]],
  ['an array of a domain', 20005, -1, ['list<decimal(10,2)>', 'binary', 20005, -1, 20004]],
  ['a domain over an array', 20006, -1, ['list<text>', 'binary', 1009, -1, 25]],
  ['an array of a domain over an array', 20007, -1, ['text', 'text', 20007, -1, undefined]],
  ['a domain over jsonb', 20008, -1, ['json', 'binary', 3802, -1, undefined]],
  [
    'an array of a domain over jsonb, whose form the wire does not tell',
    20009,
    -1,
    ['text', 'text', 20009, -1, undefined],
  ],
  ['a type without a binary form', 20010, -1, ['text', 'text', 20010, -1, undefined]],
  ['a composite', 20011, -1, ['text', 'text', 20011, -1, undefined]],
])('types %s', (_, oid, mod, expected) => {
  expect(typeOf(oid, mod)).toEqual(expected);
});

it('gives a numeric without precision the form that was chosen for it, in arrays and domains too', () => {
  const form = { precision: 38, scale: 18 };
  expect(typeOf(1700, -1, form).slice(0, 2)).toEqual(['decimal(38,18)', 'binary']);
  expect(typeOf(1231, -1, form).slice(0, 2)).toEqual(['list<decimal(38,18)>', 'binary']);
  expect(typeOf(20013, -1, form).slice(0, 2)).toEqual(['list<decimal(38,18)>', 'binary']);
  expect(typeOf(1700, -1).slice(0, 2)).toEqual(['text', 'text']);
  expect(typeOf(1700, typmod(9, 1), form)[0]).toBe('decimal(9,1)');
  const open = [1700, 1231, 20012, 20013, 20003, 20005, 25].filter((typeOid) =>
    isOpenNumeric({ name: 'c', typeOid, typmod: -1, pgType: '?' }, TYPES),
  );
  expect(open).toEqual([1700, 1231, 20012, 20013]);
});

it('refuses a pseudo-type and names the column', () => {
  try {
    columnType({ name: 'pair', typeOid: 2249, typmod: -1, pgType: 'record' }, TYPES, 'text');
    expect.unreachable();
  } catch (e) {
    expect(isDraculaError(e, 'E_UNSUPPORTED_TYPE') && e.message).toContain('Column pair has the pseudo-type record');
  }
});

it('reads precision and scale from a typmod as the server packs them, negative scales of 15 and newer included', () => {
  expect(numericTypmod(983046)).toEqual({ precision: 15, scale: 2 });
  expect(numericTypmod(typmod(1000, 1000))).toEqual({ precision: 1000, scale: 1000 });
  expect(numericTypmod(typmod(3, -1000))).toEqual({ precision: 3, scale: -1000 });
});
