/** The schema in the footer: one SchemaElement a node, depth first. */
import { sharedFeatures } from '../core/reader.ts';
import type { TableSchema } from '../core/table-schema.ts';
import { type Annotation, CONVERTED, type LeafForm, PHYSICAL } from './parquet-type.ts';
import { columnNode, type GroupContent, type SchemaNode } from './schema-node.ts';
import { type CompactWriter, LIST_OF } from './thrift/compact-protocol.ts';

const REPETITION = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 } as const;

/** Writes `schema: list<SchemaElement>` as field `field`. */
export function writeSchema(writer: CompactWriter, field: number, schema: TableSchema): void {
  const features = sharedFeatures(schema.readers);
  const nodes = schema.columns.map((column) => columnNode(column, features));
  writer.list(field, LIST_OF.struct, 1 + countNodes(nodes));
  writer.structElement(() => {
    writer.string(4, 'schema');
    writer.i32(5, nodes.length);
  });
  for (const node of nodes) writeNode(writer, node);
}

function countNodes(nodes: readonly SchemaNode[]): number {
  return nodes.reduce(
    (sum, { content }) => sum + (content.shape === 'group' ? countNodes(content.children) : 0),
    nodes.length,
  );
}

function writeNode(writer: CompactWriter, node: SchemaNode): void {
  const { content } = node;
  writer.structElement(() => {
    if (content.shape === 'leaf') writeLeaf(writer, node, content);
    else writeGroup(writer, node, content);
  });
  if (content.shape === 'group') for (const child of content.children) writeNode(writer, child);
}

function writeLeaf(writer: CompactWriter, { name, repetition, fieldId }: SchemaNode, leaf: LeafForm): void {
  const { physical, typeLength, converted, annotation } = leaf;
  writer.i32(1, PHYSICAL[physical]);
  if (typeLength !== undefined) writer.i32(2, typeLength);
  writer.i32(3, REPETITION[repetition]);
  writer.string(4, name);
  if (converted !== undefined) writer.i32(6, CONVERTED[converted]);
  if (annotation?.name === 'DECIMAL') {
    writer.i32(7, annotation.scale);
    writer.i32(8, annotation.precision);
  }
  if (fieldId !== null) writer.i32(9, fieldId);
  if (annotation !== undefined) writeAnnotation(writer, annotation);
}

function writeGroup(writer: CompactWriter, { name, repetition, fieldId }: SchemaNode, group: GroupContent): void {
  const { annotation, children } = group;
  writer.i32(3, REPETITION[repetition]);
  writer.string(4, name);
  writer.i32(5, children.length);
  if (annotation !== null) writer.i32(6, CONVERTED[annotation]);
  if (fieldId !== null) writer.i32(9, fieldId);
  if (annotation !== null) writeAnnotation(writer, { name: annotation });
}

type NodeAnnotation = Annotation | { readonly name: 'LIST' } | { readonly name: 'MAP' };

/** Field of the union LogicalType, and what its struct holds. */
const ANNOTATIONS: {
  readonly [N in NodeAnnotation['name']]: readonly [
    number,
    (w: CompactWriter, a: Extract<NodeAnnotation, { name: N }>) => void,
  ];
} = {
  STRING: [1, () => {}],
  MAP: [2, () => {}],
  LIST: [3, () => {}],
  DECIMAL: [
    5,
    (w, a) => {
      w.i32(1, a.scale);
      w.i32(2, a.precision);
    },
  ],
  DATE: [6, () => {}],
  // TimeUnit is a union: 2 is MICROS, an empty struct.
  TIME_MICROS: [
    7,
    (w) => {
      w.bool(1, false);
      w.struct(2, () => w.struct(2, () => {}));
    },
  ],
  TIMESTAMP_MICROS: [
    8,
    (w, a) => {
      w.bool(1, a.utc);
      w.struct(2, () => w.struct(2, () => {}));
    },
  ],
  INT16: [
    10,
    (w) => {
      w.i8(1, 16);
      w.bool(2, true);
    },
  ],
  JSON: [12, () => {}],
  UUID: [14, () => {}],
  GEOMETRY: [17, writeCrs],
  GEOGRAPHY: [18, writeCrs],
};

/** The edges of a geography are spherical by default. */
function writeCrs(writer: CompactWriter, { crs }: { readonly crs: string | null }): void {
  if (crs !== null) writer.string(1, crs);
}

function writeAnnotation(writer: CompactWriter, annotation: NodeAnnotation): void {
  const [field, write] = ANNOTATIONS[annotation.name] as readonly [
    number,
    (w: CompactWriter, a: NodeAnnotation) => void,
  ];
  writer.struct(10, () => writer.struct(field, () => write(writer, annotation)));
}
