/**
 * Names in a SQL_ASCII database, which may be any bytes. The catalogs are read as UTF-8, with U+FFFD for what is not: such a name
 * cannot be given back to the server, nor be one in the lake. What is only told (comments, labels, names of types) stays as it came.
 */
import { formatName, formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import type { ServerInfo } from '../introspect/server.ts';
import type { SourceColumnFacts, SourceTable } from '../introspect/source-table.ts';

/** True where the name is not what the server has. */
export function isBroken({ encoding }: Pick<ServerInfo, 'encoding'>, name: string): boolean {
  return encoding === 'SQL_ASCII' && name.includes('\ufffd');
}

/** Throws E_ENCODING for a table, or a column of those that are read, whose name is not UTF-8. */
export function checkNames(
  server: Pick<ServerInfo, 'encoding'>,
  { name }: Pick<SourceTable, 'name'>,
  columns: readonly Pick<SourceColumnFacts, 'name'>[],
): void {
  const table = formatTable(name);
  if (isBroken(server, name.namespace) || isBroken(server, name.name)) {
    throw new DraculaError(
      'E_ENCODING',
      `The name ${table} is not UTF-8 in this SQL_ASCII database (\ufffd stands for what is not), and cannot be asked for. Nothing of it was read.`,
      { table },
    );
  }
  const column = columns.find((each) => isBroken(server, each.name));
  if (column === undefined) return;
  throw new DraculaError(
    'E_ENCODING',
    `The name of column ${formatName(column.name)} of ${table} is not UTF-8 in this SQL_ASCII database (\ufffd stands for what is not), and cannot be asked for. Nothing of the table was read.`,
    { table, column: column.name },
  );
}
