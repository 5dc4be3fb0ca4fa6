/**
 * A column as Parquet's schema holds it: a tree of nodes, each with its repetition and field id.
 *
 *     list    optional group <name> (LIST) { repeated group list { optional <element> element } }
 *     struct  optional group <name> { optional <field> … }
 *     map     optional group <name> (MAP) { repeated group key_value { required binary key (STRING); optional <value> value } }
 *
 * Field ids: a column's own id stands on its topmost node. The k-th of the further nodes that Iceberg numbers (elements, fields,
 * keys and values: all but the repeated groups), depth first from 1, has the id of the column plus k times 1,000,000. So ids
 * stay the same when columns are added, and never meet a column's id. Specification: LogicalTypes.md, "Nested Types".
 */
import type { Column } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import { type LeafForm, type ParquetForm, parquetForm } from './parquet-type.ts';
import type { Features } from './value-encoding.ts';

const NESTED_ID_STEP = 1_000_000;
const MAX_FIELD_ID = 2 ** 31 - 1;
/** A definition level is kept in a byte. */
const MAX_DEFINITION_LEVEL = 255;

type Repetition = 'REQUIRED' | 'OPTIONAL' | 'REPEATED';

export interface SchemaNode {
  readonly name: string;
  readonly repetition: Repetition;
  /** Null: a repeated group. */
  readonly fieldId: number | null;
  readonly content: LeafForm | GroupContent;
}

export interface GroupContent {
  readonly shape: 'group';
  readonly annotation: 'LIST' | 'MAP' | null;
  readonly children: readonly SchemaNode[];
}

/** The form of a column. Throws E_UNSUPPORTED_TYPE where `columnRefusal` has a reason. */
export function columnForm(column: Column, features: Features): ParquetForm {
  const refusal = columnRefusal(column);
  if (refusal === null) return parquetForm(column.type, features);
  const message = `Column ${JSON.stringify(column.name)} cannot be written to Parquet: ${refusal}. Nothing of it was written.`;
  throw new DraculaError('E_UNSUPPORTED_TYPE', message, { column: column.name });
}

/** The tree of a column. Throws as `columnForm` does. */
export function columnNode(column: Column, features: Features): SchemaNode {
  let next = column.fieldId;
  const takeId = () => {
    next += NESTED_ID_STEP;
    return next - NESTED_ID_STEP;
  };
  return nodeOf(column.name, 'OPTIONAL', columnForm(column, features), takeId);
}

function nodeOf(name: string, repetition: Repetition, form: ParquetForm, takeId: () => number): SchemaNode {
  // Before those of what is below: depth first.
  const fieldId = takeId();
  const optional = (child: string, below: ParquetForm) => nodeOf(child, 'OPTIONAL', below, takeId);
  switch (form.shape) {
    case 'leaf':
      return { name, repetition, fieldId, content: form };
    case 'list': {
      const children = [repeated('list', [optional('element', form.element)])];
      return { name, repetition, fieldId, content: { shape: 'group', annotation: 'LIST', children } };
    }
    case 'struct': {
      const children = form.fields.map((field) => optional(field.name, field.form));
      return { name, repetition, fieldId, content: { shape: 'group', annotation: null, children } };
    }
    case 'map': {
      const entry = [nodeOf('key', 'REQUIRED', form.key, takeId), optional('value', form.value)];
      const children = [repeated('key_value', entry)];
      return { name, repetition, fieldId, content: { shape: 'group', annotation: 'MAP', children } };
    }
  }
}

function repeated(name: string, children: readonly SchemaNode[]): SchemaNode {
  return { name, repetition: 'REPEATED', fieldId: null, content: { shape: 'group', annotation: null, children } };
}

/** Why a column of this type and id cannot be written to Parquet, in words; null where it can. */
export function columnRefusal({ type, fieldId }: Pick<Column, 'type' | 'fieldId'>): string | null {
  const { numbered, levels, hasEmptyStruct } = measure(parquetForm(type));
  const below = numbered - 1;
  const most = Math.floor((MAX_FIELD_ID - fieldId) / NESTED_ID_STEP);
  if (hasEmptyStruct) return 'a struct in it has no fields';
  if (below > most) return `it has ${below} fields and elements below it, only ${most} can be numbered`;
  if (levels > MAX_DEFINITION_LEVEL)
    return `it is nested ${levels} levels deep, only ${MAX_DEFINITION_LEVEL} can be written`;
  return null;
}

interface Measure {
  /** Nodes with a field id, the topmost too. */
  readonly numbered: number;
  /** The greatest definition level. */
  readonly levels: number;
  readonly hasEmptyStruct: boolean;
}

const LEAF: Measure = { numbered: 1, levels: 1, hasEmptyStruct: false };

function measure(form: ParquetForm): Measure {
  switch (form.shape) {
    case 'leaf':
      return LEAF;
    case 'list':
      return above([measure(form.element)], 2);
    case 'struct': {
      const struct = above(
        form.fields.map((field) => measure(field.form)),
        1,
      );
      return { ...struct, hasEmptyStruct: struct.hasEmptyStruct || form.fields.length === 0 };
    }
    case 'map':
      return above([LEAF, measure(form.value)], 2);
  }
}

function above(children: readonly Measure[], levels: number): Measure {
  return {
    numbered: children.reduce((sum, child) => sum + child.numbered, 1),
    levels: levels + children.reduce((most, child) => Math.max(most, child.levels), 0),
    hasEmptyStruct: children.some((child) => child.hasEmptyStruct),
  };
}
