import { expect, it } from 'vitest';
import { formatLogicalType, type LogicalType } from '../../../src/core/logical-type.ts';
import type { WireForm } from '../../../src/core/wire-form.ts';
import { isDraculaError } from '../../../src/errors.ts';
import { columnType, isOpenNumeric } from '../../../src/introspect/logical-types.ts';
import { numericTypmod, type OpenNumericForm, postgisSrid } from '../../../src/introspect/native-scalars.ts';
import type { TypeTable } from '../../../src/introspect/type-facts.ts';
import { attribute, type TypeRow, typeTable } from '../../support/type-facts.ts';

const typmod = (precision: number, scale: number) => ((precision << 16) | (scale & 0x7ff)) + 4;

const MOOD = 20001;
const PRICE = 20003;
const AMOUNT = 20012;
const DOC = 20008;
const ADDRESS = 20020;
const PERSON = 20022;

const TYPES = typeTable([
  [16, 'boolean', 'b'],
  [18, '"char"', 'b'],
  [23, 'integer', 'b'],
  [25, 'text', 'b'],
  [28, 'xid', 'b'],
  [29, 'cid', 'b'],
  [114, 'json', 'b'],
  [142, 'xml', 'b'],
  [600, 'point', 'b'],
  [603, 'box', 'b'],
  [650, 'cidr', 'b'],
  [774, 'macaddr8', 'b'],
  [790, 'money', 'b'],
  [829, 'macaddr', 'b'],
  [869, 'inet', 'b'],
  [1007, 'integer[]', 'b', { elementOid: 23 }],
  [1009, 'text[]', 'b', { elementOid: 25 }],
  [1020, 'box[]', 'b', { elementOid: 603 }],
  [1033, 'aclitem', 'b', { sends: false }],
  [1034, 'aclitem[]', 'b', { elementOid: 1033 }],
  [1186, 'interval', 'b'],
  [1187, 'interval[]', 'b', { elementOid: 1186 }],
  [1231, 'numeric[]', 'b', { elementOid: 1700 }],
  [1266, 'time with time zone', 'b'],
  [1560, 'bit', 'b'],
  [1562, 'bit varying', 'b'],
  [1700, 'numeric', 'b'],
  [2249, 'record', 'p'],
  [3220, 'pg_lsn', 'b'],
  [3614, 'tsvector', 'b'],
  [3615, 'tsquery', 'b'],
  [3802, 'jsonb', 'b'],
  [3807, 'jsonb[]', 'b', { elementOid: 3802 }],
  [3904, 'int4range', 'r', { rangeOf: 23 }],
  [3906, 'numrange', 'r', { rangeOf: 1700 }],
  [4072, 'jsonpath', 'b'],
  [4451, 'int4multirange', 'm', { rangeOf: 3904 }],
  [MOOD, 'public.mood', 'e', { labels: ['sad', 'ok'] }],
  [20002, 'public.mood[]', 'b', { elementOid: MOOD }],
  [PRICE, 'public.price', 'd', { baseOid: 1700, baseTypmod: typmod(10, 2) }],
  [20004, 'public.vat_price', 'd', { baseOid: PRICE }],
  [20005, 'public.vat_price[]', 'b', { elementOid: 20004 }],
  [20006, 'public.tags', 'd', { baseOid: 1009 }],
  [20007, 'public.tags[]', 'b', { elementOid: 20006 }],
  [DOC, 'public.doc', 'd', { baseOid: 3802 }],
  [20009, 'public.doc[]', 'b', { elementOid: DOC }],
  [20010, 'public.grid', 'd', { baseOid: 1007, baseDimensions: 2 }],
  [20011, 'public.odd', 'b'],
  [AMOUNT, 'public.amount', 'd', { baseOid: 1700 }],
  [20013, 'public.amount[]', 'b', { elementOid: AMOUNT }],
  [20014, 'public.amounts', 'd', { baseOid: 1231 }],
  [20015, 'public.amounts[]', 'b', { elementOid: 20014 }],
  [
    ADDRESS,
    'public.address',
    'c',
    {
      attributes: [
        attribute('street', 25),
        attribute('price', PRICE),
        attribute('open', 1700),
        attribute('fixed', 1700, { typmod: typmod(9, 1) }),
        attribute('grid', 1007, { dimensions: 2 }),
        attribute('mood', MOOD),
      ],
    },
  ],
  [20021, 'public.address[]', 'b', { elementOid: ADDRESS }],
  [PERSON, 'public.person', 'c', { attributes: [attribute('home', ADDRESS), attribute('others', 20021)] }],
  [20023, 'public.nothing', 'c'],
  [20024, 'public.boxed', 'c', { attributes: [attribute('inner', 20025)] }],
  [20025, 'public.box_holder', 'c', { attributes: [attribute('ok', 23), attribute('boxes', 1020)] }],
  [20026, 'public.boxed[]', 'b', { elementOid: 20024 }],
  [20027, 'public.cases', 'c', { attributes: [attribute('a', 23), attribute('A', 23)] }],
  [20028, 'public.home', 'd', { baseOid: ADDRESS }],
  [20029, 'public.home[]', 'b', { elementOid: 20028 }],
  [20030, 'public.pricerange', 'r', { rangeOf: PRICE }],
  [20031, 'public.boxrange', 'r', { rangeOf: 603 }],
  [20032, 'public.addressrange', 'r', { rangeOf: ADDRESS }],
  [20033, 'public.boxmultirange', 'm', { rangeOf: 20031 }],
  [20034, 'public.intervalrange', 'r', { rangeOf: 1186 }],
  [20040, 'public.hstore', 'b', { extension: 'hstore' }],
  [20041, 'other.citext', 'b', { extension: 'citext' }],
  [20042, 'public.ltree', 'b', { extension: 'ltree' }],
  [20043, 'public.geometry', 'b', { extension: 'postgis' }],
  [20044, 'public.geography', 'b', { extension: 'postgis' }],
  [20045, 'public.vector', 'b', { extension: 'vector' }],
  [20046, 'public.halfvec', 'b', { extension: 'vector' }],
  [20047, 'public.sparsevec', 'b', { extension: 'vector' }],
  [20048, 'public.geometry[]', 'b', { elementOid: 20043 }],
  [20049, 'public.hstore', 'b', { typname: 'hstore' }],
]);

