/** A type table as `readTypes` gives it, written short: each type with what is special about it. */
import type { AttributeFacts, TypeFacts, TypeTable } from '../../src/introspect/type-facts.ts';

export type TypeRow = readonly [oid: number, name: string, typtype: TypeFacts['typtype'], more?: Partial<TypeFacts>];

export function typeTable(rows: readonly TypeRow[]): TypeTable {
  return new Map(rows.map(([oid, name, typtype, more]) => [oid, typeFacts(oid, name, typtype, more)]));
}

function typeFacts(oid: number, name: string, typtype: TypeFacts['typtype'], more: Partial<TypeFacts> = {}): TypeFacts {
  return {
    oid,
    name,
    typname: name.replace(/^.*\./, ''),
    extension: null,
    typtype,
    baseOid: 0,
    baseTypmod: -1,
    basePgType: null,
    baseDimensions: 0,
    elementOid: 0,
    rangeOf: 0,
    attributes: [],
    labels: [],
    sends: true,
    castsToText: false,
    castsToJson: false,
    ...more,
  };
}

export function attribute(name: string, typeOid: number, more: Partial<AttributeFacts> = {}): AttributeFacts {
  return { name, typeOid, typmod: -1, dimensions: 0, pgType: '?', comment: null, ...more };
}
