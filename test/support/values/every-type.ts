/**
 * Tables with a column of every type that a server has, of pg_catalog, information_schema and its contrib extensions, and one of an
 * array of each: a row of nulls, then rows of values. A type without a value is an error, unless sample-values.ts says why there is
 * none.
 */
import type pg from 'pg';
import { FOUND, LITERALS, STATISTICS_SQL, WITHOUT_VALUES } from './sample-values.ts';
import { quoteLiteral } from './value-table.ts';

/** Those of contrib that bring types. */
const EXTENSIONS =
  'btree_gist citext cube dblink earthdistance hstore intarray isn lo ltree pg_buffercache pg_stat_statements pg_trgm seg tablefunc'.split(
    ' ',
  );

const OWN_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE DOMAIN amount AS numeric(12,3);
  CREATE TYPE address AS (street text, since timestamptz, weights float8[][], mood mood, worth amount);
  CREATE DOMAIN home AS address;
  CREATE TYPE person AS (home home, others address[], took interval, spans int4range[]);
  CREATE TYPE empty_row AS ();
  CREATE TYPE boxed AS (b box);
  CREATE TYPE amountrange AS RANGE (subtype = amount);`;

/** Rows with values; before them, row 0 is of nulls. */
const VALUE_ROWS = 3;
const COLUMN_TYPES = 100;
const VECTORS = new Set(['int2vector', 'oidvector']);

export interface TypeRow {
  readonly oid: number;
  /** As SQL writes it. */
  readonly name: string;
  readonly typname: string;
  readonly typtype: string;
  /** Names of the base types that it is made of; of a composite, how many attributes it has. */
  readonly leaves: readonly string[];
  readonly attributes: number;
  readonly hasArray: boolean;
  /** What it is made of: a domain's base type, a range's subtype, a multirange's range, the types of a composite's attributes. */
  readonly parts: readonly TypePart[];
  readonly labels: readonly string[];
}

interface TypePart {
  readonly oid: number;
  /** Declared; 0 also where an array's declaration says nothing. */
  readonly dimensions: number;
}

export interface EveryType {
  readonly types: readonly TypeRow[];
  /** Names of types that the server lets no column have. */
  readonly refused: readonly string[];
}

/** `to_jsonb` since rngmultitypid came with 14. */
const TYPES = `
  WITH RECURSIVE part(root, oid) AS (
    SELECT t.oid, t.oid FROM pg_type t
    UNION
    SELECT part.root, below.oid FROM part JOIN pg_type t ON t.oid = part.oid CROSS JOIN LATERAL (
      SELECT t.typbasetype AS oid UNION ALL SELECT e.oid FROM pg_type e WHERE e.typarray = t.oid
      UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
      UNION ALL SELECT r.rngsubtype FROM pg_range r
        WHERE t.oid IN (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)) below WHERE below.oid <> 0
  )
  SELECT t.oid, format_type(t.oid, NULL) AS name, t.typname::text, t.typtype::text, t.typarray <> 0 AS "hasArray",
         ARRAY(SELECT b.typname::text FROM part JOIN pg_type b ON b.oid = part.oid
               WHERE part.root = t.oid AND b.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = b.oid)) AS leaves,
         (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS attributes,
         (SELECT coalesce(json_agg(json_build_object('oid', p.oid::int8, 'dimensions', p.dimensions) ORDER BY p.place), '[]') FROM (
            SELECT t.typbasetype AS oid, t.typndims AS dimensions, 1 AS place WHERE t.typtype = 'd'
            UNION ALL SELECT rngsubtype, 0, 1 FROM pg_range WHERE rngtypid = t.oid
            UNION ALL SELECT rngtypid, 0, 1 FROM pg_range r WHERE (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
            UNION ALL SELECT atttypid, attndims, attnum FROM pg_attribute
              WHERE t.typtype = 'c' AND attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) p) AS parts,
         ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS labels,
         t.typarray AS "arrayOid"
  FROM pg_type t
  WHERE t.typtype IN ('b', 'c', 'd', 'e', 'm', 'r') AND t.typnamespace NOT IN ('pg_toast'::regnamespace, 'measured'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  ORDER BY t.oid`;

type Asked = TypeRow & { readonly arrayOid: number };

export const columnOfType = ({ oid }: TypeRow, isArray: boolean): string => `c${oid}${isArray ? '_array' : ''}`;

/** Makes and fills the tables `types_1`, `types_2` …, each with the column `id`. */
export async function createEveryType(client: pg.Client): Promise<EveryType> {
  await client.query(EXTENSIONS.map((name) => `CREATE EXTENSION ${name};`).join(''));
  await client.query(OWN_TYPES);
  await client.query(STATISTICS_SQL);
  const types = (await client.query<Asked>(TYPES)).rows;
  const samples = sampling(types);
  const refused: string[] = [];
  for (let from = 0; from < types.length; from += COLUMN_TYPES) {
    const table = `types_${from / COLUMN_TYPES + 1}`;
    await client.query(`CREATE TABLE ${table} (id int)`);
    const created: TypeRow[] = [];
    for (const row of types.slice(from, from + COLUMN_TYPES)) {
      const columns = kindsOf(row).map(
        (isArray) => `ADD ${columnOfType(row, isArray)} ${row.name}${isArray ? '[]' : ''}`,
      );
      await client.query(`ALTER TABLE ${table} ${columns.join(', ')}`).then(
        () => created.push(row),
        () => refused.push(row.name), // asked for by name in the test
      );
    }
    await fill(client, table, created, samples);
  }
  return { types, refused };
}

const kindsOf = (row: TypeRow): boolean[] => (row.hasArray ? [false, true] : [false]);

async function fill(client: pg.Client, table: string, types: readonly TypeRow[], samples: Sampling): Promise<void> {
  await client.query(`INSERT INTO ${table} (id) VALUES (0)`);
  const columns = types.flatMap((row) => kindsOf(row).map((isArray) => columnOfType(row, isArray)));
  for (let k = 0; k < VALUE_ROWS; k++) {
    const values = types.flatMap((row) =>
      kindsOf(row).map((isArray) => (isArray ? samples.array : samples.one)(row.oid, k)),
    );
    await client.query(`INSERT INTO ${table} (id, ${columns.join(', ')}) SELECT ${[k + 1, ...values].join(', ')}`);
  }
}

interface Sampling {
  /** SQL of the k-th value of a type that is no array. */
  readonly one: (oid: number, k: number) => string;
  /** SQL of the k-th array of the type. */
  readonly array: (oid: number, k: number) => string;
}

function sampling(types: readonly Asked[]): Sampling {
  const rows = new Map(types.map((row) => [row.oid, row]));
  const elements = new Map(types.map((row) => [row.arrayOid, row]));
  const constructed = (oid: number, k: number, dimensions: number): string =>
    dimensions === 0
      ? one(oid, k)
      : `ARRAY[${constructed(oid, k, dimensions - 1)}, ${dimensions === 1 ? 'NULL' : constructed(oid, k + 1, dimensions - 1)}]`;
  const array = (oid: number, k: number, dimensions = 1): string => {
    const { name } = rows.get(oid)!;
    // To ARRAY of old servers a vector is an array itself.
    if (VECTORS.has(name) && k < 2) return `'{"${LITERALS[name]![k]}",NULL}'::${name}[]`;
    return `${k === 2 ? `'{}'` : constructed(oid, k, dimensions)}::${name}[]`;
  };
  const part = ({ oid, dimensions }: TypePart, k: number): string => {
    const element = elements.get(oid);
    return element === undefined ? one(oid, k) : array(element.oid, k, Math.max(1, dimensions));
  };
  const one = (oid: number, k: number): string => {
    const row = rows.get(oid)!;
    const literals = LITERALS[row.name] ?? LITERALS[row.typname] ?? row.labels;
    if (literals.length > 0) return `${quoteLiteral(literals[Math.min(k, literals.length - 1)]!)}::${row.name}`;
    switch (row.typtype) {
      case 'c':
        return `ROW(${row.parts.map((each) => part(each, k)).join(', ')})::${row.name}`;
      case 'd':
        return `${part(row.parts[0]!, k)}::${row.name}`;
      case 'r':
        return k === 2 ? `'empty'::${row.name}` : `${row.name}(${part(row.parts[0]!, k)}, NULL, '[)')`;
      case 'm':
        return `${row.name}(${part(row.parts[0]!, k)})`;
      default:
        return baseValue(row);
    }
  };
  return { one, array };
}

function baseValue({ name, typname }: TypeRow): string {
  if (FOUND[typname] !== undefined) return `(${FOUND[typname]})`;
  if (WITHOUT_VALUES[typname] !== undefined) return `NULL::${name}`;
  throw new Error(`No value of the type ${name} is known: test/support/values/sample-values.ts`);
}
