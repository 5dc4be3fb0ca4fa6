/** Plain text tables: columns by width, two spaces between, no rules, no trailing blanks. Widths count code points. */

export interface TextTable {
  /** One letter a column: l = left, r = right. */
  readonly align: string;
  readonly header?: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A last row, apart by a line of dashes. */
  readonly footer?: readonly string[];
  /** Spaces before each line. Default 0. */
  readonly indent?: number;
}

/** The lines of the table, without line feeds. */
export function layoutTable(table: TextTable): string[] {
  const extra = [table.header, table.footer].filter((row) => row !== undefined);
  const widths = columnWidths([...extra, ...table.rows], table.align.length);
  const layout = (row: readonly string[]) => layoutRow(row, widths, table.align, table.indent ?? 0);
  const lines = table.rows.map(layout);
  if (table.header !== undefined) lines.unshift(layout(table.header));
  if (table.footer !== undefined) lines.push(layout(widths.map((width) => '-'.repeat(width))), layout(table.footer));
  return lines;
}

function columnWidths(rows: readonly (readonly string[])[], columns: number): number[] {
  return Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => textWidth(row[i] ?? ''))));
}

function layoutRow(row: readonly string[], widths: readonly number[], align: string, indent: number): string {
  const cells = widths.map((width, i) => {
    const cell = row[i] ?? '';
    const space = ' '.repeat(width - textWidth(cell));
    return align[i] === 'r' ? space + cell : cell + space;
  });
  return (' '.repeat(indent) + cells.join('  ')).trimEnd();
}

function textWidth(text: string): number {
  return [...text].length;
}
