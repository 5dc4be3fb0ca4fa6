/**
 * What a result prints of the value of `x`, an SQL expression that is repeated: by its type's output function, which `format` calls. A cast to text may
 * print otherwise: char(n) loses its padding, inet gets a mask, bool says `true`; and users may define one for their types. Null for a null.
 * Unlike IS NOT NULL, the condition is true for a composite of which a field is null.
 */
export function printedSql(x: string): string {
  return `CASE WHEN ${x} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ${x}) END`;
}
