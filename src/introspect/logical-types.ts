/**
 * A column's Postgres type to its logical type and the bytes in which it comes; or to text, where it has no native form.
 *
 * A domain is its base type with the typmod that it applies, as Describe shows it; arrays, composites, ranges and multiranges
 * are made of the forms of their parts. Where a part has none, the whole value is read as the text that the server prints, an array of such values
 * element by element as `col::text[]`, unless a cast of the user's would make the text. So no type can stop a copy, except pseudo-types, which have no
 * values of their own.
 */
import type { LogicalType, StructField } from '../core/logical-type.ts';
import type { SourceColumn } from '../core/table-schema.ts';
import type { CompositeField, WireForm } from '../core/wire-form.ts';
import { DraculaError } from '../errors.ts';
import { ENUM_FORM, type NativeForm, NUMERIC_OID, nativeScalar, type ScalarContext } from './native-scalars.ts';
import { castsToJson, describeParts, makesOwnJson, namesObjects } from './source-parts.ts';
import type { TypeFacts, TypeTable } from './type-facts.ts';

/** A type where it is used: in a column, an attribute, an array. */
export interface TypeUse {
  readonly typeOid: number;
  readonly typmod: number;
  /** Declared dimensions (`attndims`); 0 where none are known. */
  readonly dimensions: number;
}

/** A column as `pg_attribute` or a Describe gives it. */
export interface ColumnFacts extends TypeUse {
  readonly name: string;
  /** `format_type(typeOid, typmod)`. */
  readonly pgType: string;
}

/** What a column becomes and how it is read. */
export interface ColumnType {
  readonly type: LogicalType;
  readonly source: SourceColumn;
}

/** Of an array: how many, or JSON, which keeps any. */
export type ColumnDimensions = number | 'json';

/** The server's own limit (MAXDIM). */
const MAX_DIMENSIONS = 6;
/** Of one column: a Parquet file has field ids for some 2,100 nodes of each, and readers descend by recursion. */
const MAX_NODES = 2000;
const MAX_DEPTH = 60;
/** pg_type.dat: text. */
const TEXT_OID = 25;
const TEXT_FORM: NativeForm = { type: { kind: 'text' }, wire: { form: 'text' } };

/**
 * Chooses the logical type of a column. `dimensions`: those of an array, instead of the declared ones, or `'json'`. A pseudo-type throws
 * E_UNSUPPORTED_TYPE with the column's name.
 */
export function columnType(
  column: ColumnFacts,
  types: TypeTable,
  context: ScalarContext,
  dimensions?: ColumnDimensions,
): ColumnType {
  const described = describedType(column, types);
  const base = typeof dimensions === 'number' ? { ...described, dimensions } : described;
  const { type } = base;
  if (type.typtype === 'p') {
    throw new DraculaError(
      'E_UNSUPPORTED_TYPE',
      `Column ${column.name} has the pseudo-type ${column.pgType}, which has no values that could be stored.`,
      { column: column.name },
    );
  }
  const source = {
    pgType: column.pgType,
    typeOid: type.oid,
    typmod: base.typmod,
    ...(namesObjects(column, types) ? { namesObjects: true as const } : {}),
    ...(castsToJson(column, types) ? { castsToJson: true as const } : {}),
    ...describeParts(column, types),
  };
  if (dimensions === 'json') {
    const wellFormed = makesOwnJson(column, types) ? { wellFormed: true as const } : {};
    return { type: { kind: 'json', ...wellFormed }, source: { ...source, wire: TEXT_FORM.wire, readAs: 'json' } };
  }
  const native = isTextNumeric(base, context) ? undefined : new Forms(types, context).columnForm(base);
  if (native) return { type: native.type, source: { ...source, wire: native.wire, readAs: 'binary' } };
  const asText = { ...source, wire: TEXT_FORM.wire, readAs: 'text' } as const;
  if (type.elementOid === 0) return { type: TEXT_FORM.type, source: asText };
  if (castsToText(type.elementOid, types)) return { type: TEXT_FORM.type, source: { ...asText, isArray: true } };
  const texts = listOf(TEXT_FORM, TEXT_OID, base.dimensions);
  return { type: texts.type, source: { ...source, wire: texts.wire, readAs: 'text[]' } };
}

/** Whether a cast of the user's would make the text of the elements, of whichever domain on the way to their base type it is. */
function castsToText(elementOid: number, types: TypeTable): boolean {
  const element = types.get(elementOid);
  if (element === undefined) return false;
  return element.castsToText || castsToText(element.baseOid, types);
}

/** True for a numeric without precision, alone or in an array: its form is chosen, not declared by the source. */
export function isOpenNumeric(column: TypeUse, types: TypeTable): boolean {
  const base = describedType(column, types);
  const { elementOid } = base.type;
  const value = elementOid === 0 ? base : describedType({ ...base, typeOid: elementOid }, types);
  return value.type.oid === NUMERIC_OID && value.typmod < 0;
}

/** The type as which Describe gives the column: of a domain its base type. */
export function describedColumnType(column: TypeUse, types: TypeTable): TypeFacts {
  return describedType(column, types).type;
}

interface DescribedType {
  readonly type: TypeFacts;
  readonly typmod: number;
  readonly dimensions: number;
}