interface How {
  readonly typmod?: number;
  readonly dimensions?: number;
  readonly openNumeric?: OpenNumericForm;
  readonly moneyScale?: number;
  readonly types?: TypeTable;
}

function typeOf(typeOid: number, how: How = {}) {
  const column = { name: 'c', typeOid, typmod: how.typmod ?? -1, dimensions: how.dimensions ?? 0, pgType: '?' };
  const context = { openNumeric: how.openNumeric ?? 'text', moneyScale: how.moneyScale ?? 2 } as const;
  return columnType(column, how.types ?? TYPES, context);
}

/** The wire form on a line: `composite(25 text, 1007 2×23 int4)`, `[]` where the column is not read as it is. */
function brief(wire: WireForm): string {
  switch (wire.form) {
    case 'array':
      return `${wire.dimensions}×${wire.elementOid} ${brief(wire.element)}`;
    case 'composite':
      return `composite(${wire.fields.map((field) => `${field.typeOid} ${brief(field.wire)}`).join(', ')})`;
    case 'range':
      return `range(${brief(wire.bound)})`;
    case 'multirange':
      return `multirange(${brief(wire.range)})`;
    default:
      return wire.form;
  }
}

function shortOf(typeOid: number, how: How = {}): [type: string, read: string] {
  const { type, source } = typeOf(typeOid, how);
  const cast = source.readAs === 'binary' ? '' : ` ::${source.readAs}`;
  return [formatLogicalType(type), `${brief(source.wire)}${cast}`];
}

const RANGE = (bound: string) =>
  `struct<lower ${bound}, upper ${bound}, lower_inclusive bool, upper_inclusive bool, empty bool>`;
const ADDRESS_TYPE =
  'struct<street text, price decimal(10,2), open text, fixed decimal(9,1), grid list<list<int32>>, mood text>';
const ADDRESS_WIRE = 'composite(25 text, 20003 numeric, 1700 numeric, 1700 numeric, 1007 2×23 int4, 20001 text)';

