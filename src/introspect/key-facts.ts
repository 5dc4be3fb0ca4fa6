/**
 * Facts of primary keys, for `--chunk-by key`: where the server's statistics would cut a relation into equal parts.
 *
 * No table is read. A key is one column of an integer type, uuid, text or varchar, or a domain over these. Where a text key's
 * collation has another version in the operating system than when its indexes were built, the index's order and the
 * comparison's may differ, and a range read by index would miss rows: the plan refuses it.
 */
import type { Client } from 'pg';
import { isServerError } from '../postgres/server-error.ts';
import { describedColumnType } from './logical-types.ts';
import { probe } from './probe.ts';
import type { SourceTable } from './source-table.ts';

export interface KeyFacts {
  readonly column: string;
  /** Ascending values that cut the relation into about equal parts, as Postgres prints them; none where nothing is known. */
  readonly values: readonly string[];
  /** The statistics have values that do not ascend, or that this role cannot compare: they were left. */
  readonly isOutOfOrder?: boolean;
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
  // By OID: a table that is not partitioned is its own relation, and a partition may be selected beside its table.
  const keys = new Map<number, string>();
  for (const table of tables) {
    const column = table.columns.find(({ name }) => name === table.keyColumn);
    if (!column || !KEY_TYPE_OIDS.has(describedColumnType(column, table.types).oid)) continue;
    for (const { oid } of [table.root, ...table.relations]) keys.set(oid, column.name);
  }
  if (keys.size === 0) return new Map();
  const text = keyFactsQuery(serverVersionNum >= 150000 ? DATABASE_VERSION_15 : 'false');
  const { rows } = await probe(client, 'pg_catalog', () =>
    client.query<KeyRow>(text, [[...keys.keys()], [...keys.values()]]),
  );
  const read = rows.map(({ bounds, ...row }) => ({ ...row, values: bounds.filter(isWhole) }));
  const ascending = await textsThatAscend(client, read);
  return new Map(
    read.map(({ oid, values, collation, ...facts }) => {
      const ascend = collation === null ? valuesAscend(values) : ascending.has(oid);
      return [oid, { ...facts, values: ascend ? values : [], isOutOfOrder: !ascend }];
    }),
  );
}

type KeyRow = Omit<KeyFacts, 'values' | 'isOutOfOrder'> & {
  readonly oid: number;
  /** As texts, in the server's order. */
  readonly bounds: readonly string[];
  /** Of a text, quoted. */
  readonly collation: string | null;
};

/**
 * The relations whose bounds ascend: ranges whose bounds are out of order read rows twice. Statistics may come from another server (pg_upgrade and
 * pg_dump bring them from 18 on), whose collation of the same name has another order. None of a collation that this role may not name.
 */
async function textsThatAscend(
  client: Client,
  rows: readonly (Pick<KeyRow, 'oid' | 'collation'> & Pick<KeyFacts, 'values'>)[],
): Promise<ReadonlySet<number>> {
  const ascending = new Set(rows.filter(({ values }) => values.length < 2).map(({ oid }) => oid));
  const texts = rows.filter(({ oid, collation }) => collation !== null && !ascending.has(oid));
  for (const collation of new Set(texts.map((row) => row.collation!))) {
    const alike = texts.filter((row) => row.collation === collation);
    const found = await probe(client, 'pg_catalog', () =>
      client.query<{ readonly oid: number }>(ascendQuery(collation), [
        alike.flatMap(({ oid, values }) => values.map(() => oid)),
        alike.flatMap(({ values }) => values),
      ]),
    ).catch((error: unknown) => {
      if (isServerError(error) && NOT_COMPARABLE.includes(error.code)) return { rows: [] };
      throw error;
    });
    for (const { oid } of found.rows) ascending.add(oid);
  }
  return ascending;
}

/** No right on the collation's namespace; no such name, as it came; a collation that the operating system has no more, cannot open, or that this server was built without. */
const NOT_COMPARABLE: readonly string[] = ['42501', '42704', '3F000', '22023', '58P01', '0A000', 'XX000'];

const ascendQuery = (collation: string) => `
  SELECT x.oid FROM (
    SELECT b.oid, pg_catalog.lag(b.v) OVER (PARTITION BY b.oid ORDER BY b.n) < b.v COLLATE ${collation} AS ascends
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS b(oid, v, n)) x
  GROUP BY x.oid HAVING pg_catalog.bool_and(x.ascends)`;

/** Whole numbers, or uuids, which are ordered as their texts. */
function valuesAscend(values: readonly string[]): boolean {
  const areNumbers = values.every((value) => /^-?\d+$/.test(value));
  return values.every((value, i) => {
    const before = values[i - 1];
    if (before === undefined) return true;
    return areNumbers ? BigInt(before) < BigInt(value) : before < value;
  });
}
