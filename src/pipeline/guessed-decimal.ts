/** A numeric without precision that the plan made a decimal, since the server's statistics fit one: a guess that a value can refute. */
import type { TablePlan } from '../core/copy-plan.ts';
import type { Column } from '../core/table-schema.ts';

const NUMERIC_OID = 1700;

export function isGuessedDecimal({ type, source }: Column): boolean {
  const value = type.kind === 'list' ? type.element : type;
  return value.kind === 'decimal' && source.typmod === -1 && (source.elementOid ?? source.typeOid) === NUMERIC_OID;
}

/** The same plan with this column read as text. */
export function withColumnAsText(plan: TablePlan, name: string): TablePlan {
  const columns = plan.schema.columns.map((column): Column => {
    if (column.name !== name) return column;
    return { ...column, type: { kind: 'text' }, source: { ...column.source, readAs: 'text' } };
  });
  return { ...plan, schema: { ...plan.schema, columns }, textColumns: [...plan.textColumns, name] };
}
