/**
 * Types made of other types, with values of them drawn at random: arrays, domains, composites, ranges and multiranges over anything,
 * null at every level, empty where a value can be. A value is an SQL expression of its type, so that the server makes it.
 */
import fc from 'fast-check';

export interface DrawnType {
  /** As SQL writes it, without an array's dimensions. */
  readonly type: string;
  /** What it is made of, for the reports of differences. */
  readonly what: string;
  /** Of an array: how many. */
  readonly dimensions: number;
  /** Has a default operator class for B-trees, so that ranges can be made of it. */
  readonly hasOrder: boolean;
  /** Never null; what it holds may be. */
  readonly value: fc.Arbitrary<string>;
  /** Statements that make the types, each after those that it needs. */
  readonly ddl: readonly string[];
}

/** Names of types: each builder of a schema counts its own. */
export type NewName = () => string;

const orNull = ({ value }: DrawnType): fc.Arbitrary<string> => fc.option(value, { freq: 4 }).map((v) => v ?? 'NULL');

/** How a column or an attribute of it is declared. */
export const declared = ({ type, dimensions }: DrawnType): string => type + '[]'.repeat(dimensions);

export function arrayOf(element: DrawnType, dimensions: number): DrawnType {
  const type = `${element.type}[]`;
  const size = fc.integer({ min: 1, max: dimensions === 1 ? 4 : 2 });
  const filled = fc
    .tuple(...Array.from({ length: dimensions }, () => size))
    .chain((sizes) => elementsOf(element, sizes))
    .map((array) => `${array}::${type}`);
  return {
    type: element.type,
    what: `${element.what}${'[]'.repeat(dimensions)}`,
    dimensions,
    hasOrder: element.hasOrder,
    value: fc.oneof({ arbitrary: filled, weight: 5 }, { arbitrary: fc.constant(`'{}'::${type}`), weight: 1 }),
    ddl: element.ddl,
  };
}

function elementsOf(element: DrawnType, [size, ...inner]: readonly number[]): fc.Arbitrary<string> {
  const one = inner.length === 0 ? orNull(element) : elementsOf(element, inner);
  return fc.array(one, { minLength: size!, maxLength: size! }).map((elements) => `ARRAY[${elements.join(', ')}]`);
}

export function domainOver(base: DrawnType, name: string): DrawnType {
  return {
    ...base,
    type: name,
    dimensions: 0,
    what: `domain(${base.what})`,
    value: base.value.map((value) => `(${value})::${name}`),
    ddl: [...base.ddl, `CREATE DOMAIN ${name} AS ${declared(base)}`],
  };
}

export function compositeOf(fields: readonly DrawnType[], name: string): DrawnType {
  const attributes = fields.map((field, f) => `"f ${f}" ${declared(field)}`);
  return {
    type: name,
    what: `(${fields.map(({ what }) => what).join(', ')})`,
    dimensions: 0,
    hasOrder: fields.every(({ hasOrder }) => hasOrder),
    value: fc.tuple(...fields.map(orNull)).map((values) => `ROW(${values.join(', ')})::${name}`),
    ddl: [...fields.flatMap(({ ddl }) => ddl), `CREATE TYPE ${name} AS (${attributes.join(', ')})`],
  };
}

/** Of a domain over the type, since a range's subtype has no modifiers. */
export function rangeOf(type: DrawnType, newName: NewName): DrawnType {
  const bound = domainOver(type, newName());
  const name = `${newName()}_range`;
  const ends = fc.tuple(bound.value, bound.value, fc.constantFrom('[)', '(]', '[]', '()'));
  const value = fc.oneof(
    { arbitrary: fc.constantFrom(`'empty'::${name}`, `'(,)'::${name}`), weight: 1 },
    {
      weight: 4,
      arbitrary: fc.tuple(ends, fc.integer({ min: 0, max: 5 })).map(([[a, b, flags], open]) => {
        const lower = open === 0 ? 'NULL' : `least(${a}, ${b})::${bound.type}`;
        const upper = open === 1 ? 'NULL' : `greatest(${a}, ${b})::${bound.type}`;
        return `${name}(${lower}, ${upper}, '${flags}')`;
      }),
    },
  );
  const what = `range(${type.what})`;
  const create = `CREATE TYPE ${name} AS RANGE (subtype = ${bound.type})`;
  return { type: name, what, dimensions: 0, hasOrder: true, value, ddl: [...bound.ddl, create] };
}

/** From 14 on the server makes one with each range. */
export function multirangeOf(range: DrawnType): DrawnType {
  const name = range.type.replace(/range$/, 'multirange');
  const value = fc.array(range.value, { maxLength: 4 }).map((ranges) => `${name}(${ranges.join(', ')})`);
  return { ...range, type: name, what: `multi${range.what}`, value };
}

export interface AnyType {
  readonly leaves: readonly DrawnType[];
  readonly newName: NewName;
  readonly hasMultiranges: boolean;
}

/** Some type of up to `depth` levels over this one. */
export function typeOver(over: DrawnType, depth: number, any: AnyType): fc.Arbitrary<DrawnType> {
  if (depth === 0) return fc.constant(over);
  return wrapped(over, any).chain((type) =>
    fc.integer({ min: 0, max: depth - 1 }).chain((more) => typeOver(type, more, any)),
  );
}

function wrapped(type: DrawnType, { leaves, newName, hasMultiranges }: AnyType): fc.Arbitrary<DrawnType> {
  // An array of arrays is one of more dimensions: one of lists needs a domain or a composite between.
  const element = type.dimensions === 0 ? type : domainOver(type, newName());
  const beside = fc.array(fc.constantFrom(...leaves), { maxLength: 2 });
  const composite = beside.chain((others) =>
    fc
      .integer({ min: 0, max: others.length })
      .map((at) => compositeOf([...others.slice(0, at), type, ...others.slice(at)], newName())),
  );
  const ways = [
    fc.integer({ min: 1, max: 3 }).map((dimensions) => arrayOf(element, dimensions)),
    composite,
    composite,
    fc.constant(null).map(() => domainOver(type, newName())),
  ];
  if (type.hasOrder) ways.push(fc.constant(null).map(() => rangeOf(type, newName)));
  if (type.hasOrder && hasMultiranges) ways.push(fc.constant(null).map(() => multirangeOf(rangeOf(type, newName))));
  return fc.oneof(...ways);
}
