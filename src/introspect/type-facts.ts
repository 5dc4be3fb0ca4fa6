/**
 * What `pg_type` says of the types that columns have, with the types they are made of: domains down to their base, arrays
 * down to their elements. One recursive query for all columns of all tables.
 */
import type { Client } from 'pg';

export interface TypeFacts {
  readonly oid: number;
  /** `format_type`, qualified by its namespace unless that is pg_catalog. */
  readonly name: string;
  /** pg_type.typtype: base, composite, domain, enum, multirange, pseudo, range. */
  readonly typtype: 'b' | 'c' | 'd' | 'e' | 'm' | 'p' | 'r';
  /** Of a domain: the type that it restricts, else 0. */
  readonly baseOid: number;
  /** Of a domain: the typmod that it applies to its base type, else -1. */
  readonly baseTypmod: number;
  /** Of a true array (the `typarray` of its element): the element's type, else 0. */
  readonly elementOid: number;
  /** True when the type has a binary output function. */
  readonly sends: boolean;
}

export type TypeTable = ReadonlyMap<number, TypeFacts>;

const TYPES_QUERY = `
  WITH RECURSIVE used(oid) AS (
    SELECT pg_catalog.unnest($1::pg_catalog.oid[])
    UNION
    SELECT part.oid
    FROM used
    JOIN pg_catalog.pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) AS part(oid)
    WHERE part.oid <> 0
  )
  SELECT t.oid,
         pg_catalog.format_type(t.oid, NULL) AS "name",
         t.typtype::pg_catalog.text AS "typtype",
         t.typbasetype AS "baseOid",
         t.typtypmod AS "baseTypmod",
         coalesce(e.oid, 0) AS "elementOid",
         t.typsend::pg_catalog.oid <> 0 AS "sends"
  FROM used
  JOIN pg_catalog.pg_type t ON t.oid = used.oid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid`;

/** The facts of these types and of what they are made of, by OID. The caller's search_path decides how names are qualified. */
export async function readTypes(client: Client, oids: Iterable<number>): Promise<TypeTable> {
  const { rows } = await client.query<TypeFacts>(TYPES_QUERY, [[...new Set(oids)]]);
  return new Map(rows.map((row) => [row.oid, row]));
}
