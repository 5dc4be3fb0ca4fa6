/**
 * The footer's `dracula.columns`: what Postgres says of each column, as JSON by path, since a schema element of Parquet has
 * no room for it.
 *
 * A path is the column's name, and for the attributes of a composite theirs after it, with dots between: `address.street`. A
 * name with a dot or a quote in it stands in quotes, as SQL writes it: `"a.b".street`. Domains and arrays add nothing to it.
 */
import { quoteIdentifier } from '../core/identifiers.ts';
import { formatLogicalType, type LogicalType } from '../core/logical-type.ts';
import type { Column, SourceParts, TableSchema } from '../core/table-schema.ts';

interface Entry {
  /** `format_type`, with the typmod: `numeric(15,2)`. */
  readonly pgType: string;
  /** Of a domain: the type below it, with the typmod. */
  readonly basePgType?: string;
  /** Of columns: the logical type, and how the column was read. */
  readonly type?: string;
  readonly readAs?: string;
  readonly comment?: string;
  /** Of an enum, in their order, as of the time of the plan. */
  readonly labels?: readonly string[];
  /** Of a geometry whose SRID the column declares. */
  readonly srid?: number;
}

export function footerColumns({ columns }: TableSchema): string {
  const entries = columns.flatMap(columnEntries);
  // Not an object literal: `__proto__` is a name like any other.
  return JSON.stringify(Object.fromEntries(entries));
}

function columnEntries({ name, type, source, comment }: Column): [path: string, entry: Entry][] {
  const path = pathPart(name);
  const srid = sridOf(type);
  const entry: Entry = {
    pgType: source.pgType,
    type: formatLogicalType(type),
    readAs: source.readAs,
    ...(source.basePgType === undefined ? {} : { basePgType: source.basePgType }),
    ...(comment === undefined ? {} : { comment }),
    ...(source.labels === undefined ? {} : { labels: source.labels }),
    ...(srid === null ? {} : { srid }),
  };
  return [[path, entry], ...fieldEntries(path, source, type)];
}

/** The attributes of a composite; of one that is read as text they are told too, without what only a native form has. */
function fieldEntries(path: string, { fields = [] }: SourceParts, type: LogicalType): [string, Entry][] {
  const struct = elementsOf(type);
  return fields.flatMap((field, i): [string, Entry][] => {
    const fieldPath = `${path}.${pathPart(field.name)}`;
    const fieldType = struct.kind === 'struct' ? struct.fields[i]!.type : struct;
    const srid = sridOf(fieldType);
    const entry: Entry = {
      pgType: field.pgType,
      ...(field.basePgType === undefined ? {} : { basePgType: field.basePgType }),
      ...(field.comment === undefined ? {} : { comment: field.comment }),
      ...(field.labels === undefined ? {} : { labels: field.labels }),
      ...(srid === null ? {} : { srid }),
    };
    return [[fieldPath, entry], ...fieldEntries(fieldPath, field, fieldType)];
  });
}

function pathPart(name: string): string {
  return /[."]/.test(name) ? quoteIdentifier(name) : name;
}

function elementsOf(type: LogicalType): LogicalType {
  return type.kind === 'list' ? elementsOf(type.element) : type;
}

function sridOf(type: LogicalType): number | null {
  const value = elementsOf(type);
  return value.kind === 'geometry' ? value.srid : null;
}
