/**
 * A query's result as a table for a terminal: numbers right, long texts cut, control characters shown as escapes.
 *
 * Only the first rows are kept and shown, the others are counted; columns that do not fit into the width are left out and
 * named below. Widths are those of a terminal: East Asian wide characters and emoji take two columns, combining marks none.
 */
import type { Cell } from './cell.ts';
import type { QueryColumn, QueryResult } from './query-result.ts';
import { cellText } from './result-format.ts';

export interface TableLayout {
  /** Columns of the terminal; Infinity where there is none. */
  readonly width: number;
  /** Rows shown. Default 100. */
  readonly maxRows?: number;
}

const LONGEST_CELL = 60;
const GAP = '  ';

/** The table, line by line, each ended by a line feed. */
export async function* formatTable(result: QueryResult, layout: TableLayout): AsyncGenerator<string> {
  const { shown, total } = await collectRows(result, layout.maxRows ?? 100);
  const texts = shown.map((row) => row.map((cell) => (cell === null ? 'null' : shortText(cellText(cell)))));
  const headers = result.columns.map((column) => shortText(column.name));
  const widths = headers.map((header, i) => Math.max(textWidth(header), ...texts.map((row) => textWidth(row[i]!))));
  const columns = countFitting(widths, layout.width);
  const line = (cells: readonly string[]): string => layoutLine(cells.slice(0, columns), widths, result.columns);

  yield line(headers);
  yield line(widths.map((width) => '-'.repeat(width)));
  for (const row of texts) yield line(row);
  yield summary(total, shown.length);
  if (columns < headers.length) yield `(not shown: ${headers.slice(columns).join(', ')})\n`;
}

async function collectRows(
  result: QueryResult,
  maxRows: number,
): Promise<{ shown: (readonly Cell[])[]; total: number }> {
  const shown: (readonly Cell[])[] = [];
  let total = 0;
  for await (const rows of result.batches) {
    total += rows.length;
    if (shown.length < maxRows) shown.push(...rows.slice(0, maxRows - shown.length));
  }
  return { shown, total };
}

function layoutLine(cells: readonly string[], widths: readonly number[], columns: readonly QueryColumn[]): string {
  const padded = cells.map((cell, i) => {
    const space = ' '.repeat(widths[i]! - textWidth(cell));
    return columns[i]!.numeric ? space + cell : cell + space;
  });
  return `${padded.join(GAP).trimEnd()}\n`;
}

function summary(total: number, shown: number): string {
  const count = `${group(total)} ${total === 1 ? 'row' : 'rows'}`;
  return shown < total ? `… ${group(total - shown)} more (${count})\n` : `(${count})\n`;
}

/** How many columns fit; at least one is shown. */
function countFitting(widths: readonly number[], width: number): number {
  let used = 0;
  for (const [i, columnWidth] of widths.entries()) {
    used += columnWidth + (i === 0 ? 0 : GAP.length);
    if (used > width) return Math.max(1, i);
  }
  return widths.length;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Only the beginning of a long value is looked at: more of it than is shown, whatever its characters. */
function shortText(text: string): string {
  return clip(printable(text.slice(0, LONGEST_CELL * 16)));
}

/** Cut to the longest cell, an ellipsis included. */
function clip(text: string): string {
  if (text.length <= LONGEST_CELL / 2) return text;
  const kept: string[] = [];
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > LONGEST_CELL) return `${fitting(kept, LONGEST_CELL - 1).join('')}…`;
    kept.push(segment);
  }
  return text;
}

function fitting(segments: readonly string[], width: number): string[] {
  let used = 0;
  return segments.filter((segment) => {
    used += graphemeWidth(segment);
    return used <= width;
  });
}

function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(grapheme)) return 0;
  return /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(
    grapheme,
  )
    ? 2
    : 1;
}

/** What would move the cursor, recolour the terminal or turn its writing direction becomes an escape. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
