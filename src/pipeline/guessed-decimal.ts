/** A numeric without precision that the plan made a decimal, since the server's statistics fit one: a guess that a value can refute. */
import type { TablePlan } from '../core/copy-plan.ts';
import type { Column } from '../core/table-schema.ts';
import { OPEN_NUMERIC_DECIMAL } from '../introspect/numeric-statistics.ts';

const NUMERIC_OID = 1700;

/**
 * True for a column of the form that is chosen and whose described type says no precision. An array of a domain over
 * numeric(38,18) looks the same, and is then read as text rather than refused: nothing is lost.
 */
export function isGuessedDecimal({ type, source }: Column): boolean {
  const value = type.kind === 'list' ? type.element : type;
  const { precision, scale } = OPEN_NUMERIC_DECIMAL;
  return value.kind === 'decimal' && value.precision === precision && value.scale === scale && source.typmod === -1;
}

/** True for a decimal that Postgres declares no precision for: what it is was chosen, by us or by the user. */
export function isOpenDecimal({ type, source }: Column): boolean {
  // The elements of a domain's array have a precision that the array's own typmod does not tell.
  if (type.kind === 'list') return type.element.kind === 'decimal' && source.elementOid === NUMERIC_OID;
  return type.kind === 'decimal' && source.typmod === -1;
}

/** The same plan with this column read as text. */
export function withColumnAsText(plan: TablePlan, name: string): TablePlan {
  const columns = plan.schema.columns.map((column): Column => {
    if (column.name !== name) return column;
    return { ...column, type: { kind: 'text' }, source: { ...column.source, readAs: 'text' } };
  });
  return { ...plan, schema: { ...plan.schema, columns }, textColumns: [...plan.textColumns, name] };
}
