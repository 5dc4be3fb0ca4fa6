/**
 * Values as the JVM's readers answer them, brought to what Postgres says of them, for `expectSameValues`.
 *
 * An answer is nested as the value is, with texts at the leaves: floats as the hex of their bits, bytes as hex, dates as days since
 * 1970-01-01, timestamps as microseconds since then or, with a colon, as `year-month-day hours:minutes:seconds`, where the year before 1
 * is 0.
 */
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import type { Cell } from '../../support/values/nested-values.ts';
import { dateText, timestampText } from '../calendar.ts';

export function cellsOfReader(rows: readonly Cell[][], columns: readonly Column[]): Cell[][] {
  return rows.map((row) => row.map((cell, c) => cellOfReader(cell, columns[c]!.type)));
}

function cellOfReader(cell: Cell, type: LogicalType): Cell {
  if (cell === null) return null;
  if (typeof cell === 'string') return leafText(cell, type);
  switch (type.kind) {
    case 'list':
      return cell.map((element) => cellOfReader(element, type.element));
    case 'struct':
      return cell.map((part, i) => cellOfReader(part, type.fields[i]!.type));
    case 'map': {
      const entries = (cell as readonly (readonly [string, Cell])[]).map(
        ([key, value]) => [key, cellOfReader(value, type.value)] as const,
      );
      return entries.sort(([a], [b]) => (a < b ? -1 : 1));
    }
    default:
      throw new Error(`parts of a ${type.kind}`);
  }
}

function leafText(text: string, type: LogicalType): string {
  if (type.kind === 'date') return dateText(Number(text));
  if (type.kind !== 'timestamp') return text;
  return text.includes(':') ? ofIsoTimestamp(text, type.utc) : timestampText(BigInt(text), type.utc);
}

/** Years as astronomers count them become those of Postgres. */
function ofIsoTimestamp(text: string, utc: boolean): string {
  const [, sign, year, rest] = /^([-+]?)(\d+)(-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)(?: UTC)?$/.exec(text)!;
  const y = sign === '-' ? -Number(year) : Number(year);
  const shown = String(y > 0 ? y : 1 - y).padStart(4, '0');
  const trimmed = rest!.includes('.') ? rest!.replace(/\.?0+$/, '') : rest!;
  return `${shown}${trimmed}${utc ? '+00' : ''}${y > 0 ? '' : ' BC'}`;
}
