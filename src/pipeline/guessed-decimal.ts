/** A numeric without precision that the plan made a decimal, since the server's statistics fit one: a guess that a value can refute. */
import type { TablePlan } from '../core/copy-plan.ts';
import type { LogicalType } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import { OPEN_NUMERIC_DECIMAL } from '../introspect/numeric-statistics.ts';

const NUMERIC_OID = 1700;

/**
 * True for a column of the form that is chosen and whose described type says no precision. An array of a domain over
 * numeric(38,18) looks the same, and is then read as text rather than refused: nothing is lost.
 */
export function isGuessedDecimal({ type, source }: Column): boolean {
  const value = elementsOf(type);
  const { precision, scale } = OPEN_NUMERIC_DECIMAL;
  const wire = source.wire.form === 'array' ? source.wire.element : source.wire;
  return (
    wire.form === 'numeric' &&
    value.kind === 'decimal' &&
    value.precision === precision &&
    value.scale === scale &&
    source.typmod === -1
  );
}

/** True where it is the guess that the value refutes: as text its number would be held, its dimensions would not. */
export function refutesGuess(column: Column, reason: string | undefined): boolean {
  return reason !== 'array dimensions' && isGuessedDecimal(column);
}

/** True for a decimal that Postgres declares no precision for: what it is was chosen, by us or by the user. */
export function isOpenDecimal({ type, source }: Column): boolean {
  // The elements of a domain's array have a precision that the array's own typmod does not tell.
  if (source.wire.form === 'array')
    return elementsOf(type).kind === 'decimal' && source.wire.elementOid === NUMERIC_OID && source.typmod === -1;
  return type.kind === 'decimal' && source.wire.form === 'numeric' && source.typmod === -1;
}

/** The same plan with this column's numbers as text: printed by the server, or in an array by the decoder. */
export function withColumnAsText(plan: TablePlan, name: string): TablePlan {
  const columns = plan.schema.columns.map((column): Column => (column.name === name ? asText(column) : column));
  return { ...plan, schema: { ...plan.schema, columns }, textColumns: [...plan.textColumns, name] };
}

function asText(column: Column): Column {
  if (column.type.kind === 'list') return { ...column, type: withTextElements(column.type) };
  return { ...column, type: { kind: 'text' }, source: { ...column.source, readAs: 'text', wire: { form: 'text' } } };
}

/** What stands in lists, at any depth. */
function elementsOf(type: LogicalType): LogicalType {
  return type.kind === 'list' ? elementsOf(type.element) : type;
}

function withTextElements(type: LogicalType): LogicalType {
  return type.kind === 'list' ? { kind: 'list', element: withTextElements(type.element) } : { kind: 'text' };
}
