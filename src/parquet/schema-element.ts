/**
 * The schema in the footer: one SchemaElement a node, depth first. Every column is optional.
 *
 * Field ids: a column's own id stands on the column (of a list: on the LIST group). The element of a list gets the id of its
 * column plus 1,000,000: so it stays the same when columns are added, and never meets a column's id.
 */
import type { Column, TableSchema } from '../core/table-schema.ts';
import { type Annotation, CONVERTED, isListForm, type LeafForm, PHYSICAL, parquetForm } from './parquet-type.ts';
import { type CompactWriter, LIST_OF } from './thrift/compact-protocol.ts';

export const LIST_ELEMENT_ID = 1_000_000;

const REPETITION = { OPTIONAL: 1, REPEATED: 2 } as const;

/** Writes `schema: list<SchemaElement>` as field `field`. */
export function writeSchema(writer: CompactWriter, field: number, schema: TableSchema): void {
  const lists = schema.columns.filter((column) => column.type.kind === 'list').length;
  writer.list(field, LIST_OF.struct, 1 + schema.columns.length + 2 * lists);
  writer.structElement(() => {
    writer.string(4, 'schema');
    writer.i32(5, schema.columns.length);
  });
  for (const column of schema.columns) writeColumn(writer, column);
}

/** The names from the root to a column's leaf. */
export function leafPath(column: Column): readonly string[] {
  return column.type.kind === 'list' ? [column.name, 'list', 'element'] : [column.name];
}

function writeColumn(writer: CompactWriter, { name, type, fieldId }: Column): void {
  const form = parquetForm(type);
  if (!isListForm(form)) {
    writeLeaf(writer, form, name, fieldId);
    return;
  }
  writer.structElement(() => {
    writer.i32(3, REPETITION.OPTIONAL);
    writer.string(4, name);
    writer.i32(5, 1);
    writer.i32(6, CONVERTED.LIST);
    writer.i32(9, fieldId);
    writeAnnotation(writer, { name: 'LIST' });
  });
  writer.structElement(() => {
    writer.i32(3, REPETITION.REPEATED);
    writer.string(4, 'list');
    writer.i32(5, 1);
  });
  writeLeaf(writer, form.element, 'element', fieldId + LIST_ELEMENT_ID);
}

function writeLeaf(writer: CompactWriter, form: LeafForm, name: string, fieldId: number): void {
  const { physical, typeLength, converted, annotation } = form;
  writer.structElement(() => {
    writer.i32(1, PHYSICAL[physical]);
    if (typeLength !== undefined) writer.i32(2, typeLength);
    writer.i32(3, REPETITION.OPTIONAL);
    writer.string(4, name);
    if (converted !== undefined) writer.i32(6, CONVERTED[converted]);
    if (annotation?.name === 'DECIMAL') {
      writer.i32(7, annotation.scale);
      writer.i32(8, annotation.precision);
    }
    writer.i32(9, fieldId);
    if (annotation !== undefined) writeAnnotation(writer, annotation);
  });
}

/** Field of the union LogicalType, and what its struct holds. */
const ANNOTATIONS: {
  readonly [N in Annotation['name']]: readonly [
    number,
    (w: CompactWriter, a: Extract<Annotation, { name: N }>) => void,
  ];
} = {
  STRING: [1, () => {}],
  LIST: [3, () => {}],
  DECIMAL: [
    5,
    (w, a) => {
      w.i32(1, a.scale);
      w.i32(2, a.precision);
    },
  ],
  DATE: [6, () => {}],
  TIMESTAMP_MICROS: [
    8,
    (w, a) => {
      w.bool(1, a.utc);
      // TimeUnit is a union: 2 is MICROS, an empty struct.
      w.struct(2, () => w.struct(2, () => {}));
    },
  ],
};

function writeAnnotation(writer: CompactWriter, annotation: Annotation): void {
  const [field, write] = ANNOTATIONS[annotation.name] as readonly [number, (w: CompactWriter, a: Annotation) => void];
  writer.struct(10, () => writer.struct(field, () => write(writer, annotation)));
}
