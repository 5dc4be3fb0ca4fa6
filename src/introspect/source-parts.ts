/**
 * What a column's type is made of. For the footer of its files: what a domain restricts, the labels of an enum, the attributes of a
 * composite. Domains, arrays and ranges are seen through. It says so whether the column has a native form or is read as text. For the reading: which composites.
 */
import type { SourceField, SourceParts } from '../core/table-schema.ts';
import type { TypeTable } from './type-facts.ts';

/** The composite types and enums that values of these columns are made of: what they are may change while their rows stay. */
export function mutableTypesIn(columns: readonly { readonly typeOid: number }[], types: TypeTable): readonly number[] {
  return typesIn(columns, types).filter((oid) => ['c', 'e'].includes(types.get(oid)!.typtype));
}

/** pg_type.dat: regproc, regprocedure, regoper, regoperator, regclass, regtype, regconfig, regdictionary, regcollation. */
const NAME_OIDS: readonly number[] = [24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4191];

/** Whether what the server prints of the column holds names that it writes with or without their namespace, as the search_path is. */
export function namesObjects(column: { readonly typeOid: number }, types: TypeTable): boolean {
  return typesIn([column], types).some((oid) => NAME_OIDS.includes(oid));
}

/** Whether `to_json` of the column calls a function of the user's, and so reads whatever that reads. */
export function castsToJson(column: { readonly typeOid: number }, types: TypeTable): boolean {
  return typesIn([column], types).some((oid) => types.get(oid)!.castsToJson);
}

/** pg_type.dat: json. */
const JSON_OID = 114;

/**
 * Whether the JSON that `to_json` makes of the column can have no text of another hand in it: neither a json, nor what a cast of the user's makes, also
 * one that is only made during the run.
 */
export function makesOwnJson(column: { readonly typeOid: number }, types: TypeTable): boolean {
  return typesIn([column], types).every((oid) => {
    const { typtype, elementOid } = types.get(oid)!;
    const isLookedInto = typtype === 'c' || typtype === 'd' || elementOid !== 0;
    return oid !== JSON_OID && (oid < FIRST_OWN_OID || isLookedInto);
  });
}

/** transam.h: FirstNormalObjectId. */
const FIRST_OWN_OID = 16_384;

/** OIDs of all types that values of these columns are made of, their own among them. */
function typesIn(columns: readonly { readonly typeOid: number }[], types: TypeTable): readonly number[] {
  const seen = new Set<number>();
  const visit = (oid: number): void => {
    const type = types.get(oid);
    if (type === undefined || seen.has(oid)) return;
    seen.add(oid);
    for (const part of [type.baseOid, type.elementOid, type.rangeOf]) visit(part);
    for (const { typeOid } of type.attributes) visit(typeOid);
  };
  for (const { typeOid } of columns) visit(typeOid);
  return [...seen];
}

/** Composites within composites are described down to here. */
const MAX_DEPTH = 16;
/** Of one column; beyond it only the upper ones are described. */
const MAX_FIELDS = 2000;

export function describeParts({ typeOid }: { readonly typeOid: number }, types: TypeTable): SourceParts {
  let described = 0;
  const partsOf = (oid: number, depth: number): SourceParts => {
    const type = types.get(oid);
    if (!type) return {};
    if (type.typtype === 'd') {
      const parts = partsOf(type.baseOid, depth);
      // Of a domain over another: what that one restricts. What elements restrict is not what a domain over their array does.
      const isOverDomain = types.get(type.baseOid)?.typtype === 'd';
      return isOverDomain || type.basePgType === null ? parts : { ...parts, basePgType: type.basePgType };
    }
    if (type.elementOid !== 0) return partsOf(type.elementOid, depth);
    // The attributes of bounds stand below `lower` and `upper`, which no path of the footer names.
    if (type.rangeOf !== 0) return { ...partsOf(type.rangeOf, depth), fields: [] };
    if (type.typtype === 'e') return { labels: type.labels };
    described += type.attributes.length;
    if (type.typtype !== 'c' || depth === MAX_DEPTH || described > MAX_FIELDS) return {};
    return {
      fields: type.attributes.map(
        ({ name, pgType, comment, typeOid }): SourceField => ({
          name,
          pgType,
          ...(comment === null ? {} : { comment }),
          ...partsOf(typeOid, depth + 1),
        }),
      ),
    };
  };
  return partsOf(typeOid, 1);
}
