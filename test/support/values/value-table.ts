/**
 * Tables of values: SQL that makes a table of one type, with the type itself, a domain over it, an array of it and an array of the domain,
 * filled with given extremes, with nulls, and with random values that the server makes of a seed.
 *
 * Rows: id 0 is null throughout, 1 … n the extremes, from 1001 the random ones, of which every seventh is null.
 */

export interface ValueType {
  /** Of the table in the schema `made`, and a part of column names. */
  readonly name: string;
  /** As SQL writes it. */
  readonly type: string;
  /** Literals, as text. */
  readonly extremes: readonly string[];
  /** SQL of a random value of row `i`, made of `rnd(i, n)`: any 64 bits, the same for the same seed, i and n. */
  readonly random?: string;
  /** False for what has no domains or arrays of its own here. Default: true. */
  readonly derived?: boolean;
}

export const RANDOM_ROWS = 60;

export function quoteLiteral(text: string): string {
  const escaped = text.replaceAll("'", "''").replaceAll('\\', '\\\\');
  return text.includes('\\') ? `E'${escaped}'` : `'${escaped}'`;
}

/** The functions that random values are made of; to be run before the tables are made. */
export function randomFunctions(seed: number): string {
  return `
CREATE FUNCTION rnd(i int, n int) RETURNS bigint IMMUTABLE LANGUAGE sql AS
  $$ SELECT ('x' || substr(md5('${seed}:' || i || ':' || n), 1, 16))::bit(64)::bigint $$;
CREATE FUNCTION rnd_text(i int, n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT string_agg(chr(CASE abs(rnd(i, k) % 6)
    WHEN 0 THEN 1 + abs(rnd(i, k + 1) % 126)
    WHEN 1 THEN 128 + abs(rnd(i, k + 1) % 1920)
    WHEN 2 THEN 2048 + abs(rnd(i, k + 1) % 53248)
    WHEN 3 THEN 57344 + abs(rnd(i, k + 1) % 8192)
    WHEN 4 THEN 65536 + abs(rnd(i, k + 1) % 1048576)
    ELSE 32 + abs(rnd(i, k + 1) % 95) END::int), '' ORDER BY k)
  FROM generate_series(n, n + 2 * abs(rnd(i, n) % 40)::int, 2) k $$;
CREATE FUNCTION rnd_digits(i int, n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE WHEN rnd(i, 0) < 0 THEN '-' ELSE '' END || substr(string_agg(translate(md5(i || '/' || k || '/' || rnd(i, k)), 'abcdef', '135790'), ''),
    1, 1 + abs(rnd(i, 99) % n)::int) FROM generate_series(1, n / 32 + 1) k $$;`;
}

/** Makes and fills the table `made.<name>`, with the columns id, v, d (the domain), a (the array) and da (the domain's array). */
export function valueTableSql({ name, type, extremes, random, derived = true }: ValueType): string {
  const table = `made.${name}`;
  const extremeRows = extremes.map((value, k) => `(${k + 1}, CAST(${quoteLiteral(value)} AS ${type}))`);
  const rows = [
    `SELECT 0 AS id, CAST(NULL AS ${type}) AS x`,
    ...(extremeRows.length === 0 ? [] : [`SELECT * FROM (VALUES ${extremeRows.join(', ')}) AS extremes(id, x)`]),
    ...(random === undefined
      ? []
      : [
          `SELECT 1000 + i, CASE WHEN i % 7 <> 3 THEN CAST(${random} AS ${type}) END FROM generate_series(1, ${RANDOM_ROWS}) i`,
        ]),
  ].join(' UNION ALL ');
  if (!derived) return `CREATE TABLE ${table} AS SELECT id, x AS v FROM (${rows}) AS made;`;
  const arrays = `CASE WHEN id = 0 THEN NULL WHEN id % 5 = 4 THEN '{}' WHEN id % 5 = 3 THEN ARRAY[x] ELSE ARRAY[x, NULL, x, x] END`;
  return `
CREATE DOMAIN d_${name} AS ${type};
CREATE TABLE ${table} (id int, v ${type}, d d_${name}, a ${type}[], da d_${name}[]);
INSERT INTO ${table} SELECT id, x, x, ${arrays}, ${arrays} FROM (${rows}) AS made;`;
}