it.each<readonly [what: string, oid: number, how: How, type: string, read: string]>([
  ['bool', 16, {}, 'bool', 'bool'],
  ['"char"', 18, {}, 'text', 'text ::text'],
  ['xid', 28, {}, 'uint32', 'oid'],
  ['cid', 29, {}, 'uint32', 'oid'],
  ['xml', 142, {}, 'text', 'text'],
  ['point', 600, {}, 'struct<x float64, y float64>', 'point'],
  ['box', 603, {}, 'text', 'text ::text'],
  ['cidr', 650, {}, 'text', 'inet'],
  ['inet', 869, {}, 'text', 'inet'],
  ['macaddr', 829, {}, 'text', 'macaddr'],
  ['macaddr8', 774, {}, 'text', 'macaddr8'],
  ['money', 790, {}, 'decimal(19,2)', 'money'],
  ['money of a currency without cents', 790, { moneyScale: 0 }, 'decimal(19,0)', 'money'],
  ['interval', 1186, {}, 'struct<months int32, days int32, micros int64>', 'interval'],
  ['timetz', 1266, {}, 'text', 'timetz'],
  ['bit(3)', 1560, { typmod: 3 }, 'text', 'bit'],
  ['varbit', 1562, {}, 'text', 'bit'],
  ['pg_lsn', 3220, {}, 'text', 'pg_lsn'],
  ['tsvector', 3614, {}, 'text', 'tsvector'],
  ['tsquery', 3615, {}, 'text', 'text ::text'],
  ['json', 114, {}, 'json', 'json'],
  ['jsonb', 3802, {}, 'json', 'versioned text'],
  ['jsonpath', 4072, {}, 'text', 'versioned text'],
  ['numeric(15,2)', 1700, { typmod: typmod(15, 2) }, 'decimal(15,2)', 'numeric'],
  ['numeric(38,38)', 1700, { typmod: typmod(38, 38) }, 'decimal(38,38)', 'numeric'],
  ['numeric(39,0), whose digits the decoder prints', 1700, { typmod: typmod(39, 0) }, 'text', 'numeric'],
  ['numeric(5,-2)', 1700, { typmod: typmod(5, -2) }, 'text', 'numeric'],
  ['numeric(2,3)', 1700, { typmod: typmod(2, 3) }, 'text', 'numeric'],
  ['numeric(10,2)[]', 1231, { typmod: typmod(10, 2) }, 'list<decimal(10,2)>', '1×1700 numeric'],
  ['text[]', 1009, {}, 'list<text>', '1×25 text'],
  ['int[][]', 1007, { dimensions: 2 }, 'list<list<int32>>', '2×23 int4'],
  [
    'more dimensions than there can be',
    1007,
    { dimensions: 9 },
    `${'list<'.repeat(6)}int32${'>'.repeat(6)}`,
    '6×23 int4',
  ],
  ['interval[]', 1187, {}, 'list<struct<months int32, days int32, micros int64>>', '1×1186 interval'],
  ['jsonb[]', 3807, {}, 'list<json>', '1×3802 versioned text'],
  ['an array of a type without a native form', 1020, {}, 'list<text>', '1×25 text ::text[]'],
  ['… of two dimensions', 1020, { dimensions: 2 }, 'list<list<text>>', '2×25 text ::text[]'],
  ['a type without a binary form', 1033, {}, 'text', 'text ::text'],
  ['an array of a type without a binary form', 1034, {}, 'list<text>', '1×25 text ::text[]'],
  ['an enum', MOOD, {}, 'text', 'text'],
  ['an array of an enum', 20002, {}, 'list<text>', '1×20001 text'],
  ['a domain', PRICE, {}, 'decimal(10,2)', 'numeric'],
  ['a domain over a domain', 20004, {}, 'decimal(10,2)', 'numeric'],
  ['an array of a domain', 20005, {}, 'list<decimal(10,2)>', '1×20004 numeric'],
  ['a domain over an array', 20006, {}, 'list<text>', '1×25 text'],
  ['a domain over an array of two dimensions', 20010, {}, 'list<list<int32>>', '2×23 int4'],
  ['an array of a domain over an array', 20007, {}, 'list<list<text>>', '1×20006 1×25 text'],
  ['a domain over jsonb', DOC, {}, 'json', 'versioned text'],
  ['an array of a domain over jsonb', 20009, {}, 'list<json>', '1×20008 versioned text'],
  ['an unknown type', 20011, {}, 'text', 'text ::text'],
  ['a composite', ADDRESS, {}, ADDRESS_TYPE, ADDRESS_WIRE],
  ['an array of a composite', 20021, {}, `list<${ADDRESS_TYPE}>`, `1×20020 ${ADDRESS_WIRE}`],
  [
    'a composite of composites and their arrays',
    PERSON,
    {},
    `struct<home ${ADDRESS_TYPE}, others list<${ADDRESS_TYPE}>>`,
    `composite(20020 ${ADDRESS_WIRE}, 20021 1×20020 ${ADDRESS_WIRE})`,
  ],
  ['a domain over a composite', 20028, {}, ADDRESS_TYPE, ADDRESS_WIRE],
  ['an array of a domain over a composite', 20029, {}, `list<${ADDRESS_TYPE}>`, `1×20028 ${ADDRESS_WIRE}`],
  ['a composite without attributes', 20023, {}, 'text', 'text ::text'],
  ['a composite with something in it that has no native form', 20024, {}, 'text', 'text ::text'],
  ['an array of such', 20026, {}, 'list<text>', '1×25 text ::text[]'],
  ['a composite with names that differ in case only', 20027, {}, 'text', 'text ::text'],
  ['a range', 3904, {}, RANGE('int32'), 'range(int4)'],
  ['a range of open numerics', 3906, {}, RANGE('text'), 'range(numeric)'],
  ['a range over a domain', 20030, {}, RANGE('decimal(10,2)'), 'range(numeric)'],
  ['a range of intervals', 20034, {}, RANGE('struct<months int32, days int32, micros int64>'), 'range(interval)'],
  ['a range over a type without a native form', 20031, {}, 'text', 'text ::text'],
  ['a range over a composite', 20032, {}, 'text', 'text ::text'],
  ['a multirange', 4451, {}, `list<${RANGE('int32')}>`, 'multirange(range(int4))'],
  ['a multirange of a range without a native form', 20033, {}, 'text', 'text ::text'],
  ['hstore', 20040, {}, 'map<text, text>', 'hstore'],
  ['a type named hstore that the extension does not own', 20049, {}, 'text', 'text ::text'],
  ['citext in any namespace', 20041, {}, 'text', 'text'],
  ['ltree', 20042, {}, 'text', 'versioned text'],
  ['geometry without an SRID', 20043, {}, 'bytes', 'bytea'],
  ['geometry(Point, 3857)', 20043, { typmod: (3857 << 8) | 4 }, 'geometry(3857)', 'ewkb'],
  ['geography(Point, 4326)', 20044, { typmod: (4326 << 8) | 4 }, 'geography(4326)', 'ewkb'],
  ['an array of geometry', 20048, { typmod: (3857 << 8) | 4 }, 'list<geometry(3857)>', '1×20043 ewkb'],
  ['vector', 20045, { typmod: 3 }, 'list<float32>', 'vector'],
  ['halfvec', 20046, {}, 'list<float32>', 'halfvec'],
  ['sparsevec', 20047, {}, 'text', 'text ::text'],
])('types %s', (_, oid, how, type, read) => {
  expect(shortOf(oid, how)).toEqual([type, read]);
});

