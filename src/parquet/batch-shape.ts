/** Whether a batch is one of a table: as many columns, and in each vector and below it the storage that its type asks for. */
import { type ColumnBatch, elementType, type Vector, vectorStorage } from '../core/column-batch.ts';
import type { LogicalType } from '../core/logical-type.ts';
import type { TableSchema } from '../core/table-schema.ts';

export function hasShape({ columns }: ColumnBatch, schema: TableSchema): boolean {
  return (
    columns.length === schema.columns.length &&
    columns.every((vector, i) => isVectorOf(vector, schema.columns[i]!.type))
  );
}

function isVectorOf(vector: Vector, type: LogicalType): boolean {
  if (vector.storage !== vectorStorage(type)) return false;
  if (vector.storage === 'list')
    return (type.kind === 'list' || type.kind === 'map') && isVectorOf(vector.child, elementType(type));
  if (vector.storage !== 'struct') return true;
  const fields = type.kind === 'struct' ? type.fields : [];
  return (
    vector.children.length === fields.length && vector.children.every((child, i) => isVectorOf(child, fields[i]!.type))
  );
}
