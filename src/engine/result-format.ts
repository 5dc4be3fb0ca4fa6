/**
 * A query's result as JSON or CSV, in pieces of text as the rows come.
 *
 * JSON: one array of objects, one row a line. An integer within ±(2^53 - 1) is a number, beyond it a text, since other readers
 * would round it; decimals, dates and times are texts; NaN and the infinities are texts (JSON has none).
 * CSV: RFC 4180 (CRLF, quotes where needed). Null is empty, an empty text is `""`; lists and structs are JSON.
 */
import type { Cell, StructCell } from './cell.ts';
import type { QueryResult } from './query-result.ts';

export async function* formatJson(result: QueryResult): AsyncGenerator<string> {
  const names = result.columns.map((column) => JSON.stringify(column.name));
  let separator = '[\n';
  for await (const rows of result.batches) {
    let piece = '';
    for (const row of rows) {
      piece += `${separator}{${row.map((cell, i) => `${names[i]}:${cellJson(cell)}`).join(',')}}`;
      separator = ',\n';
    }
    yield piece;
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

export async function* formatCsv(result: QueryResult): AsyncGenerator<string> {
  yield `${result.columns.map((column) => csvField(column.name)).join(',')}\r\n`;
  for await (const rows of result.batches) {
    yield rows
      .map((row) => `${row.map((cell) => (cell === null ? '' : csvField(cellText(cell)))).join(',')}\r\n`)
      .join('');
  }
}

/** A cell as a JSON text. */
export function cellJson(cell: Cell): string {
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return `"${cell}"`;
    return Object.is(cell, -0) ? '-0' : String(cell);
  }
  if (typeof cell === 'bigint') return `"${cell}"`;
  if (Array.isArray(cell)) return `[${cell.map(cellJson).join(',')}]`;
  if (isStruct(cell))
    return `{${cell.fields.map(([name, value]) => `${JSON.stringify(name)}:${cellJson(value)}`).join(',')}}`;
  return JSON.stringify(cell);
}

/** A cell as bare text; null is `null`. */
export function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell);
  return cellJson(cell);
}

function isStruct(cell: Cell): cell is StructCell {
  return typeof cell === 'object' && cell !== null && !Array.isArray(cell);
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
