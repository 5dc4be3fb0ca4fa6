/**
 * Postgres type to logical type: which types have a native form, and which are read as `col::text`.
 *
 * Native types are known by their OID in pg_catalog, which no server changes. A domain is its base type with the typmod
 * that it applies, as Describe shows it; an array of a native type is a list; an enum is text, since its binary form is the
 * label. Everything else is text, so that no type can stop a copy, except pseudo-types, which have no values of their own.
 */
import type { LogicalType } from '../core/logical-type.ts';
import type { SourceColumn } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { TypeFacts, TypeTable } from './type-facts.ts';

/** A column as `pg_attribute` or a Describe gives it. */
export interface ColumnFacts {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  /** `format_type(typeOid, typmod)`. */
  readonly pgType: string;
}

/** What a column becomes and how it is read. */
export interface ColumnType {
  readonly type: LogicalType;
  readonly source: SourceColumn;
}

/** The form of a numeric without precision. */
export type OpenNumericForm = 'text' | { readonly precision: number; readonly scale: number };

const MAX_DECIMAL_PRECISION = 38;
const NUMERIC_OID = 1700;
const JSONB_OID = 3802;

const NATIVE: ReadonlyMap<number, LogicalType> = new Map<number, LogicalType>([
  [16, { kind: 'bool' }],
  [17, { kind: 'bytes' }],
  [19, { kind: 'text' }], // name
  [20, { kind: 'int64' }],
  [21, { kind: 'int16' }],
  [23, { kind: 'int32' }],
  [25, { kind: 'text' }],
  [26, { kind: 'uint32' }], // oid
  [114, { kind: 'json' }],
  [700, { kind: 'float32' }],
  [701, { kind: 'float64' }],
  [1042, { kind: 'text' }], // character(n), with its padding
  [1043, { kind: 'text' }], // character varying
  [1082, { kind: 'date' }],
  [1083, { kind: 'time' }],
  [1114, { kind: 'timestamp', utc: false }],
  [1184, { kind: 'timestamp', utc: true }],
  [2950, { kind: 'uuid' }],
  [3802, { kind: 'json' }], // jsonb
]);

/** Chooses the logical type of a column. A pseudo-type throws E_UNSUPPORTED_TYPE with the column's name. */
export function columnType(column: ColumnFacts, types: TypeTable, openNumeric: OpenNumericForm): ColumnType {
  const { base, array, value } = shapeOf(column, types);
  if (base.type.typtype === 'p') {
    throw new DraculaError(
      'E_UNSUPPORTED_TYPE',
      `Column ${column.name} has the pseudo-type ${column.pgType}, which has no values that could be stored.`,
      { column: column.name },
    );
  }
  const source = { pgType: column.pgType, typeOid: base.type.oid, typmod: base.typmod };
  const native = nativeType(value, openNumeric);
  // On the wire an array names its elements' domain, from which json and jsonb, whose forms differ, cannot be told.
  const hidesJsonb = array !== undefined && value.type.oid === JSONB_OID && array.elementOid !== JSONB_OID;
  if (!native || hidesJsonb) return { type: { kind: 'text' }, source: { ...source, readAs: 'text' } };
  return array
    ? {
        type: { kind: 'list', element: native },
        source: { ...source, elementOid: array.elementOid, readAs: 'binary' },
      }
    : { type: native, source: { ...source, readAs: 'binary' } };
}

/** True for a numeric without precision, alone or in an array: its form is chosen, not declared by the source. */
export function isOpenNumeric(column: ColumnFacts, types: TypeTable): boolean {
  const { value } = shapeOf(column, types);
  return value.type.oid === NUMERIC_OID && value.typmod < 0;
}

/** The type as which Describe gives the column: of a domain its base type. */
export function describedColumnType(column: ColumnFacts, types: TypeTable): TypeFacts {
  return shapeOf(column, types).base.type;
}

interface DescribedType {
  readonly type: TypeFacts;
  readonly typmod: number;
}

/** The type as Describe gives it, and of an array the type of its elements too (`value`; the same type otherwise). */
function shapeOf(column: ColumnFacts, types: TypeTable) {
  const base = describedType(column.typeOid, column.typmod, types);
  const array = base.type.elementOid === 0 ? undefined : base.type;
  const value = array ? describedType(array.elementOid, base.typmod, types) : base;
  return { base, array, value };
}

/** A domain's base type with the typmod of the innermost domain, which is what the server describes; else the type itself. */
function describedType(oid: number, typmod: number, types: TypeTable): DescribedType {
  const type = types.get(oid);
  if (!type) throw new DraculaError('E_SOURCE_CHANGED', `Type ${oid} is not in pg_type any more.`);
  return type.typtype === 'd' ? describedType(type.baseOid, type.baseTypmod, types) : { type, typmod };
}

/** The native form, or nothing where there is none and the value has to be read as text. */
function nativeType({ type, typmod }: DescribedType, openNumeric: OpenNumericForm): LogicalType | undefined {
  if (!type.sends) return undefined;
  if (type.typtype === 'e') return { kind: 'text' };
  if (type.oid === NUMERIC_OID) return decimalType(typmod < 0 ? openNumeric : numericTypmod(typmod));
  return NATIVE.get(type.oid);
}

function decimalType(form: OpenNumericForm): LogicalType | undefined {
  if (form === 'text') return undefined;
  const { precision, scale } = form;
  const fits = precision <= MAX_DECIMAL_PRECISION && scale >= 0 && scale <= precision;
  return fits ? { kind: 'decimal', precision, scale } : undefined;
}

/** A numeric's typmod: precision in the upper half of (typmod - 4), scale in its low 11 bits, signed since 15. */
export function numericTypmod(typmod: number): { precision: number; scale: number } {
  const packed = typmod - 4;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}