it('knows in which namespace the functions of PostGIS are', () => {
  expect(typeOf(20044, { typmod: (4326 << 8) | 4 }).source.wire).toEqual({ form: 'ewkb', namespace: 'public' });
});

it('describes a domain as its base type, an array as itself, with the typmod that applies', () => {
  const described = (oid: number) => {
    const { source } = typeOf(oid, { typmod: 7 });
    return [source.typeOid, source.typmod];
  };
  expect(described(20004)).toEqual([1700, typmod(10, 2)]);
  expect(described(20005)).toEqual([20005, 7]);
  expect(described(20006)).toEqual([1009, -1]);
  expect(described(20028)).toEqual([ADDRESS, -1]);
  expect(described(1186)).toEqual([1186, 7]);
});

it('gives a numeric without precision the form that was chosen for it: alone, in an array, under a domain, but in nothing else', () => {
  const openNumeric = { precision: 38, scale: 18 };
  const chosen = (oid: number, how: How = {}) => shortOf(oid, { openNumeric, ...how });
  expect(chosen(1700)).toEqual(['decimal(38,18)', 'numeric']);
  expect(chosen(1231)).toEqual(['list<decimal(38,18)>', '1×1700 numeric']);
  expect(chosen(1231, { dimensions: 2 })).toEqual(['list<list<decimal(38,18)>>', '2×1700 numeric']);
  expect(chosen(20013)).toEqual(['list<decimal(38,18)>', '1×20012 numeric']);
  expect(chosen(20015)).toEqual(['list<list<text>>', '1×20014 1×1700 numeric']);
  expect(chosen(ADDRESS)).toEqual([ADDRESS_TYPE, ADDRESS_WIRE]);
  expect(chosen(3906)).toEqual([RANGE('text'), 'range(numeric)']);
  expect(chosen(1700, { typmod: typmod(9, 1) })).toEqual(['decimal(9,1)', 'numeric']);
  expect(shortOf(1700)).toEqual(['text', 'text ::text']);
  expect(shortOf(1231)).toEqual(['list<text>', '1×1700 numeric']);
  const open = [1700, 1231, AMOUNT, 20013, 20014, PRICE, 20005, 20015, ADDRESS, 3906, 25].filter((typeOid) =>
    isOpenNumeric({ typeOid, typmod: -1, dimensions: 0 }, TYPES),
  );
  expect(open).toEqual([1700, 1231, AMOUNT, 20013, 20014]);
});

