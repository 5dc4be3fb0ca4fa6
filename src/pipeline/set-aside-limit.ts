/** How many rows of a table may be set aside: with more, nothing of it is published. */
import { formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import type { CopyOptions } from './copy-options.ts';
import type { TableCopy } from './table-copy.ts';

/** Throws E_QUARANTINE. A share is one of all rows that were read. */
export function checkSetAside(
  { plan, rows, aside }: Pick<TableCopy, 'plan' | 'rows' | 'aside'>,
  limit: CopyOptions['maxQuarantined'],
): void {
  if (limit === undefined || aside.rows === 0) return;
  const most = typeof limit === 'number' ? limit : ((rows + aside.rows) * Number(limit.slice(0, -1))) / 100;
  if (aside.rows <= most) return;
  const table = formatTable(plan.table);
  throw new DraculaError(
    'E_QUARANTINE',
    `${aside.rows} of ${rows + aside.rows} rows of ${table} hold a value that the type of its column cannot; at most ${limit} may be set aside (\`maxQuarantined\`). Nothing of this table is published.`,
    { table },
  );
}
