/**
 * Facts of primary keys, for `--chunk-by key`: where the server's statistics would cut a relation into equal parts.
 *
 * No table is read. A key is one column of an integer type, uuid, text or varchar, or a domain over these. Where a text key's
 * collation has another version in the operating system than when its indexes were built, the index's order and the
 * comparison's may differ, and a range read by index would miss rows: the plan refuses it.
 */
import type { Client } from 'pg';
import { describedColumnType } from './logical-types.ts';
import { probe } from './probe.ts';
import type { SourceTable } from './source-table.ts';

export interface KeyFacts {
  readonly column: string;
  /** Ascending values that cut the relation into about equal parts, as Postgres prints them; none where nothing is known. */
  readonly values: readonly string[];
  /** How well the key's order agrees with the physical order, -1 to 1; null where nothing is known. */
  readonly correlation: number | null;
  readonly collationMismatch: boolean;
}

/** int8, int2, int4, text, varchar, uuid. */
const KEY_TYPE_OIDS: ReadonlySet<number> = new Set([20, 21, 23, 25, 1043, 2950]);

/** pg_type.dat: text. */
const TEXT_OID = 25;

/** The database's own collation has a version since 15. */
const DATABASE_VERSION_15 = `
  SELECT d.datcollversion <> pg_catalog.pg_database_collation_actual_version(d.oid)
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

const keyFactsQuery = (databaseMismatch: string) => `
  SELECT w.oid, w.name AS "column", coalesce(pg_catalog.array_to_json(pg_catalog.array_in(pg_catalog.anyarray_out(s.histogram_bounds), ${TEXT_OID}, -1)), '[]') AS "bounds",
         s.correlation, CASE WHEN co.oid IS NOT NULL THEN pg_catalog.format('%I.%I', cn.nspname, co.collname) END AS "collation",
         coalesce(CASE WHEN co.collprovider = 'd' THEN (${databaseMismatch})
                       ELSE co.collversion <> pg_catalog.pg_collation_actual_version(co.oid) END, false) AS "collationMismatch"
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[])) AS w(oid, name)
  JOIN pg_catalog.pg_class c ON c.oid = w.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.name
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
  LEFT JOIN pg_catalog.pg_stats s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = w.name AND NOT s.inherited`;

/** False for a value of a SQL_ASCII database that did not come as it is there: as a bound it might be out of order. */
function isWhole(value: string): boolean {
  return !value.includes('\ufffd');
}

/** By relation OID; relations without such a key are left out. `client` is in a transaction. */
export async function readKeyFacts(
  client: Client,
  serverVersionNum: number,
  tables: readonly SourceTable[],
): Promise<ReadonlyMap<number, KeyFacts>> {
  const keys = tables.flatMap((table) => {
    const column = table.columns.find(({ name }) => name === table.keyColumn);
    if (!column || !KEY_TYPE_OIDS.has(describedColumnType(column, table.types).oid)) return [];
    return [table.root, ...table.relations].map(({ oid }) => ({ oid, name: column.name }));
  });
  if (keys.length === 0) return new Map();
  const text = keyFactsQuery(serverVersionNum >= 150000 ? DATABASE_VERSION_15 : 'false');
  return probe(client, 'pg_catalog', async () => {
    const { rows } = await client.query<KeyRow>(text, [keys.map(({ oid }) => oid), keys.map(({ name }) => name)]);
    const facts = new Map<number, KeyFacts>();
    for (const { oid, bounds, collation, ...others } of rows) {
      const values = bounds.filter(isWhole);
      const ascend = collation === null ? valuesAscend(values) : await textsAscend(client, values, collation);
      facts.set(oid, { ...others, values: ascend ? values : [] });
    }
    return facts;
  });
}

type KeyRow = Omit<KeyFacts, 'values'> & {
  readonly oid: number;
  /** As texts, in the server's order. */
  readonly bounds: readonly string[];
  /** Of a text, quoted. */
  readonly collation: string | null;
};

/**
 * Ranges whose bounds are out of order read rows twice. Statistics may come from another server (pg_upgrade and pg_dump bring them from 18 on),
 * whose collation of the same name has another order.
 */
async function textsAscend(client: Client, values: readonly string[], collation: string): Promise<boolean> {
  if (values.length < 2) return true;
  const { rows } = await client.query<{ readonly ascend: boolean }>(
    `SELECT pg_catalog.bool_and(x.ascends) AS ascend FROM (
       SELECT pg_catalog.lag(u.v) OVER (ORDER BY u.n) < u.v COLLATE ${collation} AS ascends
       FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS u(v, n)) x`,
    [values],
  );
  return rows[0]!.ascend;
}

/** Whole numbers, or uuids, which are ordered as their texts. */
function valuesAscend(values: readonly string[]): boolean {
  const areNumbers = values.every((value) => /^-?\d+$/.test(value));
  return values.every((value, i) => {
    const before = values[i - 1];
    if (before === undefined) return true;
    return areNumbers ? BigInt(before) < BigInt(value) : before < value;
  });
}