/** Composites 50000, 50001, … each with `width` attributes of the one before, the first of integers. */
function nested(levels: number, width: number): TypeTable {
  const rows = Array.from({ length: levels }, (_, level): TypeRow => {
    const of = level === 0 ? 23 : 50_000 + level - 1;
    const attributes = Array.from({ length: width }, (_, i) => attribute(`a${i}`, of));
    return [50_000 + level, `t${level}`, 'c', { attributes }];
  });
  return typeTable([[23, 'integer', 'b'], ...rows]);
}

it('reads as text what is nested too deep or has too many parts for a file', () => {
  const readAs = (levels: number, width: number) =>
    typeOf(50_000 + levels - 1, { types: nested(levels, width) }).source.readAs;
  expect(readAs(59, 1)).toBe('binary');
  expect(readAs(60, 1)).toBe('text');
  expect(readAs(1, 1600)).toBe('binary');
  expect(readAs(2, 44)).toBe('binary');
  expect(readAs(2, 45)).toBe('text');
  expect(readAs(40, 2)).toBe('text');
});

it('counts the parts of scalars and ranges among those of the column', () => {
  const count = (type: LogicalType): number =>
    type.kind === 'struct'
      ? 1 + type.fields.reduce((sum, field) => sum + count(field.type), 0)
      : type.kind === 'list'
        ? 1 + count(type.element)
        : type.kind === 'map'
          ? 2 + count(type.value)
          : 1;
  for (const [part, most] of [
    [1186, 499],
    [20034, 166],
    [20040, 666],
    [4451, 285],
  ] as const) {
    const typed = (width: number) => {
      const attributes = Array.from({ length: width }, (_, i) => attribute(`a${i}`, part));
      return typeOf(50_000, { types: new Map([...TYPES, ...typeTable([[50_000, 'wide', 'c', { attributes }]])]) });
    };
    expect(count(typed(most).type)).toBeLessThanOrEqual(2000);
    expect(typed(most).source.readAs).toBe('binary');
    expect(typed(most + 1).source.readAs).toBe('text');
  }
});

it('tells the labels of enums and the attributes of composites, through domains and arrays', () => {
  expect(typeOf(20002).source.labels).toEqual(['sad', 'ok']);
  expect(typeOf(25).source).not.toHaveProperty('labels');
  const { fields } = typeOf(20029).source;
  expect(fields?.map(({ name }) => name)).toEqual(['street', 'price', 'open', 'fixed', 'grid', 'mood']);
  expect(fields?.at(-1)).toEqual({ name: 'mood', pgType: '?', labels: ['sad', 'ok'] });
  expect(typeOf(PERSON).source.fields?.[1]?.fields).toHaveLength(6);
  expect(typeOf(20024).source.fields).toHaveLength(1);
});

it('refuses a pseudo-type and names the column', () => {
  try {
    typeOf(2249);
    expect.unreachable();
  } catch (e) {
    expect(isDraculaError(e, 'E_UNSUPPORTED_TYPE') && e.message).toContain('Column c has the pseudo-type');
  }
});

it('reads precision and scale from a typmod as the server packs them, negative scales of 15 and newer included', () => {
  expect(numericTypmod(983046)).toEqual({ precision: 15, scale: 2 });
  expect(numericTypmod(typmod(1000, 1000))).toEqual({ precision: 1000, scale: 1000 });
  expect(numericTypmod(typmod(3, -1000))).toEqual({ precision: 3, scale: -1000 });
});

it('reads the SRID from a typmod as PostGIS packs it', () => {
  expect(postgisSrid(-1)).toBeNull();
  expect(postgisSrid(1107460)).toBe(4326); // geometry(Point, 4326)
  expect(postgisSrid(4)).toBeNull(); // geometry(Point)
  expect(postgisSrid((999_999 << 8) | 28 | 3)).toBe(999_999);
});
