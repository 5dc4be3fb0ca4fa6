/**
 * The leaves of a table: the columns of values that a row group stores, depth first, as the footer lists them. A column is one
 * leaf, or has several below lists, structs and maps.
 */
import { sharedFeatures } from '../core/reader.ts';
import type { TableSchema } from '../core/table-schema.ts';
import type { LeafForm, ParquetForm } from './parquet-type.ts';
import { columnForm } from './schema-node.ts';

/**
 * From a vector to one below it: the child of a list (its elements, the entries of a map), or the field of a struct with this
 * index. `isOptional`: what is there can be null; the entries and keys of a map cannot.
 */
export interface PathStep {
  readonly into: 'elements' | number;
  readonly isOptional: boolean;
}

export interface LeafColumn {
  /** Which of the table's columns it belongs to. */
  readonly column: number;
  /** Names of the nodes from the column to the leaf. */
  readonly path: readonly string[];
  /** From the column's vector to the leaf's; none where the column itself is the leaf. */
  readonly steps: readonly PathStep[];
  readonly form: LeafForm;
}

type LeafBelow = Omit<LeafColumn, 'column'>;

const toField = (index: number): PathStep => ({ into: index, isOptional: true });

/** The leaves of all columns. Throws E_UNSUPPORTED_TYPE for a column that Parquet cannot hold. */
export function leafColumns(schema: TableSchema): readonly LeafColumn[] {
  const features = sharedFeatures(schema.readers);
  return schema.columns.flatMap((column, index) =>
    leavesOf(columnForm(column, features), [column.name], []).map((leaf) => ({ column: index, ...leaf })),
  );
}

function leavesOf(form: ParquetForm, path: readonly string[], steps: readonly PathStep[]): readonly LeafBelow[] {
  switch (form.shape) {
    case 'leaf':
      return [{ path, steps, form }];
    case 'list':
      return leavesOf(form.element, [...path, 'list', 'element'], [...steps, { into: 'elements', isOptional: true }]);
    case 'struct':
      return form.fields.flatMap((field, i) => leavesOf(field.form, [...path, field.name], [...steps, toField(i)]));
    case 'map': {
      const entry = [...path, 'key_value'];
      const toEntry: readonly PathStep[] = [...steps, { into: 'elements', isOptional: false }];
      return [
        ...leavesOf(form.key, [...entry, 'key'], [...toEntry, { into: 0, isOptional: false }]),
        ...leavesOf(form.value, [...entry, 'value'], [...toEntry, toField(1)]),
      ];
    }
  }
}