/** A domain's base type with what the innermost domain says of it, which is what the server describes; else the type itself. */
function describedType({ typeOid, typmod, dimensions }: TypeUse, types: TypeTable): DescribedType {
  const type = types.get(typeOid);
  if (!type) throw new DraculaError('E_SOURCE_CHANGED', `Type ${typeOid} is not in pg_type any more.`);
  if (type.typtype !== 'd') return { type, typmod, dimensions };
  return describedType({ typeOid: type.baseOid, typmod: type.baseTypmod, dimensions: type.baseDimensions }, types);
}

/** A numeric column whose digits are open is printed by the server. */
function isTextNumeric({ type, typmod }: DescribedType, { openNumeric }: ScalarContext): boolean {
  return type.oid === NUMERIC_OID && typmod < 0 && openNumeric === 'text';
}

/** The native forms of one column's type and of its parts; nothing where one has to be read as text, or there are too many. */
class Forms {
  readonly #types: TypeTable;
  readonly #context: ScalarContext;
  /** Types looked at so far, so that what would be too many in the end is left early. */
  #seen = 0;

  constructor(types: TypeTable, context: ScalarContext) {
    this.#types = types;
    this.#context = context;
  }

  /** The statistics that decide on a numeric without precision are those of columns and of the elements of their arrays. */
  columnForm(column: DescribedType): NativeForm | undefined {
    const form = this.#form(column, this.#context, 1);
    return form && countNodes(form.type) <= MAX_NODES ? form : undefined;
  }

  #form(use: DescribedType, context: ScalarContext, depth: number): NativeForm | undefined {
    const { type, typmod } = use;
    if (!type.sends || depth > MAX_DEPTH || ++this.#seen > MAX_NODES) return undefined;
    if (type.elementOid !== 0) return this.#array(use, context, depth);
    switch (type.typtype) {
      case 'b':
        return nativeScalar(type, typmod, context);
      case 'e':
        return ENUM_FORM;
      case 'c':
        return this.#composite(type, depth);
      case 'r':
        return this.#range(type, depth);
      case 'm': {
        const range = this.#part({ typeOid: type.rangeOf, typmod: -1, dimensions: 0 }, depth);
        if (range?.wire.form !== 'range') return undefined;
        return { type: { kind: 'list', element: range.type }, wire: { form: 'multirange', range: range.wire } };
      }
      case 'd':
      case 'p':
        return undefined;
    }
  }

  /** Of a type within another. */
  #part(use: TypeUse, depth: number, context: ScalarContext = { ...this.#context, openNumeric: 'text' }) {
    return this.#form(describedType(use, this.#types), context, depth + 1);
  }

  #array({ type, typmod, dimensions }: DescribedType, context: ScalarContext, depth: number): NativeForm | undefined {
    const { elementOid } = type;
    const levels = clampDimensions(dimensions);
    // The elements of an array in an array, which only a domain makes, are in no statistics.
    const ofColumn = depth === 1 ? context : undefined;
    const element = this.#part({ typeOid: elementOid, typmod, dimensions: 0 }, depth + levels - 1, ofColumn);
    return element && listOf(element, elementOid, levels);
  }

  #composite({ attributes }: TypeFacts, depth: number): NativeForm | undefined {
    // DuckDB, Spark and Athena tell the names of fields apart without regard to case.
    const names = new Set(attributes.map(({ name }) => name.toLowerCase()));
    if (attributes.length === 0 || names.size < attributes.length) return undefined;
    // A name of a SQL_ASCII database that is not UTF-8: it is not known.
    if (attributes.some(({ name }) => name.includes('\ufffd'))) return undefined;
    const fields: StructField[] = [];
    const wire: CompositeField[] = [];
    for (const attribute of attributes) {
      const form = this.#part(attribute, depth);
      if (!form) return undefined;
      fields.push({ name: attribute.name, type: form.type });
      wire.push({ typeOid: attribute.typeOid, wire: form.wire });
    }
    return { type: { kind: 'struct', fields }, wire: { form: 'composite', fields: wire } };
  }

  #range({ rangeOf }: TypeFacts, depth: number): NativeForm | undefined {
    const bound = this.#part({ typeOid: rangeOf, typmod: -1, dimensions: 0 }, depth);
    if (!bound || !isScalar(bound.wire)) return undefined;
    return { type: rangeType(bound.type), wire: { form: 'range', bound: bound.wire } };
  }
}

function rangeType(bound: LogicalType) {
  const flag = { kind: 'bool' } as const;
  return {
    kind: 'struct',
    fields: [
      { name: 'lower', type: bound },
      { name: 'upper', type: bound },
      { name: 'lower_inclusive', type: flag },
      { name: 'upper_inclusive', type: flag },
      { name: 'empty', type: flag },
    ],
  } as const satisfies LogicalType;
}

function isScalar({ form }: WireForm): boolean {
  return form !== 'array' && form !== 'composite' && form !== 'range' && form !== 'multirange';
}

/** Lists within each other, one for each declared dimension; one where none is declared. */
function listOf({ type: element, wire }: NativeForm, elementOid: number, declared: number): NativeForm {
  const dimensions = clampDimensions(declared);
  let type = element;
  for (let level = 0; level < dimensions; level++) type = { kind: 'list', element: type };
  return { type, wire: { form: 'array', elementOid, element: wire, dimensions } };
}

function clampDimensions(declared: number): number {
  return Math.min(MAX_DIMENSIONS, Math.max(1, declared));
}

function countNodes(type: LogicalType): number {
  switch (type.kind) {
    case 'struct':
      return type.fields.reduce((sum, field) => sum + countNodes(field.type), 1);
    case 'list':
      return 1 + countNodes(type.element);
    case 'map':
      return 2 + countNodes(type.value);
    default:
      return 1;
  }
}
