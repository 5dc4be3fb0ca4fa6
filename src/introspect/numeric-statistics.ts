/**
 * Whether the server's own statistics of a numeric without precision fit decimal(38,18), without reading the table.
 *
 * Only a yes or no leaves the server. Looked at: the most common values and the histogram's bounds, which hold the sample's
 * least and greatest; of an array their elements. NaN and infinity fit no decimal. A column that was never analysed,
 * whose statistics this role may not see, or whose values are too wide for statistics, does not fit.
 */
import type { Client } from 'pg';

/** The decimal that a numeric without precision becomes where its statistics fit. */
export const OPEN_NUMERIC_DECIMAL = { precision: 38, scale: 18 } as const;

export interface NumericColumn {
  readonly relationOid: number;
  readonly name: string;
}

/** Of numbers, and of arrays of numbers as text, the numbers: without braces and lower bounds (`[0:1]={1,2}`). */
const ELEMENTS = `pg_catalog.translate(pg_catalog.regexp_replace(f.sample, '[[][^=]*=', '', 'g'), '{}', '')`;

/** Wider values are in no sample (analyze.c: WIDTH_THRESHOLD). Of a single value there is none either: it says nothing against. */
const SAMPLED_BYTES = 1024;

/**
 * OFFSET 0 keeps the planner from looking at what is sampled before it knows of which table it is: another one's column of the
 * same name may hold anything, and no number.
 */
const FITS = `
  SELECT f.oid, f.name
  FROM (
    SELECT w.oid, w.name, s.null_frac, s.avg_width,
           pg_catalog.concat_ws(',', pg_catalog.array_to_string(s.most_common_vals, ','), pg_catalog.array_to_string(s.histogram_bounds, ',')) AS sample
    FROM ROWS FROM (
      pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[])
    ) AS w(oid, name)
    JOIN pg_catalog.pg_class c ON c.oid = w.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_stats s
      ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = w.name AND NOT s.inherited
    OFFSET 0
  ) AS f
  WHERE (f.sample <> '' OR f.null_frac = 1 OR f.avg_width <= ${SAMPLED_BYTES}) AND NOT EXISTS (
    SELECT
    FROM pg_catalog.unnest(pg_catalog.string_to_array(${ELEMENTS}, ',', 'NULL')) AS sampled(value)
    CROSS JOIN LATERAL (VALUES (pg_catalog.numeric_in(pg_catalog.textout(nullif(sampled.value, '')), 0, -1))) AS number(value)
    WHERE (pg_catalog.scale(number.value) <= $3 AND pg_catalog.abs(number.value) < 10::pg_catalog.numeric ^ $4) IS NOT TRUE
      AND number.value IS NOT NULL)`;

/** Of these columns the ones that fit, as sets of names by relation OID. */
export async function readNumericFits(
  client: Client,
  columns: readonly NumericColumn[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const fits = new Map<number, Set<string>>();
  if (columns.length === 0) return fits;
  const { precision, scale } = OPEN_NUMERIC_DECIMAL;
  const { rows } = await client.query<{ oid: number; name: string }>(FITS, [
    columns.map((column) => column.relationOid),
    columns.map((column) => column.name),
    scale,
    precision - scale,
  ]);
  for (const { oid, name } of rows) fits.set(oid, (fits.get(oid) ?? new Set()).add(name));
  return fits;
}
