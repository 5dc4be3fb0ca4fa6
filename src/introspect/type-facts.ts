/**
 * What `pg_type` says of the types that columns have, with the types they are made of: domains down to their base, arrays
 * to their elements, composites to their attributes, ranges to their bounds. One recursive query for all columns of all tables.
 */
import type { Client } from 'pg';

/** An attribute of a composite type; dropped ones are left out, as on the wire. */
export interface AttributeFacts {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  /** Declared dimensions (`attndims`), 0 for what is no array, or where none are known. */
  readonly dimensions: number;
  /** `format_type(typeOid, typmod)`, user types with their namespace. */
  readonly pgType: string;
  readonly comment: string | null;
}

export interface TypeFacts {
  readonly oid: number;
  /** `format_type`, qualified by its namespace unless that is pg_catalog. */
  readonly name: string;
  /** pg_type.typname, without its namespace. */
  readonly typname: string;
  /** The extension that it is a member of, which says what the name means wherever it was installed. */
  readonly extension: string | null;
  /** pg_type.typtype: base, composite, domain, enum, multirange, pseudo, range. */
  readonly typtype: 'b' | 'c' | 'd' | 'e' | 'm' | 'p' | 'r';
  /** Of a domain: the type that it restricts, else 0. */
  readonly baseOid: number;
  /** Of a domain: the typmod that it applies to its base type, else -1. */
  readonly baseTypmod: number;
  /** Of a domain over an array: its declared dimensions, else 0. */
  readonly baseDimensions: number;
  /** `format_type` of the type that a domain restricts, with the typmod; null of what is no domain. */
  readonly basePgType: string | null;
  /** Of a true array (the `typarray` of its element): the element's type, else 0. */
  readonly elementOid: number;
  /** Of a range the type of its bounds, of a multirange its range type, else 0. */
  readonly rangeOf: number;
  /** Of a composite: its attributes in order. */
  readonly attributes: readonly AttributeFacts[];
  /** Of an enum: its labels in their order. */
  readonly labels: readonly string[];
  /** True when the type has a binary output function. */
  readonly sends: boolean;
  /** True when a cast to text was defined for it, or one to text[] for its arrays, which may make other texts than its output function does. */
  readonly castsToText: boolean;
  /** True when a function was defined that casts it to json, which `to_json` calls for its values: not of domains, composites and arrays, at which it looks inside. */
  readonly castsToJson: boolean;
}

export type TypeTable = ReadonlyMap<number, TypeFacts>;

/** `to_jsonb` since `rngmultitypid` came with 14. */
const MULTIRANGE_OF = `pg_catalog.oidin(pg_catalog.textout(pg_catalog.to_jsonb(r) ->> 'rngmultitypid'))`;

const TYPES_QUERY = `
  WITH RECURSIVE used(oid) AS (
    SELECT pg_catalog.unnest($1::pg_catalog.oid[])
    UNION
    SELECT part.oid
    FROM used
    JOIN pg_catalog.pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
      VALUES (t.typbasetype), (t.typelem)
      UNION ALL
      SELECT a.atttypid FROM pg_catalog.pg_attribute a
      WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.typtype = 'r' AND r.rngtypid = t.oid
      UNION ALL
      SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE t.typtype = 'm' AND ${MULTIRANGE_OF} = t.oid
    ) AS part(oid)
    WHERE part.oid <> 0
  )
  SELECT t.oid,
         pg_catalog.format_type(t.oid, NULL) AS "name",
         t.typname::pg_catalog.text AS "typname",
         (SELECT x.extname::pg_catalog.text
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
          WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) AS "extension",
         t.typtype::pg_catalog.text AS "typtype",
         t.typbasetype AS "baseOid",
         t.typtypmod AS "baseTypmod",
         t.typndims AS "baseDimensions",
         CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS "basePgType",
         coalesce(e.oid, 0) AS "elementOid",
         coalesce(CASE t.typtype
           WHEN 'r' THEN (SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
           WHEN 'm' THEN (SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE ${MULTIRANGE_OF} = t.oid)
         END, 0) AS "rangeOf",
         coalesce(CASE WHEN t.typtype = 'c' THEN (
           SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
             'name', a.attname, 'typeOid', a.atttypid::pg_catalog.int8, 'typmod', a.atttypmod, 'dimensions', a.attndims,
             'pgType', pg_catalog.format_type(a.atttypid, a.atttypmod),
             'comment', pg_catalog.col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
         ) END, '[]') AS "attributes",
         CASE WHEN t.typtype = 'e' THEN ARRAY(
           SELECT l.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder
         ) ELSE '{}' END AS "labels",
         t.typsend::pg_catalog.oid <> 0 AS "sends",
         EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE k.castsource IN (t.oid, t.typarray) AND k.castmethod <> 'i' AND k.oid >= 16384
           AND k.casttarget IN ('pg_catalog.text'::pg_catalog.regtype, 'pg_catalog.text[]'::pg_catalog.regtype)) AS "castsToText",
         EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE k.castsource = t.oid AND k.castmethod = 'f'
           AND t.oid >= 16384 AND t.typtype NOT IN ('c', 'd') AND e.oid IS NULL
           AND k.casttarget = 'pg_catalog.json'::pg_catalog.regtype) AS "castsToJson"
  FROM used
  JOIN pg_catalog.pg_type t ON t.oid = used.oid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid`;

/** The facts of these types and of what they are made of, by OID. The caller's search_path decides how names are qualified. */
export async function readTypes(client: Client, oids: Iterable<number>): Promise<TypeTable> {
  const { rows } = await client.query<TypeFacts>(TYPES_QUERY, [[...new Set(oids)]]);
  return new Map(rows.map((row) => [row.oid, row]));
}
